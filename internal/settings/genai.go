package settings

import (
	"slices"
	"strings"
	"time"

	"refstack/internal/contexts"
)

// GenAi are the contexts genai.… of the stack GenAi.
type GenAi struct {
	// AllowedOrigins are the web pages that may call the API, by commas. Defaults
	// to none.
	AllowedOrigins []string
	// LogRole has the stack make the account's role for API Gateway's logs.
	// Defaults to false.
	LogRole bool
	// Endpoint is bedrock, sagemaker or http. Defaults to bedrock.
	Endpoint string
	// Model is the ID of a model or an inference profile of Bedrock, or the HTTP
	// server's name of the model. Bedrock has a default.
	Model string
	// Guardrail and GuardrailVersion are Bedrock's. Default to none.
	Guardrail, GuardrailVersion string
	// SageMakerEndpoint and InferenceComponent are names. The second defaults to
	// none.
	SageMakerEndpoint, InferenceComponent string
	// URL is where an HTTP endpoint is, and Secret the name of its key in Secrets
	// Manager. Secret defaults to no key.
	URL, Secret string
	// WebSocket and IoT are what the context genai.reply has besides polling, which
	// is always there.
	WebSocket, IoT bool
	// Cache is how long answers are given again. Defaults to no cache.
	Cache time.Duration
	// Concurrency is how many jobs the model does at once, and 0 the stack's
	// default.
	Concurrency int
	// Budget is in US dollars a month. Defaults to none.
	Budget int
}

// endpointSettings are those that belong to each kind of endpoint.
var endpointSettings = map[string]struct{ required, optional []string }{
	"bedrock":   {nil, []string{"genai.model", "genai.guardrail", "genai.guardrailVersion"}},
	"sagemaker": {[]string{"genai.sagemakerEndpoint"}, []string{"genai.inferenceComponent"}},
	"http":      {[]string{"genai.url", "genai.model"}, []string{"genai.secret"}},
}

func readGenAi(r *contexts.Reader) GenAi {
	replies := r.SomeOf("genai.reply", "polling", "websocket", "iot")
	g := GenAi{
		AllowedOrigins:     r.List("genai.allowedOrigins"),
		LogRole:            r.Yes("genai.logRole"),
		Endpoint:           r.OneOf("genai.endpoint", "bedrock", "sagemaker", "http"),
		Model:              r.Text("genai.model"),
		Guardrail:          r.Text("genai.guardrail"),
		GuardrailVersion:   r.Text("genai.guardrailVersion"),
		SageMakerEndpoint:  r.Text("genai.sagemakerEndpoint"),
		InferenceComponent: r.Text("genai.inferenceComponent"),
		URL:                r.Text("genai.url"),
		Secret:             r.Text("genai.secret"),
		WebSocket:          slices.Contains(replies, "websocket"),
		IoT:                slices.Contains(replies, "iot"),
		Cache:              r.Duration("genai.cache"),
		Concurrency:        r.Number("genai.concurrency"),
		Budget:             r.Number("genai.budget"),
	}
	checkEndpoint(r, g.Endpoint)
	return g
}

// checkEndpoint refuses an endpoint that lacks a setting, and a setting of another
// endpoint: it would be overlooked.
func checkEndpoint(r *contexts.Reader, endpoint string) {
	own := endpointSettings[endpoint]
	for _, name := range own.required {
		if !r.Has(name) {
			r.Fail("context %s is required with genai.endpoint=%s", name, endpoint)
		}
	}
	for _, other := range []string{"bedrock", "sagemaker", "http"} {
		for _, name := range slices.Concat(endpointSettings[other].required, endpointSettings[other].optional) {
			if r.Has(name) && !slices.Contains(own.required, name) && !slices.Contains(own.optional, name) {
				r.Fail("context %s does not go with genai.endpoint=%s: it takes %s", name, endpoint,
					strings.Join(slices.Concat(own.required, own.optional), ", "))
			}
		}
	}
}
