package modeltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// chat is the chat API of OpenAI.
type chat struct{}

func (chat) service() string { return "" }

func (chat) parse(_ *http.Request, body []byte) (Call, error) {
	var in struct {
		Model               string
		Messages            []struct{ Role, Content string }
		MaxTokens           int `json:"max_tokens"`
		MaxCompletionTokens int `json:"max_completion_tokens"`
		Temperature         *float64
		Stream              bool
		StreamOptions       struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Call{}, err
	}
	c := Call{
		Protocol: HTTP, Streamed: in.Stream, Model: in.Model,
		MaxTokens: max(in.MaxTokens, in.MaxCompletionTokens), Temperature: in.Temperature,
	}
	if in.Stream && !in.StreamOptions.IncludeUsage {
		return Call{}, fmt.Errorf("this endpoint counts tokens of streams only where include_usage asks for it")
	}
	for _, m := range in.Messages {
		switch {
		case m.Role == "system":
			c.Instructions += m.Content
		case m.Role == "user" && strings.TrimSpace(m.Content) != "":
			c.Text += m.Content
		default:
			return Call{}, errNoTurn
		}
	}
	if c.Text == "" {
		return Call{}, errNoTurn
	}
	return c, nil
}

func (chat) problem(f Fault) (problem, bool) {
	p, ok := map[Fault]problem{
		Throttle: {429, "rate_limit_exceeded", "Rate limit reached for requests."},
		Crowded:  {429, "", "The queue is full."},
		Overload: {503, "overloaded", "The engine is currently overloaded."},
		NotReady: {503, "", "<html>no healthy upstream</html>"}, // A load balancer's own page.
		Fail:     {500, "internal_error", "The server had an error."},
		Deny:     {403, "permission_denied", "You are not allowed to sample from this model."},
		Missing:  {404, "model_not_found", "The model does not exist."},
		Misname:  {400, "model_not_found", "The model cannot be used with the chat API."},
		Reject:   {400, "context_length_exceeded", "This model's maximum context length is 4096 tokens."},
		Spent:    {429, "insufficient_quota", "You exceeded your current quota."},
		Filter:   {400, "content_filter", "The prompt was filtered."},
		Rename:   {400, "unsupported_parameter", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."},
		Break:    {500, "internal_error", "The model broke."},
	}[f]
	return p, ok
}

func (chat) error(w http.ResponseWriter, p problem) {
	if strings.HasPrefix(p.message, "<") {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(p.status)
		_, _ = w.Write([]byte(p.message))
		return
	}
	if p == unauthentic {
		p = problem{http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided."}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(p.status)
	e := object{"message": p.message, "type": "error", "code": p.code, "param": nil}
	if p.code == "unsupported_parameter" {
		e["param"] = "max_tokens"
	}
	_, _ = w.Write(encode(object{"error": e}))
}

func (chat) reason(a answer) any {
	switch a.stop {
	case "length":
		return "length"
	case "refuse":
		return "content_filter"
	case "":
		return nil
	}
	return "stop" // A refusal of the model's own ends as any other answer.
}

func chatUsage(a answer) object {
	input, output := a.tokens()
	return object{"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output}
}

func (c chat) whole(a answer) (string, []byte) {
	message := object{"role": "assistant", "content": a.text}
	if a.stop == "decline" {
		message["content"], message["refusal"] = nil, "I would rather not."
	}
	return "application/json", encode(object{
		"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": a.call.Model,
		"choices": []object{{"index": 0, "message": message, "finish_reason": c.reason(a), "logprobs": nil}},
		"usage":   chatUsage(a),
	})
}

func (chat) streamType() string { return "text/event-stream" }

func (chat) data(v any) []byte {
	return bytes.Join([][]byte{[]byte("data: "), encode(v), []byte("\n\n")}, nil)
}

func (c chat) chunk(a answer, delta object, reason any) []byte {
	return c.data(object{
		"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": a.call.Model, "usage": nil,
		"choices": []object{{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": nil}},
	})
}

func (c chat) first(a answer) []byte {
	return append([]byte(": keep-alive\n\n"), c.chunk(a, object{"role": "assistant", "content": ""}, nil)...)
}

func (c chat) piece(a answer, text string) []byte {
	if a.stop == "decline" {
		return c.chunk(a, object{"refusal": text}, nil)
	}
	return c.chunk(a, object{"content": text}, nil)
}

func (c chat) stopped(a answer) []byte {
	if a.stop == "" {
		return nil
	}
	return c.chunk(a, object{}, c.reason(a))
}

func (c chat) counted(a answer) []byte {
	last := c.data(object{
		"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": a.call.Model,
		"choices": []object{}, "usage": chatUsage(a),
	})
	return append(last, "data: [DONE]\n\n"...)
}

func (c chat) failed(f Fault) []byte {
	p, _ := c.problem(f)
	return c.data(object{"error": object{"message": p.message, "code": p.code, "type": "error"}})
}

func (chat) malformed() []byte { return []byte("data: {\"choices\":[{\"delta\":{\"cont\n\n") }
