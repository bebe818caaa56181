// Command answer is the function that answers at once: POST /TASK.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/answercache"
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
	endpoint.Limits = answers.WholeLimits
	service := &answers.Service{
		Tasks:    start.Must(tasks.Load()),
		Endpoint: start.Must(model.Open(endpoint, aws)),
		Config:   settings,
		Identity: answers.Identity{Caller: restproxy.Subject, RequestID: restproxy.RequestID},
	}
	if settings.CacheTable != "" {
		service.Cache = answercache.New(aws, settings.CacheTable)
	}
	lambda.Start(restproxy.New(service.Whole()))
}
