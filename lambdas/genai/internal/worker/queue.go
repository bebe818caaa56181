package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// maxDelay is the longest that SQS holds a message back.
const maxDelay = 15 * time.Minute

// SQS is what SQSQueue asks of Amazon SQS.
type SQS interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// sendTimeout is how long SQS may take for one of its three tries.
const sendTimeout = 3 * time.Second

// SQSQueue is a queue of SQS.
type SQSQueue struct {
	client SQS
	url    string
}

// NewSQSQueue makes an SQSQueue of the queue with a URL.
func NewSQSQueue(config aws.Config, url string) *SQSQueue {
	return &SQSQueue{url: url, client: sqs.NewFromConfig(config, func(o *sqs.Options) {
		o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(sendTimeout)
	})}
}

// Resend sends a copy of the message, which comes after a delay, at the latest in
// a quarter of an hour. It is as the message was: whose it is and when it was
// accepted, too, and the group by which SQS shares the queue out among callers.
func (q *SQSQueue) Resend(ctx context.Context, message events.SQSMessage, delay time.Duration) error {
	input := &sqs.SendMessageInput{
		QueueUrl:          &q.url,
		MessageBody:       &message.Body,
		DelaySeconds:      int32(min(max(delay, 0), maxDelay).Seconds()),
		MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for name, value := range message.MessageAttributes {
		input.MessageAttributes[name] = types.MessageAttributeValue{
			DataType: aws.String(value.DataType), StringValue: value.StringValue, BinaryValue: value.BinaryValue,
		}
	}
	if group := message.Attributes["MessageGroupId"]; group != "" {
		input.MessageGroupId = &group
	}
	if _, err := q.client.SendMessage(ctx, input); err != nil {
		return fmt.Errorf("sending a job back to the queue: %w", err)
	}
	return nil
}
