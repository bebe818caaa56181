package calls

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/model"
)

// line is what a call logs.
func line(t *testing.T, call Call) map[string]any {
	t.Helper()
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	defer slog.SetDefault(before)
	call.Log(t.Context())
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "time")
	delete(got["_aws"].(map[string]any), "Timestamp")
	return got
}

func TestLog(t *testing.T) {
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "stream")
	metric := func(name, unit string) any { return map[string]any{"Name": name, "Unit": unit} }
	directive := func(metrics ...any) any {
		return map[string]any{"CloudWatchMetrics": []any{map[string]any{
			"Namespace":  "GenAi",
			"Dimensions": []any{[]any{"FunctionName", "Outcome"}, []any{"FunctionName", "Task"}},
			"Metrics":    metrics,
		}}}
	}
	answered := line(t, Call{Task: "qa", Took: 1500 * time.Millisecond, FirstText: 70 * time.Millisecond,
		Answer: model.Answer{Text: "secret", Stop: model.End, Model: "m", Usage: model.Usage{InputTokens: 3, OutputTokens: 4}}})
	want := map[string]any{
		"level": "INFO", "msg": "model called", "model": "m", "stop": "end", "FunctionName": "stream", "Task": "qa", "Outcome": "answered",
		"Calls": 1.0, "LatencyMs": 1500.0, "FirstTextMs": 70.0, "InputTokens": 3.0, "OutputTokens": 4.0,
		"_aws": directive(metric("Calls", "Count"), metric("LatencyMs", "Milliseconds"), metric("FirstTextMs", "Milliseconds"),
			metric("InputTokens", "Count"), metric("OutputTokens", "Count")),
	}
	if diff := cmp.Diff(want, answered); diff != "" {
		t.Error(diff)
	}
	failed := line(t, Call{Task: "qa", Took: time.Second, Err: &model.Error{Kind: model.Throttled, Cause: errors.New("slow down")}})
	want = map[string]any{
		"level": "WARN", "msg": "model called", "model": "", "stop": "", "FunctionName": "stream", "Task": "qa", "Outcome": "throttled",
		"Calls": 1.0, "LatencyMs": 1000.0, "error": "model: throttled: slow down",
		"_aws": directive(metric("Calls", "Count"), metric("LatencyMs", "Milliseconds")),
	}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Error(diff)
	}
}

func TestOutcome(t *testing.T) {
	for want, err := range map[string]error{
		"answered":      nil,
		"throttled":     fmt.Errorf("asking: %w", &model.Error{Kind: model.Throttled, Cause: errors.New("x")}),
		"unavailable":   &model.Error{Kind: model.Unavailable, Cause: context.Canceled},
		"refused":       &model.Error{Kind: model.Refused, Cause: errors.New("x")},
		"invalid":       &model.Error{Kind: model.Invalid, Cause: errors.New("x")},
		"misconfigured": &model.Error{Kind: model.Misconfigured, Cause: errors.New("x")},
		"timeout":       &model.Error{Kind: model.Unavailable, Cause: context.DeadlineExceeded},
		"gone":          fmt.Errorf("%w: %w", ErrGone, context.DeadlineExceeded),
		"failed":        errors.New("x"),
	} {
		if got := Outcome(err); got != want {
			t.Errorf("%v: %s", err, got)
		}
	}
}
