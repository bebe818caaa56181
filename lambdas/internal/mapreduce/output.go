package mapreduce

import (
	"cmp"
	"slices"
)

// Output is what a batch, or many of them, came to.
type Output struct {
	Run string `json:"run"`
	// Splits are those that are counted in it.
	Splits []Counted `json:"splits"`
	Rows   Rows      `json:"rows"`
	// Partial is the job's partial result, as JSON in a text: state machines pass
	// numbers on as floating point, which would change large ones.
	Partial string `json:"partial"`
	// Files are where the outputs are that this one was reduced from.
	Files []File `json:"files,omitempty"`
	// Document, if set, is where the output is that this one stands for: one that
	// is too large to be passed on.
	Document *Location `json:"document,omitempty"`
}

// Counted is a split and the lines that begin in it, or elements of an array.
// Those of all splits before it give a row its number.
type Counted struct {
	Index int   `json:"index"`
	Lines int64 `json:"lines"`
}

// Location is the place of an object.
type Location struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

// File is one that Distributed Map's result writer wrote, as its manifest names it.
type File struct {
	Key  string `json:"Key"`
	Size int64  `json:"Size"`
}

// Rows counts rows. The header is none.
type Rows struct {
	Good int64 `json:"good"`
	Bad  int64 `json:"bad"`
	// Reasons says how many are bad for which reason.
	Reasons map[string]int64 `json:"reasons,omitempty"`
	// Sample has the first bad rows.
	Sample []BadRow `json:"sample,omitempty"`
}

// BadRow says where a row is that could not be read, and why not.
type BadRow struct {
	Split int `json:"split"`
	// Line is its number among those that begin in the split, from 1.
	Line   int64  `json:"line"`
	Offset int64  `json:"offset"`
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
}

// maxSample is how many bad rows a result tells of.
const maxSample = 20

func (r *Rows) add(bad BadRow) {
	r.Bad++
	if r.Reasons == nil {
		r.Reasons = map[string]int64{}
	}
	r.Reasons[bad.Reason]++
	r.keep(bad)
}

func (r *Rows) merge(other Rows) {
	r.Good += other.Good
	r.Bad += other.Bad
	if r.Reasons == nil && len(other.Reasons) > 0 {
		r.Reasons = map[string]int64{}
	}
	for reason, n := range other.Reasons {
		r.Reasons[reason] += n
	}
	r.keep(other.Sample...)
}

// keep adds to the sample and leaves the first ones in it, so that it does not
// depend on the order in which it was made.
func (r *Rows) keep(bad ...BadRow) {
	before := len(r.Sample)
	for _, b := range bad {
		if before < maxSample || b.before(r.Sample[maxSample-1]) < 0 {
			r.Sample = append(r.Sample, b)
		}
	}
	if len(r.Sample) > before {
		slices.SortFunc(r.Sample, BadRow.before)
		r.Sample = r.Sample[:min(len(r.Sample), maxSample)]
	}
}

func (b BadRow) before(other BadRow) int {
	return cmp.Or(cmp.Compare(b.Split, other.Split), cmp.Compare(b.Line, other.Line))
}
