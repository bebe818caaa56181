package rules

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryRuleHasAMutantAndAReason(t *testing.T) {
	raised := map[string]bool{}
	for _, mutant := range mutants {
		for _, finding := range mutant.want {
			rule, _, _ := strings.Cut(finding, " ")
			raised[rule] = true
		}
	}
	for _, f := range fragments {
		raised[f.rule] = true
	}
	for i, rule := range all {
		if !raised[rule.Name] {
			t.Errorf("no mutant raises %s", rule.Name)
		}
		if Doc(rule.Name) != rule.Doc {
			t.Errorf("Doc does not find %s", rule.Name)
		}
		if !strings.HasSuffix(rule.Doc, ").") || !strings.Contains(rule.Doc, "(") {
			t.Errorf("the Doc of %s must be a sentence that ends in its source: %q", rule.Name, rule.Doc)
		}
		if slices.ContainsFunc(all[:i], func(other Rule) bool { return other.Name == rule.Name }) {
			t.Errorf("two rules are named %s", rule.Name)
		}
	}
}
