// Command app is what cdk.json runs: settings in, templates out. The CDK CLI
// starts it; started by hand it writes to a temporary folder.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/internal/app"
)

func main() {
	defer end()
	defer explain()

	root := awscdk.NewApp(nil)
	if err := app.AddStacks(root); err != nil {
		panic(err)
	}
	root.Synth(nil)
}

// explain turns what the constructs panic with, a sentence for the user, into a
// line on stderr and exit code 1. A fault in the program keeps its stack trace.
func explain() {
	reason := recover()
	if reason == nil {
		return
	}
	if fault, ok := reason.(runtime.Error); ok {
		panic(fault)
	}
	fmt.Fprintln(os.Stderr, "refstack:", strings.TrimSpace(fmt.Sprint(reason)))
	end()
	os.Exit(1)
}

// end stops jsii's Node.js. The runtime waits for that process in two places,
// and complains on stderr, after a good end, where the second comes late.
func end() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	jsii.Close()
}
