package genai

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// describe makes the description of the API: what is there whatever the tasks are,
// in description.json, and the paths of each task.
func describe(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile("description.json")
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	paths, schemas := d["paths"].(map[string]any), d["components"].(map[string]any)["schemas"].(map[string]any)
	for _, task := range readTasks() {
		schema := strings.ToUpper(task.name[:1]) + task.name[1:]
		schemas[schema] = task.Input
		path := func(end, summary string, parameters []string, success map[string]any, failures ...string) {
			operation := map[string]any{
				"operationId": task.name + end, "summary": task.Description + " " + summary,
				"requestBody": map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": ref("schemas", schema)}}},
			}
			for _, name := range parameters {
				operation["parameters"] = []any{ref("parameters", name)}
			}
			responses := map[string]any{
				"400": ref("responses", "BadRequest"), "401": ref("responses", "Unauthorized"), "403": ref("responses", "Forbidden"),
				"413": ref("responses", "BodyTooLarge"), "415": ref("responses", "UnsupportedMediaType"), "429": ref("responses", "TooManyRequests"),
				"500": ref("responses", "Internal"), "503": ref("responses", "Unavailable"), "504": ref("responses", "Timeout"),
			}
			for _, name := range failures {
				status := map[string]string{"NotAcceptable": "406", "Refused": "422", "NoAnswer": "502"}[name]
				responses[status] = ref("responses", name)
			}
			maps.Copy(responses, success)
			operation["responses"] = responses
			paths[strings.TrimSuffix("/"+task.name+"/"+end, "/")] = map[string]any{"post": operation}
		}
		answers := []string{"NotAcceptable", "Refused", "NoAnswer"}
		path("", "At once, within 29 seconds.", nil, map[string]any{"200": response("The answer.", "application/json", "Answer")}, answers...)
		path("stream", "Piece by piece.", nil, map[string]any{"200": map[string]any{
			"description": "Server-sent events: text, with a piece of the answer in text; at last end, with all of an Answer but the text, or error, with a problem document.",
			"content":     map[string]any{"text/event-stream": map[string]any{"schema": map[string]any{"type": "string"}}},
		}}, answers...)
		accepted := response("The job is queued.", "application/json", "Accepted")
		accepted["headers"] = map[string]any{"Location": ref("headers", "Location")}
		path("jobs", "By a queue.", []string{"IdempotencyKey"}, map[string]any{"202": accepted})
	}
	return d
}

func ref(kind, name string) map[string]any {
	return map[string]any{"$ref": "#/components/" + kind + "/" + name}
}

func response(description, contentType, schema string) map[string]any {
	return map[string]any{
		"description": description,
		"content":     map[string]any{contentType: map[string]any{"schema": ref("schemas", schema)}},
	}
}

// TestDescription holds openapi.json to the tasks; go test -update rewrites it.
func TestDescription(t *testing.T) {
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(describe(t)); err != nil {
		t.Fatal(err)
	}
	if cdktest.Updating() {
		if err := os.WriteFile("openapi.json", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("openapi.json is not of these tasks; make golden rewrites it (-want +got):\n%s", diff)
	}
	document, err := openapi3.NewLoader().LoadFromData(got)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestMethodsAreThoseOfTheDescription reads the file, and the template, on their
// own.
func TestMethodsAreThoseOfTheDescription(t *testing.T) {
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var description struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := json.Unmarshal(text, &description); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{} // The model of each method, or nil.
	for path, operations := range description.Paths {
		for method, operation := range operations {
			var model any
			if reference := operation.RequestBody.Content["application/json"].Schema.Ref; reference != "" {
				schema := description.Components.Schemas[reference[strings.LastIndex(reference, "/")+1:]]
				schema["$schema"] = "http://json-schema.org/draft-04/schema#"
				model = schema
			}
			want[strings.ToUpper(method)+" "+path] = model
		}
	}

	template := cdktest.TemplateOf(t, New(cdktest.NewApp(t, nil), "GenAi", nil).Stack)
	resources := template.JSON["Resources"].(map[string]any)
	var path func(id any) string
	path = func(id any) string {
		reference, ok := id.(map[string]any)["Ref"].(string)
		if !ok {
			return "" // Fn::GetAtt of the API's root.
		}
		properties := resources[reference].(map[string]any)["Properties"].(map[string]any)
		return path(properties["ParentId"]) + "/" + properties["PathPart"].(string)
	}
	got := map[string]any{}
	for _, resource := range resources {
		if resource := resource.(map[string]any); resource["Type"] == "AWS::ApiGateway::Method" {
			properties := resource["Properties"].(map[string]any)
			var model any
			if models, ok := properties["RequestModels"].(map[string]any); ok {
				id := models["application/json"].(map[string]any)["Ref"].(string)
				model = resources[id].(map[string]any)["Properties"].(map[string]any)["Schema"]
			}
			got[properties["HttpMethod"].(string)+" "+path(properties["ResourceId"])] = model
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("methods and models (-description +template):\n%s", diff)
	}
	names := slices.Sorted(maps.Keys(got))
	if !slices.Contains(names, "POST /qa/jobs") || !slices.Contains(names, "GET /jobs/{id}") {
		t.Errorf("methods are %v", names)
	}
}
