package gofunction_test

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
)

func ExampleNew() {
	app := awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the function.
	}})
	stack := awscdk.NewStack(app, jsii.String("Images"), nil)

	resize := gofunction.New(stack, "Resize", &gofunction.Props{
		Entry:       "constructs/gofunction/testdata/orders",
		MemoryMiB:   1769,
		Timeout:     time.Minute,
		Environment: map[string]string{"RENDITION_BUCKET": "renditions"},
	})

	fmt.Println(*resize.Function.Node().Path())
	// Output: Images/Resize/Function
}
