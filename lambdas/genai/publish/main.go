// Command publish sends what became of a job to its owner's topic of IoT Core.
//
// Event: as in the command push.
//
//	TOPIC_PREFIX  the topic of a caller is TOPIC_PREFIX/SUB:
//	              iot:Publish on arn:aws:iot:REGION:ACCOUNT:topic/TOPIC_PREFIX/*
//	JOBS_PATH     where jobs are polled, such as /jobs or https://api.example.com/jobs
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/publish"
	"refstack/lambdas/internal/start"
	"refstack/lambdas/internal/streambatch"
)

func main() {
	aws := start.Up()
	settings := start.Must(publish.ConfigFromEnv(os.Getenv))
	p := &publish.Publisher{IoT: publish.NewClient(aws), Prefix: settings.Prefix, JobsPath: settings.JobsPath}
	lambda.Start(streambatch.New(p.Handle))
}
