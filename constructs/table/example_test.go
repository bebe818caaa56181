package table_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/table"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Shop"), nil)

	orders := table.New(stack, "Orders", &table.Props{
		PartitionKey: "customer",
		SortKey:      "order",
		Retain:       true,
	})

	fmt.Println(*orders.Table.Node().Path())
	// Output: Shop/Orders/Table
}
