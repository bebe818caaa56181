package mapreduce_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
)

// Doubling and adding, f(a) = 2a and g(b, c) = b + c: the smallest job that there is.
func Example() {
	job := mapreduce.Job[int64, int64]{
		Name:    "doubled",
		Columns: []string{"a"},
		Parse:   func(fields [][]byte) (int64, error) { return rows.Integer(fields[0], 1e9) },
		Map:     func(a int64) int64 { return 2 * a },
		Reduce:  func(b, c int64) int64 { return b + c },
	}
	content := text("a\n1\n2\nthree\n4\n")
	plan := mapreduce.Cut(nil, mapreduce.Object{Key: "numbers.csv", Size: content.Size(), Format: rows.CSV}, 5)

	total, _ := mapreduce.NewTotal(job, "run", len(plan))
	for _, split := range plan {
		batch := mapreduce.Batch{Input: mapreduce.BatchInput{Run: "run"}, Items: []mapreduce.Split{split}}
		output, _ := job.MapBatch(context.Background(), batch, func(mapreduce.Split) (rows.Source, error) { return content, nil })
		_ = total.Add(output)
		_ = total.Add(output) // Whatever comes twice counts once.
	}
	document, _ := total.Document(inOrder(plan), "numbers.csv", mapreduce.Tolerances{})
	fmt.Println(document.Result, document.Rows.Good, document.Rows.Bad, document.Rows.Sample)
	fmt.Println(document.Outcome, document.Cause)
	// Output:
	// 14 3 1 [{numbers.csv 4 6  not-a-number}]
	// failed 1 of 4 rows are bad
}

// text is a source of rows in memory.
type text string

func (s text) Size() int64 { return int64(len(s)) }

func (s text) Open(_ context.Context, from, to int64) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(string(s[from:to]))), nil
}

func inOrder(plan []mapreduce.Split) func(func(mapreduce.Split, error) bool) {
	return func(yield func(mapreduce.Split, error) bool) {
		for _, split := range plan {
			if !yield(split, nil) {
				return
			}
		}
	}
}
