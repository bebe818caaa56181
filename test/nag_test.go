package test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"refstack/test/cdktest"
)

// synthesis is what becomes of a stack under cdk-nag.
type synthesis struct {
	name     string // The stack's construct ID.
	template map[string]any
	// annotations are the errors and warnings of the CDK and of cdk-nag.
	annotations []string
	// suppressed are the findings of cdk-nag that the template's metadata
	// suppress.
	suppressed []nagFinding
}

// nagFinding is a line of cdk-nag's report.
type nagFinding struct {
	rule string
	path string // The resource's, in the construct tree.
	// reason is the suppression's, after [DETAIL] where the suppression is for
	// some findings of the rule only.
	reason string
}

// synthesize runs cdk-nag over an app and synthesizes it. The templates are what
// they would be without: cdk-nag only annotates.
func synthesize(t testing.TB, root awscdk.App) []*synthesis {
	t.Helper()
	checks := cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true)})
	awscdk.Aspects_Of(root).Add(checks, nil)
	var all []*synthesis
	for _, stack := range stacksOf(root) {
		all = append(all, &synthesis{
			name:        *stack.Node().Id(),
			template:    cdktest.TemplateOf(t, stack).JSON,
			annotations: annotations(t, filepath.Join(*root.Outdir(), *stack.ArtifactId()+".metadata.json")),
			suppressed:  suppressedFindings(t, filepath.Join(*root.Outdir(), "AwsSolutions--"+*stack.StackName()+"-NagReport.csv")),
		})
	}
	return all
}

// annotations reads the errors and warnings in a stack's metadata: asking
// assertions.Annotations for them would synthesize once more.
func annotations(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var metadata map[string][]struct {
		Type string
		Data any
	}
	if err := json.Unmarshal(text, &metadata); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var found []string
	for path, entries := range metadata {
		for _, entry := range entries {
			if entry.Type == "aws:cdk:error" || entry.Type == "aws:cdk:warning" {
				found = append(found, fmt.Sprintf("%s at %s: %v", strings.TrimPrefix(entry.Type, "aws:cdk:"), path, entry.Data))
			}
		}
	}
	slices.Sort(found)
	return found
}

func suppressedFindings(t testing.TB, report string) []nagFinding {
	t.Helper()
	file, err := os.Open(report)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const rule, path, compliance, reason = 0, 1, 2, 3
	if len(lines) < 2 || lines[0][compliance] != "Compliance" || lines[0][reason] != "Exception Reason" {
		t.Fatalf("%s is no report of cdk-nag, or of nothing", report)
	}
	var found []nagFinding
	for _, line := range lines[1:] {
		if line[compliance] == "Suppressed" {
			found = append(found, nagFinding{line[rule], line[path], line[reason]})
		}
	}
	return found
}

// suppression is an entry in the metadata of a resource, or of the whole
// template, where its path is empty.
type suppression struct {
	path, rule, reason string
	appliesTo          []any
}

func suppressions(template map[string]any) []suppression {
	found := suppressionsIn(template["Metadata"])
	resources, _ := template["Resources"].(map[string]any)
	for _, resource := range resources {
		found = append(found, suppressionsIn(resource.(map[string]any)["Metadata"])...)
	}
	return found
}

func suppressionsIn(metadata any) []suppression {
	all, _ := metadata.(map[string]any)
	path, _ := all["aws:cdk:path"].(string)
	nag, _ := all["cdk_nag"].(map[string]any)
	entries, _ := nag["rules_to_suppress"].([]any)
	var found []suppression
	for _, entry := range entries {
		fields := entry.(map[string]any)
		appliesTo, _ := fields["applies_to"].([]any)
		found = append(found, suppression{path, fmt.Sprint(fields["id"]), fmt.Sprint(fields["reason"]), appliesTo})
	}
	return found
}

// stale tells what of a suppression suppresses nothing, or "".
func (s suppression) stale(suppressed []nagFinding) string {
	// That of a finding in detail: [DETAIL] REASON.
	var details []string
	used := false
	for _, f := range suppressed {
		if f.rule != s.rule || s.path != "" && f.path != s.path {
			continue
		}
		used = used || f.reason == s.reason
		if detail, ok := strings.CutSuffix(f.reason, "] "+s.reason); ok {
			details = append(details, strings.TrimPrefix(detail, "["))
		}
	}
	if s.appliesTo == nil && !used {
		return s.rule
	}
	for _, pattern := range s.appliesTo {
		if !slices.ContainsFunc(details, func(detail string) bool { return applies(pattern, detail) }) {
			return fmt.Sprintf("%s for %v", s.rule, pattern)
		}
	}
	return ""
}

// applies tells whether an entry of applies_to includes a finding: it is the
// finding itself, or {"regex": "/…/flags"} of JavaScript.
func applies(pattern any, detail string) bool {
	expression, ok := pattern.(map[string]any)
	if !ok {
		return pattern == detail
	}
	source := strings.TrimPrefix(fmt.Sprint(expression["regex"]), "/")
	end := strings.LastIndex(source, "/")
	if end < 0 {
		return false
	}
	compiled, err := regexp.Compile(source[:end])
	return err == nil && compiled.MatchString(detail)
}

func TestStaleSuppressions(t *testing.T) {
	const reason = "any object may be uploaded"
	suppressed := []nagFinding{
		{"AwsSolutions-S1", "Stack/Bucket", reason},
		{"AwsSolutions-IAM5", "Stack/Policy", "[Resource::<Bucket.Arn>/*] " + reason},
	}
	wildcard := map[string]any{"regex": `/^Resource::.+\/\*$/`}
	for _, c := range []struct {
		suppression suppression
		want        string
	}{
		{suppression{"Stack/Bucket", "AwsSolutions-S1", reason, nil}, ""},
		{suppression{"", "AwsSolutions-S1", reason, nil}, ""},
		{suppression{"Stack/Bucket", "AwsSolutions-S2", reason, nil}, "AwsSolutions-S2"},
		{suppression{"Stack/Other", "AwsSolutions-S1", reason, nil}, "AwsSolutions-S1"},
		{suppression{"Stack/Bucket", "AwsSolutions-S1", "shadowed by the first", nil}, "AwsSolutions-S1"},
		{suppression{"Stack/Policy", "AwsSolutions-IAM5", reason, []any{wildcard}}, ""},
		{suppression{"Stack/Policy", "AwsSolutions-IAM5", reason, []any{"Resource::<Bucket.Arn>/*"}}, ""},
		{suppression{"Stack/Policy", "AwsSolutions-IAM5", reason, []any{wildcard, "Resource::*"}}, "AwsSolutions-IAM5 for Resource::*"},
	} {
		if got := c.suppression.stale(suppressed); got != c.want {
			t.Errorf("stale in %v: %q, want %q", c.suppression, got, c.want)
		}
	}
}
