package test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
	"refstack/test/cdktest"
	"refstack/test/rules"
)

func TestRules(t *testing.T) {
	eachStack(t, func(t *testing.T, _ string, production bool, s *synthesis) {
		report(t, rules.Check(s.template, rules.Env{Production: production}))
	})
}

// The other architecture changes nothing but the functions' processor.
func TestRulesOnX86(t *testing.T) {
	for _, stack := range stacksOf(newApp(t, map[string]any{"stage": "prod", "arch": "x86_64"})) {
		t.Run(*stack.Node().Id(), func(t *testing.T) {
			report(t, rules.Check(cdktest.TemplateOf(t, stack).JSON, rules.Env{Production: true, Architecture: "x86_64"}))
		})
	}
}

func report(t *testing.T, findings []rules.Finding) {
	t.Helper()
	for _, f := range findings {
		t.Errorf("%s\n\t%s", f, rules.Doc(f.Rule))
	}
}

func TestNag(t *testing.T) {
	eachStack(t, func(t *testing.T, _ string, _ bool, s *synthesis) {
		for _, annotation := range s.annotations {
			t.Error(annotation)
		}
		for _, suppression := range suppressions(s.template) {
			if len(strings.TrimSpace(suppression.reason)) < 10 {
				t.Errorf("%s: the suppression of %s needs a reason, got %q", suppression.path, suppression.rule, suppression.reason)
			}
			if stale := suppression.stale(s.suppressed); stale != "" {
				t.Errorf("%s: nothing is suppressed by %s: remove it", suppression.path, stale)
			}
		}
	})
}

// What is planted must be found, or the tests above could pass for want of
// looking.
func TestPlantedFaultsAreFound(t *testing.T) {
	root := newApp(t, nil)
	bucket := awss3.NewBucket(stacksOf(root)[0], jsii.String("Planted"), nil)
	nag.Suppress(bucket,
		nag.Suppression{Rule: "AwsSolutions-S10", Reason: "This suppresses a finding, so that it is in use."},
		nag.Suppression{Rule: "AwsSolutions-S5", Reason: "This suppresses nothing, so that it is stale."},
	)
	s := synthesize(t, root)[0]

	finds := func(rule string) bool {
		return slices.ContainsFunc(rules.Check(s.template, rules.Env{}), func(f rules.Finding) bool {
			return f.Rule == rule && strings.HasPrefix(f.LogicalID, "Planted")
		})
	}
	for _, rule := range []string{"bucket-tls", "bucket-versioning", "bucket-lifecycle", "bucket-access-logs", "development-deletes"} {
		if !finds(rule) {
			t.Errorf("%s does not find the planted bucket", rule)
		}
	}
	annotated := slices.ContainsFunc(s.annotations, func(a string) bool {
		return strings.HasPrefix(a, "error at /"+s.name+"/Planted/Resource: AwsSolutions-S1:")
	})
	if !annotated {
		t.Errorf("cdk-nag does not find the planted bucket: %q", s.annotations)
	}
	for _, suppression := range suppressions(s.template) {
		if suppression.path != s.name+"/Planted/Resource" {
			continue
		}
		if got, want := suppression.stale(s.suppressed) != "", suppression.rule == "AwsSolutions-S5"; got != want {
			t.Errorf("the suppression of %s is stale: %t, want %t", suppression.rule, got, want)
		}
	}
}
