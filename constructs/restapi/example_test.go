package restapi_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
	"refstack/constructs/restapi"
	"refstack/constructs/userpool"
)

func ExampleNew() {
	app := awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the function.
	}})
	stack := awscdk.NewStack(app, jsii.String("Shop"), nil)
	orders := gofunction.New(stack, "Orders", &gofunction.Props{Entry: "constructs/gofunction/testdata/orders"})

	api := restapi.New(stack, "Shop", &restapi.Props{
		UserPool:       userpool.New(stack, "Customers", nil).UserPool,
		AllowedOrigins: []string{"https://shop.example.com"},
	})
	api.Method("GET", "/orders/{id}", orders.Function, nil)

	fmt.Println(*api.Api.Node().Path())
	// Output: Shop/Shop/Api
}
