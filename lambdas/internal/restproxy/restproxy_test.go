package restproxy

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

func event(t testing.TB) events.APIGatewayProxyRequest {
	t.Helper()
	text, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// got is what a handler sees of a request.
type got struct {
	Method, Path, Query, Body, Subject, RequestID, Key string
}

// see has New's handler work on event and tells what the http.Handler saw.
func see(t *testing.T, event events.APIGatewayProxyRequest) (*got, events.APIGatewayProxyResponse) {
	t.Helper()
	var saw *got
	response, err := New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		saw = &got{r.Method, r.URL.Path, r.URL.RawQuery, string(body), subject(r), requestID(r), r.Header.Get("Idempotency-Key")}
		w.Header().Set("ETag", `"1"`)
		w.WriteHeader(http.StatusCreated)
	}))(context.Background(), event)
	if err != nil {
		t.Fatal(err)
	}
	return saw, response
}

func TestEventBecomesRequest(t *testing.T) {
	saw, response := see(t, event(t))
	want := &got{"POST", "/items", "", `{"name":"Grüße"}`, "03b4c8f2-7061-70a5-9c1e-2b1f8c3d4e5f",
		"c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "8e03978e-40d5-43e8-bc93-6894a57f9324"}
	if diff := cmp.Diff(want, saw); diff != "" {
		t.Error(diff)
	}
	if response.StatusCode != http.StatusCreated || http.Header(response.MultiValueHeaders).Get("ETag") != `"1"` {
		t.Errorf("answered %+v", response)
	}
}

func TestBodyInBase64(t *testing.T) {
	e := event(t)
	e.Body, e.IsBase64Encoded = "eyJuYW1lIjoi/yJ9", true
	saw, _ := see(t, e)
	if saw.Body != "{\"name\":\"\xff\"}" {
		t.Errorf("the body is %q", saw.Body)
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	e := event(t)
	e.Body, e.IsBase64Encoded = "secret!", true
	saw, response := see(t, e)
	header := http.Header(response.MultiValueHeaders)
	if saw != nil || response.StatusCode != http.StatusBadRequest || header.Get("Content-Type") != "application/problem+json" ||
		header.Get("Cache-Control") != "no-store" || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("answered %+v", response)
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(response.Body), &document); err != nil || document["requestId"] != e.RequestContext.RequestID ||
		document["type"] != "urn:problem-type:invalid-body" {
		t.Errorf("%v: %s", err, response.Body)
	}
	e = event(t)
	e.HTTPMethod = "SECRET METHOD"
	if saw, response := see(t, e); saw != nil || response.StatusCode != http.StatusBadRequest {
		t.Errorf("answered %+v", response)
	}
	if bytes.Contains(bytes.ToLower(logged.Bytes()), []byte("secret!")) {
		t.Errorf("the log: %s", &logged)
	}
}

func TestPathsStayWhatTheyAre(t *testing.T) {
	for path, want := range map[string]string{
		"/items/x":           "/items/x",
		"/items/%zz":         "/items/%zz",
		"/items/a?limit=9":   "/items/a?limit=9",
		"/items/a#b":         "/items/a#b",
		"/items/\x7f":        "/items/\x7f",
		"items":              "/items",
		"//evil.example/abc": "//evil.example/abc",
		"":                   "/",
	} {
		e := event(t)
		e.Path = path
		saw, response := see(t, e)
		if saw == nil || saw.Path != want || saw.Query != "" {
			t.Errorf("%q became %+v, %d", path, saw, response.StatusCode)
		}
	}
}

func TestBasePathOfACustomDomain(t *testing.T) {
	id := map[string]string{"id": "7"}
	for _, c := range []struct {
		path, resource string
		parameters     map[string]string
		want           string
	}{
		{"/items", "/items", nil, "/items"},
		{"/shop/items", "/items", nil, "/items"},
		{"/shop/items/7", "/items/{id}", id, "/items/7"},
		{"/shop/v1/items/7", "/items/{id}", id, "/items/7"},
		{"/shop/items/7/", "/items/{id}", id, "/items/7/"},
		{"/items/items/7", "/items/{id}", id, "/items/7"},
		{"/items/a%20b", "/items/{id}", map[string]string{"id": "a%20b"}, "/items/a b"},
		{"/shop/a/b", "/{rest+}", map[string]string{"rest": "a/b"}, "/a/b"},
		{"/shop/items/{id}", "/items/{id}", map[string]string{"id": "{id}"}, "/items/{id}"},
		// What does not end as it should is left alone.
		{"/shop/items/8", "/items/{id}", id, "/shop/items/8"},
		{"/shop/", "/", nil, "/shop/"},
	} {
		e := event(t)
		e.Path, e.Resource, e.PathParameters = c.path, c.resource, c.parameters
		if saw, _ := see(t, e); saw.Path != c.want {
			t.Errorf("%s of %s became %s, want %s", c.path, c.resource, saw.Path, c.want)
		}
	}
}

func TestQuery(t *testing.T) {
	e := event(t)
	e.MultiValueQueryStringParameters = map[string][]string{"limit": {"5", "&cursor=x"}}
	e.QueryStringParameters = map[string]string{"limit": "5"}
	if saw, _ := see(t, e); saw.Query != "limit=5&limit=%26cursor%3Dx" {
		t.Errorf("the query is %s", saw.Query)
	}
}

func TestNobodyIsTheSubjectWithoutAClaim(t *testing.T) {
	for name, authorizer := range map[string]map[string]any{
		"none": nil, "no claims": {}, "claims of a string": {"claims": "sub"}, "no sub": {"claims": map[string]any{}},
		"sub of a number": {"claims": map[string]any{"sub": 1.0}}, "sub outside": {"sub": "alice"},
	} {
		e := event(t)
		e.RequestContext.Authorizer = authorizer
		// The header in which the adapter may carry the context is a client's to send.
		e.MultiValueHeaders["X-GoLambdaProxy-ApiGw-Context"] = []string{`{"authorizer":{"claims":{"sub":"alice"}}}`}
		e.MultiValueHeaders["X-Local-Caller"] = []string{"alice"}
		if saw, _ := see(t, e); saw.Subject != "" {
			t.Errorf("%s: the subject is %q", name, saw.Subject)
		}
	}
}

func TestTimeIsLeftToAnswer(t *testing.T) {
	e := event(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		response, err := New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			w.WriteHeader(http.StatusServiceUnavailable)
		}))(ctx, e)
		deadline, _ := ctx.Deadline()
		if left := time.Until(deadline); err != nil || response.StatusCode != http.StatusServiceUnavailable || left != reserve {
			t.Errorf("answered %d, %v, with %s left", response.StatusCode, err, left)
		}
	})
}
