// Command items is the web API's function. On a laptop, go run serves the same
// API on http://127.0.0.1:8080.
package main

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/config"

	"refstack/lambdas/internal/restproxy"
	"refstack/lambdas/webapi/internal/items"
	"refstack/lambdas/webapi/internal/store"
)

func main() {
	slog.SetDefault(lambdacontext.NewLogger())
	if limit := int64(lambdacontext.MemoryLimitInMB) << 20; limit > 0 {
		debug.SetMemoryLimit(limit * 9 / 10) // Collect garbage rather than die of it.
	}
	settings, err := items.ConfigFromEnv(os.Getenv)
	if err != nil {
		fail(err)
	}
	aws, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fail(err)
	}
	table := store.New(store.NewClient(aws), settings.Table)
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		fail(serveLocally(table, settings))
	}
	lambda.Start(restproxy.New(items.New(table, settings,
		items.Identity{Caller: restproxy.Subject, RequestID: restproxy.RequestID})))
}

func fail(err error) {
	slog.Error("cannot start", "error", err)
	os.Exit(1)
}
