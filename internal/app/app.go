// Package app puts the stacks of this repository together, as the settings say.
// The CDK CLI runs it through bin/app, and tests hold what it makes.
package app

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/internal/settings"
)

// stack is one of the app's.
type stack struct {
	id, description string
	add             func(app awscdk.App, id string, props awscdk.StackProps, s settings.Settings)
}

// stacks are all of the app's. Each has a file of its own.
var stacks = []stack{
	thumbnailerStack,
	webAPIStack,
	genAIStack,
	mapReduceStack,
	pipesStack,
}

// architecture is that of the functions.
func architecture(s settings.Settings) awslambda.Architecture {
	if s.Arch == "x86_64" {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}

// AddStacks adds to app the stacks that are named, or else those that the CDK CLI
// asks for. The error says which setting is wrong; what is wrong with a stack's
// props, its constructor panics with.
func AddStacks(app awscdk.App, names ...string) error {
	context, _ := app.Node().GetAllContext(nil).(map[string]any)
	s, err := settings.Read(context)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = wanted(context["aws:cdk:bundling-stacks"])
	}
	for _, stack := range asked(stacks, names) {
		stack.add(app, stack.id, awscdk.StackProps{
			StackName:             jsii.String(s.StackName(stack.id)),
			Description:           jsii.String(stack.description),
			TerminationProtection: jsii.Bool(s.Production()),
		}, s)
	}
	return nil
}

// wanted are the patterns of the stacks whose assets the CDK CLI wants. Only
// where it was told --exclusively are they names, and not ** or nothing at all.
func wanted(patterns any) []string {
	all, _ := patterns.([]any)
	var names []string
	for _, pattern := range all {
		name, _ := pattern.(string)
		names = append(names, name)
	}
	return names
}

// asked leaves the stacks that are named. Ours stand alone, so the others need
// not be made, which takes a fifth of a second each. It returns all of them where
// nothing is named, or what is no stack of ours, so that the CLI can say which
// there are.
func asked(stacks []stack, names []string) []stack {
	var found []stack
	for _, s := range stacks {
		if slices.Contains(names, s.id) {
			found = append(found, s)
		}
	}
	if len(found) == 0 || len(found) < len(names) {
		return stacks
	}
	return found
}
