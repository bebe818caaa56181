// Command reducer reduces what the mappers returned to the result of a run.
package main

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/config"

	"refstack/lambdas/mapreduce/games"
	"refstack/lambdas/mapreduce/internal/objects"
	"refstack/lambdas/mapreduce/internal/reducing"
)

func main() {
	slog.SetDefault(lambdacontext.NewLogger())
	if limit := int64(lambdacontext.MemoryLimitInMB) << 20; limit > 0 {
		debug.SetMemoryLimit(limit * 9 / 10) // Collect garbage rather than die of it.
	}
	settings, err := reducing.ConfigFromEnv(os.Getenv)
	if err != nil {
		fail(err)
	}
	aws, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fail(err)
	}
	lambda.Start(reducing.New(objects.NewClient(aws), games.Job, settings).Handle)
}

func fail(err error) {
	slog.Error("cannot start", "error", err)
	os.Exit(1)
}
