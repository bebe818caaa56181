// Command planner cuts the input of a run into splits.
//
// Event: from the state machine, the run's name with a bucket and a key, or a
// prefix, as planning.Event has it. It reads the input: s3:GetObject,
// s3:GetObjectVersion and s3:ListBucket on its bucket.
//
//	WORK_BUCKET      holds the plans, as runs/RUN/plan.jsonl: s3:GetObject, s3:PutObject
//	SPLIT_BYTES      the size of a split, at least 1024
//	BATCH_BYTES      how much a mapper gets, at least a split
//	MAX_BATCH_BYTES  how much a mapper has time for, at least a batch
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
