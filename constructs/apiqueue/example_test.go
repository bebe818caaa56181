package apiqueue_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/apiqueue"
	"refstack/constructs/restapi"
	"refstack/constructs/userpool"
	"refstack/constructs/workqueue"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the functions.
	}}), jsii.String("Example"), nil)
	api := restapi.New(stack, "Shop", &restapi.Props{UserPool: userpool.New(stack, "Users", nil).UserPool})
	work := workqueue.New(stack, "Work", nil)

	intake := apiqueue.New(stack, "Intake", &apiqueue.Props{Api: api, Queue: work.Queue})
	method := intake.Accept("/reports/jobs", &apiqueue.AcceptProps{
		Model: map[string]any{
			"type":       "object",
			"required":   []string{"month"},
			"properties": map[string]any{"month": map[string]any{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}},
		},
		Attributes: map[string]string{"task": "report"},
	})

	fmt.Println(*method.HttpMethod(), *method.Resource().Path())
	// Output: POST /reports/jobs
}
