// Package calls tells of each call of a model in one line of the log, which is
// also its metrics: what came of it, how long it took and what it is billed by,
// and never what was asked or answered.
package calls

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"refstack/lambdas/internal/emf"
	"refstack/lambdas/internal/model"
)

// Namespace is that of the metrics.
const Namespace = "GenAi"

// Call is one call of a model.
type Call struct {
	Task   string
	Answer model.Answer
	Err    error
	Took   time.Duration
	// FirstText is how long the first text of a stream took, and 0 where there was none.
	FirstText time.Duration
}

// Log logs the call.
func (c Call) Log(ctx context.Context) {
	outcome := Outcome(c.Err)
	metrics := []emf.Metric{
		{Name: "Calls", Unit: "Count", Value: 1},
		{Name: "LatencyMs", Unit: "Milliseconds", Value: int(c.Took.Milliseconds())},
	}
	if c.FirstText > 0 {
		metrics = append(metrics, emf.Metric{Name: "FirstTextMs", Unit: "Milliseconds", Value: int(c.FirstText.Milliseconds())})
	}
	if usage := c.Answer.Usage; usage != (model.Usage{}) {
		metrics = append(metrics,
			emf.Metric{Name: "InputTokens", Unit: "Count", Value: usage.InputTokens},
			emf.Metric{Name: "OutputTokens", Unit: "Count", Value: usage.OutputTokens})
	}
	line := []any{"model", c.Answer.Model, "stop", c.Answer.Stop, emf.Metrics(Namespace,
		map[string]string{"FunctionName": os.Getenv("AWS_LAMBDA_FUNCTION_NAME"), "Task": c.Task, "Outcome": outcome},
		// By outcome for alarms, by task for costs.
		[][]string{{"FunctionName", "Outcome"}, {"FunctionName", "Task"}}, metrics...)}
	if c.Err != nil {
		slog.WarnContext(ctx, "model called", append(line, "error", c.Err)...)
		return
	}
	slog.InfoContext(ctx, "model called", line...)
}

// ErrGone is why a call was given up whose asker has gone.
var ErrGone = errors.New("the client has gone")

// Outcome is what came of a call, in one word: answered, timeout, gone, failed, or
// the kind of a model's error.
func Outcome(err error) string {
	var e *model.Error
	switch {
	case err == nil:
		return "answered"
	case errors.Is(err, ErrGone):
		return "gone"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.As(err, &e):
		return string(e.Kind)
	}
	return "failed"
}
