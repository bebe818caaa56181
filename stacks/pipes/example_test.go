package pipes_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/stacks/pipes"
)

func ExampleNew() {
	app := awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the functions.
	}})

	shop := pipes.New(app, "Shop", &pipes.Props{
		Production: true,
		AlarmEmail: "ops@example.com",
		Targets:    []string{"sqs", "stepfunctions"},
	})

	fmt.Println(*shop.Outbox.Pipe.Node().Path(), *shop.Catalogue["sqs"].Pipe.Node().Path())
	// Output: Shop/Outbox/Pipe Shop/ToSqs/Pipe/Pipe
}
