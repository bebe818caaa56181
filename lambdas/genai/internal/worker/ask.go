package worker

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/internal/emf"
	"refstack/lambdas/internal/model"
)

// namespace is that of the metrics.
const namespace = "GenAi"

// maxAnswer is the most bytes of an answer that are kept: an item of the table
// has 400 KB at most. The limits of tasks and models are below that.
const maxAnswer = 256 << 10

// ask calls the model, and leaves a part of the time that is left for recording
// the answer.
func (w *Worker) ask(ctx context.Context, task string, request model.Request) (model.Answer, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-min(time.Until(deadline)/8, 15*time.Second)))
		defer cancel()
	}
	start := time.Now()
	answer, err := w.Model.Generate(ctx, request)
	took := time.Since(start)

	result := string(answer.Stop)
	var failure *model.Error
	switch {
	case errors.As(err, &failure):
		result = string(failure.Kind)
	case err != nil:
		result = "error"
	}
	line := []any{"task", task, "result", result, "model", answer.Model, emf.Metrics(namespace,
		map[string]string{"FunctionName": lambdacontext.FunctionName, "Task": task},
		emf.Metric{Name: "Calls", Unit: emf.UnitCount, Value: 1},
		emf.Metric{Name: "LatencyMs", Unit: emf.UnitMilliseconds, Value: int(took.Milliseconds())},
		emf.Metric{Name: "InputTokens", Unit: emf.UnitCount, Value: answer.Usage.InputTokens},
		emf.Metric{Name: "OutputTokens", Unit: emf.UnitCount, Value: answer.Usage.OutputTokens})}
	if err != nil {
		line = append(line, "error", err)
	}
	slog.InfoContext(ctx, "call", line...)
	return answer, err
}

// resultOf is what the table keeps of an answer.
func resultOf(answer model.Answer) jobs.Result {
	text := strings.ToValidUTF8(answer.Text, string(utf8.RuneError))
	stop := answer.Stop
	if len(text) > maxAnswer {
		end := maxAnswer
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text, stop = text[:end], model.Length
	}
	return jobs.Result{
		Answer: text, Stop: string(stop), Model: answer.Model,
		InputTokens: answer.Usage.InputTokens, OutputTokens: answer.Usage.OutputTokens,
	}
}

// logJob counts a message by what became of it. It has the message's ID and not
// the job's: that has the caller's key, which may name a person.
func logJob(ctx context.Context, messageID, task string, became outcome) {
	slog.InfoContext(ctx, "job", "messageId", messageID, "task", task, emf.Count(namespace, "Jobs", 1,
		map[string]string{"FunctionName": lambdacontext.FunctionName, "Outcome": string(became)}))
}
