package pipeevent

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pattern is an event pattern that was found to be valid.
type Pattern struct {
	root *object
	text string
	// busOnly says where the pattern uses what event buses know and pipes do not.
	busOnly []string
}

// object asks for all of its fields, and for one of each group of alternatives.
type object struct {
	fields       map[string]field
	alternatives [][]*object // One element for each $or.
}

// field is either an object further down or a list of values, one of which must
// match.
type field struct {
	object *object
	values []matcher
}

// ParsePattern reads an event pattern: JSON, as text or as a value to be
// marshalled. The error names the field that is wrong.
func ParsePattern(pattern any) (*Pattern, error) {
	text, err := jsonText(pattern)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	decoded, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	fields, ok := decoded.(map[string]any)
	if !ok {
		return nil, errors.New("pattern: it must be a JSON object")
	}
	p := &Pattern{text: string(text)}
	if p.root, err = p.parseObject(fields, nil); err != nil {
		return nil, err
	}
	return p, nil
}

// String is the pattern as JSON.
func (p *Pattern) String() string { return p.text }

// BusOnly says where the pattern uses operators that rules of an event bus know
// and pipes, according to the user guide, do not.
func (p *Pattern) BusOnly() []string { return p.busOnly }

// Fields are the names at the top of the pattern, those in $or included.
func (p *Pattern) Fields() []string {
	return slices.Sorted(maps.Keys(p.root.topFields()))
}

// Values tells whether the pattern compares the top field itself, rather than
// fields in it.
func (p *Pattern) Values(name string) bool {
	return slices.ContainsFunc(p.root.topFields()[name], func(f field) bool { return f.object == nil })
}

func (o *object) topFields() map[string][]field {
	found := map[string][]field{}
	for name, f := range o.fields {
		found[name] = append(found[name], f)
	}
	for _, group := range o.alternatives {
		for _, alternative := range group {
			for name, fields := range alternative.topFields() {
				found[name] = append(found[name], fields...)
			}
		}
	}
	return found
}

func (p *Pattern) parseObject(from map[string]any, path []string) (*object, error) {
	if len(from) == 0 {
		return nil, wrong(path, "an empty object matches nothing: name a field")
	}
	out := &object{fields: map[string]field{}}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		at := append(slices.Clone(path), name)
		if name == "$or" && isAlternatives(from[name]) {
			group, err := p.parseAlternatives(from[name].([]any), path)
			if err != nil {
				return nil, err
			}
			out.alternatives = append(out.alternatives, group)
			continue
		}
		f, err := p.parseField(from[name], at)
		if err != nil {
			return nil, err
		}
		out.fields[name] = f
	}
	return out, nil
}

// isAlternatives tells whether the value of $or makes it the operator: it holds
// two objects or more, none of which is an operator itself. Otherwise $or is a field
// like any other, for the sake of events that have one.
func isAlternatives(value any) bool {
	list, ok := value.([]any)
	if !ok || len(list) < 2 {
		return false
	}
	for _, element := range list {
		fields, ok := element.(map[string]any)
		if !ok {
			return false
		}
		for name := range fields {
			if operators[name] != nil {
				return false
			}
		}
	}
	return true
}

func (p *Pattern) parseAlternatives(list []any, path []string) ([]*object, error) {
	var group []*object
	for _, element := range list {
		alternative, err := p.parseObject(element.(map[string]any), path)
		if err != nil {
			return nil, err
		}
		group = append(group, alternative)
	}
	return group, nil
}

func (p *Pattern) parseField(value any, path []string) (field, error) {
	switch value := value.(type) {
	case map[string]any:
		o, err := p.parseObject(value, path)
		return field{object: o}, err
	case []any:
		if len(value) == 0 {
			return field{}, wrong(path, "an empty list matches nothing: list the values that match")
		}
		var f field
		for _, element := range value {
			m, err := p.parseValue(element, path)
			if err != nil {
				return field{}, err
			}
			f.values = append(f.values, m)
		}
		return f, nil
	default:
		return field{}, wrong(path, "the value must be in a list: [%s]", show(value))
	}
}

func (p *Pattern) parseValue(value any, path []string) (matcher, error) {
	switch value := value.(type) {
	case []any:
		return matcher{}, wrong(path, "a list in a list is not allowed")
	case map[string]any:
		if len(value) != 1 {
			return matcher{}, wrong(path, "an operator stands alone in its object, got %s", show(value))
		}
		for name, operand := range value {
			parse := operators[name]
			if parse == nil {
				return matcher{}, wrong(path, "operator %q is not known: there are %s", name, strings.Join(slices.Sorted(maps.Keys(operators)), ", "))
			}
			m, err := parse(operand)
			if err != nil {
				return matcher{}, wrong(path, "%s %w", name, err)
			}
			if m.busOnly != "" {
				p.busOnly = append(p.busOnly, m.busOnly+" at "+strings.Join(path, "."))
			}
			return m, nil
		}
	}
	return matcher{test: func(leaf any) bool { return leaf == value }}, nil
}

// wrong is an error about what stands at path.
func wrong(path []string, format string, args ...any) error {
	problem := fmt.Errorf(format, args...)
	if len(path) == 0 {
		return fmt.Errorf("pattern: %w", problem)
	}
	return fmt.Errorf("pattern: %s: %w", strings.Join(path, "."), problem)
}

// show is a decoded value as JSON, for messages.
func show(value any) string {
	text, err := marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
