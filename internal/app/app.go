// Package app puts the stacks of this repository together, as the settings say.
// The CDK CLI runs it through bin/app, and tests hold what it makes.
package app

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/distributedmap"
	"refstack/constructs/modelendpoint"
	"refstack/internal/settings"
	"refstack/stacks/genai"
	"refstack/stacks/mapreduce"
	"refstack/stacks/pipes"
	"refstack/stacks/thumbnailer"
	"refstack/stacks/webapi"
)

// stack is one of the app's.
type stack struct {
	id, description string
	add             func(app awscdk.App, id string, props awscdk.StackProps)
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
				AllowedOrigins: s.WebApi.AllowedOrigins,
				LogRole:        s.WebApi.LogRole,
			})
		}},
		{"GenAi", "A foundation model behind an API, at once or by a queue", func(app awscdk.App, id string, props awscdk.StackProps) {
			genai.New(app, id, &genai.Props{
				StackProps:     props,
				Production:     s.Production(),
				Architecture:   architecture,
				AlarmEmail:     s.AlarmEmail,
				AllowedOrigins: s.GenAi.AllowedOrigins,
				LogRole:        s.GenAi.LogRole,
				Model:          model(s.GenAi),
				MaxConcurrency: s.GenAi.Concurrency,
				WebSocket:      s.GenAi.WebSocket,
				IoT:            s.GenAi.IoT,
				CacheFor:       s.GenAi.Cache,
				MonthlyBudget:  s.GenAi.Budget,
			})
		}},
		{"MapReduce", "f and g over files of any size, with Step Functions Distributed Map", func(app awscdk.App, id string, props awscdk.StackProps) {
			mapreduce.New(app, id, &mapreduce.Props{
				StackProps:         props,
				Production:         s.Production(),
				Architecture:       architecture,
				AlarmEmail:         s.AlarmEmail,
				Children:           map[string]distributedmap.Children{"express": distributedmap.Express, "standard": distributedmap.Standard}[s.MapReduce.Children],
				MaxConcurrency:     s.MapReduce.Concurrency,
				AccountConcurrency: s.MapReduce.AccountConcurrency,
				BadRows:            mapreduce.Tolerance{Count: s.MapReduce.BadRows, Percentage: s.MapReduce.BadRowsPercentage},
			})
		}},
		{"Pipes", "Pipes between services: an outbox, and a catalogue of targets", func(app awscdk.App, id string, props awscdk.StackProps) {
			pipes.New(app, id, &pipes.Props{
				StackProps:   props,
				Production:   s.Production(),
				Architecture: architecture,
				AlarmEmail:   s.AlarmEmail,
				Targets:      s.Pipes.Targets,
				Webhook:      s.Pipes.Webhook,
			})
		}},
	}
	if len(names) == 0 {
		names = wanted(context["aws:cdk:bundling-stacks"])
	}
	for _, stack := range asked(stacks, names) {
		stack.add(app, stack.id, awscdk.StackProps{
			StackName:             jsii.String(s.StackName(stack.id)),
			Description:           jsii.String(stack.description),
			TerminationProtection: jsii.Bool(s.Production()),
		})
	}
	return nil
}

// model is the endpoint that the settings choose.
func model(s settings.GenAi) *modelendpoint.ModelEndpoint {
	switch s.Endpoint {
	case "sagemaker":
		return modelendpoint.SageMaker(&modelendpoint.SageMakerProps{Endpoint: s.SageMakerEndpoint, InferenceComponent: s.InferenceComponent})
	case "http":
		return modelendpoint.HTTP(&modelendpoint.HTTPProps{URL: s.URL, Model: s.Model, KeyName: s.Secret})
	default:
		return modelendpoint.Bedrock(&modelendpoint.BedrockProps{Model: s.Model, Guardrail: s.Guardrail, GuardrailVersion: s.GuardrailVersion})
	}
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
