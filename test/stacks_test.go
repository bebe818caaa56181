package test

import (
	"slices"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"refstack/internal/app"
	"refstack/internal/settings"
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
	stack   string // The one that the settings are of, or "" for all.
}

func (v variant) production() bool { return v.context["stage"] == "prod" }

// variants are those of all stacks, and after them those that a stack has of its
// own, in a file of its own.
var variants = slices.Concat(
	[]variant{{name: "dev"}, {name: "prod", context: map[string]any{"stage": "prod"}}},
	webAPIVariants,
	genAIVariants,
	mapReduceVariants,
	pipesVariants,
)

// eachStack runs do for every stack of the app under every variant of its
// settings. Tests share what was synthesized, as a stack takes a tenth of a
// second or more.
func eachStack(t *testing.T, do func(t *testing.T, name string, production bool, s *synthesis)) {
	t.Helper()
	for _, v := range variants {
		var stacks []string
		if v.stack != "" {
			stacks = []string{v.stack}
		}
		key := v.name + " " + v.stack
		if synthesized[key] == nil {
			synthesized[key] = synthesize(t, newApp(t, v.context, stacks...))
		}
		for _, s := range synthesized[key] {
			name := s.name + "." + v.name
			t.Run(name, func(t *testing.T) { do(t, name, v.production(), s) })
		}
	}
}

// synthesized is what eachStack has synthesized already, by variant and stack.
var synthesized = map[string][]*synthesis{}

// TestSettingsReachTheStacks holds what no golden shows: protection from deletion
// is not in the template, and the goldens have nobody to tell of alarms.
func TestSettingsReachTheStacks(t *testing.T) {
	for _, stage := range []string{"dev", "prod"} {
		for _, stack := range stacksOf(newApp(t, map[string]any{"stage": stage, "alarmEmail": "ops@example.com"})) {
			id := *stack.Node().Id()
			name := settings.Prefix + map[string]string{"dev": id, "prod": id + "-prod"}[stage]
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
