package tasks

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
)

// parseTemplates sees to it that the instructions have no text of the caller's,
// that neither file names what is no property, and that no property is for nothing.
func (t *Task) parseTemplates(instructions, prompt string) (err error) {
	all := slices.Sorted(maps.Keys(t.input.Properties))
	choices := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return t.input.Properties[name].isText() })
	var inInstructions, inPrompt []string
	if t.instructions, inInstructions, err = parseTemplate("instructions.md", instructions, choices); err != nil {
		return err
	}
	if t.prompt, inPrompt, err = parseTemplate("prompt.md", prompt, all); err != nil {
		return err
	}
	for _, name := range all {
		if !slices.Contains(inInstructions, name) && !slices.Contains(inPrompt, name) {
			return fmt.Errorf("%s is in neither template", name)
		}
	}
	return nil
}

// parseTemplate tells as well which of the allowed fields the template uses.
func parseTemplate(name, text string, allowed []string) (*template.Template, []string, error) {
	parsed, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, nil, err
	}
	var used []string
	for _, part := range parsed.Templates() {
		fields(part.Root, func(field string) { used = append(used, field) })
	}
	for _, field := range used {
		if !slices.Contains(allowed, field) {
			return nil, nil, fmt.Errorf("%s: .%s is not among what it can have: %s", name, field, strings.Join(allowed, ", "))
		}
	}
	return parsed, used, nil
}

// fields tells found each field that a template names, also where it is never
// reached.
func fields(node parse.Node, found func(string)) {
	branch := func(b *parse.BranchNode) {
		fields(b.Pipe, found)
		fields(b.List, found)
		fields(b.ElseList, found)
	}
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil { // An else that is not there.
			return
		}
		for _, node := range n.Nodes {
			fields(node, found)
		}
	case *parse.ActionNode:
		fields(n.Pipe, found)
	case *parse.TemplateNode:
		fields(n.Pipe, found)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.PipeNode:
		if n == nil { // A template without an argument.
			return
		}
		for _, command := range n.Cmds {
			for _, argument := range command.Args {
				fields(argument, found)
			}
		}
	case *parse.ChainNode:
		fields(n.Node, found)
	case *parse.FieldNode:
		found(n.Ident[0])
	case *parse.VariableNode: // $.name
		if n.Ident[0] == "$" && len(n.Ident) > 1 {
			found(n.Ident[1])
		}
	}
}

// render executes a template.
func render(t *template.Template, values map[string]any) (string, error) {
	var out strings.Builder
	if err := t.Execute(&out, values); err != nil {
		return "", err // It quotes the template, and not the values.
	}
	return strings.TrimSpace(out.String()), nil
}

// choices are the values that the instructions may have: they are of the task's
// own making, or numbers.
func (in *input) choices(values map[string]any) map[string]any {
	choices := maps.Clone(values)
	maps.DeleteFunc(choices, func(name string, _ any) bool { return in.Properties[name].isText() })
	return choices
}

// fenced are the values with the caller's texts between tags. A text cannot hold
// the tag that ends it, since nobody can know that when writing the text.
func (in *input) fenced(values map[string]any) map[string]any {
	code := rand.Text()[:12] // 60 bits.
	fenced := maps.Clone(values)
	for name, value := range values {
		if text, ok := value.(string); ok && text != "" && in.Properties[name].isText() {
			fenced[name] = fmt.Sprintf("<%s-%s>\n%s\n</%[1]s-%[2]s>", name, code, text)
		}
	}
	return fenced
}
