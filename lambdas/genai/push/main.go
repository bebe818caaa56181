// Command push sends what became of a job to every WebSocket of its owner.
//
// Event: the stream (NEW_IMAGE) of the table of jobs, ReportBatchItemFailures,
// with the filter
//
//	{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"status":{"S":["succeeded","failed","expired"]}}}}
//
// and these variables:
//
//	CONNECTIONS_TABLE     dynamodb:Query, dynamodb:DeleteItem
//	CONNECTIONS_ENDPOINT  https://API.execute-api.REGION.amazonaws.com/STAGE:
//	                      execute-api:ManageConnections on arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/POST/@connections/*
//	JOBS_PATH             where jobs are polled, such as /jobs or https://api.example.com/jobs
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/connections"
	"refstack/lambdas/genai/internal/push"
	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/internal/start"
	"refstack/lambdas/internal/streambatch"
)

func main() {
	aws := start.Up()
	settings := start.Must(push.ConfigFromEnv(os.Getenv))
	p := &push.Pusher{
		Table:    connections.New(dynamo.NewClient(aws), settings.Table),
		Gateway:  push.NewClient(aws, settings.Endpoint),
		JobsPath: settings.JobsPath,
	}
	lambda.Start(streambatch.New(p.Handle))
}
