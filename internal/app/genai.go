package app

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/constructs/modelendpoint"
	"refstack/internal/settings"
	"refstack/stacks/genai"
)

var genAIStack = stack{"GenAi", "A foundation model behind an API, at once or by a queue", func(app awscdk.App, id string, props awscdk.StackProps, s settings.Settings) {
	genai.New(app, id, &genai.Props{
		StackProps:     props,
		Production:     s.Production(),
		Architecture:   architecture(s),
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
}}

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
