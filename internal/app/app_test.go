package app

import (
	"slices"
	"testing"
)

func TestAsked(t *testing.T) {
	stacks := []stack{{id: "A"}, {id: "B"}, {id: "C"}}
	all := []string{"A", "B", "C"}
	for _, test := range []struct {
		patterns any
		want     []string
	}{
		{nil, all},
		{[]any{}, all}, // cdk list
		{[]any{"**"}, all},
		{[]any{"B"}, []string{"B"}},
		{[]any{"C", "A"}, []string{"A", "C"}},
		{[]any{"A", "B*"}, all},
		{[]any{"Z"}, all},
	} {
		var got []string
		for _, s := range asked(stacks, wanted(test.patterns)) {
			got = append(got, s.id)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.patterns, got, test.want)
		}
	}
}
