package nag_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
)

func ExampleSuppress() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Website"), nil)
	logs := awss3.NewBucket(stack, jsii.String("Logs"), nil)

	nag.Suppress(logs, nag.Suppression{
		Rule:   "AwsSolutions-S1",
		Reason: "This bucket receives the access logs of the others.",
	})

	metadata := logs.Node().DefaultChild().(awss3.CfnBucket).GetMetadata(jsii.String("cdk_nag"))
	fmt.Println(metadata.(map[string]any)["rules_to_suppress"].([]any)[0].(map[string]any)["id"])
	// Output: AwsSolutions-S1
}
