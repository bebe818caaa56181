package statemachine_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/asl"
	"refstack/constructs/statemachine"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Orders"), nil)
	orders := statemachine.New(stack, "Order", &statemachine.Props{
		StartAt: "Large",
		States: asl.State{
			"Large": asl.State{
				"Type":    "Choice",
				"Choices": []asl.State{{"Condition": asl.Expression("$states.input.amount > 1000"), "Next": "Refused"}},
				"Default": "Taken",
			},
			"Taken":   asl.State{"Type": "Succeed"},
			"Refused": asl.State{"Type": "Fail", "Error": "TooLarge"},
		},
	})
	fmt.Println(*orders.Machine.Node().Path(), *orders.Alias.Name())
	// Output: Orders/Order/Machine live
}
