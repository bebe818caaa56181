// Package distmap plays the part of Distributed Map of AWS Step Functions, as far
// as its documentation tells: it reads items, batches them, runs child workflows
// of one task at once, tries failed ones again, and writes results and a manifest
// as the result writer does.
//
// What is not as in AWS: the children have one state, retries come without a wait,
// and the batches come in the order of the items. Where the documentation is
// silent, on how results are spread over files, a test says so.
package distmap

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"refstack/test/awstest"
)

// MaxInput is the most bytes that a child takes, or returns.
const MaxInput = 256 << 10

// ErrThreshold is States.ExceedToleratedFailureThreshold.
var ErrThreshold = errors.New("distmap: more items failed than are tolerated")

// Map is a map state in distributed mode.
type Map struct {
	// Items come from ReadLines. An empty list is refused: AWS does not say what
	// becomes of it.
	Items []json.RawMessage
	// MaxItemsPerBatch is that of the ItemBatcher. A batch is smaller where its
	// input would not fit a child.
	MaxItemsPerBatch int
	// BatchInput is the ItemBatcher's.
	BatchInput any
	// MaxConcurrency is how many children run at once.
	MaxConcurrency int
	// MaxAttempts is how often a child's task is tried. Defaults to 1.
	MaxAttempts int
	// ToleratedFailures is how many items may fail.
	ToleratedFailures int
	// Task is what a child does. Batches and attempts are counted from 0.
	Task func(ctx context.Context, batch, attempt int, input []byte) ([]byte, error)
	// Twice, if set, says for which batches two children run. Rarely, AWS does so.
	Twice func(batch int) bool
	// Writer is the result writer, with the transformation COMPACT and the output
	// type JSONL.
	Writer Writer
}

// Writer says where results go.
type Writer struct {
	S3             *awstest.S3
	Bucket, Prefix string
	// PerFile is how many results a file has. Defaults to all of them.
	PerFile int
}

// Location is the ResultWriterDetails of the state's output.
type Location struct {
	Bucket string `json:"Bucket"`
	Key    string `json:"Key"`
}

// Run is a Map Run.
type Run struct {
	of       *Map
	inputs   []json.RawMessage
	items    []int // how many each input has
	failed   []int // the batches that did not succeed
	files    map[string][]file
	redrives int
}

type file struct {
	Key  string
	Size int
}

// ReadLines is the item reader for JSON Lines.
func ReadLines(s3 *awstest.S3, bucket, key string) ([]json.RawMessage, error) {
	body, _, ok := s3.Get(bucket, key)
	if !ok {
		return nil, fmt.Errorf("distmap: there is no %s", key)
	}
	var items []json.RawMessage
	for line := range bytes.Lines(body) {
		if !json.Valid(line) {
			return nil, fmt.Errorf("distmap: line %d of %s is not JSON", len(items)+1, key)
		}
		items = append(items, bytes.TrimSpace(line))
	}
	return items, nil
}

// Start runs the map to its end. The run is there even where the error is
// ErrThreshold, and may be redriven.
func (m *Map) Start(ctx context.Context) (*Run, Location, error) {
	run := &Run{of: m, files: map[string][]file{"SUCCEEDED": {}, "FAILED": {}, "PENDING": {}}}
	if len(m.Items) == 0 || m.MaxItemsPerBatch < 1 || m.MaxConcurrency < 1 {
		return nil, Location{}, errors.New("distmap: a map has items, batches and concurrency")
	}
	if err := run.batch(); err != nil {
		return nil, Location{}, err
	}
	all := make([]int, len(run.inputs))
	for i := range all {
		all[i] = i
	}
	at, err := run.do(ctx, all)
	return run, at, err
}

// Redrive runs the batches again that failed. The manifest then names the files
// of the first run and of every redrive.
func (r *Run) Redrive(ctx context.Context) (Location, error) {
	r.redrives++
	return r.do(ctx, r.failed)
}

// Batches is how many batches the items make.
func (r *Run) Batches() int { return len(r.inputs) }

// batch is the item batcher.
func (r *Run) batch() error {
	for rest := r.of.Items; len(rest) > 0; {
		n := min(r.of.MaxItemsPerBatch, len(rest))
		var input []byte
		for ; n > 0; n-- {
			var err error
			if input, err = json.Marshal(map[string]any{"BatchInput": r.of.BatchInput, "Items": rest[:n]}); err != nil {
				return err
			}
			if len(input) <= MaxInput {
				break
			}
		}
		if n == 0 {
			return errors.New("distmap: an item is larger than the input of a child")
		}
		r.inputs, r.items = append(r.inputs, input), append(r.items, n)
		rest = rest[n:]
	}
	return nil
}

// result is the end of a child.
type result struct {
	batch  int
	output []byte
	err    error
}

// do runs children for batches and writes what they come to.
func (r *Run) do(ctx context.Context, batches []int) (Location, error) {
	children := slices.Clone(batches)
	for _, batch := range batches {
		if r.of.Twice != nil && r.of.Twice(batch) {
			children = append(children, batch)
		}
	}
	results := make([]result, len(children))
	places := make(chan struct{}, r.of.MaxConcurrency)
	var running sync.WaitGroup
	for i, batch := range children {
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			results[i] = r.child(ctx, batch)
		})
	}
	running.Wait()
	if err := ctx.Err(); err != nil {
		return Location{}, err
	}
	return r.write(results)
}

func (r *Run) child(ctx context.Context, batch int) result {
	of := result{batch: batch}
	for attempt := range max(1, r.of.MaxAttempts) {
		if of.output, of.err = r.of.Task(ctx, batch, attempt, r.inputs[batch]); of.err == nil {
			break
		}
	}
	if of.err == nil && len(of.output) > MaxInput {
		of.err = errors.New("States.DataLimitExceeded")
	}
	return of
}
