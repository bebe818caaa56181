// Command mapper maps the rows of a batch of splits.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/internal/start"
	"refstack/lambdas/mapreduce/games"
	"refstack/lambdas/mapreduce/internal/mapping"
	"refstack/lambdas/mapreduce/internal/objects"
)

func main() {
	aws := start.Up()
	lambda.Start(mapping.New(objects.NewClient(aws), games.Job))
}
