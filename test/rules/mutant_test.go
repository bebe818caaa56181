package rules

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mutable is a golden that a test may spoil.
type mutable struct {
	t        *testing.T
	stack    string
	stage    string
	template map[string]any
}

func golden(t *testing.T, stack, stage string) *mutable {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "golden", stack+"."+stage+".json"))
	if err != nil {
		t.Fatal(err)
	}
	m := &mutable{t: t, stack: stack, stage: stage}
	if err := json.Unmarshal(text, &m.template); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *mutable) resources() map[string]any { return m.template["Resources"].(map[string]any) }

// id is the logical ID of the resource at a construct path, which people can
// read: "Work/Queue" is WorkQueue1CAC4D2F. What has no such path is its own ID.
func (m *mutable) id(path string) string {
	for id, resource := range m.resources() {
		metadata, _ := resource.(map[string]any)["Metadata"].(map[string]any)
		found, _ := metadata["aws:cdk:path"].(string)
		if found == m.stack+"/"+path+"/Resource" || found == m.stack+"/"+path {
			return id
		}
	}
	if m.resources()[path] == nil && path != "Outputs" {
		m.t.Fatalf("no resource at %s", path)
	}
	return path
}

func (m *mutable) resource(path string) map[string]any {
	if path == "Outputs" {
		return m.template
	}
	return m.resources()[m.id(path)].(map[string]any)
}

// ref and ARN refer to the resource at a construct path.
func (m *mutable) ref(path string) any { return map[string]any{"Ref": m.id(path)} }
func (m *mutable) ARN(path string) any {
	return map[string]any{"Fn::GetAtt": []any{m.id(path), "Arn"}}
}

// gone, as a value, deletes.
var gone = new(int)

// set replaces what is at keys, separated by spaces, in the resource at a
// construct path: "Properties RedrivePolicy maxReceiveCount". An element of a
// list is found by its index, or by its Sid, Id or first Action; + appends.
func (m *mutable) set(path, keys string, value any) {
	m.t.Helper()
	if !replace(m.resource(path), strings.Fields(keys), value) {
		m.t.Fatalf("%s has no %s", path, keys)
	}
}

// Edit replaces a part of the text that is at keys, names of objects all of them.
func (m *mutable) Edit(path, keys, old, new string) {
	m.t.Helper()
	var value any = m.resource(path)
	for key := range strings.FieldsSeq(keys) {
		value = value.(map[string]any)[key]
	}
	if !strings.Contains(value.(string), old) {
		m.t.Fatalf("%s of %s has no %q", keys, path, old)
	}
	m.set(path, keys, strings.ReplaceAll(value.(string), old, new))
}

func replace(in map[string]any, keys []string, value any) bool {
	key, rest := keys[0], keys[1:]
	if len(rest) == 0 {
		if value != gone {
			in[key] = value
			return true
		}
		_, had := in[key]
		delete(in, key)
		return had
	}
	switch inner := in[key].(type) {
	case map[string]any:
		return replace(inner, rest, value)
	case []any:
		if rest[0] == "+" {
			in[key] = append(inner, value)
			return true
		}
		i := slices.IndexFunc(inner, func(element any) bool { return isCalled(element, rest[0]) })
		if n, err := strconv.Atoi(rest[0]); err == nil {
			i = n
		}
		switch {
		case i < 0 || i >= len(inner):
			return false
		case len(rest) > 1:
			return replace(inner[i].(map[string]any), rest[1:], value)
		case value == gone:
			in[key] = slices.Delete(inner, i, i+1)
		default:
			inner[i] = value
		}
		return true
	default:
		return false
	}
}

func isCalled(element any, name string) bool {
	fields, _ := element.(map[string]any)
	if action, ok := fields["Action"].([]any); ok {
		return len(action) > 0 && action[0] == name
	}
	return fields["Sid"] == name || fields["Id"] == name || fields["Action"] == name
}

// add puts a resource into the template.
func (m *mutable) add(id, resourceType string, properties map[string]any) {
	m.resources()[id] = map[string]any{"Type": resourceType, "Properties": properties}
}

// Copy repeats the resource at a construct path under another logical ID.
func (m *mutable) Copy(id, path string) {
	original := m.resource(path)
	m.add(id, original["Type"].(string), maps.Clone(original["Properties"].(map[string]any)))
}

// found are the findings as "RULE ID", without repetitions.
func (m *mutable) found() []string {
	var out []string
	for _, f := range Check(m.template, Env{Production: strings.HasPrefix(m.stage, "prod")}) {
		out = append(out, f.Rule+" "+f.LogicalID)
	}
	return slices.Compact(out)
}

// ThrottleAlarm completes the properties of an alarm that tells the topic.
func (m *mutable) ThrottleAlarm(properties obj) obj {
	properties["AlarmActions"] = []any{m.ref("Alarms/Topic")}
	properties["ComparisonOperator"] = "GreaterThanOrEqualToThreshold"
	properties["EvaluationPeriods"], properties["Threshold"] = 1.0, 1.0
	properties["TreatMissingData"] = "notBreaching"
	return properties
}
