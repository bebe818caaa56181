// Command items is the web API's function. On a laptop, go run serves the same
// API on http://127.0.0.1:8080.
//
// Event: proxy event of a REST API with a Cognito authorizer.
//
//	TABLE_NAME       keys owner and item, time to live expires: dynamodb:GetItem,
//	                 PutItem, UpdateItem, DeleteItem, Query
//	ALLOWED_ORIGINS  origins whose scripts may read the answers, with commas between
//	MAX_BODY_BYTES   the largest body that is read
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/internal/restproxy"
	"refstack/lambdas/internal/start"
	"refstack/lambdas/webapi/internal/items"
	"refstack/lambdas/webapi/internal/store"
)

func main() {
	aws := start.Up()
	settings := start.Must(items.ConfigFromEnv(os.Getenv))
	table := store.New(dynamo.NewClient(aws), settings.Table)
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		start.Check(serveLocally(table, settings))
	}
	lambda.Start(restproxy.New(items.New(table, settings, restproxy.Identity())))
}
