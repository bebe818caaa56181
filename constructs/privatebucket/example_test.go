package privatebucket_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/privatebucket"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Archive"), nil)

	logs := privatebucket.NewAccessLogs(stack, "AccessLogs", nil)
	scans := privatebucket.New(stack, "Scans", &privatebucket.Props{
		AccessLogs: logs.Bucket,
		Retain:     true,
	})

	fmt.Println(*scans.Bucket.Node().Path())
	// Output: Archive/Scans/Bucket
}
