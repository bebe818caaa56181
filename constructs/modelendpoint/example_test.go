package modelendpoint_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
	"refstack/constructs/modelendpoint"
)

func Example() {
	stack := awscdk.NewStack(awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the function.
	}}), jsii.String("Example"), nil)
	answer := gofunction.New(stack, "Answer", &gofunction.Props{Entry: "constructs/gofunction/testdata/orders"})

	model := modelendpoint.Bedrock(&modelendpoint.BedrockProps{Model: "eu.amazon.nova-lite-v1:0"})
	model.GrantGenerate(answer)

	fmt.Println(*answer.Function.Node().Path())
	// Output: Example/Answer/Function
}
