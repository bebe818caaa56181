package model_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/model"
	"refstack/test/modeltest"
)

func TestConfigFromEnv(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want model.Config
	}{
		{
			map[string]string{"MODEL_ENDPOINT": "bedrock", "MODEL_ID": "eu.amazon.nova-lite-v1:0", "MODEL_GUARDRAIL": "gr1", "MODEL_GUARDRAIL_VERSION": "2"},
			model.Config{Endpoint: model.Bedrock, ModelID: "eu.amazon.nova-lite-v1:0", Guardrail: "gr1", GuardrailVersion: "2"},
		}, {
			map[string]string{"MODEL_ENDPOINT": "sagemaker", "MODEL_SAGEMAKER_ENDPOINT": "chat", "MODEL_INFERENCE_COMPONENT": "llama"},
			model.Config{Endpoint: model.SageMaker, SageMakerEndpoint: "chat", InferenceComponent: "llama"},
		}, {
			map[string]string{"MODEL_ENDPOINT": "http", "MODEL_ID": "llama", "MODEL_URL": "https://m.example.com/v1", "MODEL_SECRET_ARN": secretARN},
			model.Config{Endpoint: model.HTTP, ModelID: "llama", URL: "https://m.example.com/v1", SecretARN: secretARN},
		},
	} {
		got, err := model.ConfigFromEnv(func(name string) string { return c.env[name] })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("config (-want +got):\n%s", diff)
		}
	}
}

func TestConfigIsRefused(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"MODEL_ENDPOINT":           {},
		"MODEL_ENDPOINT must":      {"MODEL_ENDPOINT": "Bedrock", "MODEL_ID": "x"},
		"MODEL_ID is":              {"MODEL_ENDPOINT": "bedrock"},
		"belong together":          {"MODEL_ENDPOINT": "bedrock", "MODEL_ID": "x", "MODEL_GUARDRAIL": "x"},
		"MODEL_GUARDRAIL_VERSION":  {"MODEL_ENDPOINT": "bedrock", "MODEL_ID": "x", "MODEL_GUARDRAIL_VERSION": "1"},
		"MODEL_SAGEMAKER_ENDPOINT": {"MODEL_ENDPOINT": "sagemaker"},
		"MODEL_ID":                 {"MODEL_ENDPOINT": "http", "MODEL_URL": "https://m.example.com/v1"},
		"MODEL_URL":                {"MODEL_ENDPOINT": "http", "MODEL_ID": "x"},
		`"m.example.com/v1"`:       {"MODEL_ENDPOINT": "http", "MODEL_ID": "x", "MODEL_URL": "m.example.com/v1"},
		`"ftp://m.example.com"`:    {"MODEL_ENDPOINT": "http", "MODEL_ID": "x", "MODEL_URL": "ftp://m.example.com"},
	} {
		if _, err := model.ConfigFromEnv(func(name string) string { return env[name] }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want an error with %s", env, err, want)
		}
	}
	if _, err := model.Open(model.Config{}, awsConfig("")); err == nil {
		t.Error("an empty configuration was opened")
	}
}

// The variables of AWS's SDK say where the services are, as in main.
func TestEnvironmentOfTheStandIn(t *testing.T) {
	server := modeltest.Start(t, nil)
	server.RequireKey("sk-1")
	server.SetSecret(secretARN, "sk-1")
	for _, protocol := range modeltest.Protocols {
		t.Run(protocol, func(t *testing.T) {
			env := server.Environment(protocol)
			if protocol == model.HTTP {
				env["MODEL_SECRET_ARN"] = secretARN
			}
			others := map[string]string{"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret"}
			maps.Copy(env, others)
			for name, value := range env {
				t.Setenv(name, value)
			}
			aws, err := config.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c, err := model.ConfigFromEnv(func(name string) string { return env[name] })
			if err != nil {
				t.Fatal(err)
			}
			endpoint, err := model.Open(c, aws)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := endpoint.Generate(t.Context(), question(protocol)); err != nil || server.Asked(protocol) != 1 {
				t.Errorf("asked %d times: %v", server.Asked(protocol), err)
			}
		})
	}
}
