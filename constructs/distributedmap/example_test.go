package distributedmap_test

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/asl"
	"refstack/constructs/distributedmap"
	"refstack/constructs/statemachine"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Photos"), nil)
	bucket := awss3.Bucket_FromBucketName(stack, jsii.String("Bucket"), jsii.String("photos"))

	all := distributedmap.New(stack, "All", &distributedmap.Props{
		Label:          "Photos",
		Items:          distributedmap.Place{Bucket: bucket, Key: "list.jsonl", Pattern: "list.jsonl"},
		ItemsPerBatch:  10,
		Function:       awslambda.Function_FromFunctionName(stack, jsii.String("Resize"), jsii.String("resize")),
		Timeout:        time.Minute,
		Results:        distributedmap.Place{Bucket: bucket, Key: "done/", Pattern: "done/*"},
		MaxConcurrency: 50,
	})
	all.State["End"] = true
	machine := statemachine.New(stack, "Machine", &statemachine.Props{StartAt: "All", States: asl.State{"All": all.State}})
	all.Grant(machine)

	fmt.Println(all.State["MaxConcurrency"], all.State["ItemBatcher"])
	// Output: 50 map[MaxItemsPerBatch:10]
}
