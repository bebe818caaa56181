package reply

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/genai/internal/jobs"
)

// Changed is the job of a change if that is its end, and nil otherwise. What the
// table's stream has besides, its filter keeps away; what makes no sense never
// will.
func Changed(ctx context.Context, change events.DynamoDBEventRecord) *jobs.Job {
	if len(change.Change.NewImage) == 0 {
		return nil
	}
	job, err := jobs.FromStream(change.Change.NewImage)
	if err != nil {
		slog.ErrorContext(ctx, "not a job", "eventId", change.EventID, "error", err)
		return nil
	}
	if !job.Status.Ended() {
		return nil
	}
	return job
}
