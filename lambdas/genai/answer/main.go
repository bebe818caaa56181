// Command answer is the function that answers at once: POST /TASK.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/answercache"
	"refstack/lambdas/genai/internal/answers"
	"refstack/lambdas/internal/restproxy"
	"refstack/lambdas/internal/start"
)

func main() {
	aws := start.Up()
	service := start.Must(answers.Open(aws, answers.WholeLimits))
	if table := service.Config.CacheTable; table != "" {
		service.Cache = answercache.New(aws, table)
	}
	lambda.Start(restproxy.New(service.Whole()))
}
