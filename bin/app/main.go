// Command app is what cdk.json runs: settings in, stacks out. It is meant to be
// started by the CDK CLI (cdk synth), not by hand.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/internal/settings"
	"refstack/stacks/thumbnailer"
)

func main() {
	defer end()
	defer explain()

	app := awscdk.NewApp(nil)
	s, err := settings.Read(contextOf(app))
	if err != nil {
		panic(err.Error())
	}
	addStacks(app, s)
	app.Synth(nil)
}

func addStacks(app awscdk.App, s settings.Settings) {
	architecture := awslambda.Architecture_ARM_64()
	if s.Arch == "x86_64" {
		architecture = awslambda.Architecture_X86_64()
	}
	stackProps := func(id, description string) awscdk.StackProps {
		return awscdk.StackProps{
			StackName:             jsii.String(s.StackName(id)),
			Description:           jsii.String(description),
			TerminationProtection: jsii.Bool(s.Production()),
		}
	}

	thumbnailer.New(app, "Thumbnailer", &thumbnailer.Props{
		StackProps:   stackProps("Thumbnailer", "Images in S3 become thumbnails"),
		Production:   s.Production(),
		Architecture: architecture,
		AlarmEmail:   s.AlarmEmail,
	})
}

func contextOf(app awscdk.App) map[string]any {
	context, _ := app.Node().GetAllContext(nil).(map[string]any)
	return context
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
