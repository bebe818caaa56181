// Package mapreduce is the frame around two functions: f, which says what a row
// contributes, and g, which puts two contributions together. It reads the rows of
// batches of splits, folds each batch into one partial result with its identity,
// and puts partial results together, each split once, in whatever order and
// however often they come.
//
//	var Sum = mapreduce.Job[int64, int64]{
//		Name:    "doubled",
//		Columns: []string{"a"},
//		Parse:   func(fields [][]byte) (int64, error) { return rows.Integer(fields[0], 1e9) },
//		Map:     func(a int64) int64 { return 2 * a },
//		Reduce:  func(b, c int64) int64 { return b + c },
//	}
//
// It knows neither Lambda nor S3: the same job runs over a file on a laptop.
package mapreduce

import (
	"context"
	"encoding/json"
	"fmt"

	"refstack/lambdas/internal/rows"
)

// Job is what is done with rows. Partial must come back from JSON as it went in.
type Job[Row, Partial any] struct {
	// Name is the job's name in the result.
	Name string
	// Columns are those that the job reads. An object may have others.
	Columns []string
	// Parse makes a row of the values of Columns, which are valid during the call
	// alone. An error makes the row a bad one; rows.In says in which column. Its
	// reason is a constant: what is in a row may be personal.
	Parse func(fields [][]byte) (Row, error)
	// Map is f: what one row contributes.
	Map func(Row) Partial
	// Reduce is g: two contributions as one. It must be associative and
	// commutative, and with the zero Partial it must return the other one.
	Reduce func(a, b Partial) Partial
	// Fold does *into = Reduce(*into, Map(row)) without a Partial in between.
	// Defaults to just that.
	Fold func(into *Partial, row Row)
	// Result is what the result shows of the last Partial. Defaults to the Partial.
	Result func(Partial) any
}

// Source gives the bytes of a split's object.
type Source func(Split) (rows.Source, error)

// MapBatch applies the job to the rows of a batch.
func (j Job[Row, Partial]) MapBatch(ctx context.Context, batch Batch, source Source) (Output, error) {
	if err := batch.validate(); err != nil {
		return Output{}, err
	}
	var partial Partial
	output := Output{Run: batch.Input.Run, Splits: make([]Counted, len(batch.Items))}
	for i, split := range batch.Items {
		object, err := source(split)
		if err != nil {
			return Output{}, err
		}
		lines, err := j.mapSplit(ctx, object, split, &partial, &output.Rows)
		if err != nil {
			return Output{}, err
		}
		output.Splits[i] = Counted{Index: split.Index, Lines: lines}
	}
	text, err := json.Marshal(partial)
	if err != nil {
		return Output{}, fmt.Errorf("mapreduce: the partial result of %s: %w", j.Name, err)
	}
	output.Partial = string(text)
	return output, nil
}

// mapSplit folds the rows of a split into partial, and returns how many lines
// the split has.
func (j Job[Row, Partial]) mapSplit(ctx context.Context, object rows.Source, split Split, partial *Partial, counts *Rows) (int64, error) {
	reader, err := rows.NewReader(ctx, object, split.Format, j.Columns, split.Start, split.End)
	if err != nil {
		return 0, err
	}
	defer reader.Close()
	for reader.Next() {
		fault := reader.Fault()
		if fault == nil {
			row, err := j.Parse(reader.Fields())
			if err == nil {
				j.fold(partial, row)
				counts.Good++
				continue
			}
			fault = reader.Explain(err)
		}
		counts.add(BadRow{
			Split: split.Index, Line: reader.Number(), Offset: reader.Offset(), Column: fault.Column, Reason: fault.Reason,
		})
	}
	return reader.Number(), reader.Err()
}

func (j Job[Row, Partial]) fold(into *Partial, row Row) {
	if j.Fold != nil {
		j.Fold(into, row)
	} else {
		*into = j.Reduce(*into, j.Map(row))
	}
}

func (j Job[Row, Partial]) result(partial Partial) any {
	if j.Result == nil {
		return partial
	}
	return j.Result(partial)
}
