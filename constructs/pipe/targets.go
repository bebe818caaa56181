package pipe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawskinesisfirehose"
	"github.com/aws/jsii-runtime-go"
)

// Target is where a pipe's events go. Make one with a To function.
type Target struct {
	name        string
	arn         *string
	permissions []permission
	// configure is nil where the target has no parameters.
	configure func(into *awspipes.CfnPipe_PipeTargetParametersProperty)
	// maxBatch is 0 where only the size of a batch in bytes has a limit.
	maxBatch      int
	needsTemplate bool
}

// UnderKey adds what it takes to use a target that is encrypted with a key of your
// own, where its construct does not tell: a state machine's.
func (t Target) UnderKey(key awskms.IKey) Target {
	t.permissions = slices.Concat(t.permissions, encryptWith(key))
	return t
}

// Invocation tells whether a pipe waits for what it calls.
type Invocation string

// How a function or a state machine is called.
const (
	// RequestResponse waits for the answer, and tries again what failed.
	RequestResponse Invocation = "REQUEST_RESPONSE"
	// FireAndForget goes on as soon as the call was taken.
	FireAndForget Invocation = "FIRE_AND_FORGET"
)

func (i Invocation) check(name string) {
	if i != RequestResponse && i != FireAndForget {
		panic(fmt.Sprintf("pipe: Invocation of %s must be REQUEST_RESPONSE or FIRE_AND_FORGET, got %s", name, i))
	}
}

// InvocationProps configure the call of a function or a state machine.
type InvocationProps struct {
	// Invocation is whether the pipe waits. Defaults to RequestResponse for
	// functions and Express state machines, and to FireAndForget for others.
	Invocation Invocation
}

func (p *InvocationProps) or(standard Invocation) Invocation {
	if p == nil || p.Invocation == "" {
		return standard
	}
	return p.Invocation
}

// ToFunction hands each batch to a Lambda function, as a JSON array of up to 6 MB.
// A function that is waited for may answer with the records that failed, as
// batchItemFailures. Props may be nil.
func ToFunction(function awslambda.IFunction, props *InvocationProps) Target {
	invocation := props.or(RequestResponse)
	invocation.check("ToFunction")
	return Target{
		name:        "ToFunction",
		arn:         function.FunctionArn(),
		permissions: []permission{allow(function.FunctionArn(), "lambda:InvokeFunction")},
		configure: func(into *awspipes.CfnPipe_PipeTargetParametersProperty) {
			into.LambdaFunctionParameters = &awspipes.CfnPipe_PipeTargetLambdaFunctionParametersProperty{InvocationType: jsii.String(string(invocation))}
		},
	}
}

// ToStateMachine starts an execution for each batch, whose input is a JSON array
// of up to 256 KiB. A STANDARD state machine cannot be waited for. One under a key
// of your own needs UnderKey. Props may be nil.
func ToStateMachine(machine awsstepfunctions.IStateMachine, props *InvocationProps) Target {
	invocation, action := props.or(FireAndForget), "states:StartExecution"
	if kindOf(machine) == awsstepfunctions.StateMachineType_EXPRESS {
		invocation = props.or(RequestResponse)
	}
	invocation.check("ToStateMachine")
	if invocation == RequestResponse {
		action = "states:StartSyncExecution"
		if kindOf(machine) == awsstepfunctions.StateMachineType_STANDARD {
			panic("pipe: Invocation of ToStateMachine must be FIRE_AND_FORGET for a STANDARD state machine, got REQUEST_RESPONSE: only an EXPRESS one answers")
		}
	}
	return Target{
		name:        "ToStateMachine",
		arn:         machine.StateMachineArn(),
		permissions: []permission{allow(machine.StateMachineArn(), action)},
		configure: func(into *awspipes.CfnPipe_PipeTargetParametersProperty) {
			into.StepFunctionStateMachineParameters = &awspipes.CfnPipe_PipeTargetStateMachineParametersProperty{InvocationType: jsii.String(string(invocation))}
		},
	}
}

// QueueProps configure an SQS queue as a target. Each value may be a path into the
// event, such as $.body.customer.
type QueueProps struct {
	// MessageGroup is the group of a message, whose messages stay in order. Required
	// for FIFO queues, and for no others.
	MessageGroup string
	// MessageDeduplication is the text by which a FIFO queue knows a message that it
	// has. Required unless the queue has content-based deduplication. Defaults to
	// that.
	MessageDeduplication string
}

// ToQueue sends each record to an SQS queue. Props may be nil.
func ToQueue(queue awssqs.IQueue, props *QueueProps) Target {
	var p QueueProps
	if props != nil {
		p = *props
	}
	checkLength("MessageGroup", "ToQueue", p.MessageGroup)
	checkLength("MessageDeduplication", "ToQueue", p.MessageDeduplication)
	if *queue.Fifo() {
		require("MessageGroup of ToQueue for a FIFO queue", p.MessageGroup, "$.body.customer")
	} else if p != (QueueProps{}) {
		panic("pipe: MessageGroup and MessageDeduplication of ToQueue must not be set for a standard queue")
	}
	t := Target{name: "ToQueue", arn: queue.QueueArn(), permissions: sendTo(queue), maxBatch: 10}
	parameters := &awspipes.CfnPipe_PipeTargetSqsQueueParametersProperty{
		MessageGroupId:         dynamic("MessageGroup of ToQueue", p.MessageGroup),
		MessageDeduplicationId: dynamic("MessageDeduplication of ToQueue", p.MessageDeduplication),
	}
	if p.MessageDeduplication == "" && lacksDeduplication(queue) {
		panic("pipe: MessageDeduplication of ToQueue is required, such as $.messageId: the FIFO queue has no content-based deduplication")
	}
	if *queue.Fifo() {
		t.configure = func(into *awspipes.CfnPipe_PipeTargetParametersProperty) { into.SqsQueueParameters = parameters }
	}
	return t
}

// lacksDeduplication tells whether a FIFO queue of this app cannot tell by itself
// which messages it has. One from elsewhere does not say.
func lacksDeduplication(queue awssqs.IQueue) bool {
	own, ok := queue.Node().DefaultChild().(awssqs.CfnQueue)
	if !ok || !*queue.Fifo() {
		return false
	}
	set := own.ContentBasedDeduplication()
	return set == nil || set == false
}

// ToTopic publishes each record to an SNS topic.
func ToTopic(topic awssns.ITopic) Target {
	if *topic.Fifo() {
		panic("pipe: ToTopic needs a standard topic, got a FIFO topic: pipes cannot set the message group")
	}
	return Target{
		name:        "ToTopic",
		arn:         topic.TopicArn(),
		permissions: append([]permission{allow(topic.TopicArn(), "sns:Publish")}, encryptWith(topic.MasterKey())...),
		maxBatch:    10,
	}
}

// EventBusProps configure the events that a pipe puts on a bus. Each value may be a
// path into the event.
type EventBusProps struct {
	// DetailType is the kind of the event, by which rules choose. Defaults to
	// "Event from" and the source.
	DetailType string
	// Source is who sends the event; aws. at its beginning is for AWS alone.
	// Defaults to "Pipe" and the pipe's name.
	Source string
}

// ToEventBus puts each record on an event bus of this account and Region, as the
// detail of an event. Props may be nil.
func ToEventBus(bus awsevents.IEventBus, props *EventBusProps) Target {
	var p EventBusProps
	if props != nil {
		p = *props
	}
	if strings.HasPrefix(p.Source, "aws.") {
		panic(fmt.Sprintf("pipe: Source of ToEventBus must not begin with aws., which is for AWS alone, got %q", p.Source))
	}
	checkLength("DetailType", "ToEventBus", p.DetailType)
	checkLength("Source", "ToEventBus", p.Source)
	t := Target{
		name:        "ToEventBus",
		arn:         bus.EventBusArn(),
		permissions: []permission{allow(bus.EventBusArn(), "events:PutEvents")},
		maxBatch:    10,
	}
	parameters := &awspipes.CfnPipe_PipeTargetEventBridgeEventBusParametersProperty{
		DetailType: dynamic("DetailType of ToEventBus", p.DetailType),
		Source:     dynamic("Source of ToEventBus", p.Source),
	}
	if p != (EventBusProps{}) {
		t.configure = func(into *awspipes.CfnPipe_PipeTargetParametersProperty) {
			into.EventBridgeEventBusParameters = parameters
		}
	}
	return t
}

// ToKinesisStream puts each record on a Kinesis stream. The partition key spreads records
// over shards and keeps those of one key in order: a path into the event, such as
// $.body.customer.
func ToKinesisStream(stream awskinesis.IStream, partitionKey string) Target {
	require("partitionKey of ToKinesisStream", partitionKey, "$.body.customer")
	checkLength("partitionKey", "ToKinesisStream", partitionKey)
	key := dynamic("partitionKey of ToKinesisStream", partitionKey)
	return Target{
		name:        "ToKinesisStream",
		arn:         stream.StreamArn(),
		permissions: append([]permission{allow(stream.StreamArn(), "kinesis:PutRecord", "kinesis:PutRecords")}, writeStream(stream)...),
		maxBatch:    500,
		configure: func(into *awspipes.CfnPipe_PipeTargetParametersProperty) {
			into.KinesisStreamParameters = &awspipes.CfnPipe_PipeTargetKinesisStreamParametersProperty{PartitionKey: key}
		},
	}
}

// writeStream is what a producer of an encrypted stream needs.
func writeStream(stream awskinesis.IStream) []permission {
	if stream.EncryptionKey() == nil {
		return nil
	}
	return []permission{allow(stream.EncryptionKey().KeyArn(), "kms:GenerateDataKey")}
}

// ToFirehose puts each record on a Firehose stream: an
// awskinesisfirehose.DeliveryStream or CfnDeliveryStream.
func ToFirehose(stream interfacesawskinesisfirehose.IDeliveryStreamRef) Target {
	arn := stream.DeliveryStreamRef().DeliveryStreamArn
	return Target{
		name:        "ToFirehose",
		arn:         arn,
		permissions: []permission{allow(arn, "firehose:PutRecord", "firehose:PutRecordBatch")},
		maxBatch:    500,
	}
}

// LogGroupProps configure the log events that a pipe writes. Each value may be a
// path into the event.
type LogGroupProps struct {
	// Stream is the name of the log stream. Defaults to one of the pipe's own.
	Stream string
	// Timestamp is the time of the log event, in milliseconds since 1970: always a
	// path into the event. Defaults to the time at which it is written.
	Timestamp string
}

// ToLogGroup writes each record to a log group. Props may be nil.
func ToLogGroup(group awslogs.ILogGroup, props *LogGroupProps) Target {
	var p LogGroupProps
	if props != nil {
		p = *props
	}
	if p.Timestamp != "" && !strings.HasPrefix(p.Timestamp, "$") {
		panic(fmt.Sprintf("pipe: Timestamp of ToLogGroup must be a path such as $.body.time, got %q", p.Timestamp))
	}
	checkLength("Stream", "ToLogGroup", p.Stream)
	t := Target{name: "ToLogGroup", arn: group.LogGroupArn(), permissions: writeTo(group), maxBatch: 10000}
	parameters := &awspipes.CfnPipe_PipeTargetCloudWatchLogsParametersProperty{
		LogStreamName: dynamic("Stream of ToLogGroup", p.Stream),
		Timestamp:     dynamic("Timestamp of ToLogGroup", p.Timestamp),
	}
	if p != (LogGroupProps{}) {
		t.configure = func(into *awspipes.CfnPipe_PipeTargetParametersProperty) { into.CloudWatchLogsParameters = parameters }
	}
	return t
}

// ToInspector would start an assessment run of Amazon Inspector Classic, which AWS
// ended on 2026-05-20. It panics: the present Amazon Inspector scans all the time
// and needs no start, and tells of findings by events, which a rule of the default
// event bus may send on.
func ToInspector(string) Target {
	panic("pipe: ToInspector has no target any more: AWS ended Inspector Classic on 2026-05-20. Amazon Inspector scans without being started; send its findings on with a rule for source aws.inspector2 on the default event bus")
}
