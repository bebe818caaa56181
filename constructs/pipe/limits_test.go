package pipe_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/pipe"
	"refstack/test/cdktest"
)

// What CloudFormation fills in is not known at synth, and is left alone.
func TestTokens(t *testing.T) {
	s := services{cdktest.NewStack(t)}
	name := awscdk.NewCfnParameter(s.stack, jsii.String("Name"), nil)
	newPipe(s, pipe.ToEventBus(s.bus("Out"), &pipe.EventBusProps{DetailType: *name.ValueAsString()}))
	long := strings.Repeat(*name.ValueAsString(), 20)
	pipe.ToEventBus(s.bus("Long"), &pipe.EventBusProps{Source: "shop." + long})
	cdktest.TemplateOf(t, s.stack).Has("AWS::Pipes::Pipe", obj{
		"TargetParameters": obj{"EventBridgeEventBusParameters": obj{"DetailType": obj{"Ref": "Name"}}},
	})
}

// A parameter in the path of an API is the one wildcard that a role needs.
func TestPathParameters(t *testing.T) {
	s := services{cdktest.NewStack(t)}
	newPipe(s, pipe.ToAPI(s.api("Out"), &pipe.APIProps{Path: "/a/*", PathParameters: []string{"$.body.id"}}))
	cdktest.TemplateOf(t, s.stack).HasResource("AWS::IAM::Role", obj{
		"Metadata": obj{"cdk_nag": obj{"rules_to_suppress": []any{obj{
			"id": "AwsSolutions-IAM5", "reason": assertions.Match_AnyValue(),
			"applies_to": []any{obj{"regex": "/^Resource::.*:execute-api:.*$/"}},
		}}}},
	})
}

// A FIFO queue that goes by content, and one from elsewhere, need no more.
func TestDeduplicationByContent(t *testing.T) {
	s := services{cdktest.NewStack(t)}
	arn := jsii.String("arn:aws:sqs:us-east-1:123456789012:q.fifo")
	for _, queue := range []awssqs.IQueue{
		awssqs.NewQueue(s.stack, jsii.String("Own"), &awssqs.QueueProps{Fifo: jsii.Bool(true), ContentBasedDeduplication: jsii.Bool(true)}),
		awssqs.Queue_FromQueueArn(s.stack, jsii.String("Other"), arn),
	} {
		pipe.ToQueue(queue, &pipe.QueueProps{MessageGroup: "g"})
	}
	cdktest.Panics(t, "pipe: MessageDeduplication of ToQueue is required", func() {
		not := awssqs.NewQueue(s.stack, jsii.String("Not"), &awssqs.QueueProps{Fifo: jsii.Bool(true), ContentBasedDeduplication: jsii.Bool(false)})
		pipe.ToQueue(not, &pipe.QueueProps{MessageGroup: "g"})
	})
}
