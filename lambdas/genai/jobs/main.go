// Command jobs tells a caller what became of a job: GET /jobs/{id}.
//
// Event: proxy event of a REST API with a Cognito authorizer.
//
//	JOBS_TABLE       the table of jobs: dynamodb:GetItem
//	JOB_DEADLINE     how long after it was accepted a job may begin, as work has it
//	ALLOWED_ORIGINS  origins whose scripts may read the answers, with commas between
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/genai/internal/polling"
	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/internal/restproxy"
	"refstack/lambdas/internal/start"
)

func main() {
	aws := start.Up()
	settings := start.Must(polling.ConfigFromEnv(os.Getenv))
	table := jobs.New(dynamo.NewClient(aws), settings.Table, 0) // It writes nothing that would be kept.
	lambda.Start(restproxy.New(polling.New(table, settings, restproxy.Identity())))
}
