package websocketreply_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/modelendpoint"
	"refstack/constructs/modeljobs"
	"refstack/constructs/userpool"
	"refstack/constructs/websocketreply"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the functions.
	}}), jsii.String("Example"), nil)
	users := userpool.New(stack, "Users", nil)
	jobs := modeljobs.New(stack, "Jobs", &modeljobs.Props{Model: modelendpoint.Bedrock(nil)})

	replies := websocketreply.New(stack, "WebSocket", &websocketreply.Props{
		Jobs: jobs, UserPool: users.UserPool, Client: users.Client,
	})

	fmt.Println(*replies.Stage.StageName())
	// Output: v1
}
