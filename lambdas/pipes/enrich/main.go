// Command enrich adds up new orders on their way from the table to the event bus.
//
// Event: as the enrichment of a pipe, a list of records of the table's stream, with
// new images. The answer is a list as well, of the events that the pipe sends on. It
// needs neither permissions nor variables.
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
