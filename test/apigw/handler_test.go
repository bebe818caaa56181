package apigw_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"refstack/test/apigw"
	"refstack/test/lambdatest"
)

func sortedKeys(header http.Header) []string { return slices.Sorted(maps.Keys(header)) }

// echo answers with the event.
func echo(_ context.Context, event []byte) ([]byte, error) {
	return json.Marshal(map[string]any{"statusCode": 201, "body": string(event), "headers": map[string]string{"X-Here": "yes"}})
}

func startAPI(t *testing.T, invoke func(context.Context, []byte) ([]byte, error), opts *apigw.Options) string {
	t.Helper()
	server := httptest.NewServer(apigw.Handler(invoke, opts))
	t.Cleanup(server.Close)
	return server.URL
}

func do(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func request(method, url, body string) *http.Request {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	return r
}

func TestHandler(t *testing.T) {
	api := startAPI(t, echo, &apigw.Options{
		Resources: []string{"POST /items/{id}"},
		Claims: func(r *http.Request) map[string]string {
			user, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok {
				return nil
			}
			return map[string]string{"sub": user}
		},
	})
	r := request("POST", api+"/items/7?a=1", "body")
	r.Header.Set("Authorization", "Bearer ada")
	response, body := do(t, r)
	if response.StatusCode != 201 || response.Header.Get("X-Here") != "yes" || response.Header.Get("X-Amz-Apigw-Id") == "" {
		t.Errorf("got %s, %v", response.Status, response.Header)
	}
	e := decode(t, []byte(body))
	context := e["requestContext"].(map[string]any)
	claims := context["authorizer"].(map[string]any)["claims"].(map[string]any)
	if claims["sub"] != "ada" || e["body"] != "body" || context["identity"].(map[string]any)["sourceIp"] != "127.0.0.1" {
		t.Errorf("got %s", body)
	}
	if context["requestId"] != response.Header.Get("X-Amzn-Requestid") {
		t.Errorf("two request IDs: %v and %v", context["requestId"], response.Header)
	}
	_, second := do(t, r.Clone(t.Context()))
	if decode(t, []byte(second))["requestContext"].(map[string]any)["requestId"] == context["requestId"] {
		t.Error("two requests have one ID")
	}

	response, body = do(t, request("POST", api+"/items/7", ""))
	if response.StatusCode != 401 || body != `{"message":"Unauthorized"}` || response.Header.Get("X-Amzn-Errortype") != "UnauthorizedException" {
		t.Errorf("got %s, %s", response.Status, body)
	}
	if response, body = do(t, request("GET", api+"/items/7", "")); response.StatusCode != 403 || body != `{"message":"Missing Authentication Token"}` {
		t.Errorf("got %s, %s", response.Status, body)
	}
	// A longer one, of which something is never read, may break the connection.
	r = request("POST", api+"/items/7", strings.Repeat("a", apigw.MaxBody+1))
	r.Header.Set("Authorization", "Bearer ada")
	if response, body = do(t, r); response.StatusCode != 413 || body != `{"message":"Request Too Long"}` {
		t.Errorf("got %s, %s", response.Status, body)
	}
}

// What the function did wrong is the caller's 502 or 504, and the test's failure.
func TestHandlerOfAFunctionThatFails(t *testing.T) {
	for name, test := range map[string]struct {
		invoke func(context.Context, []byte) ([]byte, error)
		status int
		body   string
		told   string
	}{
		"error": {
			func(context.Context, []byte) ([]byte, error) { return nil, errors.New("it fell over") },
			502, `{"message":"Internal server error"}`, "GET /items: it fell over",
		},
		"malformed": {
			func(context.Context, []byte) ([]byte, error) { return []byte(`{"status":200}`), nil },
			502, `{"message":"Internal server error"}`, "malformed Lambda proxy response",
		},
		"late": {
			func(ctx context.Context, _ []byte) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() },
			504, `{"message":"Endpoint request timed out"}`, "no answer within 1ms",
		},
		"late all the same": {
			func(ctx context.Context, _ []byte) ([]byte, error) {
				<-ctx.Done()
				return []byte(`{"statusCode":200}`), nil
			},
			504, `{"message":"Endpoint request timed out"}`, "no answer within 1ms",
		},
	} {
		var mu sync.Mutex
		told := ""
		opts := &apigw.Options{Errorf: func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			told += fmt.Sprintf(format, args...)
		}}
		if test.status == 504 {
			opts.Timeout = time.Millisecond
		}
		response, body := do(t, request("GET", startAPI(t, test.invoke, opts)+"/items", ""))
		mu.Lock()
		if response.StatusCode != test.status || body != test.body || !strings.Contains(told, test.told) {
			t.Errorf("%s: got %s, %s; told %q", name, response.Status, body, told)
		}
		mu.Unlock()
	}
}

// A caller that hangs up ends the invocation, and nobody is told of an error.
func TestHandlerOfACallerWhoHangsUp(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	api := startAPI(t, func(ctx context.Context, _ []byte) ([]byte, error) {
		close(begun)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}, &apigw.Options{Errorf: t.Errorf})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if _, err := http.DefaultClient.Do(request("GET", api, "").WithContext(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-ended
}

// The whole way: HTTP, the event, a binary over the Runtime API, and back.
func TestHandlerBeforeABinary(t *testing.T) {
	dir := t.TempDir()
	if err := lambdatest.Build(dir, "./testdata/function"); err != nil {
		t.Fatal(err)
	}
	fn := lambdatest.Start(t, filepath.Join(dir, "function"), &lambdatest.Options{Timeout: time.Minute})
	api := startAPI(t, fn.Invoke, &apigw.Options{
		Resources: []string{"/greetings/{name}"}, Claims: apigw.Caller("ada"), BinaryMediaTypes: []string{"*/*"}, Errorf: t.Errorf,
	})
	response, body := do(t, request("POST", api+"/greetings/b%20c", "\x00\xff"))
	if response.StatusCode != 200 || body != "ada greets b%20c\x00\xff" || strings.Join(response.Header["Set-Cookie"], " ") != "a=1 b=2" {
		t.Errorf("got %s, %q, %v", response.Status, body, response.Header)
	}
}
