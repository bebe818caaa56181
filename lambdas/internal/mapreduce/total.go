package mapreduce

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Total puts outputs together. Its memory grows with the plan and not with what
// is added to it.
type Total[Row, Partial any] struct {
	job     Job[Row, Partial]
	run     string
	lines   []int64 // by split; missing where it is not counted yet
	counted int
	rows    Rows
	partial Partial
	// Duplicates is how many outputs were left out since they were counted before.
	Duplicates int
}

const missing = -1

// NewTotal makes a total of no outputs yet, for a run whose plan has that many
// splits.
func NewTotal[Row, Partial any](job Job[Row, Partial], run string, splits int) (*Total[Row, Partial], error) {
	if splits < 0 || splits > MaxSplits {
		return nil, fmt.Errorf("mapreduce: a plan cannot have %d splits", splits)
	}
	t := &Total[Row, Partial]{job: job, run: run, lines: make([]int64, splits)}
	for i := range t.lines {
		t.lines[i] = missing
	}
	return t, nil
}

// ErrOverlap means that some splits of an output are counted already and others
// are not: what it was reduced from must be added instead.
var ErrOverlap = errors.New("mapreduce: an output is counted in part")

// Add counts an output, unless it is counted already.
func (t *Total[Row, Partial]) Add(output Output) error {
	if output.Run != t.run {
		return fmt.Errorf("mapreduce: an output is of another run, %q", output.Run)
	}
	known := 0
	for _, split := range output.Splits {
		if split.Index < 0 || split.Index >= len(t.lines) || split.Lines < 0 {
			return fmt.Errorf("mapreduce: an output has split %d with %d lines, the plan has %d splits", split.Index, split.Lines, len(t.lines))
		}
		if t.lines[split.Index] != missing {
			known++
		}
	}
	switch {
	case known == len(output.Splits):
		t.Duplicates++
		return nil
	case known > 0:
		return ErrOverlap
	}
	var partial Partial
	text := json.NewDecoder(strings.NewReader(output.Partial))
	text.DisallowUnknownFields()
	if err := text.Decode(&partial); err != nil {
		return fmt.Errorf("mapreduce: an output has no partial result of %s: %w", t.job.Name, err)
	}
	for _, split := range output.Splits {
		t.lines[split.Index] = split.Lines
	}
	t.counted += len(output.Splits)
	t.rows.merge(output.Rows)
	t.partial = t.job.Reduce(t.partial, partial)
	return nil
}

// Output is the total as an output, to be added to another total. Files say what
// it was reduced from.
func (t *Total[Row, Partial]) Output(files []File) (Output, error) {
	text, err := json.Marshal(t.partial)
	if err != nil {
		return Output{}, fmt.Errorf("mapreduce: the partial result of %s: %w", t.job.Name, err)
	}
	output := Output{Run: t.run, Rows: t.rows, Partial: string(text), Files: files}
	for index, lines := range t.lines {
		if lines != missing {
			output.Splits = append(output.Splits, Counted{Index: index, Lines: lines})
		}
	}
	return output, nil
}
