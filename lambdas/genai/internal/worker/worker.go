// Package worker has the model do jobs, however often and in whatever order
// their messages come, and records how each ended.
package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/model"
)

// leaseMargin is how much longer a job belongs to a run than the run has time
// for it. Lambda ends the function a second after that time, and clocks differ.
const leaseMargin = 2 * time.Second

// Store is the table of jobs, as package jobs has it.
type Store interface {
	Claim(ctx context.Context, t jobs.Ticket, at, lease time.Time) (*jobs.Job, error)
	Release(ctx context.Context, job *jobs.Job, billed bool, at time.Time) (*jobs.Job, error)
	Succeed(ctx context.Context, job *jobs.Job, result jobs.Result, at time.Time) error
	GiveUp(ctx context.Context, job *jobs.Job, status jobs.Status, reason string, at time.Time) error
	End(ctx context.Context, t jobs.Ticket, status jobs.Status, reason string, at time.Time) error
}

// Queue takes a message again, for later.
type Queue interface {
	Resend(ctx context.Context, message events.SQSMessage, delay time.Duration) error
}

// Model answers a request once, and does not try again.
type Model interface {
	Generate(ctx context.Context, request model.Request) (model.Answer, error)
}

// Worker works on the messages of jobs.
type Worker struct {
	Store    Store
	Queue    Queue
	Model    Model
	Tasks    map[string]*tasks.Task
	Deadline time.Duration // How long after it was accepted a job may begin.
}

// outcome says in the log, and as a metric's dimension, what became of a message.
type outcome string

const (
	succeeded = outcome(jobs.Succeeded)
	failed    = outcome(jobs.Failed) // By a fault of ours, or of the model's: an alarm counts these.
	expired   = outcome(jobs.Expired)

	declined  outcome = "declined"  // The job has failed by what it asks.
	throttled outcome = "throttled" // The model has no capacity; the job waits.
	cut       outcome = "cut"       // The model did not finish; the job waits for its second attempt.
	busy      outcome = "busy"      // Another run has the job; the message looks again later.
	repeated  outcome = "repeated"  // The job had ended before.
	other     outcome = "other"     // The caller has used the key before, for something else.
	returned  outcome = "returned"  // A fault; the message comes back.
)

// status is that of a job whose end is an outcome.
func (o outcome) status() jobs.Status {
	if o == declined {
		return jobs.Failed
	}
	return jobs.Status(o)
}

// order is a job and the message that it came in.
type order struct {
	jobs.Ticket
	message events.SQSMessage
}

// Handle works on the message of a job. It returns an error for what is no job,
// and where AWS did not do its part: only these use up receives of the message.
func (w *Worker) Handle(ctx context.Context, message events.SQSMessage) error {
	ticket, err := jobs.TicketOf(message)
	if err != nil {
		return fmt.Errorf("the message is no job: %w", err)
	}
	became, err := w.work(ctx, order{ticket, message})
	if err != nil {
		became = returned
	}
	jobs.Log(ctx, message.MessageId, ticket.Task, string(became))
	return err
}

func (w *Worker) work(ctx context.Context, o order) (outcome, error) {
	now := time.Now()
	if !now.Before(o.Accepted.Add(w.Deadline)) {
		return w.end(ctx, o, expired, jobs.ReasonLate)
	}
	task := w.Tasks[o.Task]
	if task == nil {
		return w.end(ctx, o, failed, reasonTask)
	}
	prompt, err := task.Parse([]byte(o.message.Body))
	if err != nil {
		return w.end(ctx, o, declined, reasonOfInput(ctx, err))
	}
	job, err := w.Store.Claim(ctx, o.Ticket, now, leaseOf(ctx, now))
	switch {
	case errors.Is(err, jobs.ErrSpent):
		return w.end(ctx, o, failed, reasonSpent)
	case err != nil:
		return w.refused(ctx, o, err)
	}
	answer, err := w.ask(ctx, o.Task, prompt.Request)
	if err != nil {
		return w.unanswered(ctx, o, job, err)
	}
	return succeeded, persist(ctx, func() error { return w.Store.Succeed(ctx, job, resultOf(answer), time.Now()) })
}

// leaseOf is until when a run that begins now may work: Lambda ends it then.
func leaseOf(ctx context.Context, now time.Time) time.Time {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = now.Add(15 * time.Minute) // No function runs longer.
	}
	return deadline.Add(leaseMargin)
}

// end ends a job that no run has.
func (w *Worker) end(ctx context.Context, o order, became outcome, reason string) (outcome, error) {
	err := persist(ctx, func() error { return w.Store.End(ctx, o.Ticket, became.status(), reason, time.Now()) })
	if err != nil {
		return w.refused(ctx, o, err)
	}
	return became, nil
}

// refused deals with a message whose job the table does not give.
func (w *Worker) refused(ctx context.Context, o order, err error) (outcome, error) {
	var taken *jobs.BusyError
	switch {
	case errors.Is(err, jobs.ErrEnded):
		return repeated, nil
	case errors.Is(err, jobs.ErrOther):
		return other, nil
	case errors.As(err, &taken):
		// Were the message dropped, nobody would do the job if that run dies: it
		// may be the run's own, delivered twice.
		return busy, w.Queue.Resend(ctx, o.message, time.Until(taken.Until)+time.Second)
	}
	return "", err
}

// unanswered decides what becomes of a run whose call of the model failed.
func (w *Worker) unanswered(ctx context.Context, o order, job *jobs.Job, err error) (outcome, error) {
	failure := &model.Error{Kind: model.Unavailable, MaybeBilled: true, Cause: err}
	errors.As(err, &failure)
	became, reason := failed, ""
	switch {
	case failure.Kind == model.Refused:
		became, reason = declined, reasonRefused
	case failure.Kind == model.Invalid:
		became, reason = declined, reasonUnfit
	case failure.Kind == model.Misconfigured:
		reason = reasonBroken
	case failure.MaybeBilled && job.Attempts >= jobs.MaxAttempts:
		reason = reasonSpent
	default:
		return w.later(ctx, o, job, failure)
	}
	return became, persist(ctx, func() error { return w.Store.GiveUp(ctx, job, became.status(), reason, time.Now()) })
}

// later gives the job up for a while. A copy of the message waits in the queue,
// since the message itself would use up a receive.
func (w *Worker) later(ctx context.Context, o order, job *jobs.Job, failure *model.Error) (outcome, error) {
	var released *jobs.Job
	err := persist(ctx, func() (err error) {
		released, err = w.Store.Release(ctx, job, failure.MaybeBilled, time.Now())
		return err
	})
	if err != nil {
		return "", err
	}
	delay := backoff(released.Throttles+released.Attempts, failure.RetryAfter)
	if time.Now().Add(delay).After(o.Accepted.Add(w.Deadline)) {
		return w.end(ctx, o, expired, jobs.ReasonLate)
	}
	became := throttled
	if failure.MaybeBilled {
		became = cut
	}
	return became, w.Queue.Resend(ctx, o.message, delay)
}
