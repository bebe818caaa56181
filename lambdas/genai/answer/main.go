// Command answer is the function that answers at once: POST /TASK.
//
// Event: proxy event of a REST API with a Cognito authorizer.
//
//	ALLOWED_ORIGINS  origins whose scripts may read the answers, with commas between
//	CACHE_TABLE      the table of answers, or nothing for no cache: dynamodb:GetItem, PutItem
//	CACHE_TTL        how long an answer is given again, such as 1h; with a CACHE_TABLE
//	MODEL_…          the model, as in lambdas/internal/model, with its permissions
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
	settings := start.Must(answers.ConfigFromEnv(os.Getenv))
	settings.Model.Limits = answers.WholeLimits
	service := &answers.Service{
		Tasks:    start.Must(tasks.Load()),
		Endpoint: start.Must(model.Open(settings.Model, aws)),
		Config:   settings,
		Identity: restproxy.Identity(),
	}
	if settings.CacheTable != "" {
		service.Cache = answercache.New(aws, settings.CacheTable)
	}
	lambda.Start(restproxy.New(service.Whole()))
}
