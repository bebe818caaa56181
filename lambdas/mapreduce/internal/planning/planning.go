// Package planning cuts the input of a run into splits, the items of its
// Distributed Map, and pins the versions that are read.
package planning

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/mapreduce/internal/objects"
)

// Event asks for a plan, of an object's version or of all objects under a prefix.
type Event struct {
	// Run names the run: the name of the execution.
	Run    string `json:"run"`
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	// VersionID and ETag are those of EventBridge's event.
	VersionID string `json:"versionId"`
	ETag      string `json:"etag"`
	// Prefix is asked for in place of a key.
	Prefix string `json:"prefix"`
}

// Plan says where the plan is, and what it comes to.
type Plan struct {
	Run   string             `json:"run"`
	Input Input              `json:"input"`
	Plan  mapreduce.Location `json:"plan"`
	// Splits are the items of the Distributed Map.
	Splits  int   `json:"splits"`
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
	// ItemsPerBatch is how many splits make a batch of the size that is configured.
	ItemsPerBatch int `json:"itemsPerBatch"`
}

// Input is what a run reads.
type Input struct {
	Bucket    string `json:"bucket"`
	Key       string `json:"key,omitempty"`
	VersionID string `json:"versionId,omitempty"`
	ETag      string `json:"etag,omitempty"`
	Prefix    string `json:"prefix,omitempty"`
}

// InvalidInputError means that no plan can be made of the input. It is of no use
// to try again.
type InvalidInputError struct{ Detail string }

func (e *InvalidInputError) Error() string { return "the input cannot be read: " + e.Detail }

// Planner makes plans.
type Planner struct {
	client objects.Client
	config Config
}

// New makes a Planner that calls client.
func New(client objects.Client, config Config) *Planner { return &Planner{client, config} }

// runName is what an execution may be called, as far as it makes a key.
var runName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,79}$`)

// Handle makes a plan and writes it. A run has one plan: a second call returns
// the first one's, whatever has come under a prefix since.
func (p *Planner) Handle(ctx context.Context, event Event) (Plan, error) {
	ctx, cancel := objects.InTime(ctx)
	defer cancel()
	plan, err := p.handle(ctx, event)
	// The state machine knows errors by their types: no other may lie around them.
	var changed *objects.InputChangedError
	var invalid *InvalidInputError
	switch {
	case errors.As(err, &changed):
		return plan, changed
	case errors.As(err, &invalid):
		return plan, invalid
	case err == nil:
		slog.InfoContext(ctx, "planned", "run", plan.Run, "splits", plan.Splits, "objects", plan.Objects, "bytes", plan.Bytes)
	}
	return plan, err
}

func (p *Planner) handle(ctx context.Context, event Event) (Plan, error) {
	switch {
	case !runName.MatchString(event.Run):
		return Plan{}, &InvalidInputError{"run must be the name of an execution"}
	case event.Bucket == "":
		return Plan{}, &InvalidInputError{"the event has no bucket"}
	case (event.Key == "") == (event.Prefix == ""):
		return Plan{}, &InvalidInputError{"the event must have a key or a prefix"}
	}
	input, splits, err := p.splits(ctx, event)
	if err != nil {
		return Plan{}, err
	}
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	for _, split := range splits {
		if err := lines.Encode(split); err != nil {
			return Plan{}, fmt.Errorf("writing the plan: %w", err)
		}
	}
	at := mapreduce.Location{Bucket: p.config.WorkBucket, Key: objects.PlanKey(event.Run)}
	wrote, err := objects.WriteOnce(ctx, p.client, at, text.Bytes(), "application/x-ndjson")
	if err != nil {
		return Plan{}, err
	}
	if !wrote {
		splits = splits[:0]
		for split, err := range objects.Lines[mapreduce.Split](ctx, p.client, at) {
			if err != nil {
				return Plan{}, err
			}
			splits = append(splits, split)
		}
		if len(splits) > 0 && splits[0].Key == input.Key { // It may have been overwritten between the calls.
			input.VersionID, input.ETag = splits[0].VersionID, splits[0].ETag
		}
	}
	return p.plan(event.Run, input, at, splits), nil
}

func (p *Planner) plan(run string, input Input, at mapreduce.Location, splits []mapreduce.Split) Plan {
	plan := Plan{Run: run, Input: input, Plan: at, Splits: len(splits)}
	largest := int64(1)
	for _, split := range splits {
		plan.Bytes += split.End - split.Start
		largest = max(largest, split.End-split.Start)
		if split.Start == 0 {
			plan.Objects++
		}
	}
	// A batch is a child workflow's input, of at most 256 KiB with keys of 1 KiB. No
	// batch may be larger than a mapper has time for: large splits may lie beside
	// each other in a plan whose splits are small on average.
	const maxItems = 100
	plan.ItemsPerBatch = int(min(max(1, p.config.BatchBytes/largest), maxItems))
	return plan
}

// splits cuts what the event asks for.
func (p *Planner) splits(ctx context.Context, event Event) (Input, []mapreduce.Split, error) {
	input := Input{Bucket: event.Bucket, Prefix: event.Prefix}
	list := p.underPrefix(event.Bucket, event.Prefix)
	if event.Key != "" {
		object, contentType, err := objects.Find(ctx, p.client, mapreduce.Object{
			Bucket: event.Bucket, Key: event.Key, VersionID: event.VersionID, ETag: event.ETag,
		})
		if err != nil {
			return Input{}, nil, err
		}
		input.Key, input.VersionID, input.ETag = object.Key, object.VersionID, object.ETag
		if list, err = p.listed(object, contentType); err != nil {
			return Input{}, nil, err
		}
	}
	var splits []mapreduce.Split
	for some, err := range chunks(list(ctx)) {
		if err == nil {
			err = p.complete(ctx, some)
		}
		if err != nil {
			return Input{}, nil, err
		}
		for _, object := range some {
			switch {
			case object.Format.Splittable() && object.Size/p.config.SplitBytes > mapreduce.MaxSplits:
				return Input{}, nil, tooMany()
			case !object.Format.Splittable() && object.Size > p.config.MaxBatchBytes:
				return Input{}, nil, &InvalidInputError{fmt.Sprintf(
					"a JSON array is read by one mapper, and must not be larger than %d bytes: write it as JSON Lines, with one object on each line", p.config.MaxBatchBytes)}
			}
			if splits = mapreduce.Cut(splits, object, p.config.SplitBytes); len(splits) > mapreduce.MaxSplits {
				return Input{}, nil, tooMany()
			}
		}
	}
	if len(splits) == 0 {
		return Input{}, nil, &InvalidInputError{"it names no object"}
	}
	return input, splits, nil
}

func tooMany() error {
	return &InvalidInputError{fmt.Sprintf("it makes more than %d splits: they must be larger, or the objects fewer", mapreduce.MaxSplits)}
}
