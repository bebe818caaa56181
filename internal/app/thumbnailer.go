package app

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/internal/settings"
	"refstack/stacks/thumbnailer"
)

var thumbnailerStack = stack{"Thumbnailer", "An image in S3 becomes thumbnails", func(app awscdk.App, id string, props awscdk.StackProps, s settings.Settings) {
	thumbnailer.New(app, id, &thumbnailer.Props{
		StackProps:   props,
		Production:   s.Production(),
		Architecture: architecture(s),
		AlarmEmail:   s.AlarmEmail,
	})
}}
