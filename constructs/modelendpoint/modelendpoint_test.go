package modelendpoint_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/gofunction"
	"refstack/constructs/modelendpoint"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// granted is what a function of the account 111111111111 in eu-west-1 knows and
// may do of the endpoint.
func granted(t *testing.T, endpoint func(stack awscdk.Stack) *modelendpoint.ModelEndpoint, stream bool) (environment map[string]any, statements []any) {
	t.Helper()
	stack := awscdk.NewStack(cdktest.NewApp(t, nil), jsii.String("Test"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111111111111"), Region: jsii.String("eu-west-1")},
	})
	function := gofunction.New(stack, "Answer", &gofunction.Props{Entry: "constructs/gofunction/testdata/orders"})
	if e := endpoint(stack); stream {
		e.GrantStream(function)
	} else {
		e.GrantGenerate(function)
	}
	template := cdktest.TemplateOf(t, stack)
	properties := template.Resource(template.ID("AWS::Lambda::Function", "Answer"))["Properties"].(map[string]any)
	variables, _ := properties["Environment"].(map[string]any)
	environment, _ = variables["Variables"].(map[string]any)
	policy := template.Resource(template.ID("AWS::IAM::Policy", "Answer"))["Properties"].(map[string]any)
	for _, statement := range policy["PolicyDocument"].(map[string]any)["Statement"].([]any) {
		statement := statement.(map[string]any)
		delete(statement, "Effect")
		// What every function has is a list; the endpoint's are one action each.
		if _, ok := statement["Action"].(string); ok {
			statements = append(statements, statement)
		}
	}
	return environment, statements
}

func arn(rest string) string { return "arn:aws:" + rest }

func TestGrants(t *testing.T) {
	const invoke, invokeStream = "bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"
	equals := func(conditions map[string]any) map[string]any { return map[string]any{"StringEquals": conditions} }
	profile := func(id string) string { return arn("bedrock:eu-west-1:111111111111:inference-profile/" + id) }
	guardrail := arn("bedrock:eu-west-1:111111111111:guardrail/gr1abc")
	version := arn("bedrock:eu-west-1:111111111111:guardrail/gr1abc:3")

	for name, c := range map[string]struct {
		endpoint    func(stack awscdk.Stack) *modelendpoint.ModelEndpoint
		environment map[string]any
		generate    []any
		stream      string
	}{
		"global profile": {
			func(awscdk.Stack) *modelendpoint.ModelEndpoint { return modelendpoint.Bedrock(nil) },
			map[string]any{"MODEL_ENDPOINT": "bedrock", "MODEL_ID": "global.amazon.nova-2-lite-v1:0"},
			[]any{
				map[string]any{"Action": invoke, "Resource": profile("global.amazon.nova-2-lite-v1:0")},
				map[string]any{"Action": invoke, "Resource": arn("bedrock:eu-west-1::foundation-model/amazon.nova-2-lite-v1:0"),
					"Condition": equals(map[string]any{"bedrock:InferenceProfileArn": profile("global.amazon.nova-2-lite-v1:0")})},
				map[string]any{"Action": invoke, "Resource": arn("bedrock:::foundation-model/amazon.nova-2-lite-v1:0"),
					"Condition": equals(map[string]any{
						"bedrock:InferenceProfileArn": profile("global.amazon.nova-2-lite-v1:0"), "aws:RequestedRegion": "unspecified",
					})},
			}, invokeStream,
		},
		"profile of a geography": {
			func(awscdk.Stack) *modelendpoint.ModelEndpoint {
				return modelendpoint.Bedrock(&modelendpoint.BedrockProps{Model: "eu.amazon.nova-lite-v1:0"})
			},
			map[string]any{"MODEL_ENDPOINT": "bedrock", "MODEL_ID": "eu.amazon.nova-lite-v1:0"},
			[]any{
				map[string]any{"Action": invoke, "Resource": profile("eu.amazon.nova-lite-v1:0")},
				map[string]any{"Action": invoke, "Resource": arn("bedrock:*::foundation-model/amazon.nova-lite-v1:0"),
					"Condition": equals(map[string]any{"bedrock:InferenceProfileArn": profile("eu.amazon.nova-lite-v1:0")})},
			}, invokeStream,
		},
		"model behind a guardrail": {
			func(awscdk.Stack) *modelendpoint.ModelEndpoint {
				return modelendpoint.Bedrock(&modelendpoint.BedrockProps{Model: "zai.glm-4.7", Guardrail: "gr1abc", GuardrailVersion: "3"})
			},
			map[string]any{"MODEL_ENDPOINT": "bedrock", "MODEL_ID": "zai.glm-4.7", "MODEL_GUARDRAIL": "gr1abc", "MODEL_GUARDRAIL_VERSION": "3"},
			[]any{
				map[string]any{"Action": invoke, "Resource": arn("bedrock:eu-west-1::foundation-model/zai.glm-4.7"),
					"Condition": equals(map[string]any{"bedrock:GuardrailIdentifier": version})},
				map[string]any{"Action": "bedrock:ApplyGuardrail", "Resource": guardrail},
			}, invokeStream,
		},
		"SageMaker": {
			func(awscdk.Stack) *modelendpoint.ModelEndpoint {
				return modelendpoint.SageMaker(&modelendpoint.SageMakerProps{Endpoint: "Jumpstart-llama", InferenceComponent: "llama-1"})
			},
			map[string]any{"MODEL_ENDPOINT": "sagemaker", "MODEL_SAGEMAKER_ENDPOINT": "Jumpstart-llama", "MODEL_INFERENCE_COMPONENT": "llama-1"},
			[]any{map[string]any{"Action": "sagemaker:InvokeEndpoint", "Resource": []any{
				arn("sagemaker:eu-west-1:111111111111:endpoint/jumpstart-llama"), arn("sagemaker:eu-west-1:111111111111:inference-component/llama-1"),
			}}}, "sagemaker:InvokeEndpointWithResponseStream",
		},
		"HTTP": {
			func(stack awscdk.Stack) *modelendpoint.ModelEndpoint {
				return modelendpoint.HTTP(&modelendpoint.HTTPProps{
					URL: "https://models.example.com/v1", Model: "llama",
					Key: awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("Key"), jsii.String("models/key")),
				})
			},
			map[string]any{
				"MODEL_ENDPOINT": "http", "MODEL_URL": "https://models.example.com/v1", "MODEL_ID": "llama",
				"MODEL_SECRET_ARN": arn("secretsmanager:eu-west-1:111111111111:secret:models/key"),
			},
			[]any{map[string]any{
				"Action": "secretsmanager:GetSecretValue", "Resource": arn("secretsmanager:eu-west-1:111111111111:secret:models/key-??????"),
			}}, "secretsmanager:GetSecretValue",
		},
		"HTTP without a key": {
			func(awscdk.Stack) *modelendpoint.ModelEndpoint {
				return modelendpoint.HTTP(&modelendpoint.HTTPProps{URL: "https://models.example.com/v1", Model: "llama"})
			},
			map[string]any{"MODEL_ENDPOINT": "http", "MODEL_URL": "https://models.example.com/v1", "MODEL_ID": "llama"}, nil, "",
		},
		"HTTP with a key's name": {
			func(awscdk.Stack) *modelendpoint.ModelEndpoint {
				return modelendpoint.HTTP(&modelendpoint.HTTPProps{URL: "https://models.example.com/v1", Model: "llama", KeyName: "models/key"})
			},
			map[string]any{
				"MODEL_ENDPOINT": "http", "MODEL_URL": "https://models.example.com/v1", "MODEL_ID": "llama", "MODEL_SECRET_ARN": "models/key",
			},
			[]any{map[string]any{
				"Action": "secretsmanager:GetSecretValue", "Resource": arn("secretsmanager:eu-west-1:111111111111:secret:models/key-??????"),
			}}, "secretsmanager:GetSecretValue",
		},
	} {
		t.Run(name, func(t *testing.T) {
			environment, statements := granted(t, c.endpoint, false)
			if diff := cmp.Diff(c.environment, environment); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.generate, statements); diff != "" {
				t.Errorf("permissions (-want +got):\n%s", diff)
			}
			// A stream needs the same of another action.
			for _, statement := range c.generate {
				if s := statement.(map[string]any); s["Action"] != "bedrock:ApplyGuardrail" {
					s["Action"] = c.stream
				}
			}
			_, statements = granted(t, c.endpoint, true)
			if diff := cmp.Diff(c.generate, statements); diff != "" {
				t.Errorf("permissions to stream (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeyOfASecretIsUsedThroughItAlone(t *testing.T) {
	_, statements := granted(t, func(stack awscdk.Stack) *modelendpoint.ModelEndpoint {
		return modelendpoint.HTTP(&modelendpoint.HTTPProps{URL: "https://models.example.com/v1", Model: "llama",
			Key: awssecretsmanager.Secret_FromSecretAttributes(stack, jsii.String("Secret"), &awssecretsmanager.SecretAttributes{
				SecretCompleteArn: jsii.String("arn:aws:secretsmanager:eu-west-1:111111111111:secret:key-AbCdEf"),
				EncryptionKey:     awskms.Key_FromKeyArn(stack, jsii.String("Key"), jsii.String("arn:aws:kms:eu-west-1:111111111111:key/k")),
			})})
	}, false)
	want := []any{
		map[string]any{"Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:key-AbCdEf"},
		map[string]any{"Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111111111111:key/k",
			"Condition": map[string]any{"StringEquals": map[string]any{"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}}},
	}
	if diff := cmp.Diff(want, statements); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
}

func TestBadProps(t *testing.T) {
	http := func(url string) func() {
		return func() { modelendpoint.HTTP(&modelendpoint.HTTPProps{URL: url, Model: "llama"}) }
	}
	bedrock := func(props modelendpoint.BedrockProps) func() { return func() { modelendpoint.Bedrock(&props) } }
	cases := map[string]func(){
		"Model must be the ID of a model or an inference profile, such as global.amazon.nova-2-lite-v1:0, got *": bedrock(modelendpoint.BedrockProps{Model: "*"}),
		"got amazon.*":    bedrock(modelendpoint.BedrockProps{Model: "amazon.*"}),
		"got arn:aws:bed": bedrock(modelendpoint.BedrockProps{Model: "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova"}),
		"Guardrail must be the ID of a guardrail, got a/*":         bedrock(modelendpoint.BedrockProps{Guardrail: "a/*", GuardrailVersion: "1"}),
		"Guardrail and GuardrailVersion belong together":           bedrock(modelendpoint.BedrockProps{Guardrail: "a"}),
		"GuardrailVersion must be a number, got DRAFT":             bedrock(modelendpoint.BedrockProps{Guardrail: "a", GuardrailVersion: "DRAFT"}),
		"Endpoint is required":                                     func() { modelendpoint.SageMaker(nil) },
		"Endpoint must be the name of a SageMaker endpoint, got *": func() { modelendpoint.SageMaker(&modelendpoint.SageMakerProps{Endpoint: "*"}) },
		"InferenceComponent must be the name": func() {
			modelendpoint.SageMaker(&modelendpoint.SageMakerProps{Endpoint: "a", InferenceComponent: "b/c"})
		},
		"URL and Model are required":                                      func() { modelendpoint.HTTP(&modelendpoint.HTTPProps{URL: "https://a"}) },
		"URL must be such as https://models.example.com/v1":               http("http://models.example.com/v1"),
		"a secret's; got https://user:key@models.example.com":             http("https://user:key@models.example.com"),
		"a secret's; got https://models.example.com/v1?key=1":             http("https://models.example.com/v1?key=1"),
		"encrypted, and the key is a secret's; got models.example.com/v1": http("models.example.com/v1"),
	}
	for _, want := range slices.Sorted(maps.Keys(cases)) {
		cdktest.Panics(t, want, cases[want])
	}
}
