package workqueue_test

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
	"refstack/constructs/workqueue"
)

func ExampleWorkQueue_Consume() {
	app := awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{
		"aws:cdk:bundling-stacks": []string{}, // An example need not compile the function.
	}})
	stack := awscdk.NewStack(app, jsii.String("Orders"), nil)
	worker := gofunction.New(stack, "Worker", &gofunction.Props{
		Entry:   "constructs/gofunction/testdata/orders",
		Timeout: 30 * time.Second,
	})

	orders := workqueue.New(stack, "Orders", &workqueue.Props{MaxReceiveCount: 3})
	orders.Consume(worker.Function, &workqueue.ConsumerProps{BatchSize: 5, MaxConcurrency: 2})

	fmt.Println(*orders.Queue.Node().Path(), *orders.DeadLetterQueue.Node().Path())
	// Output: Orders/Orders/Queue Orders/Orders/DeadLetterQueue
}
