// Command connect keeps the table of who is connected by WebSocket.
//
// Event: proxy event of the routes $connect and $disconnect of a WebSocket API,
// whose authorizer is the function authorize.
//
//	CONNECTIONS_TABLE  keys owner and connection, time to live expires:
//	                   dynamodb:PutItem, dynamodb:DeleteItem
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/connections"
	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/internal/start"
)

func main() {
	aws := start.Up()
	settings := start.Must(connections.ConfigFromEnv(os.Getenv))
	h := &connections.Handler{Table: connections.New(dynamo.NewClient(aws), settings.Table)}
	lambda.Start(h.Handle)
}
