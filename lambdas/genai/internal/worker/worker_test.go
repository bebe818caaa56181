package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/model"
)

const deadline = 6 * time.Hour

// world is a Worker and all that it calls.
type world struct {
	t      *testing.T
	worker *Worker
	log    bytes.Buffer

	// What the table does: errs are given back one after the other, by operation.
	errs  map[string][]error
	calls []string // "Claim", "Release billed", "GiveUp failed: reason"
	job   jobs.Job
	wrote jobs.Result
	lease time.Time

	answer   model.Answer
	fail     error
	think    time.Duration // How long the model takes.
	requests []model.Request

	resent []time.Duration
	unsent error
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, errs: map[string][]error{}, answer: model.Answer{
		Text: "Rayleigh.", Stop: model.End, Model: "m-1", Usage: model.Usage{InputTokens: 7, OutputTokens: 9},
	}}
	all, err := tasks.Load()
	if err != nil {
		t.Fatal(err)
	}
	w.worker = &Worker{Store: w, Queue: w, Model: w, Tasks: all, Deadline: deadline}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&w.log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return w
}

func (w *world) call(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	w.calls = append(w.calls, text)
	operation, _, _ := strings.Cut(text, " ")
	if errs := w.errs[operation]; len(errs) > 0 {
		w.errs[operation] = errs[1:]
		return errs[0]
	}
	return nil
}

func (w *world) Claim(_ context.Context, t jobs.Ticket, at, lease time.Time) (*jobs.Job, error) {
	w.lease = lease
	if err := w.call("Claim"); err != nil {
		return nil, err
	}
	w.job.Ticket, w.job.Status, w.job.Attempts, w.job.Run = t, jobs.Running, w.job.Attempts+1, "mine"
	job := w.job
	return &job, nil
}

func (w *world) Release(_ context.Context, job *jobs.Job, billed bool, _ time.Time) (*jobs.Job, error) {
	if job == nil || job.Run != "mine" {
		w.t.Errorf("another's run is released: %+v", job)
	}
	if err := w.call("Release %t", billed); err != nil {
		return nil, err
	}
	if !billed {
		w.job.Attempts, w.job.Throttles = w.job.Attempts-1, w.job.Throttles+1
	}
	released := w.job
	return &released, nil
}

func (w *world) Succeed(_ context.Context, _ *jobs.Job, result jobs.Result, _ time.Time) error {
	w.wrote = result
	return w.call("Succeed")
}

func (w *world) GiveUp(_ context.Context, _ *jobs.Job, status jobs.Status, reason string, _ time.Time) error {
	return w.call("GiveUp %s: %s", status, reason)
}

func (w *world) End(_ context.Context, _ jobs.Ticket, status jobs.Status, reason string, _ time.Time) error {
	return w.call("End %s: %s", status, reason)
}

func (w *world) Resend(_ context.Context, m events.SQSMessage, delay time.Duration) error {
	if m.MessageId != "m" {
		w.t.Errorf("sent another message: %+v", m)
	}
	w.resent = append(w.resent, delay)
	return w.unsent
}

func (w *world) Generate(ctx context.Context, r model.Request) (model.Answer, error) {
	w.requests = append(w.requests, r)
	select {
	case <-time.After(w.think):
	case <-ctx.Done():
		return model.Answer{}, &model.Error{Kind: model.Unavailable, MaybeBilled: true, Cause: ctx.Err()}
	}
	return w.answer, w.fail
}

const owner = "0a1b2c3d-0000-4000-8000-00000000a11c"

// message makes the message of a job that was accepted some time ago.
func message(task, body string, ago time.Duration) events.SQSMessage {
	accepted := time.Now().Add(-ago)
	id, err := jobs.NewID(accepted, owner, "my-name-is-alice")
	if err != nil {
		panic(err)
	}
	m := events.SQSMessage{MessageId: "m", Body: body, MessageAttributes: map[string]events.SQSMessageAttribute{}}
	for name, value := range map[string]string{"owner": owner, "task": task, "id": id.String(), "accepted": fmt.Sprint(accepted.UnixMilli())} {
		m.MessageAttributes[name] = events.SQSMessageAttribute{DataType: "String", StringValue: &value}
	}
	return m
}

const question = `{"question":"Why is the sky blue, said the secret cow?"}`

// handle works on a message as Lambda would have it do, with so much time.
func (w *world) handle(m events.SQSMessage) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	return w.worker.Handle(ctx, m)
}

// outcome is what the log says of the message, which must say nothing else.
func (w *world) outcome() string {
	w.t.Helper()
	for _, secret := range []string{"secret cow", "Rayleigh", "alice", owner[:8]} {
		if strings.Contains(w.log.String(), secret) {
			w.t.Errorf("the log has %q: %s", secret, w.log.String())
		}
	}
	outcome := ""
	for line := range strings.Lines(w.log.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			w.t.Fatal(err)
		}
		if record["msg"] == "job" {
			outcome = record["Outcome"].(string)
			if record["Jobs"] != 1.0 || record["messageId"] != "m" {
				w.t.Errorf("logged %s", line)
			}
		}
	}
	return outcome
}

// check compares what was done.
func (w *world) check(err error, outcome string, calls ...string) {
	w.t.Helper()
	if err != nil {
		w.t.Errorf("the message comes back: %v", err)
	}
	if diff := cmp.Diff(calls, w.calls); diff != "" {
		w.t.Errorf("called %s", diff)
	}
	if got := w.outcome(); got != outcome {
		w.t.Errorf("it is said to have %s, want %s", got, outcome)
	}
}

func TestJobSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.think = 30 * time.Second
		start := time.Now()
		w.check(w.handle(message("qa", question, time.Minute)), "succeeded", "Claim", "Succeed")
		want := jobs.Result{Answer: "Rayleigh.", Stop: "end", Model: "m-1", InputTokens: 7, OutputTokens: 9}
		if diff := cmp.Diff(want, w.wrote); diff != "" {
			t.Error(diff)
		}
		if len(w.requests) != 1 || !strings.Contains(w.requests[0].Text, "secret cow") || strings.Contains(w.requests[0].Instructions, "secret cow") || w.requests[0].MaxTokens == 0 {
			t.Errorf("asked %+v", w.requests)
		}
		// The function is ended after 2 minutes: until then, and no shorter, the job is its own.
		if lease := w.lease.Sub(start); lease <= 2*time.Minute || lease > 2*time.Minute+5*time.Second {
			t.Errorf("the lease is %s", lease)
		}
		for _, part := range []string{`"Calls":1`, `"LatencyMs":30000`, `"InputTokens":7`, `"OutputTokens":9`, `"Task":"qa"`, `"model":"m-1"`, `"Outcome":"answered"`} {
			if !strings.Contains(w.log.String(), part) {
				t.Errorf("the log lacks %s: %s", part, w.log.String())
			}
		}
	})
}

func TestWhatIsNotBegun(t *testing.T) {
	for name, c := range map[string]struct {
		message func() events.SQSMessage
		outcome string
		call    string
	}{
		"late":        {func() events.SQSMessage { return message("qa", question, deadline) }, "expired", "End expired: " + jobs.ReasonLate},
		"no task":     {func() events.SQSMessage { return message("poem", question, 0) }, "failed", "End failed: " + reasonTask},
		"no JSON":     {func() events.SQSMessage { return message("qa", `{"question":`, 0) }, "declined", "End failed: "},
		"empty":       {func() events.SQSMessage { return message("qa", ``, 0) }, "declined", "End failed: "},
		"not UTF-8":   {func() events.SQSMessage { return message("qa", "{\"question\":\"\xff\"}", 0) }, "declined", "End failed: "},
		"no question": {func() events.SQSMessage { return message("qa", `{}`, 0) }, "declined", "End failed: "},
		"a field more": {func() events.SQSMessage {
			return message("qa", `{"question":"a","owner":"bob"}`, 0)
		}, "declined", "End failed: "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				err := w.handle(c.message())
				if err != nil || len(w.calls) != 1 || !strings.HasPrefix(w.calls[0], c.call) || len(w.requests) > 0 || w.outcome() != c.outcome {
					t.Errorf("%v, called %q, asked %d, %s", err, w.calls, len(w.requests), w.outcome())
				}
			})
		})
	}
}

func TestReasonNamesTheFields(t *testing.T) {
	w := newWorld(t)
	if err := w.handle(message("qa", `{"question":"","detail":"secret cow"}`, 0)); err != nil {
		t.Fatal(err)
	}
	if reason := w.calls[0]; !strings.Contains(reason, "#/question") || !strings.Contains(reason, "#/detail") || strings.Contains(reason, "secret cow") {
		t.Errorf("the caller reads %s", reason)
	}
	w = newWorld(t)
	if err := w.handle(message("qa", `{"question":"a","`+strings.Repeat("ü", 5000)+`":1}`, 0)); err != nil {
		t.Fatal(err)
	}
	if reason := strings.TrimPrefix(w.calls[0], "End failed: "); len(reason) > maxReason || !utf8.ValidString(reason) {
		t.Errorf("the caller reads %d bytes", len(reason))
	}
}

func TestMessageThatIsNoJobFails(t *testing.T) {
	w := newWorld(t)
	m := message("qa", question, 0)
	delete(m.MessageAttributes, "owner")
	if err := w.handle(m); err == nil || len(w.calls) > 0 || strings.Contains(err.Error(), "alice") {
		t.Errorf("%v after %v", err, w.calls)
	}
}

func TestWhatTheTableRefuses(t *testing.T) {
	until := func() error { return &jobs.BusyError{Until: time.Now().Add(90 * time.Second)} }
	for name, c := range map[string]struct {
		claim   func() error
		outcome string
		fails   bool
		calls   []string
		resent  []time.Duration
	}{
		"ended":      {func() error { return jobs.ErrEnded }, "repeated", false, []string{"Claim"}, nil},
		"other body": {func() error { return jobs.ErrOther }, "other", false, []string{"Claim"}, nil},
		"busy":       {until, "busy", false, []string{"Claim"}, []time.Duration{91 * time.Second}},
		"spent":      {func() error { return jobs.ErrSpent }, "failed", false, []string{"Claim", "End failed: " + reasonSpent}, nil},
		"broken":     {func() error { return errors.New("no") }, "returned", true, []string{"Claim"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.errs["Claim"] = []error{c.claim()}
				err := w.handle(message("qa", question, 0))
				if (err != nil) != c.fails || len(w.requests) > 0 || w.outcome() != c.outcome ||
					cmp.Diff(c.calls, w.calls) != "" || cmp.Diff(c.resent, w.resent) != "" {
					t.Errorf("%v, called %q, asked %d, resent %v, %s", err, w.calls, len(w.requests), w.resent, w.outcome())
				}
			})
		})
	}
}

func TestWhatTheModelRefuses(t *testing.T) {
	for kind, want := range map[model.Kind]struct{ outcome, reason string }{
		model.Refused:       {"declined", reasonRefused},
		model.Invalid:       {"declined", reasonUnfit},
		model.Misconfigured: {"failed", reasonBroken},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.fail = &model.Error{Kind: kind, MaybeBilled: kind == model.Refused, Cause: errors.New("because")}
			w.check(w.handle(message("qa", question, 0)), want.outcome, "Claim", "GiveUp failed: "+want.reason)
		})
	}
}

func TestThrottledJobWaitsLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		longest := map[int]time.Duration{}
		for range 50 {
			w := newWorld(t)
			w.fail = &model.Error{Kind: model.Throttled, Cause: errors.New("429")}
			for n := 1; n <= 9; n++ {
				w.calls, w.resent = nil, nil
				w.check(w.handle(message("qa", question, 0)), "throttled", "Claim", "Release false")
				limit := min(5*time.Minute, 5*time.Second<<(n-1))
				if len(w.resent) != 1 || w.resent[0] < time.Second || w.resent[0] > limit+time.Second {
					t.Fatalf("the throttle %d has it wait %v", n, w.resent)
				}
				longest[n] = max(longest[n], w.resent[0])
			}
		}
		for n := 1; n <= 9; n++ {
			if longest[n] < min(5*time.Minute, 5*time.Second<<(n-1))/2 {
				t.Errorf("the throttle %d never has it wait longer than %s", n, longest[n])
			}
		}
	})
}

func TestModelThatSaysWhenToAskAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.fail = &model.Error{Kind: model.Throttled, RetryAfter: 40 * time.Second, Cause: errors.New("429")}
		w.check(w.handle(message("qa", question, 0)), "throttled", "Claim", "Release false")
		if w.resent[0] < 40*time.Second || w.resent[0] > 46*time.Second {
			t.Errorf("waits %v", w.resent)
		}
	})
}

func TestUnavailableModelThatDidNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.fail = &model.Error{Kind: model.Unavailable, Cause: errors.New("connection refused")}
		w.check(w.handle(message("qa", question, 0)), "throttled", "Claim", "Release false")
	})
}

// What may have been billed is tried once more, and then given up.
func TestModelThatIsCutOff(t *testing.T) {
	for name, fail := range map[string]error{
		"cut":     &model.Error{Kind: model.Unavailable, MaybeBilled: true, Cause: errors.New("EOF")},
		"unknown": errors.New("who knows"),
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.fail = fail
			w.check(w.handle(message("qa", question, 0)), "cut", "Claim", "Release true")
			if len(w.resent) != 1 {
				t.Errorf("%s: resent %v", name, w.resent)
			}
			w.calls, w.resent = nil, nil
			w.check(w.handle(message("qa", question, 0)), "failed", "Claim", "GiveUp failed: "+reasonSpent)
			if len(w.resent) != 0 {
				t.Errorf("%s: resent %v", name, w.resent)
			}
		})
	}
}

func TestNoWaitGoesPastTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.fail = &model.Error{Kind: model.Throttled, RetryAfter: time.Minute, Cause: errors.New("429")}
		w.check(w.handle(message("qa", question, deadline-30*time.Second)), "expired", "Claim", "Release false", "End expired: "+jobs.ReasonLate)
		if len(w.resent) != 0 {
			t.Errorf("resent %v", w.resent)
		}
	})
}

// A model that never answers leaves time to say so.
func TestStalledModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.think = time.Hour
		start := time.Now()
		w.check(w.handle(message("qa", question, 0)), "cut", "Claim", "Release true")
		if took := time.Since(start); took != 105*time.Second {
			t.Errorf("gave up after %s", took)
		}
	})
}

// An answer was paid for: it is written as long as there is time.
func TestTableThatIsSilentForAWhile(t *testing.T) {
	silent := fmt.Errorf("writing: %w", jobs.ErrWillPass)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for range 20 {
			w.errs["Succeed"] = append(w.errs["Succeed"], silent)
		}
		if err := w.handle(message("qa", question, 0)); err != nil || len(w.calls) != 22 || w.outcome() != "succeeded" || len(w.requests) != 1 {
			t.Errorf("%v after %d calls, %s", err, len(w.calls), w.outcome())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for range 1000 {
			w.errs["Succeed"] = append(w.errs["Succeed"], silent)
		}
		start := time.Now()
		if err := w.handle(message("qa", question, 0)); err == nil || w.outcome() != "returned" || time.Since(start) > 2*time.Minute || len(w.requests) != 1 {
			t.Errorf("%v after %s, %s", err, time.Since(start), w.outcome())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.errs["Succeed"] = []error{jobs.ErrLost}
		if err := w.handle(message("qa", question, 0)); err == nil || len(w.calls) != 2 {
			t.Errorf("an answer that nobody wants: %v after %v", err, w.calls)
		}
	})
}

// A copy that cannot be sent must not cost the job its message.
func TestQueueThatTakesNothing(t *testing.T) {
	for name, prepare := range map[string]func(*world){
		"throttled": func(w *world) { w.fail = &model.Error{Kind: model.Throttled, Cause: errors.New("429")} },
		"busy":      func(w *world) { w.errs["Claim"] = []error{&jobs.BusyError{Until: time.Now()}} },
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			prepare(w)
			w.unsent = errors.New("no queue")
			if err := w.handle(message("qa", question, 0)); err == nil || w.outcome() != "returned" {
				t.Errorf("%s: %v, %s", name, err, w.outcome())
			}
		})
	}
}

func TestConfig(t *testing.T) {
	variables := map[string]string{"JOBS_TABLE": "jobs", "JOBS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/jobs", "JOB_DEADLINE": "6h", "JOB_RETENTION": "168h",
		"MODEL_ENDPOINT": "http", "MODEL_ID": "m", "MODEL_URL": "https://models.example.com/v1"}
	getenv := func(name string) string { return variables[name] }
	want := Config{"jobs", "https://sqs.us-east-1.amazonaws.com/1/jobs", 6 * time.Hour, 168 * time.Hour, model.Config{
		Endpoint: "http", ModelID: "m", URL: "https://models.example.com/v1", Limits: model.Limits{Attempts: 1, AnswerBytes: 256 << 10},
	}}
	if got, err := ConfigFromEnv(getenv); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
	for name, value := range map[string]string{"JOBS_TABLE": "", "JOBS_QUEUE_URL": "jobs", "JOB_DEADLINE": "6", "JOB_RETENTION": "6h", "MODEL_ENDPOINT": "else"} {
		before := variables[name]
		variables[name] = value
		if _, err := ConfigFromEnv(getenv); err == nil {
			t.Errorf("%s=%q is accepted", name, value)
		}
		variables[name] = before
	}
}
