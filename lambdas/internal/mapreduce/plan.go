package mapreduce

import (
	"fmt"
	"slices"

	"refstack/lambdas/internal/rows"
)

// Object is what is read: one version of it, and no other.
type Object struct {
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key"`
	// VersionID names the version. Where a bucket keeps none, ETag does.
	VersionID string      `json:"versionId,omitempty"`
	ETag      string      `json:"etag,omitempty"`
	Size      int64       `json:"size"`
	Format    rows.Format `json:"format"`
}

// Split is an item of the plan: the rows of an object that begin in [Start, End).
// Its index is its place in the plan, and its identity in the run.
type Split struct {
	Index int `json:"index"`
	Object
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// MaxSplits bounds a plan. At 32 MiB a split it is 3 TiB.
const MaxSplits = 100_000

// Cut appends the splits of an object to a plan. An object without bytes has a
// split, too, so that somebody sees that it is empty.
func Cut(plan []Split, object Object, bytes int64) []Split {
	if !object.Format.Splittable() || object.Size == 0 {
		return append(plan, Split{Index: len(plan), Object: object, End: object.Size})
	}
	for start := int64(0); start < object.Size; start += bytes {
		plan = append(plan, Split{
			Index: len(plan), Object: object, Start: start, End: min(start+bytes, object.Size),
		})
	}
	return plan
}

// Batch is the input of a child workflow, as the ItemBatcher of Distributed Map
// makes it: some items of the plan, and what all batches of the run have in common.
type Batch struct {
	Input BatchInput `json:"BatchInput"`
	Items []Split    `json:"Items"`
}

// BatchInput is the same for every batch of a run.
type BatchInput struct {
	Run string `json:"run"`
}

// InvalidBatchError means that a batch is no part of a plan. It is of no use to
// try again.
type InvalidBatchError struct{ Detail string }

func (e *InvalidBatchError) Error() string { return "the batch is not valid: " + e.Detail }

func (b Batch) validate() error {
	if b.Input.Run == "" {
		return &InvalidBatchError{"BatchInput has no run"}
	}
	if len(b.Items) == 0 {
		return &InvalidBatchError{"it has no Items"}
	}
	var seen []int
	for _, s := range b.Items {
		switch {
		case s.Key == "" || !s.Format.Valid():
			return &InvalidBatchError{"an item is not a split of a plan"}
		case s.Index < 0 || s.Index >= MaxSplits:
			return &InvalidBatchError{fmt.Sprintf("there is no split %d", s.Index)}
		case s.Start < 0 || s.Start > s.End || s.End > s.Size:
			return &InvalidBatchError{fmt.Sprintf("split %d goes from %d to %d of %d bytes", s.Index, s.Start, s.End, s.Size)}
		case slices.Contains(seen, s.Index):
			return &InvalidBatchError{fmt.Sprintf("split %d is in it twice", s.Index)}
		}
		seen = append(seen, s.Index)
	}
	return nil
}
