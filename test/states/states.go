// Package states runs state machines of a template in tests, as far as this
// repository's use the Amazon States Language: Task, Choice, Succeed, Fail, and Map
// in distributed mode, in JSONata. What a task does, a test says; so that every
// expression is proved to give what it calls what that expects.
//
// What is not as in AWS: nobody waits, retries come at once, and limits of size and
// time are not kept.
package states

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Error is the failure of a state or an execution.
type Error struct {
	Name, Cause string
}

func (e *Error) Error() string { return e.Name + ": " + e.Cause }

// Task does what an integration does: it takes arguments, and returns a result.
type Task func(ctx context.Context, arguments map[string]any) (any, error)

// Map runs a Map Run: child runs the child workflow of a batch. It returns the
// state's result.
type Map func(ctx context.Context, run *MapRun) (any, error)

// MapRun is what a map state asks for, evaluated.
type MapRun struct {
	State map[string]any // ItemReader, ItemBatcher and ResultWriter have values for expressions.
	// Child runs the workflow of a batch.
	Child func(ctx context.Context, input []byte) ([]byte, error)
	// Started is for what a redrive of the execution must know of this run: it is
	// what the Map set here before.
	Started any
}

// Runner runs state machines.
type Runner struct {
	// Tasks are by the end of their Resource, such as "lambda:invoke".
	Tasks map[string]Task
	Map   Map

	evaluator *evaluator
	mu        sync.Mutex
	visited   []string
}

// New makes a Runner.
func New(t testing.TB) *Runner {
	return &Runner{Tasks: map[string]Task{}, evaluator: startEvaluator(t)}
}

// Visited are the states that were entered so far, without those of children.
func (r *Runner) Visited() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.visited)
}

// Execution is an execution that has ended.
type Execution struct {
	*execution
	definition map[string]any
}

// Run runs an execution of a definition and returns its output. The execution is
// there even where it failed, and may be redriven.
func (r *Runner) Run(ctx context.Context, definition map[string]any, name string, input any) (*Execution, any, error) {
	if definition["QueryLanguage"] != "JSONata" {
		return nil, nil, errors.New("states: the query language is not JSONata")
	}
	e := &Execution{definition: definition, execution: &execution{
		Runner: r, context: map[string]any{"Execution": map[string]any{"Name": name, "Input": input}}, variables: map[string]any{}, visible: true,
	}}
	start, _ := definition["StartAt"].(string)
	output, err := e.run(ctx, definition, start, input)
	return e, output, err
}

// Redrive goes on at the state that failed, with the input and the variables that
// it had.
func (e *Execution) Redrive(ctx context.Context) (any, error) {
	return e.run(ctx, e.definition, e.at, e.input)
}

// execution is one of a machine, or of a child.
type execution struct {
	*Runner
	context   map[string]any
	variables map[string]any
	visible   bool
	// The state that was entered last, its input, and what its Map Run started.
	at      string
	input   any
	started any
}

// maxStates is far more than an execution enters here.
const maxStates = 100

func (e *execution) run(ctx context.Context, definition map[string]any, name string, input any) (any, error) {
	states, _ := definition["States"].(map[string]any)
	for range maxStates {
		state, ok := states[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("states: there is no state %q", name)
		}
		if e.at != name {
			e.started = nil
		}
		e.at, e.input = name, input
		if e.visible {
			e.mu.Lock()
			e.visited = append(e.visited, name)
			e.mu.Unlock()
		}
		output, next, err := e.enter(ctx, state, input)
		if err != nil {
			var failure *Error
			if errors.As(err, &failure) {
				return nil, failure
			}
			return nil, fmt.Errorf("states: %s: %w", name, err)
		}
		if next == "" {
			return output, nil
		}
		name, input = next, output
	}
	return nil, errors.New("states: the execution does not end")
}

func (e *execution) enter(ctx context.Context, state map[string]any, input any) (output any, next string, err error) {
	bound := map[string]any{"input": input, "context": e.context}
	switch state["Type"] {
	case "Choice":
		return e.choose(state, bound)
	case "Succeed":
		return e.leave(state, bound, input)
	case "Fail":
		failed, err := e.evaluate(map[string]any{"Error": state["Error"], "Cause": state["Cause"]}, bound)
		if err != nil {
			return nil, "", err
		}
		fields := failed.(map[string]any)
		return nil, "", &Error{fmt.Sprint(fields["Error"]), fmt.Sprint(fields["Cause"])}
	case "Task", "Map":
		result, err := e.try(ctx, state, bound)
		var failure *Error
		if errors.As(err, &failure) {
			return e.catch(state, bound, failure)
		}
		if err != nil {
			return nil, "", err
		}
		bound["result"] = result
		return e.leave(state, bound, result)
	}
	return nil, "", fmt.Errorf("this package has no %v", state["Type"])
}

func (e *execution) evaluate(value any, bound map[string]any) (any, error) {
	variables := map[string]any{"states": bound}
	for name, v := range e.variables {
		variables[name] = v
	}
	return e.evaluator.evaluate(value, variables)
}

func (e *execution) choose(state, bound map[string]any) (any, string, error) {
	for _, choice := range state["Choices"].([]any) {
		choice := choice.(map[string]any)
		holds, err := e.evaluate(choice["Condition"], bound)
		if err != nil {
			return nil, "", err
		}
		if yes, ok := holds.(bool); !ok {
			return nil, "", fmt.Errorf("the condition %v is %v", choice["Condition"], holds)
		} else if yes {
			return bound["input"], choice["Next"].(string), nil
		}
	}
	next, ok := state["Default"].(string)
	if !ok {
		return nil, "", &Error{Name: "States.NoChoiceMatched"}
	}
	return bound["input"], next, nil
}

// leave evaluates what a state assigns and outputs, both from the variables before.
func (e *execution) leave(state, bound map[string]any, output any) (any, string, error) {
	assigned, err := e.evaluate(state["Assign"], bound)
	if err != nil {
		return nil, "", err
	}
	if state["Output"] != nil {
		if output, err = e.evaluate(state["Output"], bound); err != nil {
			return nil, "", err
		}
	}
	if assigned, ok := assigned.(map[string]any); ok {
		for name, value := range assigned {
			e.variables[name] = value
		}
	}
	next, _ := state["Next"].(string)
	if next == "" && state["End"] != true && state["Type"] != "Succeed" {
		return nil, "", errors.New("it neither ends nor goes on")
	}
	return output, next, nil
}

// try runs a state with its retries.
func (e *execution) try(ctx context.Context, state, bound map[string]any) (any, error) {
	tried := map[int]float64{}
	for {
		result, err := e.once(ctx, state, bound)
		var failure *Error
		if !errors.As(err, &failure) || ctx.Err() != nil {
			return result, err
		}
		i := matching(state["Retry"], failure)
		if i < 0 {
			return nil, failure
		}
		retry := state["Retry"].([]any)[i].(map[string]any)
		if tried[i]++; tried[i] > retry["MaxAttempts"].(float64) {
			return nil, failure
		}
	}
}

// matching is the first retrier or catcher of a list that names an error, or -1.
func matching(list any, failure *Error) int {
	all, _ := list.([]any)
	return slices.IndexFunc(all, func(entry any) bool {
		names, _ := entry.(map[string]any)["ErrorEquals"].([]any)
		return slices.Contains(names, any(failure.Name)) || slices.Contains(names, any("States.ALL")) ||
			slices.Contains(names, any("States.TaskFailed")) && failure.Name != "States.Timeout"
	})
}

func (e *execution) catch(state, bound map[string]any, failure *Error) (any, string, error) {
	i := matching(state["Catch"], failure)
	if i < 0 {
		return nil, "", failure
	}
	output := map[string]any{"Error": failure.Name}
	if failure.Cause != "" {
		output["Cause"] = failure.Cause
	}
	bound["errorOutput"] = output
	return e.leave(state["Catch"].([]any)[i].(map[string]any), bound, bound["errorOutput"])
}

func (e *execution) once(ctx context.Context, state, bound map[string]any) (any, error) {
	if state["Type"] == "Map" {
		return e.mapRun(ctx, state, bound)
	}
	arguments, err := e.evaluate(state["Arguments"], bound)
	if err != nil {
		return nil, err
	}
	resource := fmt.Sprint(state["Resource"])
	_, integration, _ := strings.Cut(resource, ":states:::")
	task := e.Tasks[integration]
	if task == nil {
		return nil, fmt.Errorf("this test has no %s", resource)
	}
	result, err := task(ctx, arguments.(map[string]any))
	if err != nil {
		return nil, err
	}
	return plain(result)
}

func (e *execution) mapRun(ctx context.Context, state, bound map[string]any) (any, error) {
	fields := map[string]any{}
	for name, value := range state {
		if name == "ItemReader" || name == "ItemBatcher" || name == "ResultWriter" {
			var err error
			if value, err = e.evaluate(value, bound); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		fields[name] = value
	}
	run := &MapRun{State: fields, Started: e.started, Child: func(ctx context.Context, input []byte) ([]byte, error) {
		var value any
		if err := json.Unmarshal(input, &value); err != nil {
			return nil, err
		}
		// A child has the context of its own execution, and no variables of its parent.
		child := &execution{Runner: e.Runner, context: map[string]any{}, variables: map[string]any{}}
		processor := state["ItemProcessor"].(map[string]any)
		output, err := child.run(ctx, processor, processor["StartAt"].(string), value)
		if err != nil {
			return nil, err
		}
		return json.Marshal(output)
	}}
	result, err := e.Map(ctx, run)
	e.started = run.Started
	if err != nil {
		return nil, err
	}
	return plain(result)
}

// plain makes a value what JSON makes of it.
func plain(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var out any
	return out, json.Unmarshal(text, &out)
}
