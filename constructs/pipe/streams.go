package pipe

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

// StartingPosition is where in a stream a new pipe begins.
type StartingPosition string

// Where a pipe begins.
const (
	// TrimHorizon begins with the oldest record that the stream still holds.
	TrimHorizon StartingPosition = "TRIM_HORIZON"
	// Latest begins with the first record after the pipe was made.
	Latest StartingPosition = "LATEST"
)

// StreamProps configure how a stream is read.
type StreamProps struct {
	// DeadLetterQueue is told which records could not be delivered; it gets their
	// position in the stream and not the records, so read it before the stream
	// forgets them. A standard queue. Required.
	DeadLetterQueue awssqs.IQueue
	// StartingPosition is where the pipe begins. Defaults to TrimHorizon.
	StartingPosition StartingPosition
	// StartingTime begins with the first record from then on, in a Kinesis stream
	// only. Defaults to StartingPosition.
	StartingTime time.Time
	// ParallelizationFactor is how many batches of a shard are on their way at
	// once, from 1 to 10; records of one key stay in order. Defaults to 1.
	ParallelizationFactor int
	// MaxRetries is how often a batch that failed is tried again before it goes to
	// the dead-letter queue, from 1 to 10000. A batch is halved on the way, so that
	// the good records arrive. Defaults to 10 retries.
	MaxRetries int
	// MaxRecordAge is the age at which a record goes to the dead-letter queue, from
	// 1 minute to 7 days. Defaults to 1 day.
	MaxRecordAge time.Duration
}

// FromTableStream takes the changes of a DynamoDB table from its stream, which the
// table must have.
func FromTableStream(table awsdynamodb.ITable, props *StreamProps) Source {
	p := props.withDefaults("FromTableStream")
	if table.TableStreamArn() == nil {
		panic("pipe: FromTableStream needs a table with a stream: set its StreamSpecification")
	}
	if !p.StartingTime.IsZero() {
		panic("pipe: StartingTime of FromTableStream must not be set: DynamoDB begins at TrimHorizon or Latest")
	}
	stream := table.TableStreamArn()
	return Source{
		name: "FromTableStream",
		arn:  stream,
		data: "dynamodb",
		permissions: slices.Concat(
			[]permission{allow(stream, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")},
			decryptWith(table.EncryptionKey()), sendTo(p.DeadLetterQueue)),
		configure: func(into *awspipes.CfnPipe_PipeSourceParametersProperty, b batch) {
			into.DynamoDbStreamParameters = &awspipes.CfnPipe_PipeSourceDynamoDBStreamParametersProperty{
				BatchSize:                      b.size,
				MaximumBatchingWindowInSeconds: b.window,
				StartingPosition:               jsii.String(string(p.StartingPosition)),
				DeadLetterConfig:               p.deadLetters(),
				MaximumRecordAgeInSeconds:      seconds(p.MaxRecordAge),
				MaximumRetryAttempts:           jsii.Number(p.MaxRetries),
				OnPartialBatchItemFailure:      jsii.String(bisect),
				ParallelizationFactor:          jsii.Number(p.ParallelizationFactor),
			}
		},
	}
}

// FromKinesisStream takes the records of a Kinesis stream.
func FromKinesisStream(stream awskinesis.IStream, props *StreamProps) Source {
	p := props.withDefaults("FromKinesisStream")
	return Source{
		name: "FromKinesisStream",
		arn:  stream.StreamArn(),
		data: "data",
		permissions: slices.Concat(
			[]permission{allow(stream.StreamArn(), "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords",
				"kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:ListStreams", "kinesis:SubscribeToShard")},
			decryptWith(stream.EncryptionKey()), sendTo(p.DeadLetterQueue)),
		configure: func(into *awspipes.CfnPipe_PipeSourceParametersProperty, b batch) {
			parameters := &awspipes.CfnPipe_PipeSourceKinesisStreamParametersProperty{
				BatchSize:                      b.size,
				MaximumBatchingWindowInSeconds: b.window,
				StartingPosition:               jsii.String(string(p.StartingPosition)),
				DeadLetterConfig:               p.deadLetters(),
				MaximumRecordAgeInSeconds:      seconds(p.MaxRecordAge),
				MaximumRetryAttempts:           jsii.Number(p.MaxRetries),
				OnPartialBatchItemFailure:      jsii.String(bisect),
				ParallelizationFactor:          jsii.Number(p.ParallelizationFactor),
			}
			if !p.StartingTime.IsZero() {
				parameters.StartingPosition = jsii.String("AT_TIMESTAMP")
				parameters.StartingPositionTimestamp = jsii.String(p.StartingTime.UTC().Format(time.RFC3339))
			}
			into.KinesisStreamParameters = parameters
		},
	}
}

// bisect halves a batch that failed, so that its good records arrive.
const bisect = "AUTOMATIC_BISECT"

func (p *StreamProps) deadLetters() *awspipes.CfnPipe_DeadLetterConfigProperty {
	return &awspipes.CfnPipe_DeadLetterConfigProperty{Arn: p.DeadLetterQueue.QueueArn()}
}

// withDefaults copies and completes the props of the source function from.
func (p *StreamProps) withDefaults(from string) StreamProps {
	var out StreamProps
	if p != nil {
		out = *p
	}
	if out.StartingPosition != "" && !out.StartingTime.IsZero() {
		panic(fmt.Sprintf("pipe: StartingPosition of %s must not be set beside StartingTime, got %s", from, out.StartingPosition))
	}
	if out.StartingPosition == "" {
		out.StartingPosition = TrimHorizon
	}
	if out.ParallelizationFactor == 0 {
		out.ParallelizationFactor = 1
	}
	if out.MaxRetries == 0 {
		out.MaxRetries = 10
	}
	if out.MaxRecordAge == 0 {
		out.MaxRecordAge = 24 * time.Hour
	}
	switch {
	case out.DeadLetterQueue == nil:
		panic(fmt.Sprintf("pipe: DeadLetterQueue of %s is required: a record that fails holds up its shard, and is lost after its last try", from))
	case *out.DeadLetterQueue.Fifo():
		panic(fmt.Sprintf("pipe: DeadLetterQueue of %s must be a standard queue, got a FIFO queue", from))
	case !slices.Contains([]StartingPosition{TrimHorizon, Latest}, out.StartingPosition):
		panic(fmt.Sprintf("pipe: StartingPosition of %s must be TRIM_HORIZON or LATEST, got %s", from, out.StartingPosition))
	case out.ParallelizationFactor < 1 || out.ParallelizationFactor > 10:
		panic(fmt.Sprintf("pipe: ParallelizationFactor of %s must be from 1 to 10, got %d", from, out.ParallelizationFactor))
	case out.MaxRetries < 1 || out.MaxRetries > 10000:
		panic(fmt.Sprintf("pipe: MaxRetries of %s must be from 1 to 10000, got %d", from, out.MaxRetries))
	case out.MaxRecordAge < time.Minute || out.MaxRecordAge > 7*24*time.Hour || out.MaxRecordAge%time.Second != 0:
		panic(fmt.Sprintf("pipe: MaxRecordAge of %s must be whole seconds from 1m to 168h, got %s", from, out.MaxRecordAge))
	}
	return out
}
