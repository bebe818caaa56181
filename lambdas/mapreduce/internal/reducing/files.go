package reducing

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/mapreduce/internal/objects"
)

// results are the files of a Map Run, by the status of what is in them. After a
// redrive there are those of the first run and of each redrive: what failed once
// and succeeded later is in both.
type results struct {
	Succeeded []mapreduce.File `json:"SUCCEEDED"`
	Failed    []mapreduce.File `json:"FAILED"`
	Pending   []mapreduce.File `json:"PENDING"`
}

// Documents that are read whole are bounded: a manifest by the number of its
// files, a level's output by the number of splits of a plan.
const maxDocument = 64 << 20

// results reads the result writer's manifest.
func (r *Reducer[Row, Partial]) results(ctx context.Context, at Manifest) (results, error) {
	var manifest struct {
		DestinationBucket string
		ResultFiles       *results
	}
	if err := objects.ReadJSON(ctx, r.client, mapreduce.Location{Bucket: at.Bucket, Key: at.Key}, maxDocument, &manifest); err != nil {
		return results{}, err
	}
	if manifest.ResultFiles == nil || manifest.DestinationBucket != r.config.WorkBucket {
		return results{}, &InvalidEventError{"the manifest is not that of a result writer into the bucket of work"}
	}
	return *manifest.ResultFiles, nil
}

// filesAtOnce is how many files are read at the same time: most of the time of a
// small one is spent waiting for it.
const filesAtOnce = 16

// addFiles counts all outputs in files.
func (r *Reducer[Row, Partial]) addFiles(ctx context.Context, total *mapreduce.Total[Row, Partial], files []mapreduce.File) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var adding sync.Mutex
	var reading sync.WaitGroup
	places := make(chan struct{}, filesAtOnce)
	for _, file := range files {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			continue
		}
		reading.Go(func() {
			defer func() { <-places }()
			if err := r.addFile(ctx, total, &adding, file); err != nil {
				cancel(err)
			}
		})
	}
	reading.Wait()
	return context.Cause(ctx)
}

// addFile counts the outputs in a file, which is JSON Lines of what the children
// returned.
func (r *Reducer[Row, Partial]) addFile(ctx context.Context, total *mapreduce.Total[Row, Partial], adding *sync.Mutex, file mapreduce.File) error {
	at := mapreduce.Location{Bucket: r.config.WorkBucket, Key: file.Key}
	for output, err := range objects.Lines[mapreduce.Output](ctx, r.client, at) {
		if err != nil {
			return err
		}
		if output.Document != nil {
			if output, err = r.document(ctx, *output.Document); err != nil {
				return err
			}
		}
		adding.Lock()
		err = total.Add(output)
		adding.Unlock()
		if errors.Is(err, mapreduce.ErrOverlap) && len(output.Files) > 0 {
			// A child ran twice, and its outputs are in files that two batches of this
			// level had. What is in those files is added one by one.
			err = r.addAgain(ctx, total, adding, output.Files)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file.Key, err)
		}
	}
	return nil
}

func (r *Reducer[Row, Partial]) addAgain(ctx context.Context, total *mapreduce.Total[Row, Partial], adding *sync.Mutex, files []mapreduce.File) error {
	for _, file := range files {
		if err := r.addFile(ctx, total, adding, file); err != nil {
			return err
		}
	}
	return nil
}

// document reads the output that another one stands for.
func (r *Reducer[Row, Partial]) document(ctx context.Context, at mapreduce.Location) (mapreduce.Output, error) {
	var output mapreduce.Output
	if at.Bucket != r.config.WorkBucket {
		return output, errors.New("an output is in another bucket")
	}
	err := objects.ReadJSON(ctx, r.client, at, maxDocument, &output)
	return output, err
}

// failures counts the children that did not succeed, by their error. It is read
// where splits are missing, to say why.
func (r *Reducer[Row, Partial]) failures(ctx context.Context, of results) (map[string]int64, error) {
	counts := map[string]int64{}
	for _, files := range [][]mapreduce.File{of.Failed, of.Pending} {
		for _, file := range files {
			if err := r.countFailures(ctx, file, counts); err != nil {
				return nil, err
			}
		}
	}
	return counts, nil
}

// countFailures reads a file of children that did not succeed: an array, or JSON
// Lines, of what DescribeExecution says of them.
func (r *Reducer[Row, Partial]) countFailures(ctx context.Context, file mapreduce.File, counts map[string]int64) error {
	body, err := objects.Read(ctx, r.client, mapreduce.Location{Bucket: r.config.WorkBucket, Key: file.Key})
	if err != nil {
		return err
	}
	defer body.Close()
	text := bufio.NewReader(body)
	children := json.NewDecoder(text)
	if first, err := text.Peek(1); err == nil && first[0] == '[' {
		if _, err := children.Token(); err != nil {
			return fmt.Errorf("reading %s: %w", file.Key, err)
		}
	}
	for children.More() {
		var child struct{ Status, Error string }
		if err := children.Decode(&child); err != nil {
			return fmt.Errorf("reading %s: %w", file.Key, err)
		}
		if child.Error == "" {
			child.Error = child.Status
		}
		counts[child.Error]++
	}
	return nil
}
