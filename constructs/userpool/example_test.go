package userpool_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/userpool"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Shop"), nil)

	customers := userpool.New(stack, "Customers", &userpool.Props{Production: true})

	fmt.Println(*customers.UserPool.Node().Path(), *customers.Client.Node().Path())
	// Output: Shop/Customers/UserPool Shop/Customers/UserPool/Client
}
