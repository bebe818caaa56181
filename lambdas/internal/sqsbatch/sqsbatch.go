// Package sqsbatch works on the messages of an SQS batch one by one and tells
// Lambda exactly which of them failed, so that only those return to the queue.
package sqsbatch

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// reserve is the time kept for answering Lambda before it ends the function:
// an invocation that is cut off fails its whole batch.
const reserve = time.Second

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
			if err := one(ctx, handle, message, len(event.Records)-i); err != nil {
				slog.ErrorContext(ctx, "message failed", "messageId", message.MessageId, "error", withoutURLs(err))
				failures = append(failures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
			}
		}
		return events.SQSEventResponse{BatchItemFailures: failures}, nil
	}
}

func one(ctx context.Context, handle Handle, message events.SQSMessage, left int) (err error) {
	if deadline, ok := ctx.Deadline(); ok {
		share := (time.Until(deadline) - reserve) / time.Duration(left)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("no time left for it: %w", err)
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
		}
	}()
	return handle(ctx, message)
}

var anyURL = regexp.MustCompile(`https?://[^\s"]+`)

// withoutURLs is the text of err without the URLs that network errors quote:
// the key of an object may name a person, and a query may hold a token.
func withoutURLs(err error) string {
	return anyURL.ReplaceAllString(err.Error(), "URL")
}
