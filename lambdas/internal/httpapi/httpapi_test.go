package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"refstack/lambdas/internal/problem"
)

// serve has an API with one route answer a request, and returns what it logs.
func serve(t *testing.T, handler Handler, r *http.Request) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	api := &API{Origins: []string{"https://app.example.com"}, RequestID: func(*http.Request) string { return "request-1" }}
	api.Handle("GET /things/{id}", handler)
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w, log.String()
}

func get(path string, headers ...string) *http.Request {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func fine(r *http.Request) (*Answer, error) {
	return &Answer{Status: 200, Header: http.Header{"etag": {`"1"`}}, Body: []byte(`{"id":"` + r.PathValue("id") + `"}`)}, nil
}

func TestAnswer(t *testing.T) {
	w, log := serve(t, fine, get("/things/7"))
	if w.Code != 200 || w.Body.String() != `{"id":"7"}` || w.Header().Get("Content-Type") != "application/json" ||
		w.Header().Get("ETag") != `"1"` || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("answered %d %v %s", w.Code, w.Header(), w.Body)
	}
	if !strings.Contains(log, `"route":"GET /things/{id}","status":200`) || strings.Contains(log, "/things/7") {
		t.Errorf("logged %s", log)
	}
	head := get("/things/7")
	head.Method = "HEAD"
	if w, _ := serve(t, fine, head); w.Code != 200 || w.Body.Len() > 0 || w.Header().Get("ETag") != `"1"` {
		t.Errorf("HEAD answered %d %v %q", w.Code, w.Header(), w.Body)
	}
	nothing := func(*http.Request) (*Answer, error) { return &Answer{Status: 204}, nil }
	if w, _ := serve(t, nothing, get("/things/7")); w.Code != 204 || w.Header().Get("Content-Type") != "" {
		t.Errorf("nothing is of type %q", w.Header().Get("Content-Type"))
	}
}

func TestErrorsAreProblems(t *testing.T) {
	post := get("/things/7")
	post.Method = "POST"
	fails := func(err error) Handler { return func(*http.Request) (*Answer, error) { return nil, err } }
	panics := func(value any) Handler { return func(*http.Request) (*Answer, error) { panic(value) } }
	busy := &problem.Problem{Kind: problem.Unavailable, Header: http.Header{"retry-after": {"1"}}, Cause: errors.New("the cause")}
	var list []int
	for name, c := range map[string]struct {
		handler Handler
		request *http.Request
		status  int
		kind    string
		logged  string
	}{
		"a problem":          {fails(busy), get("/things/7"), 503, "unavailable", "unavailable: the cause"},
		"a problem, wrapped": {fails(fmt.Errorf("reading: %w", busy)), get("/things/7"), 503, "unavailable", "reading: unavailable"},
		"an error":           {fails(errors.New("secret")), get("/things/7"), 500, "internal", "secret"},
		"a panic":            {panics("secret"), get("/things/7"), 500, "internal", "panic of string"},
		"a panic with error": {panics(errors.New("secret")), get("/things/7"), 500, "internal", "panic of *errors.errorString"},
		"a runtime panic":    {func(*http.Request) (*Answer, error) { return nil, fmt.Errorf("%d", list[7]) }, get("/things/7"), 500, "internal", "index out of range"},
		"no path":            {fine, get("/secret"), 404, "not-found", ""},
		"an untidy path":     {fine, get("/things//7"), 404, "not-found", ""},
		"no method":          {fine, post, 405, "method-not-allowed", ""},
		"not acceptable":     {fine, get("/things/7", "Accept", "text/html"), 406, "not-acceptable", ""},
	} {
		w, log := serve(t, c.handler, c.request)
		var document map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
			t.Fatalf("%s: %v: %s", name, err, w.Body)
		}
		if w.Code != c.status || document["type"] != "urn:problem-type:"+c.kind || document["requestId"] != "request-1" ||
			w.Header().Get("Content-Type") != problem.ContentType || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: answered %d %v %s", name, w.Code, w.Header(), w.Body)
		}
		if (w.Header().Get("Allow") == "GET, HEAD") != (c.status == 405) || (w.Header().Get("Retry-After") == "1") != (c.status == 503) {
			t.Errorf("%s: answered with %v", name, w.Header())
		}
		if level := map[bool]string{true: "ERROR", false: "INFO"}[c.status >= 500]; !strings.Contains(log, `"level":"`+level+`"`) ||
			!strings.Contains(log, c.logged) || strings.Contains(log, "secret") && c.logged != "secret" {
			t.Errorf("%s: logged %s", name, log)
		}
	}
}

func TestAcceptable(t *testing.T) {
	for accept, want := range map[string]bool{
		"": true, " ": true, "*/*": true, "application/*": true, "application/json": true, "Application/JSON": true,
		"text/html, application/json": true, "text/html;q=1, */*;q=0.1": true, "application/json;charset=utf-8": true, "application/json;q=x": true,
		"application/json;q=0.1, */*;q=0": true, "text/html": false, "application/json;q=0": false, "application/json;q=0, */*": false,
		"*/*, application/json;q=0": false, "*/*;q=0": false, "application/problem+json": false, ";;": false, ",": false,
	} {
		if err := acceptable(get("/", "Accept", accept), "application/json"); (err == nil) != want {
			t.Errorf("Accept: %q is acceptable: %v", accept, err)
		}
	}
	if err := acceptable(get("/", "Accept", "text/html", "Accept", "application/json"), "application/json"); err != nil {
		t.Errorf("the second of two headers: %v", err)
	}
}

func TestReadJSON(t *testing.T) {
	for name, c := range map[string]struct {
		body    io.Reader
		headers []string
		want    problem.Kind // None, where the body is read.
	}{
		"JSON":             {strings.NewReader("12345"), nil, problem.Kind{}},
		"nothing":          {strings.NewReader(""), nil, problem.Kind{}},
		"one byte more":    {strings.NewReader("123456"), nil, problem.BodyTooLarge},
		"broken":           {io.MultiReader(strings.NewReader("1"), broken{}), nil, problem.InvalidBody},
		"UTF-8":            {strings.NewReader("1"), []string{"Content-Type", `application/json; charset="UTF-8"`}, problem.Kind{}},
		"Latin-1":          {strings.NewReader("1"), []string{"Content-Type", "application/json;charset=iso-8859-1"}, problem.UnsupportedMedia},
		"text":             {strings.NewReader("1"), []string{"Content-Type", "text/plain"}, problem.UnsupportedMedia},
		"JSON of a sort":   {strings.NewReader("1"), []string{"Content-Type", "application/merge-patch+json"}, problem.UnsupportedMedia},
		"no type":          {strings.NewReader("1"), []string{"Content-Type", ""}, problem.UnsupportedMedia},
		"two types":        {strings.NewReader("1"), []string{"Content-Type", "application/json, text/plain"}, problem.UnsupportedMedia},
		"a bad parameter":  {strings.NewReader("1"), []string{"Content-Type", "application/json; charset"}, problem.UnsupportedMedia},
		"not encoded":      {strings.NewReader("1"), []string{"Content-Encoding", "Identity"}, problem.Kind{}},
		"packed":           {strings.NewReader("1"), []string{"Content-Encoding", "gzip"}, problem.UnsupportedMedia},
		"too long by type": {strings.NewReader("123456"), []string{"Content-Type", "text/plain"}, problem.UnsupportedMedia},
	} {
		r := httptest.NewRequest("POST", "/", c.body)
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Set(c.headers[i], c.headers[i+1])
		}
		_, err := ReadJSON(r, 5)
		var p *problem.Problem
		if errors.As(err, &p); (p == nil) != (c.want == problem.Kind{}) || p != nil && p.Kind != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestOrigins(t *testing.T) {
	for origin, allowed := range map[string]bool{
		"https://app.example.com": true, "": false, "null": false, "*": false, "http://app.example.com": false, "https://app.example.com:443": false, "https://APP.example.com": false,
	} {
		ask := get("/things/7", "Origin", origin, "Access-Control-Request-Method", "PUT")
		ask.Method = "OPTIONS"
		for name, r := range map[string]*http.Request{"an answer": get("/things/7", "Origin", origin), "a problem": get("/", "Origin", origin), "a preflight": ask} {
			w, _ := serve(t, fine, r)
			header := w.Header()
			want := map[bool]string{true: origin}[allowed]
			if header.Get("Access-Control-Allow-Origin") != want || header.Get("Vary") != "Origin" || header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s for %q: %v", name, origin, header)
			}
			for _, names := range []string{"Allow-Methods", "Allow-Headers"} {
				if got := header.Get("Access-Control-" + names); (got != "") != (allowed && name == "a preflight") {
					t.Errorf("%s for %q: %s is %q", name, origin, names, got)
				}
			}
			if name == "a preflight" && (w.Code != 204 || w.Body.Len() > 0) {
				t.Errorf("a preflight is answered with %d %s", w.Code, w.Body)
			}
		}
	}
	options := get("/things/7", "Origin", "https://app.example.com")
	options.Method = "OPTIONS"
	if w, _ := serve(t, fine, options); w.Code != 405 {
		t.Errorf("OPTIONS that is no preflight is answered with %d", w.Code)
	}
	none := &API{RequestID: func(*http.Request) string { return "" }}
	w := httptest.NewRecorder()
	none.ServeHTTP(w, get("/", "Origin", "https://app.example.com"))
	if w.Header().Get("Vary") != "" || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without origins: %v", w.Header())
	}
}
