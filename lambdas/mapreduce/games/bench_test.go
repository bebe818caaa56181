package games_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
	"refstack/lambdas/mapreduce/games"
)

// memory is a source of rows without a disk or a network.
type memory []byte

func (m memory) Size() int64 { return int64(len(m)) }

func (m memory) Open(_ context.Context, from, to int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m[from:to])), nil
}

// BenchmarkMap times f and its frame alone, on one core.
func BenchmarkMap(b *testing.B) {
	const n = 1_000_000
	write := map[rows.Format]func(i int) string{
		rows.CSV:       func(i int) string { return fmt.Sprintf("%d,%d\n", i, 5+i%255) },
		rows.JSONLines: func(i int) string { return fmt.Sprintf("{\"Game Number\":%d,\"Game Length\":%d}\n", i, 5+i%255) },
	}
	for format, line := range write {
		var content bytes.Buffer
		if format == rows.CSV {
			content.WriteString("Game Number,Game Length\n")
		}
		for i := range n {
			content.WriteString(line(i))
		}
		source := memory(content.Bytes())
		plan := mapreduce.Cut(nil, mapreduce.Object{Key: "games", Size: source.Size(), Format: format}, 1<<40)
		batch := mapreduce.Batch{Input: mapreduce.BatchInput{Run: "bench"}, Items: plan}
		b.Run(string(format), func(b *testing.B) {
			for b.Loop() {
				output, err := games.Job.MapBatch(b.Context(), batch, func(mapreduce.Split) (rows.Source, error) { return source, nil })
				if err != nil || output.Rows.Good != n {
					b.Fatal(output.Rows, err)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
