// Command stream is the function that answers while the model writes: POST
// /TASK/stream. Its integration has the response transfer mode STREAM.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/answers"
	"refstack/lambdas/internal/restproxy"
	"refstack/lambdas/internal/start"
)

func main() {
	service := start.Must(answers.Open(start.Up(), answers.StreamLimits))
	lambda.Start(restproxy.NewStream(service.Stream()))
}
