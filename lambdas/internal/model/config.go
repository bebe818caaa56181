package model

import (
	"cmp"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The kinds of endpoint that MODEL_ENDPOINT names.
const (
	Bedrock   = "bedrock"
	SageMaker = "sagemaker"
	HTTP      = "http"
)

// Config is where a model answers, as the stack tells it, and how far one
// question may go.
type Config struct {
	Endpoint string // Bedrock, SageMaker or HTTP

	// ModelID is a model or an inference profile of Bedrock, or what a server
	// calls the model. On SageMaker the endpoint is the model.
	ModelID string

	// Guardrail and its version are what every call of Bedrock must pass.
	Guardrail, GuardrailVersion string

	// SageMakerEndpoint is the name of an endpoint, and InferenceComponent that of
	// a model on it, where it has several.
	SageMakerEndpoint, InferenceComponent string

	// URL is what comes before /chat/completions, and SecretARN names the secret
	// that holds the server's key: plain text, and "" where none is asked for.
	URL, SecretARN string

	Limits Limits
}

// Limits hold a question down. The zero value of each field is its default.
type Limits struct {
	// Attempts is how often a question is asked before it fails. Only what surely
	// was not billed is asked again. Defaults to 3.
	Attempts int
	// Time is for the whole answer, all attempts and pauses included. Defaults to
	// 5 minutes.
	Time time.Duration
	// Reserve is what stays of the caller's own time when the model has used up
	// its share, to tell what happened. Defaults to 2 seconds.
	Reserve time.Duration
	// Stall is the longest silence in a streamed answer, before its first event
	// and between any two. Defaults to 30 seconds.
	Stall time.Duration
	// AnswerBytes is where an answer is cut, between two characters. Defaults to
	// 256 KiB.
	AnswerBytes int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Attempts:    cmp.Or(l.Attempts, 3),
		Time:        cmp.Or(l.Time, 5*time.Minute),
		Reserve:     cmp.Or(l.Reserve, 2*time.Second),
		Stall:       cmp.Or(l.Stall, 30*time.Second),
		AnswerBytes: cmp.Or(l.AnswerBytes, 256<<10),
	}
}

// ConfigFromEnv reads the variables that the stack sets, through getenv. Limits
// are the function's own to set.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	c := Config{
		Endpoint:           getenv("MODEL_ENDPOINT"),
		ModelID:            getenv("MODEL_ID"),
		Guardrail:          getenv("MODEL_GUARDRAIL"),
		GuardrailVersion:   getenv("MODEL_GUARDRAIL_VERSION"),
		SageMakerEndpoint:  getenv("MODEL_SAGEMAKER_ENDPOINT"),
		InferenceComponent: getenv("MODEL_INFERENCE_COMPONENT"),
		URL:                getenv("MODEL_URL"),
		SecretARN:          getenv("MODEL_SECRET_ARN"),
	}
	return c, c.validate()
}

func (c Config) validate() error {
	switch c.Endpoint {
	case Bedrock:
		if c.ModelID == "" {
			return fmt.Errorf("MODEL_ID is not set")
		}
		if (c.Guardrail == "") != (c.GuardrailVersion == "") {
			return fmt.Errorf("MODEL_GUARDRAIL and MODEL_GUARDRAIL_VERSION belong together")
		}
	case SageMaker:
		if c.SageMakerEndpoint == "" {
			return fmt.Errorf("MODEL_SAGEMAKER_ENDPOINT is not set")
		}
	case HTTP:
		if c.ModelID == "" {
			return fmt.Errorf("MODEL_ID is not set")
		}
		if u, err := url.Parse(c.URL); err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
			return fmt.Errorf("MODEL_URL must be such as https://models.example.com/v1, got %q", c.URL)
		}
	default:
		return fmt.Errorf("MODEL_ENDPOINT must be bedrock, sagemaker or http, got %q", c.Endpoint)
	}
	return nil
}

// Open gives the endpoint of config. It calls nobody yet.
func Open(config Config, aws aws.Config) (Endpoint, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	e := &endpoint{limits: config.Limits.withDefaults()}
	client := newClient(aws.HTTPClient)
	switch config.Endpoint {
	case Bedrock:
		e.protocol = newBedrock(config, aws, client)
	case SageMaker:
		e.protocol = newSageMaker(config, aws, client)
	case HTTP:
		e.protocol = newChatServer(config, aws, client)
	}
	return e, nil
}
