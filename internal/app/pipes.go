package app

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/internal/settings"
	"refstack/stacks/pipes"
)

var pipesStack = stack{"Pipes", "Pipes between services: an outbox, and a catalogue of targets", func(app awscdk.App, id string, props awscdk.StackProps, s settings.Settings) {
	pipes.New(app, id, &pipes.Props{
		StackProps:   props,
		Production:   s.Production(),
		Architecture: architecture(s),
		AlarmEmail:   s.AlarmEmail,
		Targets:      s.Pipes.Targets,
		Webhook:      s.Pipes.Webhook,
		LogRole:      s.Pipes.LogRole,
	})
}}
