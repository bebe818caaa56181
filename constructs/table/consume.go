package table

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/workqueue"
)

// ConsumerProps configure Consume.
type ConsumerProps struct {
	// Filter is the event pattern of the changes that the function is told of:
	// {"dynamodb": {"NewImage": {"status": {"S": ["done"]}}}}. The others cost
	// nothing. Defaults to every change.
	Filter map[string]any
	// BatchSize is how many changes an invocation gets at most, from 1 to 10000.
	// Defaults to 10.
	BatchSize int
	// MaxAge is how old a change may become before it is given up, up to the 24
	// hours that a stream keeps it. Defaults to 1 hour.
	MaxAge time.Duration
	// Retries is how often a batch that failed is tried again, in halves, from 1
	// to 10000. Defaults to 5.
	Retries int
}

// Consumer tells a function of a table's changes.
type Consumer struct {
	// Mapping reads the stream.
	Mapping awslambda.EventSourceMapping
	// DeadLetterQueue is told which changes were given up: their place in the
	// stream, and not what they say.
	DeadLetterQueue awssqs.Queue
}

// Consume tells function of the changes of the table, in order for each item. A
// batch that fails is cut in halves until what is at fault stands alone; that is
// given up after its retries, with an alarm, rather than hold up the rest. The
// function must answer with the changes that failed
// (events.DynamoDBEventResponse). The id names the consumer among those of the
// table, of which a stream serves two well. Props may be nil.
func (t *Table) Consume(id string, function awslambda.Function, props *ConsumerProps) *Consumer {
	p := props.withDefaults()
	if !t.streams {
		panic("table: Consume needs a table with Stream: true")
	}
	dead := workqueue.NewStreamDeadLetters(t.Construct, id, "Changes of the table were given up", t.alarmTopic)

	// Lambda reads the stream with the function's role. It refuses one that may not
	// list streams, though it is told which one to read.
	grant := func(actions []string, arn *string) {
		awsiam.Grant_AddToPrincipal(&awsiam.GrantOnPrincipalOptions{
			Grantee: function, Actions: jsii.Strings(actions...), ResourceArns: &[]*string{arn},
		}).AssertSuccess()
	}
	grant([]string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}, t.Table.TableStreamArn())
	grant([]string{"sqs:SendMessage"}, dead.QueueArn())
	options := &awslambda.EventSourceMappingProps{
		Target:                  function,
		EventSourceArn:          t.Table.TableStreamArn(),
		StartingPosition:        awslambda.StartingPosition_TRIM_HORIZON,
		BatchSize:               jsii.Number(p.BatchSize),
		BisectBatchOnError:      jsii.Bool(true),
		RetryAttempts:           jsii.Number(p.Retries),
		MaxRecordAge:            awscdk.Duration_Seconds(jsii.Number(p.MaxAge.Seconds())),
		ReportBatchItemFailures: jsii.Bool(true),
	}
	if p.Filter != nil {
		pattern, err := json.Marshal(p.Filter)
		if err != nil {
			panic("table: Filter must be JSON: " + err.Error())
		}
		options.Filters = &[]*map[string]any{{"pattern": string(pattern)}}
	}
	mapping := awslambda.NewEventSourceMapping(t.Construct, jsii.String(id), options)
	// SqsDlq would allow two actions more than telling takes.
	mapping.Node().DefaultChild().(awslambda.CfnEventSourceMapping).SetDestinationConfig(&awslambda.CfnEventSourceMapping_DestinationConfigProperty{
		OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: dead.QueueArn()},
	})
	return &Consumer{Mapping: mapping, DeadLetterQueue: dead}
}

func (props *ConsumerProps) withDefaults() ConsumerProps {
	var p ConsumerProps
	if props != nil {
		p = *props
	}
	if p.BatchSize == 0 {
		p.BatchSize = 10
	}
	if p.MaxAge == 0 {
		p.MaxAge = time.Hour
	}
	if p.Retries == 0 {
		p.Retries = 5
	}
	if p.BatchSize < 1 || p.BatchSize > 10000 {
		panic(fmt.Sprintf("table: BatchSize must be from 1 to 10000, got %d", p.BatchSize))
	}
	if p.MaxAge < time.Minute || p.MaxAge > 24*time.Hour || p.MaxAge%time.Second != 0 {
		panic(fmt.Sprintf("table: MaxAge must be whole seconds from 1m to the 24h that a stream lasts, got %s", p.MaxAge))
	}
	if p.Retries < 1 || p.Retries > 10000 {
		panic(fmt.Sprintf("table: Retries must be from 1 to 10000, got %d", p.Retries))
	}
	return p
}
