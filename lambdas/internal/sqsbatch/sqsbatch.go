// Package sqsbatch works on the messages of an SQS batch one by one and tells
// Lambda exactly which of them failed, so that only those return to the queue.
package sqsbatch

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/internal/turn"
)

// Handle works on one message. An error sends it back to the queue; what can
// never succeed must be dealt with and return nil.
type Handle func(ctx context.Context, message events.SQSMessage) error

// New makes a Lambda handler of handle. Each message has an even share of the
// time that is left, so a slow one cannot starve those behind it. A message
// that panics, or whose turn never comes, counts as failed; the handler itself
// never fails.
func New(handle Handle) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		failures := []events.SQSBatchItemFailure{}
		for i, message := range event.Records {
			err := turn.Take(ctx, len(event.Records)-i, func(ctx context.Context) error { return handle(ctx, message) })
			if err != nil {
				slog.ErrorContext(ctx, "message failed", "messageId", message.MessageId, "error", turn.Text(err))
				failures = append(failures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
			}
		}
		return events.SQSEventResponse{BatchItemFailures: failures}, nil
	}
}
