// Command mapper maps the rows of a batch of splits.
//
// Event: a batch of a Distributed Map over the lines of a plan, whose BatchInput has
// the run's name, as mapreduce.Batch has it. It reads the versions that the plan
// names: s3:GetObject, s3:GetObjectVersion and s3:ListBucket on the input. It takes
// no variables, and writes nothing.
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
