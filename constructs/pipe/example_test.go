package pipe_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/pipe"
)

// New orders leave their table for an event bus: the outbox pattern.
func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Shop"), nil)
	orders := awsdynamodb.NewTableV2(stack, jsii.String("Orders"), &awsdynamodb.TablePropsV2{
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
		DynamoStream: awsdynamodb.StreamViewType_NEW_IMAGE,
	})
	failed := awssqs.NewQueue(stack, jsii.String("Failed"), nil)
	bus := awsevents.NewEventBus(stack, jsii.String("Bus"), nil)

	outbox := pipe.New(stack, "Outbox", &pipe.Props{
		Source:    pipe.FromTableStream(orders, &pipe.StreamProps{DeadLetterQueue: failed}),
		Filter:    []any{map[string]any{"eventName": []string{"INSERT"}}},
		Target:    pipe.ToEventBus(bus, &pipe.EventBusProps{DetailType: "Order placed"}),
		Transform: `{"order": <$.dynamodb.NewImage.id.S>}`,
	})

	fmt.Println(*outbox.Pipe.Node().Path(), *outbox.Role.Node().Path())
	// Output: Shop/Outbox/Pipe Shop/Outbox/Role
}

// Messages of a queue start executions of a state machine, ten at a time.
func ExampleToStateMachine() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Shop"), nil)
	orders := awssqs.NewQueue(stack, jsii.String("Orders"), nil)
	fulfil := awsstepfunctions.NewStateMachine(stack, jsii.String("Fulfil"), &awsstepfunctions.StateMachineProps{
		DefinitionBody: awsstepfunctions.DefinitionBody_FromChainable(awsstepfunctions.NewPass(stack, jsii.String("Pack"), nil)),
	})

	pipe.New(stack, "Start", &pipe.Props{
		Source: pipe.FromQueue(orders),
		Target: pipe.ToStateMachine(fulfil, nil),
	})
}

func ExampleMatch() {
	filter := map[string]any{"body": map[string]any{"total": []any{map[string]any{"numeric": []any{">=", 100}}}}}
	for _, body := range []string{`{"total": 250}`, `{"total": 25}`, `not JSON`} {
		lets, err := pipe.Match(filter, map[string]any{"eventSource": "aws:sqs", "body": body})
		fmt.Println(lets, err)
	}
	// Output:
	// true <nil>
	// false <nil>
	// false <nil>
}

func ExampleRender() {
	event := []byte(`{"messageId": "m-1", "body": "{\"id\": 7, \"items\": [{\"sku\": \"a\"}, {\"sku\": \"b\"}]}"}`)
	out, err := pipe.Render(`{"order": <$.body.id>, "skus": <$.body.items[*].sku>, "note": "from <$.messageId>"}`, event)
	fmt.Println(string(out), err)
	// Output: {"order": 7, "skus": ["a","b"], "note": "from m-1"} <nil>
}
