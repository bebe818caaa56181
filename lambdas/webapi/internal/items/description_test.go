package items

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/problem"
)

// descriptionFile is what callers are told of the API.
const descriptionFile = "../../../../stacks/webapi/openapi.json"

var description = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromFile(descriptionFile)
})

func described(t testing.TB) *openapi3.T {
	t.Helper()
	d, err := description()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDescriptionIsValid(t *testing.T) {
	d := described(t)
	if err := d.Validate(t.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		t.Error(err)
	}
	if d.OpenAPI != "3.1.0" {
		t.Errorf("it is of OpenAPI %s", d.OpenAPI)
	}
}

func TestDescriptionHasTheRoutes(t *testing.T) {
	var got, want []string
	for path, operations := range described(t).Paths.Map() {
		for method := range operations.Operations() {
			got = append(got, method+" "+path)
		}
	}
	for _, pattern := range New(newMemory(), Config{}, httpapi.Identity{}).Patterns() {
		want = append(want, pattern)
		if path, ok := strings.CutPrefix(pattern, "GET "); ok {
			want = append(want, "HEAD "+path)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the handler's routes and those of the description differ (-handler +description):\n%s", diff)
	}
}

func TestDescriptionHasTheLimits(t *testing.T) {
	d := described(t)
	for _, name := range []string{"ItemInput", "Item"} {
		properties := d.Components.Schemas[name].Value.Properties
		limits := map[string]uint64{
			"name min": properties["name"].Value.MinLength, "name max": *properties["name"].Value.MaxLength,
			"note min": properties["note"].Value.MinLength, "note max": *properties["note"].Value.MaxLength,
			"tags max": *properties["tags"].Value.MaxItems,
			"tag min":  properties["tags"].Value.Items.Value.MinLength, "tag max": *properties["tags"].Value.Items.Value.MaxLength,
		}
		want := map[string]uint64{
			"name min": 1, "name max": maxName, "note min": 0, "note max": maxNote, "tags max": maxTags, "tag min": 1, "tag max": maxTag,
		}
		if diff := cmp.Diff(want, limits); diff != "" {
			t.Errorf("%s (-handler +description):\n%s", name, diff)
		}
	}
	for name, want := range map[string][]string{"ItemInput": fields, "Item": slices.Concat(fields, ours)} {
		var got []string
		for property := range d.Components.Schemas[name].Value.Properties {
			got = append(got, property)
		}
		slices.Sort(got)
		want = slices.Sorted(slices.Values(want))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-handler +description):\n%s", name, diff)
		}
		if additional := d.Components.Schemas[name].Value.AdditionalProperties.Has; additional == nil || *additional {
			t.Errorf("%s allows other fields", name)
		}
	}
	limit := d.Components.Parameters["Limit"].Value.Schema.Value
	if *limit.Min != 1 || *limit.Max != maxLimit || limit.Default != float64(defaultLimit) {
		t.Errorf("limit is %v to %v, default %v", *limit.Min, *limit.Max, limit.Default)
	}
	if key := d.Components.Parameters["IdempotencyKey"].Value.Schema.Value; key.MinLength != 1 || *key.MaxLength != maxIdempotencyKey {
		t.Errorf("an idempotency key has %d to %d characters", key.MinLength, *key.MaxLength)
	}
}

func TestDescriptionHasTheParameters(t *testing.T) {
	got := map[string][]string{}
	for path, item := range described(t).Paths.Map() {
		for method, operation := range item.Operations() {
			for _, p := range operation.Parameters {
				got[method+" "+path] = append(got[method+" "+path], p.Value.In+" "+p.Value.Name)
			}
		}
	}
	want := map[string][]string{
		"GET /items": {"query limit", "query cursor"}, "HEAD /items": {"query limit", "query cursor"},
		"POST /items": {"header Idempotency-Key"}, "PUT /items/{id}": {"header If-Match"}, "DELETE /items/{id}": {"header If-Match"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-handler +description):\n%s", diff)
	}
}

// API Gateway takes models in JSON Schema draft 4, without references.
func TestInputIsAModelForAPIGateway(t *testing.T) {
	text, err := json.Marshal(described(t).Components.Schemas["ItemInput"])
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"type", "required", "additionalProperties", "properties", "name", "note", "tags",
		"minLength", "maxLength", "maxItems", "items", "description"}
	for _, key := range regexp.MustCompile(`"([^"]*)":`).FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(known, key[1]) {
			t.Errorf("it has %s", key[1])
		}
	}
}

// send has api answer a request, and compares the answer with the description.
func send(t testing.TB, api http.Handler, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s %s lacks its security headers: %v", r.Method, r.URL, w.Header())
	}
	if r.Pattern == "" || path.Clean(r.URL.Path) != r.URL.Path {
		return w // No route: not in the description.
	}
	_, route, _ := strings.Cut(r.Pattern, " ")
	operation := described(t).Paths.Find(route).GetOperation(r.Method)
	response := operation.Responses.Status(w.Code)
	if response == nil {
		t.Errorf("%s: the description has no answer %d", r.Pattern, w.Code)
		return w
	}
	for name, header := range response.Value.Headers {
		if header.Value.Required && w.Header().Get(name) == "" {
			t.Errorf("%s: %d lacks the header %s", r.Pattern, w.Code, name)
		}
	}
	if len(response.Value.Content) == 0 {
		if w.Body.Len() > 0 {
			t.Errorf("%s: %d has a body", r.Pattern, w.Code)
		}
		return w
	}
	media := response.Value.Content[w.Header().Get("Content-Type")]
	if media == nil {
		t.Errorf("%s: %d has the content type %q", r.Pattern, w.Code, w.Header().Get("Content-Type"))
		return w
	}
	var body any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if err := media.Schema.Value.VisitJSON(body, openapi3.EnableJSONSchema2020(), openapi3.EnableFormatValidation()); err != nil {
		t.Errorf("%s: %d is not as described: %v\n%s", r.Pattern, w.Code, err, w.Body)
	}
	return w
}

// seen are the types of problem that a test met.
type seen map[string]bool

func (s seen) add(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != problem.ContentType {
		t.Errorf("the content type is %q", got)
	}
	var document map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if document["status"] != float64(w.Code) || document["requestId"] != "request-1" || document["title"] == "" {
		t.Errorf("answered %d: %v", w.Code, document)
	}
	s[document["type"].(string)] = true
	return document
}

func (s seen) compare(t *testing.T) {
	t.Helper()
	want := seen{}
	for _, example := range described(t).Components.Schemas["Problem"].Value.Properties["type"].Value.Examples {
		want[example.(string)] = true
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("types of problem (-description +met):\n%s", diff)
	}
}
