package model_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"refstack/lambdas/internal/model"
	"refstack/test/modeltest"
)

func modelError(t *testing.T, err error) *model.Error {
	t.Helper()
	var e *model.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *model.Error", err)
	}
	return e
}

// outcome is what becomes of a question: an answer, or an error that may have
// cost something, after so many attempts of at most three.
type outcome struct {
	kind     model.Kind // "" for an answer
	billed   bool
	attempts int
}

var (
	answered      = outcome{attempts: 1}
	throttled     = outcome{model.Throttled, false, 3}
	down          = outcome{model.Unavailable, false, 3}
	broken        = outcome{model.Unavailable, true, 1}
	misconfigured = outcome{model.Misconfigured, false, 1}
	invalid       = outcome{model.Invalid, false, 1}
	refused       = outcome{model.Refused, true, 1}
)

var faults = []struct {
	fault       modeltest.Fault
	whole, flow outcome
	only        string // protocol
}{
	{fault: modeltest.Throttle, whole: throttled, flow: throttled},
	{fault: modeltest.Crowded, whole: throttled, flow: throttled},
	{fault: modeltest.Overload, whole: down, flow: down},
	{fault: modeltest.NotReady, whole: down, flow: down},
	{fault: modeltest.Fail, whole: broken, flow: broken},
	{fault: modeltest.Deny, whole: misconfigured, flow: misconfigured},
	{fault: modeltest.Missing, whole: misconfigured, flow: misconfigured},
	{fault: modeltest.Misname, whole: misconfigured, flow: misconfigured},
	{fault: modeltest.Redirect, whole: misconfigured, flow: misconfigured},
	{fault: modeltest.Reject, whole: invalid, flow: invalid},
	{fault: modeltest.Spent, whole: misconfigured, flow: misconfigured, only: model.HTTP},
	{fault: modeltest.Filter, whole: outcome{model.Refused, false, 1}, flow: outcome{model.Refused, false, 1}, only: model.HTTP},
	{fault: modeltest.Rename, whole: outcome{attempts: 2}, flow: outcome{attempts: 2}, only: model.HTTP},

	{fault: modeltest.CutFirst, whole: broken, flow: broken},
	{fault: modeltest.Cut, whole: broken, flow: broken},
	{fault: modeltest.EndEarly, whole: broken, flow: broken},
	{fault: modeltest.CutLast, whole: answered, flow: answered},
	{fault: modeltest.StallFirst, whole: broken, flow: broken},
	{fault: modeltest.Stall, whole: broken, flow: broken},
	{fault: modeltest.StallLast, whole: answered, flow: answered},
	{fault: modeltest.Break, whole: broken, flow: broken},
	{fault: modeltest.ThrottleFirst, whole: throttled, flow: throttled, only: model.Bedrock},
	{fault: modeltest.ThrottleFirst, whole: throttled, flow: throttled, only: model.SageMaker},
	{fault: modeltest.ThrottleFirst, whole: throttled, flow: broken, only: model.HTTP}, // In the words of each server: not told apart.
	{fault: modeltest.ThrottleLater, whole: throttled, flow: outcome{model.Throttled, true, 1}, only: model.Bedrock},
	{fault: modeltest.ThrottleLater, whole: throttled, flow: outcome{model.Throttled, true, 1}, only: model.SageMaker},

	{fault: modeltest.Refuse, whole: refused, flow: refused},
	{fault: modeltest.Decline, whole: refused, flow: refused},
	{fault: modeltest.Babble, whole: broken, flow: answered},
	{fault: modeltest.Huge, whole: broken, flow: broken},
	{fault: modeltest.BadUTF8, whole: answered, flow: answered},
	{fault: modeltest.Malformed, whole: broken, flow: broken},
	{fault: modeltest.Empty, whole: broken, flow: broken},
	{fault: modeltest.WrongType, whole: broken, flow: broken},
	{fault: modeltest.Unstopped, whole: broken, flow: broken},
}

func TestFaults(t *testing.T) {
	const text = "My name is Ada Lovelace."
	for _, f := range faults {
		t.Run(string(f.fault), func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, protocol string, ask ask) {
				if f.only != "" && f.only != protocol {
					return
				}
				server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply {
					return modeltest.Reply{Fault: f.fault, Text: "Dear Ada Lovelace, it is forty-two."}
				})
				want := f.whole
				if ask.streamed {
					want = f.flow
				}
				limits := model.Limits{AnswerBytes: 32 << 10, Stall: time.Minute}
				if f.fault == modeltest.Stall || f.fault == modeltest.StallFirst {
					limits.Time = 2 * time.Second
				}
				begin := time.Now()
				answer, err := ask.of(t.Context(), open(t, server, protocol, limits), question(text))
				if asked := server.Asked(text); asked != want.attempts {
					t.Errorf("asked %d times, want %d", asked, want.attempts)
				}
				if want.kind == "" {
					if err != nil {
						t.Fatal(err)
					}
					if !strings.HasPrefix(answer.Text, "Dear Ada Lovelace, it is forty-two.") {
						t.Errorf("got %.100q", answer.Text)
					}
					if took := time.Since(begin); f.fault == modeltest.StallLast && took >= limits.Stall {
						t.Errorf("waited %s for the number of tokens", took)
					}
					return
				}
				e := modelError(t, err)
				if e.Kind != want.kind || e.MaybeBilled != want.billed {
					t.Errorf("got %s, maybe billed %t: %v", e.Kind, e.MaybeBilled, err)
				}
				if !e.MaybeBilled && server.Worked(text) != 0 {
					t.Error("surely not billed, and yet the model has worked")
				}
				for _, private := range []string{"Ada", "Lovelace", "forty", "one sentence"} {
					if strings.Contains(err.Error(), private) {
						t.Errorf("the error quotes the prompt or the answer: %v", err)
					}
				}
			})
		})
	}
}

// A question that was throttled at first is answered in the end.
func TestAsksAgain(t *testing.T) {
	each(t, func(t *testing.T, protocol string, ask ask) {
		server := modeltest.Start(t, func(c modeltest.Call) modeltest.Reply {
			if c.Nth < 3 {
				return modeltest.Reply{Fault: modeltest.Throttle}
			}
			return modeltest.Reply{}
		})
		answer, err := ask.of(t.Context(), open(t, server, protocol, model.Limits{}), question("x"))
		if err != nil || answer.Text != modeltest.Answer("x") || server.Asked("x") != 3 || server.Worked("x") != 1 {
			t.Errorf("got %+v, %v after %d attempts", answer, err, server.Asked("x"))
		}
	})
}

func TestAsksOnceIfTold(t *testing.T) {
	each(t, func(t *testing.T, protocol string, ask ask) {
		server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply {
			return modeltest.Reply{Fault: modeltest.Throttle, RetryAfter: 7}
		})
		_, err := ask.of(t.Context(), open(t, server, protocol, model.Limits{Attempts: 1}), question("x"))
		if e := modelError(t, err); e.Kind != model.Throttled || e.RetryAfter != 7*time.Second || server.Asked("x") != 1 {
			t.Errorf("got %v, wait %s, after %d attempts", err, e.RetryAfter, server.Asked("x"))
		}
	})
}

// A pause that the endpoint asks for, and that is longer than the time that is
// left or than anyone waits, is left to the caller.
func TestDoesNotWaitInVain(t *testing.T) {
	for name, c := range map[string]struct {
		retryAfter int
		time       time.Duration
	}{"longer than the time": {9, 8 * time.Second}, "longer than anyone waits": {30, time.Hour}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply {
				return modeltest.Reply{Fault: modeltest.Throttle, RetryAfter: c.retryAfter}
			})
			begin := time.Now()
			_, err := open(t, server, model.Bedrock, model.Limits{Time: c.time}).Generate(t.Context(), question("x"))
			took, inVain := time.Since(begin), min(c.time, time.Duration(c.retryAfter)*time.Second)
			if modelError(t, err).Kind != model.Throttled || server.Asked("x") != 1 || took >= inVain {
				t.Errorf("got %v after %d attempts and %s", err, server.Asked("x"), took)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	each(t, func(t *testing.T, protocol string, ask ask) {
		server := modeltest.Start(t, nil)
		endpoint := open(t, server, protocol, model.Limits{Attempts: 2}, func(c *model.Config) { c.URL = "http://127.0.0.1:1/v1" })
		if protocol != model.HTTP {
			c, _ := model.ConfigFromEnv(func(name string) string { return server.Environment(protocol)[name] })
			c.Limits.Attempts = 2
			endpoint, _ = model.Open(c, awsConfig("http://127.0.0.1:1"))
		}
		_, err := ask.of(t.Context(), endpoint, question("x"))
		if e := modelError(t, err); e.Kind != model.Unavailable || e.MaybeBilled {
			t.Errorf("maybe billed %t: %v", e.MaybeBilled, err)
		}
	})
}

func TestCallerLeaves(t *testing.T) {
	each(t, func(t *testing.T, protocol string, ask ask) {
		ctx, cancel := context.WithCancel(t.Context())
		server := modeltest.Start(t, func(modeltest.Call) modeltest.Reply {
			cancel()
			return modeltest.Reply{Fault: modeltest.Stall}
		})
		_, err := ask.of(ctx, open(t, server, protocol, model.Limits{}), question("x"))
		if e := modelError(t, err); !errors.Is(err, context.Canceled) || !e.MaybeBilled || e.Kind != model.Unavailable || server.Asked("x") != 1 {
			t.Errorf("got %v, maybe billed %t", err, e.MaybeBilled)
		}
		_, err = ask.of(ctx, open(t, server, protocol, model.Limits{}), question("y"))
		if e := modelError(t, err); e.MaybeBilled || server.Asked("y") != 0 {
			t.Errorf("asked %d times after the caller had left, maybe billed %t", server.Asked("y"), e.MaybeBilled)
		}
	})
}

// Some servers go on as if nothing had happened.
func TestErrorInAStream(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, data := range []string{
			`{"choices":[{"delta":{"content":"My name"}}]}`, `{"error":{"message":"out of memory"}}`,
			`{"choices":[{"delta":{},"finish_reason":"stop"}]}`, `[DONE]`,
		} {
			_, _ = io.WriteString(w, "data: "+data+"\n\n")
		}
	}))
	defer server.Close()
	endpoint, err := model.Open(model.Config{Endpoint: model.HTTP, ModelID: "m", URL: server.URL}, awsConfig(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	_, err = stream.of(t.Context(), endpoint, question("x"))
	if e := modelError(t, err); e.Kind != model.Unavailable || !e.MaybeBilled {
		t.Errorf("got %v", err)
	}
}
