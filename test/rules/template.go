package rules

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Template is a template that is indexed for rules.
type Template struct {
	Env       Env
	resources []*Resource // Sorted by logical ID, so that findings are stable.
	byID      map[string]*Resource
	// deadLetters are what isDeadLetterQueue has found: it asks every resource.
	deadLetters map[*Resource]bool
}

// Resource is a resource of the template.
type Resource struct {
	ID, Type       string
	DeletionPolicy string
	ReplacePolicy  string
	DependsOn      []string
	Metadata       map[string]any
	Properties     map[string]any
}

// outputsType is the type under which the template's outputs pass through the rules
// as one more resource.
const outputsType = "Outputs"

func newTemplate(template map[string]any, env Env) *Template {
	env.Architecture = cmp.Or(env.Architecture, "arm64")
	t := &Template{Env: env, byID: map[string]*Resource{}}
	content, _ := withoutNoValue(template).(map[string]any)
	resources := object(content["Resources"])
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		attributes := object(resources[id])
		r := &Resource{
			ID:             id,
			Type:           text(attributes["Type"]),
			DeletionPolicy: cmp.Or(text(attributes["DeletionPolicy"]), "Delete"),
			ReplacePolicy:  cmp.Or(text(attributes["UpdateReplacePolicy"]), "Delete"),
			DependsOn:      texts(attributes["DependsOn"]),
			Metadata:       object(attributes["Metadata"]),
			Properties:     object(attributes["Properties"]),
		}
		t.resources = append(t.resources, r)
		t.byID[id] = r
	}
	t.resources = append(t.resources, &Resource{ID: "Outputs", Type: outputsType, Properties: object(content["Outputs"])})
	return t
}

// of returns the resources of a type.
func (t *Template) of(resourceType string) []*Resource {
	var found []*Resource
	for _, r := range t.resources {
		if r.Type == resourceType {
			found = append(found, r)
		}
	}
	return found
}

// get returns a property by its path, such as "LoggingConfig.LogFormat", or nil.
func (r *Resource) get(path string) any {
	var value any = r.Properties
	for name := range strings.SplitSeq(path, ".") {
		value = object(value)[name]
	}
	return value
}

// text is get for a property that is text.
func (r *Resource) text(path string) string { return text(r.get(path)) }

// number is get for a property that is a number; absent is what CloudFormation
// takes for a missing one. What is not known before deployment is not a number.
func (r *Resource) number(path string, absent float64) float64 {
	value := r.get(path)
	if value == nil {
		return absent
	}
	n, err := strconv.ParseFloat(text(value), 64)
	if err != nil {
		return -1
	}
	return n
}

// is tells whether a property is true; CloudFormation takes "true" as well.
func (r *Resource) is(path string) bool { return r.text(path) == "true" }

// reference is how text writes Ref and Fn::GetAtt.
var reference = regexp.MustCompile(`<([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?>`)

// target is the resource of the template that value stands for as a whole, by
// Ref or any attribute, or nil.
func (t *Template) target(value any) *Resource {
	s := text(value)
	if match := reference.FindStringSubmatch(s); match != nil && match[0] == s {
		return t.byID[match[1]]
	}
	return nil
}

// waitsFor tells whether CloudFormation makes r after other, as it depends on it
// or on what does.
func (t *Template) waitsFor(r, other *Resource) bool {
	seen := map[*Resource]bool{}
	var reaches func(r *Resource) bool
	reaches = func(r *Resource) bool {
		if r == other {
			return true
		}
		if seen[r] {
			return false
		}
		seen[r] = true
		before := t.mentioned(r.Properties)
		for _, id := range r.DependsOn {
			before = append(before, t.mentioned("<"+id+">")...)
		}
		return slices.ContainsFunc(before, reaches)
	}
	return reaches(r)
}

// mentioned are the resources of the template that occur anywhere in value.
func (t *Template) mentioned(value any) []*Resource {
	var found []*Resource
	for _, leaf := range leaves(value) {
		for _, match := range reference.FindAllStringSubmatch(leaf, -1) {
			if r := t.byID[match[1]]; r != nil {
				found = append(found, r)
			}
		}
	}
	return found
}

// leaves are the texts in value, whatever it is.
func leaves(value any) []string {
	var found []string
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			found = append(found, leaves(element)...)
		}
	case map[string]any:
		if isIntrinsic(value) {
			return []string{text(value)}
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			found = append(found, leaves(value[name])...)
		}
	default:
		found = append(found, text(value))
	}
	return found
}

func isIntrinsic(value map[string]any) bool {
	for name := range value {
		return len(value) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::"))
	}
	return false
}

// text writes a value in one line: Ref as <ID>, Fn::GetAtt as <ID.Attribute>,
// Fn::Join and Fn::Sub as what they make, and what else cannot be known before
// deployment as its JSON.
func text(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case map[string]any:
		if id, ok := value["Ref"]; ok {
			return "<" + text(id) + ">"
		}
		if attribute, ok := value["Fn::GetAtt"]; ok {
			return "<" + strings.Join(texts(attribute), ".") + ">"
		}
		if join, ok := value["Fn::Join"].([]any); ok && len(join) == 2 {
			return strings.Join(texts(join[1]), text(join[0]))
		}
		if sub, ok := value["Fn::Sub"]; ok {
			return substitute(sub)
		}
		return toJSON(value)
	case []any:
		return toJSON(value)
	default:
		return fmt.Sprint(value)
	}
}

var placeholder = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

func substitute(sub any) string {
	parts, variables := list(sub), map[string]any(nil)
	if len(parts) == 2 {
		variables = object(parts[1])
	}
	if len(parts) == 0 {
		return ""
	}
	return placeholder.ReplaceAllStringFunc(text(parts[0]), func(found string) string {
		name := strings.TrimSpace(found[2 : len(found)-1])
		if value, ok := variables[name]; ok {
			return text(value)
		}
		return "<" + name + ">"
	})
}

func toJSON(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(out)
}

// object is value as an object, or an empty one.
func object(value any) map[string]any {
	out, _ := value.(map[string]any)
	return out
}

// list is value as a list: CloudFormation takes one element without its list.
func list(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}

func texts(value any) []string {
	var out []string
	for _, element := range list(value) {
		out = append(out, text(element))
	}
	return out
}

// withoutNoValue copies value without what refers to AWS::NoValue, which is
// CloudFormation's way to leave a property out.
func withoutNoValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for name, element := range value {
			if object(element)["Ref"] != "AWS::NoValue" {
				out[name] = withoutNoValue(element)
			}
		}
		return out
	case []any:
		var out []any
		for _, element := range value {
			if object(element)["Ref"] != "AWS::NoValue" {
				out = append(out, withoutNoValue(element))
			}
		}
		return out
	default:
		return value
	}
}
