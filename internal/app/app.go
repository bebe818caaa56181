// Package app puts the stacks of this repository together, as the settings say.
// The CDK CLI runs it through bin/app, and tests hold what it makes.
package app

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/internal/settings"
	"refstack/stacks/thumbnailer"
	"refstack/stacks/webapi"
)

// stack is one of the app's.
type stack struct {
	id, description string
	add             func(app awscdk.App, id string, props awscdk.StackProps)
}

// AddStacks adds to app the stacks that were asked for. The error says which
// setting is wrong; what is wrong with a stack's props, its constructor panics
// with.
func AddStacks(app awscdk.App) error {
	context, _ := app.Node().GetAllContext(nil).(map[string]any)
	s, err := settings.Read(context)
	if err != nil {
		return err
	}
	architecture := awslambda.Architecture_ARM_64()
	if s.Arch == "x86_64" {
		architecture = awslambda.Architecture_X86_64()
	}
	stacks := []stack{
		{"Thumbnailer", "An image in S3 becomes thumbnails", func(app awscdk.App, id string, props awscdk.StackProps) {
			thumbnailer.New(app, id, &thumbnailer.Props{
				StackProps:   props,
				Production:   s.Production(),
				Architecture: architecture,
				AlarmEmail:   s.AlarmEmail,
			})
		}},
		{"WebApi", "An API of items, with API Gateway, Lambda and DynamoDB", func(app awscdk.App, id string, props awscdk.StackProps) {
			webapi.New(app, id, &webapi.Props{
				StackProps:     props,
				Production:     s.Production(),
				Architecture:   architecture,
				AlarmEmail:     s.AlarmEmail,
				AllowedOrigins: s.AllowedOrigins,
				LogRole:        s.LogRole,
			})
		}},
	}
	for _, stack := range asked(stacks, context["aws:cdk:bundling-stacks"]) {
		stack.add(app, stack.id, awscdk.StackProps{
			StackName:             jsii.String(s.StackName(stack.id)),
			Description:           jsii.String(stack.description),
			TerminationProtection: jsii.Bool(s.Production()),
		})
	}
	return nil
}

// asked leaves only the stacks whose assets the CDK CLI wants, where it names
// them: cdk diff --exclusively Thumbnailer. Ours stand alone, so the others need not be made,
// which takes a fifth of a second each. It returns all of them for a command that
// wants no assets, a pattern, or a name that is not ours, so that the CLI can say
// which there are.
func asked(stacks []stack, patterns any) []stack {
	names, _ := patterns.([]any)
	var found []stack
	for _, s := range stacks {
		if slices.Contains(names, any(s.id)) {
			found = append(found, s)
		}
	}
	if len(found) == 0 || len(found) < len(names) {
		return stacks
	}
	return found
}
