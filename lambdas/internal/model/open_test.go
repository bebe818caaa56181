package model_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"refstack/lambdas/internal/model"
	"refstack/test/modeltest"
)

// open makes the client of protocol for server, as a function would.
func open(t testing.TB, server *modeltest.Server, protocol string, limits model.Limits, more ...func(*model.Config)) model.Endpoint {
	t.Helper()
	environment := server.Environment(protocol)
	c, err := model.ConfigFromEnv(func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	c.Limits = limits
	for _, change := range more {
		change(&c)
	}
	endpoint, err := model.Open(c, awsConfig(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return endpoint
}

func awsConfig(url string) aws.Config {
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: &url,
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "token"),
	}
}

func question(text string) model.Request {
	return model.Request{Instructions: "Answer in one sentence.", Text: text, MaxTokens: 1000}
}

// each runs a test with every protocol, for whole answers and for streams.
func each(t *testing.T, test func(t *testing.T, protocol string, ask ask)) {
	for _, protocol := range modeltest.Protocols {
		t.Run(protocol+"/generate", func(t *testing.T) { t.Parallel(); test(t, protocol, generate) })
		t.Run(protocol+"/stream", func(t *testing.T) { t.Parallel(); test(t, protocol, stream) })
	}
}

// ask is one of the two ways to ask; its Answer has the text in any case.
type ask struct {
	streamed bool
	of       func(ctx context.Context, e model.Endpoint, r model.Request) (model.Answer, error)
}

var (
	generate = ask{false, func(ctx context.Context, e model.Endpoint, r model.Request) (model.Answer, error) {
		return e.Generate(ctx, r)
	}}
	stream = ask{true, func(ctx context.Context, e model.Endpoint, r model.Request) (model.Answer, error) {
		var text strings.Builder
		answer, err := e.Stream(ctx, r, func(piece string) error {
			text.WriteString(piece)
			return nil
		})
		if answer.Text != "" {
			panic("a streamed answer has its text twice")
		}
		answer.Text = text.String()
		return answer, err
	}}
)
