package iotreply_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/iotreply"
	"refstack/constructs/modelendpoint"
	"refstack/constructs/modeljobs"
	"refstack/constructs/userpool"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the functions.
	}}), jsii.String("Example"), nil)
	users := userpool.New(stack, "Users", nil)
	jobs := modeljobs.New(stack, "Jobs", &modeljobs.Props{Model: modelendpoint.Bedrock(nil)})

	replies := iotreply.New(stack, "IoT", &iotreply.Props{
		Jobs: jobs, UserPool: users.UserPool, Client: users.Client,
	})

	fmt.Println(replies.TopicPrefix)
	// Output: Example/jobs
}
