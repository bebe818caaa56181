// Command bury takes jobs from the dead-letter queue and records that they
// failed, so that nobody waits for them.
//
// Event: SQS, any batch size, ReportBatchItemFailures. A message that is no job
// fails, and so ends in the dead-letter queue of the dead-letter queue. A job
// that still runs (at most the timeout of work) fails as well until it has ended:
// maxReceiveCount times the visibility timeout must be longer than that.
//
//	JOBS_TABLE     the table of jobs: dynamodb:UpdateItem
//	JOB_RETENTION  how long a job is kept, such as 168h
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/burial"
	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/internal/sqsbatch"
	"refstack/lambdas/internal/start"
)

func main() {
	aws := start.Up()
	settings := start.Must(burial.ConfigFromEnv(os.Getenv))
	h := &burial.Handler{Store: jobs.New(dynamo.NewClient(aws), settings.Table, settings.Retention)}
	lambda.Start(sqsbatch.New(h.Handle))
}
