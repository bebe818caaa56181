// Package streambatch works on the changes that a DynamoDB stream brings, in
// their order, and tells Lambda at which one it had to stop.
package streambatch

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/internal/turn"
)

// Handle works on one change. An error has the stream bring it again, and all
// that come after it; what can never succeed must be dealt with and return nil.
type Handle func(ctx context.Context, change events.DynamoDBEventRecord) error

// New makes a Lambda handler of handle. It stops at the first change that fails,
// or panics, or whose turn never comes: a stream begins again at the lowest
// number that it is told, so that whatever is done behind that is done twice.
// The handler itself never fails.
func New(handle Handle) func(context.Context, events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	return func(ctx context.Context, event events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
		failures := []events.DynamoDBBatchItemFailure{}
		for i, change := range event.Records {
			err := turn.Take(ctx, len(event.Records)-i, func(ctx context.Context) error { return handle(ctx, change) })
			if err != nil {
				slog.ErrorContext(ctx, "change failed", "eventId", change.EventID, "error", turn.Text(err))
				failures = append(failures, events.DynamoDBBatchItemFailure{ItemIdentifier: change.Change.SequenceNumber})
				break
			}
		}
		return events.DynamoDBEventResponse{BatchItemFailures: failures}, nil
	}
}
