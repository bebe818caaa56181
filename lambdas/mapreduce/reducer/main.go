// Command reducer reduces what the mappers returned to the result of a run.
//
// Event: from the state machine, the planner's answer and the manifest of the map's
// result writer; or, where there are too many files for one function, a batch of a
// Distributed Map over those, as reducing.Event has it.
//
//	WORK_BUCKET         has the results of the mappers: s3:GetObject on runs/*,
//	                    s3:PutObject on runs/*/levels/* and runs/*/reduced/*
//	RESULT_BUCKET       gets the result, as RESULT_PREFIX and RUN.json:
//	                    s3:GetObject, s3:PutObject, s3:ListBucket
//	RESULT_PREFIX       may be nothing
//	MAX_FILES           how many files are reduced at once
//	TOLERATED_BAD_ROWS  how many bad rows the input of a run may have, and
//	                    TOLERATED_BAD_ROWS_PERCENTAGE. Default to none
//	TOLERATED_FAILURES  how many splits may be missing in its result, and
//	                    TOLERATED_FAILURES_PERCENTAGE. Default to none
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
