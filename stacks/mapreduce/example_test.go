package mapreduce_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/constructs/distributedmap"
	"refstack/stacks/mapreduce"
)

func ExampleNew() {
	app := awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the functions.
	}})

	games := mapreduce.New(app, "Games", &mapreduce.Props{
		Production:         true,
		Children:           distributedmap.Express,
		MaxConcurrency:     2000,
		RunsAtOnce:         1,
		AccountConcurrency: 3000,
		BadRows:            mapreduce.Tolerance{Percentage: 0.1},
	})

	fmt.Println(*games.Stack.StackName())
	// Output: Games
}
