package jobs

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"refstack/lambdas/internal/emf"
)

// namespace is that of the metrics, as in package calls, which would bring the
// clients of all models into functions that call none.
const namespace = "GenAi"

// Log counts a message by what became of it. It has the message's ID and not the
// job's: that has the caller's key, which may name a person.
func Log(ctx context.Context, messageID, task, outcome string) {
	slog.InfoContext(ctx, "job", "messageId", messageID, "task", task, emf.Count(namespace, "Jobs", 1,
		map[string]string{"FunctionName": lambdacontext.FunctionName, "Outcome": outcome}))
}
