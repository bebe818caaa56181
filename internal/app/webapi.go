package app

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/internal/settings"
	"refstack/stacks/webapi"
)

var webAPIStack = stack{"WebApi", "An API of items, with API Gateway, Lambda and DynamoDB", func(app awscdk.App, id string, props awscdk.StackProps, s settings.Settings) {
	webapi.New(app, id, &webapi.Props{
		StackProps:     props,
		Production:     s.Production(),
		Architecture:   architecture(s),
		AlarmEmail:     s.AlarmEmail,
		AllowedOrigins: s.WebApi.AllowedOrigins,
		LogRole:        s.WebApi.LogRole,
	})
}}
