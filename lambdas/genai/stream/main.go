// Command stream is the function that answers while the model writes: POST
// /TASK/stream.
//
// Event: proxy event of a REST API with a Cognito authorizer, whose integration has
// the response transfer mode STREAM.
//
//	ALLOWED_ORIGINS  origins whose scripts may read the answers, with commas between
//	MODEL_…          the model, as in lambdas/internal/model, with its permissions
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
	settings := start.Must(answers.ConfigFromEnv(os.Getenv))
	settings.Model.Limits = answers.StreamLimits
	service := &answers.Service{
		Tasks:    start.Must(tasks.Load()),
		Endpoint: start.Must(model.Open(settings.Model, aws)),
		Config:   settings,
		Identity: restproxy.Identity(),
	}
	lambda.Start(restproxy.NewStream(service.Stream()))
}
