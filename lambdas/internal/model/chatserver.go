package model

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
)

// chatServer speaks to a server that has the chat API of OpenAI.
type chatServer struct {
	chat  openai.ChatCompletionService
	model string
	key   *secret // nil for none
	// renamed tells that this model wants max_completion_tokens.
	renamed atomic.Bool
}

func newChatServer(c Config, config aws.Config, client *http.Client) *chatServer {
	s := &chatServer{
		chat:  openai.NewChatCompletionService(option.WithBaseURL(c.URL), option.WithHTTPClient(client), option.WithMaxRetries(0)),
		model: c.ModelID,
	}
	if c.SecretARN != "" {
		s.key = newSecret(c.SecretARN, config)
	}
	return s
}

func (s *chatServer) generate(ctx context.Context, r Request) (Answer, error) {
	var completion *openai.ChatCompletion
	err := s.ask(ctx, r, func(p openai.ChatCompletionNewParams, o ...option.RequestOption) (err error) {
		completion, err = s.chat.New(ctx, p, o...)
		return err
	})
	if err != nil {
		return Answer{}, err
	}
	return chatAnswer(completion, s.model)
}

func (s *chatServer) stream(ctx context.Context, r Request) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		var response *http.Response
		err := s.ask(ctx, r, func(p openai.ChatCompletionNewParams, o ...option.RequestOption) error {
			p.StreamOptions = countTokens
			_, err := s.chat.New(ctx, p, append(o, option.WithJSONSet("stream", true), option.WithResponseBodyInto(&response))...)
			return err
		})
		if err != nil {
			yield(event{}, err)
			return
		}
		defer response.Body.Close()
		for e, err := range chatEvents(response.Body, s.model) {
			if !yield(e, err) {
				return
			}
		}
	}
}

// ask sends a request, and once more if the server wants it otherwise: with the
// key that is now in the secret, or with the other name of the limit.
func (s *chatServer) ask(ctx context.Context, r Request, send func(openai.ChatCompletionNewParams, ...option.RequestOption) error) error {
	key, err := s.key.value(ctx)
	for range 3 {
		if err != nil {
			return err
		}
		var response *http.Response
		options := []option.RequestOption{option.WithResponseInto(&response)}
		if key != "" {
			options = append(options, option.WithAPIKey(key))
		}
		renamed := s.renamed.Load()
		err = send(s.parameters(r, renamed), options...)
		switch status := statusOf(response); {
		case status == http.StatusUnauthorized && s.key != nil:
			fresh, failed := s.key.renew(ctx, key)
			if failed != nil {
				return failed
			}
			if fresh == key {
				return serverFailure(response, err)
			}
			key, err = fresh, nil
		case status == http.StatusBadRequest && !renamed && wantsRename(err):
			s.renamed.Store(true)
			err = nil
		case status >= 300:
			return serverFailure(response, err)
		default:
			return err
		}
	}
	return &Error{Kind: Misconfigured, Cause: errors.New("the server takes neither key")}
}

func (s *chatServer) parameters(r Request, renamed bool) openai.ChatCompletionNewParams {
	p := chatParameters(r, s.model)
	if renamed {
		p.MaxCompletionTokens, p.MaxTokens = p.MaxTokens, param.Opt[int64]{}
	}
	return p
}

func wantsRename(err error) bool {
	var api *openai.Error
	return errors.As(err, &api) && api.Param == "max_tokens" && api.Code == "unsupported_parameter"
}

func statusOf(response *http.Response) int {
	if response == nil {
		return 0
	}
	return response.StatusCode
}

// serverFailure sorts what the server answered. Its message stays unsaid, as
// servers quote what they were sent.
func serverFailure(response *http.Response, err error) error {
	f := &Error{RetryAfter: retryAfter(response.Header)}
	f.Kind, f.MaybeBilled = kindOf(response.StatusCode)
	var api *openai.Error
	code := "no code"
	if errors.As(err, &api) && api.Code != "" {
		code = api.Code
	}
	switch code {
	case "content_filter", "content_policy_violation":
		f.Kind = Refused
	case "model_not_found", "insufficient_quota", "invalid_api_key":
		f.Kind = Misconfigured // To wait does not help.
	default:
		code = "a code of its own"
	}
	f.Cause = fmt.Errorf("the server answered %d with %s", response.StatusCode, code)
	return f
}
