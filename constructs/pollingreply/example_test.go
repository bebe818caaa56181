package pollingreply_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/modelendpoint"
	"refstack/constructs/modeljobs"
	"refstack/constructs/pollingreply"
	"refstack/constructs/restapi"
	"refstack/constructs/userpool"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the functions.
	}}), jsii.String("Example"), nil)
	api := restapi.New(stack, "Shop", &restapi.Props{UserPool: userpool.New(stack, "Users", nil).UserPool})
	jobs := modeljobs.New(stack, "Jobs", &modeljobs.Props{Model: modelendpoint.Bedrock(nil)})

	polling := pollingreply.New(stack, "Polling", &pollingreply.Props{Api: api, Jobs: jobs})

	fmt.Println(*polling.Construct.Node().Path())
	// Output: Example/Polling
}
