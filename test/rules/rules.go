// Package rules holds a synthesized CloudFormation template to the defaults of
// this repository, which docs/design.md lists. Its rules see the whole template,
// so that they can speak of relations that scanners of single resources miss:
// "the visibility timeout of every queue that a function consumes". They know
// nothing of the CDK or of an AWS account.
//
// A subject's rules are a file: to add one, register its rules in its init
// function, and give each at least one mutant in the tests.
package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// Env is what a template was made for.
type Env struct {
	// Production templates keep data; others can be deleted whole.
	Production bool
	// Architecture of the functions. Defaults to arm64.
	Architecture string
}

// Finding is one fault of a template.
type Finding struct {
	Rule      string
	LogicalID string
	Message   string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s", f.Rule, f.LogicalID, f.Message)
}

// Rule is one property that the resources of some types must have.
type Rule struct {
	Name string
	// Doc is one sentence: what must be true and who says so.
	Doc string
	// Types are the resource types that the rule examines, none for all of them.
	// A type that no rule names is a finding of its own.
	Types []string
	// Check calls fault for all that is wrong with r.
	Check func(t *Template, r *Resource, fault Fault)
}

// Fault records a fault of the resource that is being checked.
type Fault func(format string, args ...any)

// all are the rules, in the order of the files that register them.
var all []Rule

func register(rules ...Rule) { all = append(all, rules...) }

// Check returns what is wrong with a decoded template, sorted.
func Check(template map[string]any, env Env) []Finding {
	t := newTemplate(template, env)
	var findings []Finding
	for _, rule := range all {
		for _, r := range t.resources {
			if len(rule.Types) > 0 && (!slices.Contains(rule.Types, r.Type) || t.isProviderOfCDK(r)) {
				continue
			}
			rule.Check(t, r, func(format string, args ...any) {
				findings = append(findings, Finding{rule.Name, r.ID, fmt.Sprintf(format, args...)})
			})
		}
	}
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.LogicalID, b.LogicalID), cmp.Compare(a.Message, b.Message))
	})
	return findings
}

// Doc is the sentence behind a rule.
func Doc(rule string) string {
	for _, r := range all {
		if r.Name == rule {
			return r.Doc
		}
	}
	return ""
}

// isProviderOfCDK tells of the function and the role with which the CDK empties
// buckets before they are deleted, and which are exempt from the rules about
// functions and roles: they are the CDK's own, written in JavaScript, live in
// development alone, run only while a stack is deleted, and take no settings.
// Their logical IDs are the same in every stack.
func (t *Template) isProviderOfCDK(r *Resource) bool {
	const prefix = "CustomS3AutoDeleteObjectsCustomResourceProvider"
	return !t.Env.Production && (r.ID == prefix+"Handler9D90184F" || r.ID == prefix+"Role3B1BD092")
}
