// Package games is the business logic of the map-reduce: how long games were.
// Map is f, Reduce is g; with a Row and a Partial of your own they become another
// job, and nothing else changes.
package games

import (
	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
)

// Job is what the mapper, the reducer and the command on a laptop run.
var Job = mapreduce.Job[Row, Partial]{
	Name:    "games",
	Columns: []string{numberColumn, lengthColumn},
	Parse:   Parse,
	Map:     Map,
	Reduce:  Reduce,
	Fold:    Fold,
	Result:  func(p Partial) any { return p.Result() },
}

const (
	numberColumn = "Game Number"
	lengthColumn = "Game Length"
)

// Row is one game.
type Row struct {
	Number int64
	// Length is in thousandths of a minute: whole numbers add up to the same sum
	// in any order, which floating point does not.
	Length int64
}

const (
	decimals = 3
	minute   = 1000
	// MaxNumber and MaxLength bound what a game may have. With lengths of at most
	// 100,000 minutes the sum of 90 billion games fits an int64.
	MaxNumber = 1e15
	MaxLength = 100_000 * minute
)

// Parse reads a row of the columns Game Number and Game Length.
func Parse(fields [][]byte) (Row, error) {
	number, err := rows.Integer(fields[0], MaxNumber)
	if err != nil {
		return Row{}, rows.In(numberColumn, err)
	}
	length, err := rows.Fixed(fields[1], decimals, MaxLength)
	if err != nil {
		return Row{}, rows.In(lengthColumn, err)
	}
	return Row{Number: number, Length: length}, nil
}

// The histogram has classes of ten minutes, and one for all games of four hours
// and more.
const (
	classWidth = 10 * minute
	classes    = 25
)

// Partial is what some games come to. The zero Partial is that of none.
type Partial struct {
	Count     int64          `json:"count"`
	Sum       int64          `json:"sum"`
	Min       int64          `json:"min"`
	Max       int64          `json:"max"`
	Histogram [classes]int64 `json:"histogram"`
}

// Map is f: what one game contributes.
func Map(row Row) Partial {
	p := Partial{Count: 1, Sum: row.Length, Min: row.Length, Max: row.Length}
	p.Histogram[class(row.Length)] = 1
	return p
}

// Reduce is g: two contributions as one.
func Reduce(a, b Partial) Partial {
	switch {
	case a.Count == 0:
		return b
	case b.Count == 0:
		return a
	}
	a.Count += b.Count
	a.Sum += b.Sum
	a.Min = min(a.Min, b.Min)
	a.Max = max(a.Max, b.Max)
	for i, n := range b.Histogram {
		a.Histogram[i] += n
	}
	return a
}

// Fold does what Reduce does with what Map returns, many times faster.
func Fold(into *Partial, row Row) {
	if into.Count == 0 {
		into.Min = row.Length
	}
	into.Count++
	into.Sum += row.Length
	into.Min = min(into.Min, row.Length)
	into.Max = max(into.Max, row.Length)
	into.Histogram[class(row.Length)]++
}

func class(length int64) int64 { return min(length/classWidth, classes-1) }
