package modeltest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// bedrock is Converse and ConverseStream.
type bedrock struct{}

func (bedrock) service() string { return "bedrock" }

type textBlocks []struct{ Text *string }

func (b textBlocks) text() (string, error) {
	var all strings.Builder
	for _, block := range b {
		if block.Text == nil || strings.TrimSpace(*block.Text) == "" {
			return "", fmt.Errorf("the text field in the ContentBlock object is blank")
		}
		all.WriteString(*block.Text)
	}
	return all.String(), nil
}

func (bedrock) parse(r *http.Request, body []byte) (Call, error) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/model/"), "/")
	if len(parts) != 2 || (parts[1] != "converse" && parts[1] != "converse-stream") {
		return Call{}, fmt.Errorf("there is no operation %s", r.URL.Path)
	}
	model, err := url.PathUnescape(parts[0])
	if err != nil {
		return Call{}, err
	}
	var in struct {
		System   textBlocks
		Messages []struct {
			Role    string
			Content textBlocks
		}
		InferenceConfig struct {
			MaxTokens   int
			Temperature *float64
		}
		GuardrailConfig struct{ GuardrailIdentifier, GuardrailVersion string }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Call{}, err
	}
	if len(in.Messages) != 1 || in.Messages[0].Role != "user" || len(in.Messages[0].Content) == 0 {
		return Call{}, errNoTurn
	}
	c := Call{
		Protocol: Bedrock, Streamed: parts[1] == "converse-stream", Model: model,
		Guardrail: in.GuardrailConfig.GuardrailIdentifier, GuardrailVersion: in.GuardrailConfig.GuardrailVersion,
		MaxTokens: in.InferenceConfig.MaxTokens, Temperature: in.InferenceConfig.Temperature,
	}
	if c.Instructions, err = in.System.text(); err != nil {
		return Call{}, err
	}
	c.Text, err = in.Messages[0].Content.text()
	return c, err
}

func (bedrock) problem(f Fault) (problem, bool) {
	p, ok := map[Fault]problem{
		Throttle: {429, "ThrottlingException", "Too many requests, please wait before trying again."},
		Crowded:  {429, "ThrottlingException", "Too many tokens, please wait before trying again."},
		Overload: {503, "ServiceUnavailableException", "Bedrock is unable to process your request."},
		NotReady: {429, "ModelNotReadyException", "Model is not ready for inference."},
		Fail:     {500, "InternalServerException", "The system encountered an unexpected error during processing. Try your request again."},
		Deny:     {403, "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: bedrock:InvokeModel"},
		Missing:  {404, "ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier."},
		Misname:  {400, "ValidationException", "The provided model identifier is invalid."},
		Reject:   {400, "ValidationException", "Input is too long for requested model."},
		Break:    {424, "ModelErrorException", "The model returned an unexpected error."},
	}[f]
	return p, ok
}

func (bedrock) error(w http.ResponseWriter, p problem) {
	awsError(w, p, object{"message": p.message})
}

func (bedrock) reason(a answer) string {
	return map[string]string{
		"end": "end_turn", "length": "max_tokens", "refuse": "guardrail_intervened", "decline": "content_filtered",
	}[a.stop]
}

func usage(a answer) object {
	input, output := a.tokens()
	return object{"inputTokens": input, "outputTokens": output, "totalTokens": input + output}
}

func (b bedrock) whole(a answer) (string, []byte) {
	content := []object{}
	if a.text != "" {
		content = append(content, object{"text": a.text})
	}
	out := object{
		"output":  object{"message": object{"role": "assistant", "content": content}},
		"usage":   usage(a),
		"metrics": object{"latencyMs": 1},
	}
	if reason := b.reason(a); reason != "" {
		out["stopReason"] = reason
	}
	return "application/json", encode(out)
}

func (bedrock) streamType() string { return "application/vnd.amazon.eventstream" }

func (bedrock) event(kind string, payload object) []byte {
	payload["p"] = "abcdefghijkl" // Bedrock pads its events, so that their length tells nothing.
	return event(kind, "application/json", encode(payload))
}

func (b bedrock) first(answer) []byte { return b.event("messageStart", object{"role": "assistant"}) }

func (b bedrock) piece(_ answer, text string) []byte {
	if text == marked { // The checksum must be that of the bad bytes.
		return event("contentBlockDelta", "application/json", []byte("{\"contentBlockIndex\":0,\"delta\":{\"text\":\"\xff\xfe\"}}"))
	}
	return b.event("contentBlockDelta", object{"contentBlockIndex": 0, "delta": object{"text": text}})
}

func (b bedrock) stopped(a answer) []byte {
	end := b.event("contentBlockStop", object{"contentBlockIndex": 0})
	if a.stop == "" {
		return end
	}
	return append(end, b.event("messageStop", object{"stopReason": b.reason(a)})...)
}

func (b bedrock) counted(a answer) []byte {
	return b.event("metadata", object{"usage": usage(a), "metrics": object{"latencyMs": 1}})
}

func (b bedrock) failed(f Fault) []byte {
	if f == Break {
		return exception("modelStreamErrorException", object{"message": "The model broke.", "originalStatusCode": 500})
	}
	p, _ := b.problem(f)
	return exception("throttlingException", object{"message": p.message})
}

func (bedrock) malformed() []byte {
	return event("contentBlockDelta", "application/json", []byte(`{"contentBlockIndex":0,"delta":{"te`))
}
