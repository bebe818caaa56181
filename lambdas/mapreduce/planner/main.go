// Command planner cuts the input of a run into splits.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/internal/start"
	"refstack/lambdas/mapreduce/internal/objects"
	"refstack/lambdas/mapreduce/internal/planning"
)

func main() {
	aws := start.Up()
	settings := start.Must(planning.ConfigFromEnv(os.Getenv))
	lambda.Start(planning.New(objects.NewClient(aws), settings).Handle)
}
