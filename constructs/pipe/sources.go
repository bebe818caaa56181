package pipe

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
)

// Source is where a pipe's events come from. Make one with a From function.
type Source struct {
	name        string
	arn         *string
	permissions []permission
	configure   func(into *awspipes.CfnPipe_PipeSourceParametersProperty, b batch)
	// maxBatch is the most that the source hands out, where it is less than others.
	maxBatch int
	fifo     bool
	// data is the field that filters can only compare as JSON.
	data string
}

// batch is what CloudFormation is told of batches.
type batch struct{ size, window *float64 }

// FromQueue takes the messages of an SQS queue. One that cannot be delivered comes
// back after the queue's visibility timeout, which AWS recommends to be 6 times
// what the enrichment and the target take, and ends in the queue's own
// dead-letter queue.
func FromQueue(queue awssqs.IQueue) Source {
	s := Source{
		name:        "FromQueue",
		arn:         queue.QueueArn(),
		permissions: []permission{allow(queue.QueueArn(), "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")},
		configure: func(into *awspipes.CfnPipe_PipeSourceParametersProperty, b batch) {
			into.SqsQueueParameters = &awspipes.CfnPipe_PipeSourceSqsQueueParametersProperty{
				BatchSize: b.size, MaximumBatchingWindowInSeconds: b.window,
			}
		},
	}
	s.permissions = append(s.permissions, decryptWith(queueKey(queue))...)
	if *queue.Fifo() {
		s.fifo, s.maxBatch = true, 10
	}
	return s
}
