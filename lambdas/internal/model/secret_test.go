package model_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"refstack/lambdas/internal/model"
	"refstack/test/modeltest"
)

const secretARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:model-key-AbCdEf"

func withSecret(c *model.Config) { c.SecretARN = secretARN }

func TestKeyIsReadOnce(t *testing.T) {
	server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Delay: 20 * time.Millisecond} })
	server.RequireKey("sk-1")
	server.SetSecret(secretARN, "sk-1\n")
	endpoint := open(t, server, model.HTTP, model.Limits{}, withSecret)
	if n := server.Counts().SecretReads; n != 0 {
		t.Errorf("the secret was read %d times before the first call", n)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := endpoint.Generate(t.Context(), question("x")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if c := server.Counts(); c.SecretReads != 1 || c.Asked != 20 {
		t.Errorf("the secret was read %d times for %d calls", c.SecretReads, c.Asked)
	}
}

func TestKeyIsRotated(t *testing.T) {
	for _, ask := range []ask{generate, stream} {
		server := modeltest.Start(t, nil)
		server.RequireKey("sk-1")
		server.SetSecret(secretARN, "sk-1")
		endpoint := open(t, server, model.HTTP, model.Limits{Attempts: 1}, withSecret)
		for _, key := range []string{"sk-1", "sk-2", "sk-3"} {
			server.RequireKey(key)
			server.SetSecret(secretARN, key)
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() {
					if _, err := ask.of(t.Context(), endpoint, question(key)); err != nil {
						t.Errorf("%s: %v", key, err)
					}
				})
			}
			all.Wait()
			if server.Worked(key) != 5 {
				t.Errorf("%s: the model worked %d times", key, server.Worked(key))
			}
		}
		if n := server.Counts().SecretReads; n != 3 {
			t.Errorf("the secret was read %d times, want once for each key", n)
		}
	}
}

func TestKeyThatDoesNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		value  string
		change func(*model.Config)
		asked  int
	}{
		"wrong":     {"sk-wrong", withSecret, 0},
		"empty":     {" ", withSecret, 0},
		"no secret": {"", func(c *model.Config) { c.SecretARN = secretARN + "x" }, 0},
		"none":      {"", func(*model.Config) {}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := modeltest.Start(t, nil)
			server.RequireKey("sk-right")
			server.SetSecret(secretARN, c.value)
			_, err := open(t, server, model.HTTP, model.Limits{}, c.change).Generate(t.Context(), question("x"))
			e := modelError(t, err)
			if e.Kind != model.Misconfigured || e.MaybeBilled || server.Asked("x") != c.asked {
				t.Errorf("got %v, maybe billed %t, asked %d times", err, e.MaybeBilled, server.Asked("x"))
			}
			if n := server.Counts().SecretReads; n > 2 {
				t.Errorf("the secret was read %d times", n)
			}
			if strings.Contains(err.Error(), "sk-") {
				t.Errorf("the error has the key: %v", err)
			}
		})
	}
}

// Where the key cannot be read, the model was not asked, whatever the status.
func TestSecretsManagerIsBroken(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		kind   model.Kind
		reads  int64
	}{
		{500, "InternalServiceError", model.Unavailable, 2},
		{400, "ThrottlingException", model.Throttled, 2},
		{400, "InvalidRequestException", model.Misconfigured, 1},
		{400, "AccessDeniedException", model.Misconfigured, 1},
	} {
		var reads atomic.Int64
		secrets := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			reads.Add(1)
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(`{"__type":"` + c.code + `","message":"no"}`))
		}))
		server := modeltest.Start(t, nil)
		endpoint, err := model.Open(model.Config{
			Endpoint: model.HTTP, ModelID: "m", URL: server.URL + "/v1", SecretARN: secretARN, Limits: model.Limits{Attempts: 2},
		}, awsConfig(secrets.URL))
		if err != nil {
			t.Fatal(err)
		}
		_, err = endpoint.Generate(t.Context(), question("x"))
		if e := modelError(t, err); e.Kind != c.kind || e.MaybeBilled || server.Asked("x") != 0 || reads.Load() != c.reads {
			t.Errorf("%s: got %v, maybe billed %t, after %d reads", c.code, err, e.MaybeBilled, reads.Load())
		}
		secrets.Close()
	}
}

// A key is for the server that it was meant for.
func TestKeyIsNotSentElsewhere(t *testing.T) {
	server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{} })
	server.SetSecret(secretARN, "sk-1")
	t.Setenv("OPENAI_API_KEY", "sk-env") // The SDK would take it.
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	for _, change := range []func(*model.Config){withSecret, func(*model.Config) {}} {
		if _, err := open(t, server, model.HTTP, model.Limits{}, change).Generate(t.Context(), question("x")); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"Bearer sk-1", ""} {
		if got := server.Calls()[i].Header.Get("Authorization"); got != want {
			t.Errorf("call %d was authorised with %q, want %q", i, got, want)
		}
	}
}
