package worker

import (
	"context"
	"time"

	"refstack/lambdas/genai/internal/calls"
	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/internal/model"
)

// limits are those of a call. It is made once: whatever comes after that, a
// pause and another try or the end of the job, is for the queue and the table. An
// item of the table has 400 KB at most.
var limits = model.Limits{Attempts: 1, AnswerBytes: 256 << 10}

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
	calls.Call{Task: task, Answer: answer, Err: err, Took: time.Since(start)}.Log(ctx)
	return answer, err
}

// resultOf is what the table keeps of an answer.
func resultOf(answer model.Answer) jobs.Result {
	return jobs.Result{
		Answer: answer.Text, Stop: string(answer.Stop), Model: answer.Model,
		InputTokens: answer.Usage.InputTokens, OutputTokens: answer.Usage.OutputTokens,
	}
}
