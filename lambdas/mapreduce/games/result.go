package games

import (
	"encoding/json"
	"math/big"
	"strings"
)

// Result is what the result document shows, in minutes. Numbers are written
// exactly; only the mean is rounded, to six decimals.
type Result struct {
	Count     int64        `json:"count"`
	Sum       json.Number  `json:"sum"`
	Min       *json.Number `json:"min"` // null where there is no game
	Max       *json.Number `json:"max"`
	Mean      *json.Number `json:"mean"`
	Histogram []Class      `json:"histogram"`
}

// Class counts the games from From to less than To minutes. The last class of
// all has no To.
type Class struct {
	From  int64 `json:"from"`
	To    int64 `json:"to,omitempty"`
	Count int64 `json:"count"`
}

// Result makes the result of a partial that is the last one.
func (p Partial) Result() Result {
	r := Result{Count: p.Count, Sum: minutes(p.Sum, 1, decimals), Histogram: []Class{}}
	if p.Count > 0 {
		least, most, mean := minutes(p.Min, 1, decimals), minutes(p.Max, 1, decimals), minutes(p.Sum, p.Count, 6)
		r.Min, r.Max, r.Mean = &least, &most, &mean
	}
	for i, n := range p.Histogram {
		if n == 0 {
			continue
		}
		c := Class{From: int64(i) * classWidth / minute, To: int64(i+1) * classWidth / minute, Count: n}
		if i == classes-1 {
			c.To = 0
		}
		r.Histogram = append(r.Histogram, c)
	}
	return r
}

// minutes writes thousandths / of, in minutes, without zeros at the end.
func minutes(thousandths, of int64, decimals int) json.Number {
	text := new(big.Rat).Quo(big.NewRat(thousandths, minute), big.NewRat(of, 1)).FloatString(decimals)
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}
