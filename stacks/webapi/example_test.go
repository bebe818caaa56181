package webapi_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/stacks/webapi"
)

func ExampleNew() {
	app := awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the function.
	}})

	shop := webapi.New(app, "Shop", &webapi.Props{
		Production:     true,
		AllowedOrigins: []string{"https://shop.example.com"},
	})

	fmt.Println(*shop.Stack.StackName())
	// Output: Shop
}
