package test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/internal/app"
	"refstack/test/cdktest"
)

// newApp is the app as the CDK CLI would start it, with context on top, and with
// the stacks named, or all of them. cdk.json has annotations fail the synth, which
// is right for a user, and would hide from a test which ones there are.
func newApp(t testing.TB, context map[string]any, stacks ...string) awscdk.App {
	t.Helper()
	all := map[string]any{"@aws-cdk/core:annotationsInValidationReport": false}
	for name, value := range context {
		all[name] = value
	}
	root := cdktest.NewApp(t, all)
	if err := app.AddStacks(root, stacks...); err != nil {
		t.Fatal(err)
	}
	return root
}

// stacksOf are the stacks of an app.
func stacksOf(root awscdk.App) []awscdk.Stack {
	var stacks []awscdk.Stack
	for _, child := range *root.Node().Children() {
		if stack, ok := child.(awscdk.Stack); ok {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

// variant is a set of settings under which templates are held to goldens and
// rules.
type variant struct {
	name    string
	context map[string]any
	stacks  []string // Those that the settings are of, or nil for all.
}

func (v variant) production() bool { return v.context["stage"] == "prod" }

var variants = []variant{
	{"dev", nil, nil},
	{"prod", map[string]any{"stage": "prod"}, nil},
	// What WebApi has on request alone.
	{"dev-logrole", map[string]any{"webapi.logRole": "true"}, []string{"WebApi"}},
	{"prod-origins", map[string]any{
		"stage": "prod", "webapi.logRole": "true", "webapi.allowedOrigins": "https://app.example.com,https://admin.example.com",
	}, []string{"WebApi"}},
	// The other models of GenAi, each with one way to reply, and all that it has on
	// request alone.
	{"dev-sagemaker", map[string]any{
		"genai.endpoint": "sagemaker", "genai.sagemakerEndpoint": "Llama-8B", "genai.inferenceComponent": "llama-8b-chat",
		"genai.reply": "websocket",
	}, []string{"GenAi"}},
	{"dev-http", map[string]any{
		"genai.endpoint": "http", "genai.url": "https://models.example.com/v1", "genai.model": "llama-3.3-70b", "genai.secret": "models/key",
		"genai.reply": "iot",
	}, []string{"GenAi"}},
	{"dev-all", map[string]any{"pipes.targets": "all"}, []string{"Pipes"}},
	{"prod-all", map[string]any{
		"stage": "prod", "alarmEmail": "ops@example.com", "pipes.targets": "all",
		"genai.reply": "websocket,iot", "genai.cache": "10m", "genai.budget": "500", "genai.concurrency": "20",
		"genai.model": "eu.amazon.nova-lite-v1:0", "genai.guardrail": "gr1abc", "genai.guardrailVersion": "3",
		"genai.logRole": "true", "genai.allowedOrigins": "https://app.example.com,https://admin.example.com",
	}, []string{"Pipes", "GenAi"}},
	// MapReduce with the other children, and with tolerance.
	{"dev-standard", map[string]any{
		"mapreduce.children": "standard", "mapreduce.concurrency": "1000", "mapreduce.accountConcurrency": "5000",
		"mapreduce.badRows": "1000", "mapreduce.badRowsPercentage": "0.1",
	}, []string{"MapReduce"}},
}

// eachStack runs do for every stack of the app under every variant of its
// settings. Tests share what was synthesized, as a stack takes a tenth of a
// second or more.
func eachStack(t *testing.T, do func(t *testing.T, name string, production bool, s *synthesis)) {
	t.Helper()
	for _, v := range variants {
		if synthesized[v.name] == nil {
			synthesized[v.name] = synthesize(t, newApp(t, v.context, v.stacks...))
		}
		for _, s := range synthesized[v.name] {
			name := s.name + "." + v.name
			t.Run(name, func(t *testing.T) { do(t, name, v.production(), s) })
		}
	}
}

// synthesized is what eachStack has synthesized already, by variant.
var synthesized = map[string][]*synthesis{}

// TestSettingsReachTheStacks holds what no golden shows: protection from deletion
// is not in the template, and the goldens have nobody to tell of alarms.
func TestSettingsReachTheStacks(t *testing.T) {
	for _, stage := range []string{"dev", "prod"} {
		for _, stack := range stacksOf(newApp(t, map[string]any{"stage": stage, "alarmEmail": "ops@example.com"})) {
			id := *stack.Node().Id()
			name := map[string]string{"dev": id, "prod": id + "-prod"}[stage]
			if got := *stack.StackName(); got != name {
				t.Errorf("%s in %s is named %s, want %s", id, stage, got, name)
			}
			if got := *stack.TerminationProtection(); got != (stage == "prod") {
				t.Errorf("%s in %s: protected from deletion is %t", id, stage, got)
			}
			cdktest.TemplateOf(t, stack).Has("AWS::SNS::Subscription", map[string]any{
				"Protocol": "email", "Endpoint": "ops@example.com",
			})
		}
	}
}
