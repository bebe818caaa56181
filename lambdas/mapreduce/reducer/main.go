// Command reducer reduces what the mappers returned to the result of a run.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/internal/start"
	"refstack/lambdas/mapreduce/games"
	"refstack/lambdas/mapreduce/internal/objects"
	"refstack/lambdas/mapreduce/internal/reducing"
)

func main() {
	aws := start.Up()
	settings := start.Must(reducing.ConfigFromEnv(os.Getenv))
	lambda.Start(reducing.New(objects.NewClient(aws), games.Job, settings).Handle)
}
