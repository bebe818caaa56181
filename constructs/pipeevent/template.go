package pipeevent

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxTemplate is the longest input template, in characters.
const maxTemplate = 8192

// Template is an input template that was found to be valid.
type Template struct {
	parts []part
	// free tells that the template is text, rather than JSON with placeholders.
	free bool
}

// part is text, or a placeholder: of a path into the event, or of a variable.
type part struct {
	text     string
	path     []step
	variable string
	// quoted tells that the placeholder stands between quotes.
	quoted bool
}

func (p part) isPlaceholder() bool { return p.path != nil || p.variable != "" }

// step goes one level down: into a field, an element, or all of them.
type step struct {
	name  string
	index int
	kind  byte // One of . for a field, [ for an element, * for all.
}

// ParseTemplate reads an input template. The error shows the placeholder that is
// wrong.
func ParseTemplate(template string) (*Template, error) {
	if n := len([]rune(template)); n == 0 || n > maxTemplate {
		return nil, fmt.Errorf("template: it must have 1 to %d characters, got %d", maxTemplate, n)
	}
	t := &Template{}
	if err := t.split(template); err != nil {
		return nil, err
	}
	switch skeleton := strings.TrimSpace(t.skeleton()); {
	case json.Valid([]byte(skeleton)):
		if hasMarkedKey([]byte(skeleton)) {
			return nil, errors.New("template: a placeholder cannot be a key, nor a part of one")
		}
	case strings.HasPrefix(skeleton, "{"), strings.HasPrefix(skeleton, "["):
		return nil, fmt.Errorf("template: not valid JSON: %w; a placeholder cannot be a key", json.Unmarshal([]byte(skeleton), new(any)))
	default:
		t.free = true
	}
	return t, t.checkEvents()
}

// split cuts the template into parts.
func (t *Template) split(template string) error {
	quoted := false
	for template != "" {
		text, rest, found := strings.Cut(template, "<")
		t.parts = append(t.parts, part{text: text})
		quoted = quoted != oddQuotes(text)
		if !found {
			return nil
		}
		inside, after, closed := strings.Cut(rest, ">")
		if !closed {
			return fmt.Errorf("template: <%s has no > at its end: < cannot be escaped", shorten(rest))
		}
		p, err := parsePlaceholder(inside)
		if err != nil {
			return err
		}
		p.quoted = quoted
		t.parts = append(t.parts, p)
		template = after
	}
	return nil
}

// oddQuotes tells whether text opens a string of JSON and does not close it, or
// the reverse.
func oddQuotes(text string) bool {
	odd := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			odd = !odd
		}
	}
	return odd
}

func shorten(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

func parsePlaceholder(inside string) (part, error) {
	if variables[inside] != nil {
		return part{variable: inside}, nil
	}
	if !strings.HasPrefix(inside, "$") {
		return part{}, fmt.Errorf("template: <%s> is neither a path such as <$.body.id> nor one of %s",
			shorten(inside), strings.Join(slices.Sorted(maps.Keys(variables)), ", "))
	}
	path, err := parsePath(inside)
	if err != nil {
		return part{}, fmt.Errorf("template: %w", err)
	}
	return part{path: path}, nil
}

// CheckPath tells what is wrong with a path such as $.body.items[0].id, by which
// parameters of a target take their value from the event.
func CheckPath(path string) error {
	_, err := parsePath(path)
	return err
}

// steps are what a path may be made of: fields of letters, digits, - _ and /, all
// fields, elements, and all elements.
var (
	steps = regexp.MustCompile(`^\$(\.[\pL\pN_/-]+|\.\*|\[[0-9]+\]|\[\*\])+$`)
	each  = regexp.MustCompile(`\.[\pL\pN_/-]+|\.\*|\[[0-9]+\]|\[\*\]`)
)

func parsePath(path string) ([]step, error) {
	if !steps.MatchString(path) {
		return nil, fmt.Errorf("<%s> is no path: it is made of .field, [0], .* and [*] after $, and a field of letters, digits, -, _ and /", shorten(path))
	}
	var out []step
	for _, text := range each.FindAllString(path, -1) {
		switch {
		case text == ".*" || text == "[*]":
			out = append(out, step{kind: '*'})
		case text[0] == '[':
			index, err := strconv.Atoi(text[1 : len(text)-1])
			if err != nil {
				return nil, fmt.Errorf("<%s> has an index that is too large", shorten(path))
			}
			out = append(out, step{kind: '[', index: index})
		default:
			out = append(out, step{kind: '.', name: text[1:]})
		}
	}
	return out, nil
}

// mark stands for a placeholder between quotes. It is no character of any text.
const mark = "\uffff"

// hasMarkedKey tells whether a key of JSON has a placeholder in it. What EventBridge
// says of the templates of its rules is taken to hold for those of pipes.
func hasMarkedKey(skeleton []byte) bool {
	var value any
	_ = json.Unmarshal(skeleton, &value) // It was found valid.
	return markedKeyIn(value)
}

func markedKeyIn(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for key, child := range value {
			if strings.Contains(key, mark) || markedKeyIn(child) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, markedKeyIn)
	}
	return false
}

// skeleton is the template with something valid in place of its placeholders.
func (t *Template) skeleton() string {
	var out strings.Builder
	for _, p := range t.parts {
		switch {
		case !p.isPlaceholder():
			out.WriteString(p.text)
		case p.quoted:
			out.WriteString(mark)
		default:
			out.WriteString("0")
		}
	}
	return out.String()
}

// checkEvents holds <aws.pipes.event.json> to where the user guide allows it.
func (t *Template) checkEvents() error {
	alone := strings.TrimSpace(t.skeleton()) == "0"
	for _, p := range t.parts {
		if p.variable == eventJSON && (p.quoted || t.free || alone) {
			return errors.New("template: <" + eventJSON + "> can only be the value of a JSON field, without quotes")
		}
	}
	return nil
}
