package states_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/test/states"
)

// definition is a machine that tries a task twice, and chooses by what it returns.
const definition = `{
	"QueryLanguage": "JSONata", "StartAt": "Ask",
	"States": {
		"Ask": {"Type": "Task", "Resource": "arn:aws:states:::ask", "Arguments": {"n": "{% $states.input.n + 1 %}"},
			"Assign": {"answer": "{% $states.result.answer %}"},
			"Retry": [{"ErrorEquals": ["Never"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
			"Catch": [{"ErrorEquals": ["Odd"], "Assign": {"answer": "{% $states.errorOutput.Cause %}"}, "Next": "Done"}],
			"Next": "Large"},
		"Large": {"Type": "Choice", "Choices": [{"Condition": "{% $answer > 9 %}", "Next": "Refused"}], "Default": "Done"},
		"Refused": {"Type": "Fail", "Error": "TooLarge", "Cause": "{% $string($answer) %}"},
		"Done": {"Type": "Succeed", "Output": "{% [$states.context.Execution.Name, $answer] %}"}
	}
}`

func TestRun(t *testing.T) {
	var machine map[string]any
	if err := json.Unmarshal([]byte(definition), &machine); err != nil {
		t.Fatal(err)
	}
	odd, never := &states.Error{Name: "Odd", Cause: "odd"}, &states.Error{Name: "Never", Cause: "no"}
	for name, c := range map[string]struct {
		answers []any // of one call after the other; the last one again and again
		want    any
		err     error
		calls   int
		redrive any
	}{
		"an answer":       {[]any{3.0}, []any{"an answer", 3.0}, nil, 1, nil},
		"a second try":    {[]any{odd, 4.0}, []any{"a second try", 4.0}, nil, 2, nil},
		"a caught error":  {[]any{odd}, []any{"a caught error", "odd"}, nil, 2, nil},
		"a failure":       {[]any{10.0}, nil, &states.Error{Name: "TooLarge", Cause: "10"}, 1, nil},
		"no try, redrive": {[]any{never, 5.0}, nil, never, 1, []any{"no try, redrive", 5.0}},
	} {
		r := states.New(t)
		calls := 0
		r.Tasks["ask"] = func(_ context.Context, arguments map[string]any) (any, error) {
			if arguments["n"] != 2.0 {
				t.Errorf("%s: the task is given %v", name, arguments)
			}
			answer := c.answers[min(calls, len(c.answers)-1)]
			calls++
			if failure, ok := answer.(*states.Error); ok {
				return nil, failure
			}
			return map[string]any{"answer": answer}, nil
		}
		execution, got, err := r.Run(t.Context(), machine, name, map[string]any{"n": 1})
		if diff := cmp.Diff(c.want, got); diff != "" || calls != c.calls {
			t.Errorf("%s: after %d calls (-want +got):\n%s", name, calls, diff)
		}
		var failure *states.Error
		if errors.As(err, &failure); (c.err == nil) != (err == nil) || c.err != nil && failure.Error() != c.err.Error() {
			t.Errorf("%s: got %v, want %v", name, err, c.err)
		}
		if c.redrive != nil {
			if got, err := execution.Redrive(t.Context()); err != nil || cmp.Diff(c.redrive, got) != "" {
				t.Errorf("%s: the redrive gives %v, %v", name, got, err)
			}
			if visited := r.Visited(); !slices.Equal(visited, []string{"Ask", "Ask", "Large", "Done"}) {
				t.Errorf("%s: it went by %v", name, visited)
			}
		}
	}
}

// TestFaults has definitions that Step Functions would fail over.
func TestFaults(t *testing.T) {
	for name, text := range map[string]string{
		"no language":  `{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`,
		"no state":     `{"QueryLanguage": "JSONata", "StartAt": "B", "States": {"A": {"Type": "Succeed"}}}`,
		"no value":     `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed", "Output": "{% $nothing %}"}}}`,
		"no condition": `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"Condition": "{% 1 %}", "Next": "A"}]}}}`,
		"no end":       `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [], "Default": "A"}}}`,
		"no $eval":     `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed", "Output": "{% $eval('1') %}"}}}`,
		"no task":      `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::x", "Arguments": {}, "End": true}}}`,
	} {
		var machine map[string]any
		if err := json.Unmarshal([]byte(text), &machine); err != nil {
			t.Fatal(err)
		}
		if _, output, err := states.New(t).Run(t.Context(), machine, "run", nil); err == nil {
			t.Errorf("%s: it ends with %v", name, output)
		}
	}
}
