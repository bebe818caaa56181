package settings

import (
	"slices"
	"strings"
)

// endpointSettings are those that belong to each kind of endpoint.
var endpointSettings = map[string]struct{ required, optional []string }{
	"bedrock":   {nil, []string{"genai.model", "genai.guardrail", "genai.guardrailVersion"}},
	"sagemaker": {[]string{"genai.sagemakerEndpoint"}, []string{"genai.inferenceComponent"}},
	"http":      {[]string{"genai.url", "genai.model"}, []string{"genai.secret"}},
}

func (r *reader) genAi() GenAi {
	replies := r.someOf("genai.reply", "polling", "websocket", "iot")
	g := GenAi{
		AllowedOrigins:     r.list("genai.allowedOrigins"),
		LogRole:            r.yes("genai.logRole"),
		Endpoint:           r.oneOf("genai.endpoint", "bedrock", "sagemaker", "http"),
		Model:              r.text("genai.model"),
		Guardrail:          r.text("genai.guardrail"),
		GuardrailVersion:   r.text("genai.guardrailVersion"),
		SageMakerEndpoint:  r.text("genai.sagemakerEndpoint"),
		InferenceComponent: r.text("genai.inferenceComponent"),
		URL:                r.text("genai.url"),
		Secret:             r.text("genai.secret"),
		WebSocket:          slices.Contains(replies, "websocket"),
		IoT:                slices.Contains(replies, "iot"),
		Cache:              r.duration("genai.cache"),
		Concurrency:        r.number("genai.concurrency"),
		Budget:             r.number("genai.budget"),
	}
	r.checkEndpoint(g.Endpoint)
	return g
}

// checkEndpoint refuses an endpoint that lacks a setting, and a setting of another
// endpoint: it would be overlooked.
func (r *reader) checkEndpoint(endpoint string) {
	own := endpointSettings[endpoint]
	for _, name := range own.required {
		if r.context[name] == nil || r.context[name] == "" {
			r.fail("context %s is required with genai.endpoint=%s", name, endpoint)
		}
	}
	for _, other := range []string{"bedrock", "sagemaker", "http"} {
		for _, name := range slices.Concat(endpointSettings[other].required, endpointSettings[other].optional) {
			used := r.context[name] != nil && r.context[name] != ""
			if used && !slices.Contains(own.required, name) && !slices.Contains(own.optional, name) {
				r.fail("context %s does not go with genai.endpoint=%s: it takes %s", name, endpoint,
					strings.Join(slices.Concat(own.required, own.optional), ", "))
			}
		}
	}
}
