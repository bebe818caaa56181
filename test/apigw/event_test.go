package apigw_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"refstack/test/apigw"
)

// documented is the request that testdata/event.json is of.
func documented() (*http.Request, *apigw.Options) {
	r := httptest.NewRequest("PUT", "/items/a%20b?tag=a&tag=b+c", strings.NewReader(`{"name":"x"}`))
	r.Header = http.Header{
		"Accept": {"application/json"}, "Content-Type": {"application/json"}, "If-Match": {`"2"`},
		"User-Agent": {"curl/8.5.0"}, "X-Many": {"one", "two"}, "Connection": {"close"}, "Content-Length": {"12"},
	}
	return r, &apigw.Options{
		Resources: []string{"/items", "/items/{id}"},
		Claims: func(*http.Request) map[string]string {
			return map[string]string{"sub": "11111111-2222-3333-4444-555555555555", "email": "ada@example.com"}
		},
		RequestID: func() string { return "c6af9ac6-7b61-11e6-9a41-93e8deadbeef" },
		Now:       func() time.Time { return time.UnixMilli(1583349317135) },
	}
}

func decode(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var decoded map[string]any
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return decoded
}

// The event has every key that AWS documents and no other, with values of the
// same types; and, but for the trace, the same values.
func TestEventIsTheDocumentedOne(t *testing.T) {
	text, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := apigw.NewEvent(documented())
	if err != nil {
		t.Fatal(err)
	}
	want, have := decode(t, text), decode(t, got)
	if diff := cmp.Diff(shape("", want), shape("", have)); diff != "" {
		t.Error(diff)
	}
	for _, decoded := range []map[string]any{want, have} {
		delete(decoded["headers"].(map[string]any), "X-Amzn-Trace-Id")
		delete(decoded["multiValueHeaders"].(map[string]any), "X-Amzn-Trace-Id")
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

// What aws-lambda-go reads from the event is all that is in it.
func TestEventForTheLibrary(t *testing.T) {
	text, err := apigw.NewEvent(documented())
	if err != nil {
		t.Fatal(err)
	}
	var request events.APIGatewayProxyRequest
	if err := json.Unmarshal(text, &request); err != nil {
		t.Fatal(err)
	}
	claims := request.RequestContext.Authorizer["claims"].(map[string]any)
	if request.Body != `{"name":"x"}` || request.PathParameters["id"] != "a%20b" || request.RequestContext.Identity.SourceIP != "192.0.2.1" ||
		claims["sub"] != "11111111-2222-3333-4444-555555555555" || request.MultiValueQueryStringParameters["tag"][1] != "b c" {
		t.Errorf("got %+v", request)
	}
}

// shape is the types of a value, by path.
func shape(path string, value any) []string {
	switch v := value.(type) {
	case map[string]any:
		var all []string
		for key, item := range v {
			all = append(all, shape(path+"."+key, item)...)
		}
		slices.Sort(all)
		return all
	case []any:
		var all []string
		for i, item := range v {
			all = append(all, shape(fmt.Sprintf("%s[%d]", path, i), item)...)
		}
		return all
	}
	return []string{fmt.Sprintf("%s %T", path, value)}
}

// What a request does not have is null, and without an authorizer there is none.
func TestEmptyEvent(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	text, err := apigw.NewEvent(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	e := decode(t, text)
	for _, key := range []string{"queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body"} {
		if value, ok := e[key]; !ok || value != nil {
			t.Errorf("%s is %v, %t", key, value, ok)
		}
	}
	context := e["requestContext"].(map[string]any)
	if _, ok := context["authorizer"]; ok || e["isBase64Encoded"] != false || context["identity"].(map[string]any)["userAgent"] != nil {
		t.Errorf("got %s", text)
	}
	if got := e["headers"].(map[string]any)["X-Forwarded-For"]; got != "198.51.100.7, 192.0.2.1" {
		t.Errorf("forwarded for %v", got)
	}
	if len(context["requestId"].(string)) != 36 || context["path"] != "/prod/" {
		t.Errorf("got %s", text)
	}
}

func TestBodies(t *testing.T) {
	image := &apigw.Options{BinaryMediaTypes: []string{"image/png"}}
	for name, test := range map[string]struct {
		contentType, body string
		opts              *apigw.Options
		want              string
		base64            bool
	}{
		"text":                    {"application/json", "ä", nil, "ä", false},
		"text is not binary":      {"application/json", "x", image, "x", false},
		"binary":                  {"image/png", "\x89PNG", image, "iVBORw==", true},
		"binary with a parameter": {"Image/PNG; a=b", "\x89PNG", image, "iVBORw==", true},
		"anything is binary":      {"", "x", &apigw.Options{BinaryMediaTypes: []string{"*/*"}}, "eA==", true},
		"binary taken for text":   {"image/gif", "a\xff\xfeb", image, "a\uFFFDb", false},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(test.body))
		r.Header.Set("Content-Type", test.contentType)
		text, err := apigw.NewEvent(r, test.opts)
		if err != nil {
			t.Fatal(err)
		}
		if e := decode(t, text); e["body"] != test.want || e["isBase64Encoded"] != test.base64 {
			t.Errorf("%s: got %v, %v", name, e["body"], e["isBase64Encoded"])
		}
	}
}

func TestRoutes(t *testing.T) {
	opts := &apigw.Options{Resources: []string{
		"/items/{id}", "GET /items", "ANY /items/new", "/{proxy+}", "/items/{id}/{rest+}", "DELETE /items/{id}/parts",
	}}
	for request, want := range map[string]string{
		"GET /items":              "/items map[]",
		"GET /items/":             "/items map[]",
		"POST /items":             "/{proxy+} map[proxy:items]",
		"GET /items/new":          "/items/new map[]",
		"GET /items/7":            "/items/{id} map[id:7]",
		"GET /items/a%2Fb":        "/items/{id} map[id:a%2Fb]",
		"GET /items/7/x/y":        "/items/{id}/{rest+} map[id:7 rest:x/y]",
		"DELETE /items/7/parts":   "/items/{id}/parts map[id:7]",
		"GET /items/7/parts":      "/items/{id}/{rest+} map[id:7 rest:parts]",
		"GET /other/%E2%82%AC/+1": "/{proxy+} map[proxy:other/%E2%82%AC/+1]",
		"GET /":                   "403",
	} {
		method, path, _ := strings.Cut(request, " ")
		text, err := apigw.NewEvent(httptest.NewRequest(method, path, nil), opts)
		got := ""
		var refusal *apigw.Refusal
		if errors.As(err, &refusal) {
			got = fmt.Sprint(refusal.Status)
		} else {
			e := decode(t, text)
			parameters, _ := e["pathParameters"].(map[string]any)
			got = fmt.Sprint(e["resource"], " ", parameters)
			if e["path"] != path {
				t.Errorf("%s: the path is %v", request, e["path"])
			}
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", request, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	long := func(size int) *http.Request {
		r := httptest.NewRequest("GET", "/", nil) // GET / HTTP/1.1, Host and example.com are 29
		r.Header.Set("X", strings.Repeat("a", size-29-1))
		return r
	}
	body := func(size int) *http.Request {
		return httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("a", size)))
	}
	refuseToken := &apigw.Options{Claims: func(*http.Request) map[string]string { return nil }}
	for name, test := range map[string]struct {
		r    *http.Request
		opts *apigw.Options
		want int
	}{
		"headers at the limit":   {long(apigw.MaxHeaders), nil, 0},
		"headers over the limit": {long(apigw.MaxHeaders + 1), nil, 431},
		"body at the limit":      {body(apigw.MaxBody), nil, 0},
		"body over the limit":    {body(apigw.MaxBody + 1), nil, 413},
		"token refused":          {body(1), refuseToken, 401},
		"refused before it ends": {body(apigw.MaxBody + 1), refuseToken, 401},
		"no such resource":       {body(1), &apigw.Options{Resources: []string{"/items"}}, 403},
		"query":                  {httptest.NewRequest("GET", "/?a=%zz", nil), nil, 400},
	} {
		_, err := apigw.NewEvent(test.r, test.opts)
		var refusal *apigw.Refusal
		status := 0
		if errors.As(err, &refusal) {
			status = refusal.Status
		}
		if status != test.want || (err == nil) != (test.want == 0) {
			t.Errorf("%s: got %v, want %d", name, err, test.want)
		}
	}
}
