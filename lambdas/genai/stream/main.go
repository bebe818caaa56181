// Command stream is the function that answers while the model writes: POST
// /TASK/stream. Its integration has the response transfer mode STREAM.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/answers"
	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/model"
	"refstack/lambdas/internal/restproxy"
	"refstack/lambdas/internal/start"
)

func main() {
	aws := start.Up()
	settings := start.Must(answers.ConfigFromEnv(os.Environ()))
	endpoint := start.Must(model.ConfigFromEnv(os.Getenv))
	endpoint.Limits = answers.StreamLimits
	service := &answers.Service{
		Tasks:    start.Must(tasks.Load()),
		Endpoint: start.Must(model.Open(endpoint, aws)),
		Config:   settings,
		Identity: answers.Identity{Caller: restproxy.Subject, RequestID: restproxy.RequestID},
	}
	lambda.Start(restproxy.NewStream(service.Stream()))
}
