package drawing

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// template is what a picture needs to know of a CloudFormation template.
type template struct {
	Resources map[string]resource
	Outputs   map[string]struct{ Value any }
}

type resource struct {
	Type       string
	Properties map[string]any
	Metadata   map[string]any
}

func parse(document []byte) (*template, error) {
	var t template
	if err := json.Unmarshal(document, &t); err != nil {
		return nil, fmt.Errorf("drawing: %w", err)
	}
	if len(t.Resources) == 0 {
		return nil, fmt.Errorf("drawing: the template has no resources")
	}
	return &t, nil
}

// each calls f with the resources of a type, in the order of their logical IDs:
// the same template makes the same picture.
func (t *template) each(resourceType string, f func(id string, properties map[string]any)) {
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if t.Resources[id].Type == resourceType {
			f(id, t.Resources[id].Properties)
		}
	}
}

// path is where the CDK made the resource, below its stack: Work/Queue.
func (t *template) path(id string) string {
	path, _ := t.Resources[id].Metadata["aws:cdk:path"].(string)
	_, path, _ = strings.Cut(path, "/")
	if path = strings.TrimSuffix(path, "/Resource"); path == "" {
		return id
	}
	return path
}

// below are the logical IDs of the resources at a construct path, which may be a
// pattern of package path, and below it.
func (t *template) below(pattern string) []string {
	var found []string
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		parts := strings.Split(t.path(id), "/")
		start := parts[:min(len(parts), strings.Count(pattern, "/")+1)]
		if ok, _ := path.Match(pattern, path.Join(start...)); ok {
			found = append(found, id)
		}
	}
	return found
}

// references are the logical IDs of the resources that a value names, in order
// and each once.
func (t *template) references(value any) []string {
	var found []string
	var visit func(any)
	visit = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, element := range v {
				visit(element)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				switch name := v[key].(type) {
				case string:
					if key == "Ref" {
						found = append(found, name)
					}
				case []any:
					if id, ok := first(name).(string); ok && key == "Fn::GetAtt" {
						found = append(found, id)
						continue
					}
					visit(name)
				default:
					visit(name)
				}
			}
		}
	}
	visit(value)
	var known []string
	for _, id := range found {
		if _, ok := t.Resources[id]; ok && !slices.Contains(known, id) {
			known = append(known, id)
		}
	}
	return known
}

// text is a value as one string, with ${ID} for what it refers to.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		if id, ok := v["Ref"].(string); ok {
			return "${" + id + "}"
		}
		if attribute, ok := v["Fn::GetAtt"].([]any); ok {
			return "${" + text(first(attribute)) + "}"
		}
		if join, ok := v["Fn::Join"].([]any); ok && len(join) == 2 {
			parts, _ := join[1].([]any)
			var joined []string
			for _, part := range parts {
				joined = append(joined, text(part))
			}
			return strings.Join(joined, text(join[0]))
		}
	}
	return ""
}

// at is the value below a path of keys, or nil.
func at(value any, keys ...string) any {
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// list is the elements of a list, and a value that is none as its only element.
func list(value any) []any {
	if elements, ok := value.([]any); ok || value == nil {
		return elements
	}
	return []any{value}
}

func first(values []any) any {
	if len(values) == 0 {
		return nil
	}
	return values[0]
}
