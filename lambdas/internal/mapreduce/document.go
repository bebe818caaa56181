package mapreduce

import (
	"errors"
	"fmt"
	"iter"
)

// Document is the result of a run. The same rows give the same document but for
// what it says of the run itself, however they were cut, repeated and ordered.
type Document struct {
	Job     string  `json:"job"`
	Outcome Outcome `json:"outcome"`
	// Cause says why the run failed.
	Cause  string   `json:"cause,omitempty"`
	Rows   RowsRead `json:"rows"`
	Result any      `json:"result"`
	Run    Run      `json:"run"`
}

// Outcome says whether a run kept within its tolerances.
type Outcome string

const (
	Succeeded Outcome = "succeeded"
	Failed    Outcome = "failed"
)

// RowsRead counts the rows of a run.
type RowsRead struct {
	Read    int64            `json:"read"`
	Good    int64            `json:"good"`
	Bad     int64            `json:"bad"`
	Reasons map[string]int64 `json:"reasons,omitempty"`
	Sample  []Located        `json:"sample,omitempty"`
}

// Located is a bad row with its place in its object.
type Located struct {
	Key string `json:"key"`
	// Row is its line, or element of an array, from 1; the header is one. It is
	// not known where a split before it is missing.
	Row    int64  `json:"row,omitempty"`
	Offset int64  `json:"offset"`
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
}

// Run is what a document says of the run.
type Run struct {
	ID string `json:"id,omitempty"`
	// Input is what was asked for: an object's version, or a prefix.
	Input   any   `json:"input"`
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
	// Planned and Counted are splits.
	Planned int `json:"planned"`
	Counted int `json:"counted"`
	// Failures counts, where splits are missing, the batches that failed by their
	// error, or status.
	Failures map[string]int64 `json:"failures,omitempty"`
}

// Tolerances are what a run may lose and still succeed.
type Tolerances struct {
	Rows, Splits Tolerance
}

// Document ends the run. The plan is read once, in its order.
func (t *Total[Row, Partial]) Document(plan iter.Seq2[Split, error], input any, tolerances Tolerances) (Document, error) {
	d := Document{
		Job:     t.job.Name,
		Outcome: Succeeded,
		Rows:    RowsRead{Read: t.rows.Good + t.rows.Bad, Good: t.rows.Good, Bad: t.rows.Bad, Reasons: t.rows.Reasons},
		Result:  t.job.result(t.partial),
		Run:     Run{ID: t.run, Input: input, Planned: len(t.lines), Counted: t.counted},
	}
	if err := t.locate(plan, &d); err != nil {
		return Document{}, err
	}
	var causes []error
	if lost := d.Run.Planned - d.Run.Counted; tolerances.Splits.exceeded(int64(lost), int64(d.Run.Planned)) {
		causes = append(causes, fmt.Errorf("%d of %d splits are missing", lost, d.Run.Planned))
	}
	if tolerances.Rows.exceeded(d.Rows.Bad, d.Rows.Read) {
		causes = append(causes, fmt.Errorf("%d of %d rows are bad", d.Rows.Bad, d.Rows.Read))
	}
	if err := errors.Join(causes...); err != nil {
		d.Outcome, d.Cause = Failed, err.Error()
	}
	return d, nil
}

// locate goes along the plan and gives the sampled rows their numbers.
func (t *Total[Row, Partial]) locate(plan iter.Seq2[Split, error], d *Document) error {
	sample, index := t.rows.Sample, 0
	var before int64 // lines of the object, or missing
	for split, err := range plan {
		if err != nil {
			return err
		}
		if split.Index != index || index >= len(t.lines) {
			return fmt.Errorf("mapreduce: the plan has split %d where %d of %d is due", split.Index, index, len(t.lines))
		}
		if split.Start == 0 {
			before = 0
			d.Run.Objects++
		}
		d.Run.Bytes += split.End - split.Start
		for ; len(sample) > 0 && sample[0].Split == index; sample = sample[1:] {
			bad := Located{Key: split.Key, Offset: sample[0].Offset, Column: sample[0].Column, Reason: sample[0].Reason}
			if before != missing {
				bad.Row = before + sample[0].Line
			}
			d.Rows.Sample = append(d.Rows.Sample, bad)
		}
		if before == missing || t.lines[index] == missing {
			before = missing
		} else {
			before += t.lines[index]
		}
		index++
	}
	if index != len(t.lines) {
		return fmt.Errorf("mapreduce: the plan has %d splits, not %d", index, len(t.lines))
	}
	return nil
}
