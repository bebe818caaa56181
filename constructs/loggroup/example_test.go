package loggroup_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/loggroup"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Shop"), nil)

	orders := loggroup.New(stack, "Orders", true)

	fmt.Println(*orders.Node().Path())
	// Output: Shop/Orders
}
