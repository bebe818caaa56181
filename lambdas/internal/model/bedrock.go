package model

import (
	"context"
	"iter"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go/transport/http/protocol/restjson1"
)

// bedrock speaks to a model of Amazon Bedrock, in the form that is the same for
// all of its models.
type bedrock struct {
	client             *bedrockruntime.Client
	model              string
	guardrail, version string
}

func newBedrock(c Config, config aws.Config, client *http.Client) *bedrock {
	return &bedrock{
		client: bedrockruntime.NewFromConfig(config, func(o *bedrockruntime.Options) {
			o.HTTPClient, o.Retryer = client, aws.NopRetryer{}
		}),
		model: c.ModelID, guardrail: c.Guardrail, version: c.GuardrailVersion,
	}
}

func (b *bedrock) generate(ctx context.Context, r Request) (Answer, error) {
	in := &bedrockruntime.ConverseInput{
		ModelId: &b.model, System: system(r), Messages: turn(r), InferenceConfig: inference(r),
	}
	if b.guardrail != "" {
		in.GuardrailConfig = &types.GuardrailConfiguration{GuardrailIdentifier: &b.guardrail, GuardrailVersion: &b.version}
	}
	out, err := b.client.Converse(ctx, in)
	if err != nil {
		return Answer{}, awsFailure(err)
	}
	answer := Answer{Model: b.model, Usage: bedrockUsage(out.Usage)}
	if answer.Stop, err = bedrockStop(out.StopReason); err != nil {
		return Answer{}, err
	}
	if message, ok := out.Output.(*types.ConverseOutputMemberMessage); ok {
		var text strings.Builder
		for _, block := range message.Value.Content {
			if block, ok := block.(*types.ContentBlockMemberText); ok {
				text.WriteString(block.Value)
			}
		}
		answer.Text = text.String()
	}
	return answer, nil
}

func (b *bedrock) stream(ctx context.Context, r Request) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		in := &bedrockruntime.ConverseStreamInput{
			ModelId: &b.model, System: system(r), Messages: turn(r), InferenceConfig: inference(r),
		}
		if b.guardrail != "" {
			in.GuardrailConfig = &types.GuardrailStreamConfiguration{GuardrailIdentifier: &b.guardrail, GuardrailVersion: &b.version}
		}
		out, err := b.client.ConverseStream(ctx, in, func(o *bedrockruntime.Options) {
			o.Protocol = restjson1.New(schemas.AmazonBedrockFrontendService) // Of its own: its decoder is not for two streams at once.
		})
		if err != nil {
			yield(event{}, awsFailure(err))
			return
		}
		stream := out.GetStream()
		defer stream.Close()
		for part := range stream.Events() {
			e := event{model: b.model}
			switch part := part.(type) {
			case *types.ConverseStreamOutputMemberContentBlockDelta:
				if delta, ok := part.Value.Delta.(*types.ContentBlockDeltaMemberText); ok {
					e.text = delta.Value
				}
			case *types.ConverseStreamOutputMemberMessageStop:
				if e.stop, err = bedrockStop(part.Value.StopReason); err != nil {
					yield(event{}, err)
					return
				}
			case *types.ConverseStreamOutputMemberMetadata:
				e.usage = bedrockUsage(part.Value.Usage)
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := stream.Err(); err != nil {
			yield(event{}, awsFailure(err))
		}
	}
}

func system(r Request) []types.SystemContentBlock {
	if r.Instructions == "" {
		return nil // Bedrock refuses an empty block.
	}
	return []types.SystemContentBlock{&types.SystemContentBlockMemberText{Value: r.Instructions}}
}

func turn(r Request) []types.Message {
	return []types.Message{{
		Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: r.Text}},
	}}
}

func inference(r Request) *types.InferenceConfiguration {
	c := &types.InferenceConfiguration{MaxTokens: aws.Int32(int32(r.MaxTokens))}
	if r.Temperature != nil {
		c.Temperature = aws.Float32(float32(*r.Temperature))
	}
	return c
}

func bedrockStop(reason types.StopReason) (Stop, error) {
	switch reason {
	case types.StopReasonMaxTokens, types.StopReasonModelContextWindowExceeded:
		return Length, nil
	case types.StopReasonGuardrailIntervened, types.StopReasonContentFiltered, "refusal":
		return "", refused(string(reason))
	case types.StopReasonMalformedModelOutput, types.StopReasonMalformedToolUse, types.StopReasonToolUse, "":
		return "", broken("the reason " + string(reason))
	}
	return End, nil
}

func bedrockUsage(u *types.TokenUsage) Usage {
	if u == nil {
		return Usage{}
	}
	return Usage{InputTokens: int(aws.ToInt32(u.InputTokens)), OutputTokens: int(aws.ToInt32(u.OutputTokens))}
}
