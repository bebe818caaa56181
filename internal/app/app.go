// Package app puts the stacks of this repository together, as the settings say.
// The CDK CLI runs it through bin/app, and tests hold what it makes.
package app

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/internal/settings"
	"refstack/stacks/thumbnailer"
	"refstack/stacks/webapi"
)

// AddStacks adds every stack to app. The error says which setting is wrong;
// what is wrong with a stack's props, its constructor panics with.
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
	stackProps := func(id, description string) awscdk.StackProps {
		return awscdk.StackProps{
			StackName:             jsii.String(s.StackName(id)),
			Description:           jsii.String(description),
			TerminationProtection: jsii.Bool(s.Production()),
		}
	}

	thumbnailer.New(app, "Thumbnailer", &thumbnailer.Props{
		StackProps:   stackProps("Thumbnailer", "An image in S3 becomes thumbnails"),
		Production:   s.Production(),
		Architecture: architecture,
		AlarmEmail:   s.AlarmEmail,
	})
	webapi.New(app, "WebApi", &webapi.Props{
		StackProps:     stackProps("WebApi", "An API of items, with API Gateway, Lambda and DynamoDB"),
		Production:     s.Production(),
		Architecture:   architecture,
		AlarmEmail:     s.AlarmEmail,
		AllowedOrigins: s.AllowedOrigins,
		LogRole:        s.LogRole,
	})
	return nil
}
