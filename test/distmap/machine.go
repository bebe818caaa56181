package distmap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"refstack/test/awstest"
)

// Invoke is a Lambda task: an event in, a result out.
type Invoke func(ctx context.Context, event []byte) ([]byte, error)

// Machine does what the state machine of MapReduce does with its functions.
type Machine struct {
	S3         *awstest.S3
	WorkBucket string

	Plan, Reduce Invoke
	// Map is the task of the map state.
	Map func(ctx context.Context, batch, attempt int, input []byte) ([]byte, error)

	// Change, if set, may change the map state before it starts.
	Change func(*Map)
	// FilesPerBatch is the MaxItemsPerBatch of a level of the tree.
	FilesPerBatch int
}

// Planned is what the machine reads of the planner's answer.
type Planned struct {
	Run           string
	Plan          struct{ Bucket, Key string }
	Splits        int
	ItemsPerBatch int
}

// Summary is what the machine reads of the reducer's answer.
type Summary struct {
	Outcome, Cause string
	Result, Files  struct{ Bucket, Key string }
	Level          json.RawMessage
	Splits         struct{ Planned, Counted, Duplicates int }
}

// Run runs the machine to its end.
func (m *Machine) Run(ctx context.Context, event any) (*Run, Summary, error) {
	plan, err := call(ctx, m.Plan, event)
	if err != nil {
		return nil, Summary{}, fmt.Errorf("plan: %w", err)
	}
	var planned Planned
	if err := json.Unmarshal(plan, &planned); err != nil {
		return nil, Summary{}, err
	}
	items, err := ReadLines(m.S3, planned.Plan.Bucket, planned.Plan.Key)
	if err != nil {
		return nil, Summary{}, err
	}
	state := &Map{
		Items: items, MaxItemsPerBatch: planned.ItemsPerBatch, BatchInput: map[string]any{"run": planned.Run},
		MaxConcurrency: 4, MaxAttempts: 3, Task: m.Map,
		Writer: Writer{S3: m.S3, Bucket: m.WorkBucket, Prefix: "runs/" + planned.Run + "/map"},
	}
	if m.Change != nil {
		m.Change(state)
	}
	run, manifest, err := state.Start(ctx)
	if err != nil {
		return run, Summary{}, fmt.Errorf("map: %w", err)
	}
	summary, err := m.End(ctx, plan, manifest)
	return run, summary, err
}

// maxLevels is far more than any tree has.
const maxLevels = 10

// End is what follows the map: the reduce, with as many levels as it asks for.
func (m *Machine) End(ctx context.Context, plan json.RawMessage, manifest Location) (Summary, error) {
	for level := range maxLevels {
		answer, err := call(ctx, m.Reduce, map[string]any{"plan": plan, "manifest": manifest})
		if err != nil {
			return Summary{}, fmt.Errorf("reduce: %w", err)
		}
		var summary Summary
		if err := json.Unmarshal(answer, &summary); err != nil {
			return Summary{}, err
		}
		if summary.Outcome != "tree" {
			return summary, nil
		}
		files, err := ReadLines(m.S3, summary.Files.Bucket, summary.Files.Key)
		if err != nil {
			return Summary{}, err
		}
		state := &Map{
			Items: files, MaxItemsPerBatch: m.FilesPerBatch, BatchInput: summary.Level, MaxConcurrency: 1, MaxAttempts: 3,
			Task:   func(ctx context.Context, _, _ int, input []byte) ([]byte, error) { return m.Reduce(ctx, input) },
			Writer: Writer{S3: m.S3, Bucket: m.WorkBucket, Prefix: fmt.Sprintf("levels-%d", level), PerFile: 3},
		}
		if _, manifest, err = state.Start(ctx); err != nil {
			return Summary{}, fmt.Errorf("level: %w", err)
		}
	}
	return Summary{}, errors.New("distmap: the tree does not end")
}

func call(ctx context.Context, function Invoke, event any) ([]byte, error) {
	text, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	return function(ctx, text)
}
