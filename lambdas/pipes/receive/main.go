// Command receive takes messages from a pipe, and tells it which of them failed.
//
// Event: as the target of a pipe from a queue, a list of SQS messages; the answer has
// batchItemFailures. It needs neither permissions nor variables.
package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/internal/sqsbatch"
	"refstack/lambdas/internal/start"
)

func main() {
	start.Log()
	lambda.Start(receive)
}

// receive gets what a pipe hands a function: the records of the batch alone, where
// an event source mapping would wrap them.
func receive(ctx context.Context, batch []events.SQSMessage) (events.SQSEventResponse, error) {
	return sqsbatch.New(handle)(ctx, events.SQSEvent{Records: batch})
}

// handle is where the work would be done. A message that is not JSON comes back
// until its queue gives it up.
func handle(_ context.Context, message events.SQSMessage) error {
	if !json.Valid([]byte(message.Body)) {
		return errors.New("the body is not JSON")
	}
	return nil
}
