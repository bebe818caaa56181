package tasks

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// template is a file in the syntax of text/template, of which it has the fields of
// a request and conditions on them: {{.name}}, {{if .name}}, {{if not .name}},
// {{if eq .name "a" "b"}} and {{if ne .name "a"}}. What is wrong in it shows when it
// is read, and nothing can go wrong later. (Package text/template could do more,
// but a program with it keeps every method of every type, which are 8 MB here.)
type template struct{ root *parse.ListNode }

// parseTemplate refuses what the template cannot have. The fields that it uses go
// into used.
func parseTemplate(text string, allowed map[string]property, used map[string]bool) (template, error) {
	trees, err := parse.Parse("template", text, "", "", map[string]any{"eq": true, "ne": true, "not": true})
	if err != nil {
		return template{}, err
	}
	if len(trees) != 1 {
		return template{}, errors.New("it must not define other templates, and not be empty")
	}
	t := template{trees["template"].Root}
	return t, check(t.root, allowed, used)
}

func check(list *parse.ListNode, allowed map[string]property, used map[string]bool) error {
	if list == nil { // An else that is not there.
		return nil
	}
	for _, node := range list.Nodes {
		var err error
		switch n := node.(type) {
		case *parse.TextNode:
		case *parse.ActionNode:
			if arguments := argumentsOf(n.Pipe); len(arguments) != 1 {
				err = fmt.Errorf("%s is no field", n)
			} else {
				_, err = checkField(arguments[0], allowed, used)
			}
		case *parse.IfNode:
			err = errors.Join(checkCondition(n.Pipe, allowed, used), check(n.List, allowed, used), check(n.ElseList, allowed, used))
		default:
			err = fmt.Errorf("%s is neither a field nor a condition", n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// argumentsOf are those of the one command of a pipe, and none where there are more.
func argumentsOf(pipe *parse.PipeNode) []parse.Node {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 {
		return nil
	}
	return pipe.Cmds[0].Args
}

func checkField(node parse.Node, allowed map[string]property, used map[string]bool) (property, error) {
	field, ok := node.(*parse.FieldNode)
	if !ok || len(field.Ident) != 1 {
		return property{}, fmt.Errorf("%s is no field", node)
	}
	p, ok := allowed[field.Ident[0]]
	if !ok {
		return p, fmt.Errorf("%s is not among what it can have: %s", field, strings.Join(slices.Sorted(maps.Keys(allowed)), ", "))
	}
	used[field.Ident[0]] = true
	return p, nil
}

func checkCondition(pipe *parse.PipeNode, allowed map[string]property, used map[string]bool) error {
	function, arguments := split(argumentsOf(pipe))
	if len(arguments) == 0 || (function == "" || function == "not") != (len(arguments) == 1) || function == "ne" && len(arguments) > 2 {
		return fmt.Errorf("%s is no condition on a field", pipe)
	}
	p, err := checkField(arguments[0], allowed, used)
	if err != nil {
		return err
	}
	for _, argument := range arguments[1:] {
		switch value := literal(argument).(type) {
		case string:
			if p.Type == "string" && (p.isText() || slices.Contains(p.Enum, value)) {
				continue
			}
		case int64:
			if p.Type == "integer" && value >= *p.Minimum && value <= *p.Maximum {
				continue
			}
		}
		return fmt.Errorf("%s is never %s", arguments[0], argument)
	}
	return nil
}

// split tells the function of a condition, or "", from its arguments.
func split(arguments []parse.Node) (string, []parse.Node) {
	if len(arguments) > 0 {
		if function, ok := arguments[0].(*parse.IdentifierNode); ok {
			return function.Ident, arguments[1:]
		}
	}
	return "", arguments
}

// literal is the value of a string or whole number, and nil of anything else.
func literal(node parse.Node) any {
	switch n := node.(type) {
	case *parse.StringNode:
		return n.Text
	case *parse.NumberNode:
		if n.IsInt {
			return n.Int64
		}
	}
	return nil
}

// render puts values, of which every field has one, into the template.
func (t template) render(values map[string]any) string {
	var out strings.Builder
	render(&out, t.root, values)
	return strings.TrimSpace(out.String())
}

func render(out *strings.Builder, list *parse.ListNode, values map[string]any) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			out.Write(n.Text)
		case *parse.ActionNode:
			fmt.Fprint(out, valueOf(argumentsOf(n.Pipe)[0], values))
		case *parse.IfNode:
			if holds(n.Pipe, values) {
				render(out, n.List, values)
			} else {
				render(out, n.ElseList, values)
			}
		}
	}
}

func valueOf(node parse.Node, values map[string]any) any {
	return values[node.(*parse.FieldNode).Ident[0]]
}

func holds(pipe *parse.PipeNode, values map[string]any) bool {
	function, arguments := split(argumentsOf(pipe))
	value := valueOf(arguments[0], values)
	given := value != "" && value != int64(0) && value != false
	among := slices.ContainsFunc(arguments[1:], func(a parse.Node) bool { return literal(a) == value })
	switch function {
	case "not":
		return !given
	case "eq":
		return among
	case "ne":
		return !among
	default:
		return given
	}
}

// fence puts the caller's texts among values between tags. The code in a tag is a
// hash of all that the caller said: whoever writes it into a text has another
// text, with another code. So no text can hold the tag that ends it.
func (in *input) fence(values map[string]any, hash [sha256.Size]byte) map[string]any {
	code := base32.StdEncoding.EncodeToString(hash[:])[:26] // 130 bits.
	fenced := maps.Clone(values)
	for name, value := range values {
		if text, ok := value.(string); ok && text != "" && in.Properties[name].isText() {
			fenced[name] = fmt.Sprintf("<%s-%s>\n%s\n</%[1]s-%[2]s>", name, code, text)
		}
	}
	return fenced
}
