package pipeevent

import (
	"errors"
	"fmt"
	"slices"
)

// Match does what the function Match does, with a pattern that has been parsed.
func (p *Pattern) Match(event any) (bool, error) {
	decoded, err := decode(event)
	if err != nil {
		return false, fmt.Errorf("event: %w", err)
	}
	fields, ok := decoded.(map[string]any)
	if !ok {
		return false, errors.New("event: it must be a JSON object: a filter sees one record of a batch at a time")
	}
	fields = decodeData(fields)
	if name := p.root.unsettled(fields); name != "" {
		return false, fmt.Errorf("pattern: $or asks for %s, whose data has another form in this event: what pipes do then is not documented", name)
	}
	root, lets := p.root.forData(fields)
	return lets && matching{fields}.object(root, fields, nil), nil
}

// forData is what remains to be asked of an event whose data has another form than
// the pattern supposes: plain text where it has fields, or the reverse. Queues
// and streams drop such a record; brokers and Kafka filter by the other fields.
func (o *object) forData(event map[string]any) (remaining *object, lets bool) {
	source, known := sourceOf(event)
	if !known {
		return o, true
	}
	remaining = &object{fields: map[string]field{}, alternatives: o.alternatives}
	for name, f := range o.fields {
		value, there := event[name]
		differs := isStructure(value) != (f.object != nil) || value == undecodable{}
		if there && slices.Contains(source.data, name) && differs {
			if source.drops {
				return nil, false
			}
			continue
		}
		remaining.fields[name] = f
	}
	return remaining, true
}

// unsettled is a data field that $or asks for in another form than the event has it.
func (o *object) unsettled(event map[string]any) string {
	source, _ := sourceOf(event)
	for _, group := range o.alternatives {
		for _, alternative := range group {
			for name, fields := range alternative.topFields() {
				value, there := event[name]
				if there && slices.Contains(source.data, name) && slices.ContainsFunc(fields, func(f field) bool {
					return isStructure(value) != (f.object != nil) || value == undecodable{}
				}) {
					return name
				}
			}
		}
	}
	return ""
}

// matching is the event that is being matched.
type matching struct{ event map[string]any }

// object tells whether value has what o asks for. A list has it if one of its
// elements has all of it.
func (m matching) object(o *object, value any, path []string) bool {
	candidates := objectsIn(value)
	if len(candidates) == 0 {
		candidates = []map[string]any{nil} // What o wants to be absent is.
	}
	return slices.ContainsFunc(candidates, func(fields map[string]any) bool {
		for name, f := range o.fields {
			if !m.field(f, fields, name, append(slices.Clone(path), name)) {
				return false
			}
		}
		for _, group := range o.alternatives {
			if !slices.ContainsFunc(group, func(alternative *object) bool { return m.object(alternative, fields, path) }) {
				return false
			}
		}
		return true
	})
}

func (m matching) field(f field, in map[string]any, name string, path []string) bool {
	if f.object != nil {
		return m.object(f.object, in[name], path)
	}
	var leaves []any
	if value, ok := in[name]; ok {
		leaves = leavesIn(value)
	}
	return slices.ContainsFunc(f.values, func(v matcher) bool {
		if v.absent {
			return !hasLeaf(m.event, path)
		}
		return slices.ContainsFunc(leaves, v.test)
	})
}

// hasLeaf tells whether there is a value at path, in any element of the lists on
// the way. An object is none: exists speaks of values only.
func hasLeaf(in any, path []string) bool {
	if len(path) == 0 {
		return len(leavesIn(in)) > 0
	}
	return slices.ContainsFunc(objectsIn(in), func(fields map[string]any) bool {
		value, ok := fields[path[0]]
		return ok && hasLeaf(value, path[1:])
	})
}

// objectsIn are value itself, or the objects in it where it is a list.
func objectsIn(value any) []map[string]any {
	switch value := value.(type) {
	case map[string]any:
		return []map[string]any{value}
	case []any:
		var found []map[string]any
		for _, element := range value {
			found = append(found, objectsIn(element)...)
		}
		return found
	default:
		return nil
	}
}

// leavesIn are value itself, or the values in it where it is a list.
func leavesIn(value any) []any {
	switch value := value.(type) {
	case map[string]any:
		return nil
	case []any:
		var found []any
		for _, element := range value {
			found = append(found, leavesIn(element)...)
		}
		return found
	default:
		return []any{value}
	}
}
