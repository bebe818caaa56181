// Command receive takes messages from a pipe, and tells it which of them failed.
//
// Event: as the target of a pipe from a queue, a list of SQS messages; the answer has
// batchItemFailures. It needs neither permissions nor variables.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

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
// an event source mapping would wrap them. One that is no message must not fail the
// others: it comes back by its ID, and without one, which no message of SQS lacks, is
// left out, since an answer that names none fails the whole batch.
func receive(ctx context.Context, batch []json.RawMessage) (events.SQSEventResponse, error) {
	var messages []events.SQSMessage
	for _, text := range batch {
		var message struct {
			ID   string `json:"messageId"`
			Body string `json:"body"`
		}
		if json.Unmarshal(text, &message) != nil {
			message.Body = "" // It is not JSON, and fails.
		}
		if message.ID == "" {
			slog.ErrorContext(ctx, "record left out", "reason", "it has no messageId")
			continue
		}
		messages = append(messages, events.SQSMessage{MessageId: message.ID, Body: message.Body})
	}
	return sqsbatch.New(handle)(ctx, events.SQSEvent{Records: messages})
}

// handle is where the work would be done. A message that is not JSON comes back
// until its queue gives it up.
func handle(_ context.Context, message events.SQSMessage) error {
	if !json.Valid([]byte(message.Body)) {
		return errors.New("the body is not JSON")
	}
	return nil
}
