// Package mapping is the function that maps a batch of splits.
package mapping

import (
	"context"
	"errors"
	"log/slog"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/mapreduce/internal/objects"
)

// New makes a Lambda handler of a job. It keeps nothing between two batches and
// writes nothing: a batch that fails, or comes twice, is just done again.
func New[Row, Partial any](client objects.Client, job mapreduce.Job[Row, Partial]) func(context.Context, mapreduce.Batch) (mapreduce.Output, error) {
	source := objects.Source(client)
	return func(ctx context.Context, batch mapreduce.Batch) (mapreduce.Output, error) {
		ctx, cancel := objects.InTime(ctx)
		defer cancel()
		output, err := job.MapBatch(ctx, batch, source)
		// The state machine knows errors by their types: no other may lie around them.
		var changed *objects.InputChangedError
		if errors.As(err, &changed) {
			return mapreduce.Output{}, changed
		}
		if err != nil {
			return mapreduce.Output{}, err
		}
		slog.InfoContext(ctx, "mapped", "run", batch.Input.Run, "firstSplit", batch.Items[0].Index, "splits", len(batch.Items),
			"goodRows", output.Rows.Good, "badRows", output.Rows.Bad)
		return output, nil
	}
}
