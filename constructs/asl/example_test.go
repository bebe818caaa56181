package asl_test

import (
	"encoding/json"
	"fmt"
	"time"

	"refstack/constructs/asl"
)

func ExampleInvocation_Task() {
	state := asl.Invocation{
		FunctionARN: "arn:aws:lambda:eu-west-1:123456789012:function:charge",
		Timeout:     10 * time.Second,
		Payload:     asl.State{"order": asl.Expression("$order.id")},
		Permanent:   []string{"CardDeclinedError"},
	}.Task(asl.State{"Next": "Ship"})

	text, _ := json.Marshal(state["Arguments"])
	fmt.Println(string(text), state["TimeoutSeconds"])
	// Output: {"FunctionName":"arn:aws:lambda:eu-west-1:123456789012:function:charge","Payload":{"order":"{% $order.id %}"}} 15
}
