package model

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"github.com/openai/openai-go/v3"
)

// What the chat API of OpenAI has in common wherever it is spoken: on a server's
// own port, and by the containers that SageMaker runs.

// chatParameters put a request into that API. max_tokens is what all servers
// know; OpenAI's newer models want it called otherwise.
func chatParameters(r Request, model string) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{Model: model, MaxTokens: openai.Int(int64(r.MaxTokens))}
	if r.Instructions != "" {
		p.Messages = append(p.Messages, openai.SystemMessage(r.Instructions))
	}
	p.Messages = append(p.Messages, openai.UserMessage(r.Text))
	if r.Temperature != nil {
		p.Temperature = openai.Float(*r.Temperature)
	}
	return p
}

// countTokens asks for the usage at the end of a stream, where it is not sent
// otherwise.
var countTokens = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}

func chatAnswer(c *openai.ChatCompletion, model string) (Answer, error) {
	if len(c.Choices) == 0 {
		return Answer{}, errEmpty
	}
	choice := c.Choices[0]
	if choice.Message.Refusal != "" {
		return Answer{}, refused("a refusal")
	}
	stop, err := chatStop(choice.FinishReason)
	if err != nil {
		return Answer{}, err
	}
	if stop == "" {
		return Answer{}, broken("no reason")
	}
	return Answer{Text: choice.Message.Content, Stop: stop, Usage: chatUsage(c.Usage), Model: cmp.Or(c.Model, model)}, nil
}

// chatEvents are the events of a stream. The SDK's own decoder gives up at the
// comments that keep a connection alive.
func chatEvents(r io.Reader, model string) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		for data, err := range lines(r) {
			var e event
			if err == nil {
				e, err = chatEvent(data, model)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// lines are the documents of a stream of server-sent events, or of JSON lines as
// earlier containers wrote them.
func lines(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, eventBytes)
		for scanner.Scan() {
			data, isEvent := bytes.CutPrefix(bytes.TrimSpace(scanner.Bytes()), []byte("data:"))
			data = bytes.TrimSpace(data)
			if bytes.Equal(data, []byte("[DONE]")) || (!isEvent && !bytes.HasPrefix(data, []byte("{"))) {
				continue
			}
			if !yield(data, nil) {
				return
			}
		}
		if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(nil, errTooLarge)
		} else if err != nil {
			yield(nil, err)
		}
	}
}

func chatEvent(data []byte, model string) (event, error) {
	var c openai.ChatCompletionChunk
	if err := json.Unmarshal(data, &c); err != nil {
		return event{}, err
	}
	if raw := c.JSON.ExtraFields["error"].Raw(); raw != "" && raw != "null" {
		return event{}, broken("an error in the stream")
	}
	e := event{usage: chatUsage(c.Usage), model: cmp.Or(c.Model, model)}
	if len(c.Choices) == 0 {
		return e, nil
	}
	choice := c.Choices[0]
	if choice.Delta.Refusal != "" {
		return event{}, refused("a refusal")
	}
	e.text = choice.Delta.Content
	var err error
	e.stop, err = chatStop(choice.FinishReason)
	return e, err
}

// chatStop sorts a finish reason, which is empty until the last piece of a
// stream. Servers have more words for an end than the API has.
func chatStop(reason string) (Stop, error) {
	switch reason {
	case "":
		return "", nil
	case "length":
		return Length, nil
	case "content_filter", "refusal":
		return "", refused(reason)
	case "tool_calls", "function_call", "abort", "error":
		return "", broken(reason)
	}
	return End, nil
}

func chatUsage(u openai.CompletionUsage) Usage {
	return Usage{InputTokens: int(u.PromptTokens), OutputTokens: int(u.CompletionTokens)}
}
