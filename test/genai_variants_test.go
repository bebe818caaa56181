package test

// genAIVariants have the other models of GenAi, each with one way to reply, and all
// that it has on request alone.
var genAIVariants = []variant{
	{"dev-sagemaker", map[string]any{
		"genai.endpoint": "sagemaker", "genai.sagemakerEndpoint": "Llama-8B", "genai.inferenceComponent": "llama-8b-chat",
		"genai.reply": "websocket",
	}, "GenAi"},
	{"dev-http", map[string]any{
		"genai.endpoint": "http", "genai.url": "https://models.example.com/v1", "genai.model": "llama-3.3-70b", "genai.secret": "models/key",
		"genai.reply": "iot",
	}, "GenAi"},
	{"prod-all", map[string]any{
		"stage": "prod", "alarmEmail": "ops@example.com",
		"genai.reply": "websocket,iot", "genai.cache": "10m", "genai.budget": "500", "genai.concurrency": "20",
		"genai.model": "eu.amazon.nova-lite-v1:0", "genai.guardrail": "gr1abc", "genai.guardrailVersion": "3",
		"genai.logRole": "true", "genai.allowedOrigins": "https://app.example.com,https://admin.example.com",
	}, "GenAi"},
}
