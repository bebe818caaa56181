package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/schemas"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"github.com/aws/smithy-go/transport/http/protocol/restjson1"
	"github.com/openai/openai-go/v3"
)

// sageMaker speaks to a container on an endpoint of Amazon SageMaker. A container
// may speak anything; those for language models (LMI, and with it JumpStart; TGI;
// vLLM) answer a body that has messages in the chat API of OpenAI.
type sageMaker struct {
	client    *sagemakerruntime.Client
	endpoint  string
	component *string
}

func newSageMaker(c Config, config aws.Config, client *http.Client) *sageMaker {
	s := &sageMaker{
		client: sagemakerruntime.NewFromConfig(config, func(o *sagemakerruntime.Options) {
			o.HTTPClient, o.Retryer = client, aws.NopRetryer{}
		}),
		endpoint: c.SageMakerEndpoint,
	}
	if c.InferenceComponent != "" {
		s.component = &c.InferenceComponent
	}
	return s
}

// contentType is of both what goes to a container and what comes whole.
var contentType = aws.String("application/json")

func (s *sageMaker) generate(ctx context.Context, r Request) (Answer, error) {
	body, err := json.Marshal(chatParameters(r, ""))
	if err != nil {
		return Answer{}, err
	}
	out, err := s.client.InvokeEndpoint(ctx, &sagemakerruntime.InvokeEndpointInput{
		EndpointName: &s.endpoint, InferenceComponentName: s.component, ContentType: contentType, Accept: contentType, Body: body,
	})
	if err != nil {
		return Answer{}, containerFailure(err)
	}
	var completion openai.ChatCompletion
	if err := json.Unmarshal(out.Body, &completion); err != nil {
		return Answer{}, err
	}
	return chatAnswer(&completion, s.endpoint)
}

func (s *sageMaker) stream(ctx context.Context, r Request) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		parameters := chatParameters(r, "")
		parameters.StreamOptions = countTokens
		parameters.SetExtraFields(map[string]any{"stream": true})
		body, err := json.Marshal(parameters)
		if err != nil {
			yield(event{}, err)
			return
		}
		out, err := s.client.InvokeEndpointWithResponseStream(ctx, &sagemakerruntime.InvokeEndpointWithResponseStreamInput{
			EndpointName: &s.endpoint, InferenceComponentName: s.component, ContentType: contentType, Body: body,
		}, func(o *sagemakerruntime.Options) {
			o.Protocol = restjson1.New(schemas.AmazonSageMakerRuntime) // Of its own: its decoder is not for two streams at once.
		})
		if err != nil {
			yield(event{}, containerFailure(err))
			return
		}
		stream := out.GetStream()
		defer stream.Close()
		for e, err := range chatEvents(&payload{events: stream.Events(), failed: stream.Err}, s.endpoint) {
			if err != nil {
				err = containerFailure(err)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// payload reads the parts of a stream as one: they are cut anywhere, within
// characters too.
type payload struct {
	events <-chan types.ResponseStream
	failed func() error
	rest   []byte
}

func (p *payload) Read(into []byte) (int, error) {
	for len(p.rest) == 0 {
		part, ok := <-p.events
		if !ok {
			if err := p.failed(); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		if part, ok := part.(*types.ResponseStreamMemberPayloadPart); ok {
			p.rest = part.Value.Bytes
		}
	}
	n := copy(into, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// containerFailure sorts what the container answered by its own status, and all
// else as AWS's.
func containerFailure(err error) error {
	var container *types.ModelError
	if !errors.As(err, &container) || container.OriginalStatusCode == nil {
		return awsFailure(err)
	}
	status := int(*container.OriginalStatusCode)
	kind, maybeBilled := kindOf(status)
	return &Error{Kind: kind, MaybeBilled: maybeBilled, Cause: fmt.Errorf("the container answered %d", status)}
}
