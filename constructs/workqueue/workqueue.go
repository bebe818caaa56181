// Package workqueue puts an SQS queue in front of a Lambda function: work
// waits there, is retried, and ends in a dead-letter queue with an alarm rather
// than being lost. Consume computes from the function's own timeout what must
// agree with it.
package workqueue

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
)

// Retention of the dead-letter queue, the longest that SQS offers. A message
// keeps the age it came with, so the queue itself must hold less.
const deadLetterRetentionDays = 14

// Props configure a WorkQueue.
type Props struct {
	// MaxReceiveCount is how often a message is tried before it moves to the
	// dead-letter queue. At least 3, since a consumer that is throttled uses
	// up receives. Defaults to 5 receives.
	MaxReceiveCount int
	// Retention is how long a message waits to be consumed, from 1 minute to
	// less than the 14 days of the dead-letter queue. Defaults to 4 days.
	Retention time.Duration
	// VisibilityTimeout is how long a message that was received stays out of sight,
	// up to 12 hours, for a reader other than Consume, which sets its own. Defaults
	// to 30 seconds.
	VisibilityTimeout time.Duration
	// MaxAge is the age of the oldest message at which an alarm goes off: work
	// arrives faster than it is done, or not at all. Defaults to 1 hour.
	MaxAge time.Duration
	// DeadLetters takes what failed every try, for a function that consumes it: a
	// WorkQueue with dead letters of its own. Its messages are kept for 14 days
	// from then on. Defaults to a queue that a person looks into.
	DeadLetters *WorkQueue
	// AlarmTopic is told of dead letters and of old messages. Defaults to
	// alarms that tell nobody.
	AlarmTopic awssns.ITopic
}

// WorkQueue is an SQS queue with its dead-letter queue and their alarms.
type WorkQueue struct {
	Construct       constructs.Construct
	Queue           awssqs.Queue
	DeadLetterQueue awssqs.Queue
}

// New makes a WorkQueue. Props may be nil.
func New(scope constructs.Construct, id string, props *Props) *WorkQueue {
	p := props.withDefaults()
	this := constructs.NewConstruct(scope, jsii.String(id))

	dead := p.deadLetters(this)
	queue := awssqs.NewQueue(this, jsii.String("Queue"), &awssqs.QueueProps{
		Encryption:        awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		RetentionPeriod:   seconds(p.Retention),
		VisibilityTimeout: visibility(p.VisibilityTimeout),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: jsii.Number(p.MaxReceiveCount)},
	})

	alarmtopic.NewAlarm(this, "OldestMessage", p.AlarmTopic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String(fmt.Sprintf("The oldest message has waited for %s: its consumer fails or cannot keep up.", p.MaxAge)),
		Metric:           queue.MetricApproximateAgeOfOldestMessage(longest()),
		Threshold:        jsii.Number(p.MaxAge.Seconds()),
	})
	return &WorkQueue{Construct: this, Queue: queue, DeadLetterQueue: dead}
}

// longest is the metric of an alarm on what waits in a queue.
func longest() *awscloudwatch.MetricOptions {
	return &awscloudwatch.MetricOptions{
		Period:    awscdk.Duration_Minutes(jsii.Number(5)),
		Statistic: awscloudwatch.Stats_MAXIMUM(),
	}
}

// deadLetters is the queue of what failed every try.
func (p *Props) deadLetters(scope constructs.Construct) awssqs.Queue {
	if p.DeadLetters != nil {
		p.DeadLetters.Queue.Node().DefaultChild().(awssqs.CfnQueue).
			SetMessageRetentionPeriod(jsii.Number(deadLetterRetentionDays * 24 * 3600))
		return p.DeadLetters.Queue
	}
	return NewDeadLetterQueue(scope, p.AlarmTopic)
}

func (props *Props) withDefaults() Props {
	var p Props
	if props != nil {
		p = *props
	}
	if p.MaxReceiveCount == 0 {
		p.MaxReceiveCount = 5
	}
	if p.Retention == 0 {
		p.Retention = 4 * 24 * time.Hour
	}
	if p.MaxAge == 0 {
		p.MaxAge = time.Hour
	}
	if p.MaxReceiveCount < 3 || p.MaxReceiveCount > 1000 {
		panic(fmt.Sprintf("workqueue: MaxReceiveCount must be from 3 to 1000, got %d", p.MaxReceiveCount))
	}
	if p.Retention < time.Minute || p.Retention >= deadLetterRetentionDays*24*time.Hour {
		panic(fmt.Sprintf("workqueue: Retention must be from 1m to less than %d days, got %s", deadLetterRetentionDays, p.Retention))
	}
	if p.VisibilityTimeout < 0 || p.VisibilityTimeout > 12*time.Hour || p.VisibilityTimeout%time.Second != 0 {
		panic(fmt.Sprintf("workqueue: VisibilityTimeout must be whole seconds up to 12h, got %s", p.VisibilityTimeout))
	}
	if p.MaxAge < time.Minute || p.MaxAge >= p.Retention {
		panic(fmt.Sprintf("workqueue: MaxAge must be from 1m to less than the Retention of %s, got %s", p.Retention, p.MaxAge))
	}
	return p
}

// ConsumerProps configure Consume.
type ConsumerProps struct {
	// BatchSize is how many messages an invocation gets at most, from 1 to
	// 10000; above 10, BatchingWindow must be at least 1 second. Defaults to
	// 10 messages.
	BatchSize int
	// BatchingWindow is how long to wait for a batch to fill, in whole seconds
	// up to 5 minutes. Defaults to not waiting.
	BatchingWindow time.Duration
	// MaxConcurrency is how many batches are worked on at once, from 2 to
	// 1000: the throttle in front of what the function calls. Defaults to 10.
	MaxConcurrency int
}

// Consume makes function work on the queue's messages and sets the queue's
// visibility timeout to what SQS event sources ask for: 6 times the function's
// timeout plus the batching window, so that a message which is still being
// worked on is not delivered again. The function must answer with the messages
// that failed (events.SQSEventResponse). Props may be nil.
func (q *WorkQueue) Consume(function awslambda.Function, props *ConsumerProps) awslambda.EventSourceMapping {
	p := props.withDefaults()

	timeout := 3.0 // Lambda's default, in seconds.
	if function.Timeout() != nil {
		timeout = *function.Timeout().ToSeconds(nil)
	}
	visibility := 6*timeout + p.BatchingWindow.Seconds()
	q.Queue.Node().DefaultChild().(awssqs.CfnQueue).SetVisibilityTimeout(jsii.Number(visibility))

	// Lambda polls with the function's role. Queue.GrantConsumeMessages would
	// allow two actions more than polling takes.
	awsiam.Grant_AddToPrincipal(&awsiam.GrantOnPrincipalOptions{
		Grantee:      function,
		Actions:      jsii.Strings("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
		ResourceArns: &[]*string{q.Queue.QueueArn()},
	}).AssertSuccess()
	options := &awslambda.EventSourceMappingProps{
		Target:                  function,
		EventSourceArn:          q.Queue.QueueArn(),
		BatchSize:               jsii.Number(p.BatchSize),
		ReportBatchItemFailures: jsii.Bool(true),
		MaxConcurrency:          jsii.Number(p.MaxConcurrency),
	}
	if p.BatchingWindow > 0 {
		options.MaxBatchingWindow = seconds(p.BatchingWindow)
	}
	return awslambda.NewEventSourceMapping(q.Construct, jsii.String("Consumer"), options)
}

func (props *ConsumerProps) withDefaults() ConsumerProps {
	var p ConsumerProps
	if props != nil {
		p = *props
	}
	if p.BatchSize == 0 {
		p.BatchSize = 10
	}
	if p.MaxConcurrency == 0 {
		p.MaxConcurrency = 10
	}
	if p.BatchSize < 1 || p.BatchSize > 10000 {
		panic(fmt.Sprintf("workqueue: BatchSize must be from 1 to 10000, got %d", p.BatchSize))
	}
	if p.BatchingWindow < 0 || p.BatchingWindow > 5*time.Minute || p.BatchingWindow%time.Second != 0 {
		panic(fmt.Sprintf("workqueue: BatchingWindow must be whole seconds up to 5m, got %s", p.BatchingWindow))
	}
	if p.BatchSize > 10 && p.BatchingWindow == 0 {
		panic(fmt.Sprintf("workqueue: BatchSize %d needs a BatchingWindow of at least 1s, since it is more than 10", p.BatchSize))
	}
	if p.MaxConcurrency < 2 || p.MaxConcurrency > 1000 {
		panic(fmt.Sprintf("workqueue: MaxConcurrency must be from 2 to 1000, got %d", p.MaxConcurrency))
	}
	return p
}

func seconds(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}

// visibility is nil where SQS is to choose.
func visibility(d time.Duration) awscdk.Duration {
	if d == 0 {
		return nil
	}
	return seconds(d)
}
