package settings

import (
	"reflect"
	"testing"
	"time"
)

func TestGenAi(t *testing.T) {
	for _, test := range []struct {
		context map[string]any
		want    GenAi
	}{
		{
			map[string]any{
				"genai.endpoint": "bedrock", "genai.model": "amazon.nova-lite-v1:0", "genai.guardrail": "abc", "genai.guardrailVersion": "1",
				"genai.reply": "polling,websocket", "genai.cache": "90s", "genai.concurrency": "20", "genai.budget": "100",
				"genai.allowedOrigins": "https://a.example.com", "genai.logRole": "true",
			},
			GenAi{
				Endpoint: "bedrock", Model: "amazon.nova-lite-v1:0", Guardrail: "abc", GuardrailVersion: "1",
				WebSocket: true, Cache: 90 * time.Second, Concurrency: 20, Budget: 100,
				AllowedOrigins: []string{"https://a.example.com"}, LogRole: true,
			},
		},
		{
			map[string]any{"genai.endpoint": "sagemaker", "genai.sagemakerEndpoint": "llm", "genai.inferenceComponent": "c", "genai.reply": "iot"},
			GenAi{Endpoint: "sagemaker", SageMakerEndpoint: "llm", InferenceComponent: "c", IoT: true},
		},
		{
			map[string]any{"genai.endpoint": "http", "genai.url": "https://m", "genai.model": "llama", "genai.secret": "key"},
			GenAi{Endpoint: "http", URL: "https://m", Model: "llama", Secret: "key"},
		},
	} {
		got, err := Read(test.context)
		if err != nil || !reflect.DeepEqual(got.GenAi, test.want) {
			t.Errorf("got %+v and %v, want %+v", got.GenAi, err, test.want)
		}
	}
}

func TestBadGenAi(t *testing.T) {
	for want, context := range map[string]map[string]any{
		`context genai.endpoint must be bedrock or sagemaker or http, got "openai"`:                                                 {"genai.endpoint": "openai"},
		`context genai.reply must be of polling, websocket, iot, between commas, got "mail"`:                                        {"genai.reply": "iot,mail"},
		`context genai.cache must be a time such as 90s, 5m or 1h, got "60"`:                                                        {"genai.cache": "60"},
		`context genai.cache must be a time such as 90s, 5m or 1h, got "-1s"`:                                                       {"genai.cache": "-1s"},
		`context genai.concurrency must be a positive number, got "0"`:                                                              {"genai.concurrency": "0"},
		`context genai.budget must be a positive number, got "10 USD"`:                                                              {"genai.budget": "10 USD"},
		`context genai.sagemakerEndpoint is required with genai.endpoint=sagemaker`:                                                 {"genai.endpoint": "sagemaker"},
		`context genai.model is required with genai.endpoint=http`:                                                                  {"genai.endpoint": "http", "genai.url": "https://m"},
		`context genai.url does not go with genai.endpoint=bedrock: it takes genai.model, genai.guardrail, genai.guardrailVersion`:  {"genai.url": "https://m"},
		`context genai.model does not go with genai.endpoint=sagemaker: it takes genai.sagemakerEndpoint, genai.inferenceComponent`: {"genai.endpoint": "sagemaker", "genai.sagemakerEndpoint": "e", "genai.model": "m"},
	} {
		if _, err := Read(context); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
