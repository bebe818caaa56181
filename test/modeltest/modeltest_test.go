package modeltest_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"refstack/test/modeltest"
)

// Requests that the real services refuse are refused here too. That the official
// SDKs understand the answers is for the tests of lambdas/internal/model.
func TestRefuses(t *testing.T) {
	server := modeltest.Start(t, nil)
	server.RequireKey("sk-1")
	const (
		converse = `{"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"maxTokens":9}}`
		chat     = `{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":9}`
	)
	signed := func(service string) string {
		return "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/eu-central-1/" + service + "/aws4_request, SignedHeaders=host, Signature=0"
	}
	for name, c := range map[string]struct {
		path, authorization, body string
		status                    int
	}{
		"bedrock":                      {"/model/m/converse", signed("bedrock"), converse, 200},
		"bedrock, unsigned":            {"/model/m/converse", "", converse, 403},
		"bedrock, for another service": {"/model/m/converse", signed("sagemaker"), converse, 403},
		"bedrock, blank text":          {"/model/m/converse", signed("bedrock"), strings.Replace(converse, "hi", " ", 1), 400},
		"bedrock, blank instructions":  {"/model/m/converse", signed("bedrock"), strings.Replace(converse, "{", `{"system":[{"text":""}],`, 1), 400},
		"bedrock, another operation":   {"/model/m/invoke", signed("bedrock"), converse, 400},
		"sagemaker":                    {"/endpoints/e/invocations", signed("sagemaker"), chat, 200},
		"sagemaker, unsigned":          {"/endpoints/e/invocations", "Bearer sk-1", chat, 403},
		"sagemaker, of two minds":      {"/endpoints/e/invocations-response-stream", signed("sagemaker"), chat, 400},
		"http":                         {"/v1/chat/completions", "Bearer sk-1", chat, 200},
		"http, wrong key":              {"/v1/chat/completions", "Bearer sk-2", chat, 401},
		"http, no JSON":                {"/v1/chat/completions", "Bearer sk-1", "{", 400},
		"http, nobody's turn":          {"/v1/chat/completions", "Bearer sk-1", `{"messages":[{"role":"system","content":"x"}]}`, 400},
		"another path":                 {"/v1/completions", "Bearer sk-1", chat, 404},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", c.authorization)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s: got %d, want %d: %s", name, response.StatusCode, c.status, body)
		}
	}
	if got := server.Counts().Asked; got != 3 || server.Asked("hi") != 3 || server.Worked("hi") != 3 {
		t.Errorf("%d calls were counted, of them %d with the text, and %d worked", got, server.Asked("hi"), server.Worked("hi"))
	}
}

func TestCounts(t *testing.T) {
	server := modeltest.Start(t, func(c modeltest.Call) modeltest.Reply {
		if c.Nth%5 == 0 {
			return modeltest.Reply{Fault: modeltest.Throttle}
		}
		return modeltest.Reply{}
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 50 {
				response, err := http.Post(server.URL+"/v1/chat/completions", "application/json",
					strings.NewReader(`{"messages":[{"role":"user","content":"hi"}],"max_tokens":9}`))
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
	all.Wait()
	c := server.Counts()
	if c.Asked != 1000 || c.Worked != 800 || server.Worked("hi") != 800 || c.Now != 0 || c.Most > 20 || len(server.Calls()) != 128 {
		t.Errorf("got %+v, and %d calls", c, len(server.Calls()))
	}
}
