// Command enrich adds up new orders on their way from the table to the event bus.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/internal/start"
	"refstack/lambdas/pipes/internal/orders"
)

func main() {
	start.Log()
	lambda.Start(orders.Enrich)
}
