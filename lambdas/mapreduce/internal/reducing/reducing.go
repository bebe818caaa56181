// Package reducing is the function that reduces what the mappers returned, out of
// the files that Distributed Map's result writer wrote: at once, or level by
// level, where there are many files.
package reducing

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"reflect"

	"refstack/lambdas/internal/emf"
	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/mapreduce/internal/objects"
)

// Event asks for the end of a run, or for one batch of files of a level, as the
// ItemBatcher of Distributed Map makes it.
type Event struct {
	// Plan and Manifest end a run.
	Plan     Plan      `json:"plan"`
	Manifest *Manifest `json:"manifest"`

	// Input and Items are a batch of files.
	Input LevelInput       `json:"BatchInput"`
	Items []mapreduce.File `json:"Items"`
}

// Plan is what the planner answered, as far as the end of a run needs it.
type Plan struct {
	Run    string             `json:"run"`
	Input  any                `json:"input"`
	Plan   mapreduce.Location `json:"plan"`
	Splits int                `json:"splits"`
}

// Manifest is where the result writer's manifest is, as the map state says it in
// its ResultWriterDetails.
type Manifest struct {
	Bucket string `json:"Bucket"`
	Key    string `json:"Key"`
}

// LevelInput is the same for every batch of files.
type LevelInput struct {
	Run    string `json:"run"`
	Splits int    `json:"splits"`
}

// tree is the outcome where there are too many files for one function: a further
// level must reduce those that Files lists, with Level as its BatchInput. The run
// ends with the manifest of that level.
const tree mapreduce.Outcome = "tree"

// Summary is the end of a run in a few lines: an event, a message. The state
// machine goes by its outcome.
type Summary struct {
	Run     string            `json:"run"`
	Outcome mapreduce.Outcome `json:"outcome"`
	Cause   string            `json:"cause,omitempty"`
	// Result is where the result document is.
	Result *mapreduce.Location `json:"result,omitempty"`
	Rows   *RowCounts          `json:"rows,omitempty"`
	Splits *SplitCounts        `json:"splits,omitempty"`
	// Files and Level are set for a tree.
	Files *mapreduce.Location `json:"files,omitempty"`
	Level *LevelInput         `json:"level,omitempty"`
}

// RowCounts counts rows.
type RowCounts struct {
	Good int64 `json:"good"`
	Bad  int64 `json:"bad"`
}

// SplitCounts counts splits, and outputs that came again.
type SplitCounts struct {
	Planned    int `json:"planned"`
	Counted    int `json:"counted"`
	Duplicates int `json:"duplicates"`
}

// InvalidEventError means that the event asks for nothing that there is. It is of
// no use to try again.
type InvalidEventError struct{ Detail string }

func (e *InvalidEventError) Error() string { return "the event is not valid: " + e.Detail }

// Reducer reduces the outputs of a job.
type Reducer[Row, Partial any] struct {
	client objects.Client
	job    mapreduce.Job[Row, Partial]
	config Config
}

// New makes a Reducer that calls client.
func New[Row, Partial any](client objects.Client, job mapreduce.Job[Row, Partial], config Config) *Reducer[Row, Partial] {
	return &Reducer[Row, Partial]{client, job, config}
}

// Handle ends a run and returns a Summary, or reduces a batch of files and
// returns an Output.
func (r *Reducer[Row, Partial]) Handle(ctx context.Context, event Event) (any, error) {
	ctx, cancel := objects.InTime(ctx)
	defer cancel()
	switch {
	case (event.Manifest == nil) == (len(event.Items) == 0):
		return nil, &InvalidEventError{"it must have either a manifest or Items"}
	case event.Manifest != nil && (event.Plan.Run == "" || event.Plan.Splits < 1 || event.Plan.Plan.Key == ""):
		return nil, &InvalidEventError{"it has no plan"}
	case event.Manifest != nil:
		return r.end(ctx, event)
	case event.Input.Run == "" || event.Input.Splits < 1:
		return nil, &InvalidEventError{"BatchInput has no run"}
	}
	return r.level(ctx, event.Input, event.Items)
}

// end makes the result document.
func (r *Reducer[Row, Partial]) end(ctx context.Context, event Event) (Summary, error) {
	plan := event.Plan
	results, err := r.results(ctx, *event.Manifest)
	if err != nil {
		return Summary{}, err
	}
	if len(results.Succeeded) > r.config.MaxFiles {
		return r.grow(ctx, plan, event.Manifest.Key, results.Succeeded)
	}
	total, err := mapreduce.NewTotal(r.job, plan.Run, plan.Splits)
	if err != nil {
		return Summary{}, err
	}
	if err := r.addFiles(ctx, total, results.Succeeded); err != nil {
		return Summary{}, err
	}
	document, err := total.Document(objects.Lines[mapreduce.Split](ctx, r.client, plan.Plan), plan.Input, r.config.Tolerances)
	if err != nil {
		return Summary{}, err
	}
	if document.Run.Counted < document.Run.Planned {
		if document.Run.Failures, err = r.failures(ctx, results); err != nil {
			return Summary{}, err
		}
	}
	at, err := r.write(ctx, document)
	if err != nil {
		return Summary{}, err
	}
	summary := Summary{
		Run: plan.Run, Outcome: document.Outcome, Cause: document.Cause, Result: &at,
		Rows:   &RowCounts{document.Rows.Good, document.Rows.Bad},
		Splits: &SplitCounts{document.Run.Planned, document.Run.Counted, total.Duplicates},
	}
	slog.InfoContext(ctx, "reduced", "run", plan.Run, "outcome", summary.Outcome, "files", len(results.Succeeded),
		"goodRows", summary.Rows.Good, "duplicates", total.Duplicates, "missingSplits", document.Run.Planned-document.Run.Counted,
		emf.Count("MapReduce", "BadRows", int(summary.Rows.Bad), map[string]string{"FunctionName": os.Getenv("AWS_LAMBDA_FUNCTION_NAME")}))
	return summary, nil
}

// write stores the document, unless a reduce of more splits has done so: one that
// was given up, and came to its end all the same, does not undo a redrive. What is
// there of another plan is of an earlier run, whose name was free again.
func (r *Reducer[Row, Partial]) write(ctx context.Context, document mapreduce.Document) (mapreduce.Location, error) {
	at := mapreduce.Location{Bucket: r.config.ResultBucket, Key: r.config.ResultPrefix + document.Run.ID + ".json"}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return at, fmt.Errorf("writing the result: %w", err)
	}
	_, err = objects.Replace(ctx, r.client, at, text, "application/json", func(there []byte) bool {
		var earlier mapreduce.Document
		if json.Unmarshal(there, &earlier) != nil || !samePlan(earlier.Run, document.Run) {
			return true
		}
		return earlier.Run.Counted <= document.Run.Counted
	})
	return at, err
}

func samePlan(a, b mapreduce.Run) bool {
	return a.Planned == b.Planned && a.Bytes == b.Bytes && reflect.DeepEqual(a.Input, b.Input)
}
