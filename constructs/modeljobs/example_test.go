package modeljobs_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/modelendpoint"
	"refstack/constructs/modeljobs"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the functions.
	}}), jsii.String("Example"), nil)

	jobs := modeljobs.New(stack, "Jobs", &modeljobs.Props{
		Model:          modelendpoint.Bedrock(nil),
		MaxConcurrency: 10,
	})

	fmt.Println(jobs.Deadline)
	// Output: 1h0m0s
}
