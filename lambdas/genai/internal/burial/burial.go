// Package burial records that a job failed whose message nobody could deal with.
package burial

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/internal/env"
)

// Reason is why such a job failed, in words for its caller.
const Reason = "The job could not be done, though it was tried several times."

// Config is what the stack tells the function.
type Config struct {
	Table     string
	Retention time.Duration // How long a job is kept.
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	r := env.Read(getenv)
	c := Config{Table: r.Text("JOBS_TABLE"), Retention: r.Duration("JOB_RETENTION")}
	return c, r.Err()
}

// Store is the table of jobs, as package jobs has it.
type Store interface {
	End(ctx context.Context, t jobs.Ticket, status jobs.Status, reason string, at time.Time) error
}

// Handler works on dead letters.
type Handler struct{ Store Store }

// Handle records that the job of a message failed, unless it has ended. What is
// no job fails, and so does a job that still runs: its message comes back later.
func (h *Handler) Handle(ctx context.Context, message events.SQSMessage) error {
	ticket, err := jobs.TicketOf(message)
	if err != nil {
		return fmt.Errorf("the message is no job: %w", err)
	}
	err = h.Store.End(ctx, ticket, jobs.Failed, Reason, time.Now())
	switch {
	case err == nil:
		jobs.Log(ctx, message.MessageId, ticket.Task, string(jobs.Failed))
	case errors.Is(err, jobs.ErrEnded):
		jobs.Log(ctx, message.MessageId, ticket.Task, "repeated")
	case errors.Is(err, jobs.ErrOther):
		jobs.Log(ctx, message.MessageId, ticket.Task, "other")
	default:
		return err
	}
	return nil
}
