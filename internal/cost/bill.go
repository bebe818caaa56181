package cost

import (
	"fmt"

	"refstack/internal/catalog"
)

// Factor is a number of an arithmetic, with what it counts.
type Factor struct {
	Number float64 `json:"number"`
	Unit   string  `json:"unit,omitempty"`
}

// Line is an item of a bill: the product of its factors, at a price.
type Line struct {
	What    string   `json:"what"`
	Factors []Factor `json:"factors"`
	Price   Price    `json:"price"`
	USD     float64  `json:"usd"`
}

// Bill is what a stack costs in a month.
type Bill struct {
	Stack       string   `json:"stack"`
	Stage       string   `json:"stage"`
	Date        string   `json:"date"` // Of the list prices.
	Region      string   `json:"region"`
	Currency    string   `json:"currency"`
	Idle        []Line   `json:"idle"`
	Load        []Line   `json:"load"`
	Assumptions []string `json:"assumptions"`
	IdleUSD     float64  `json:"idleTotal"`
	TotalUSD    float64  `json:"total"`
}

// Of returns the bill of an architecture in a variant of its template (dev, prod),
// with a load that has passed Load.Set.
func Of(a catalog.Architecture, variant string, load Load) (Bill, error) {
	t, err := a.Template(variant)
	if err != nil {
		return Bill{}, err
	}
	return billOf(a, variant, t, load)
}

func billOf(a catalog.Architecture, variant string, t catalog.Template, load Load) (Bill, error) {
	b := Bill{Stack: a.ID, Stage: variant, Date: list.Date, Region: list.Region, Currency: list.Currency}
	var err error
	if b.Idle, err = Idle(t); err != nil {
		return Bill{}, fmt.Errorf("%s in %s: %w", a.ID, variant, err)
	}
	if load.any() {
		m := &meter{template: t, load: load}
		load.model.lines(m)
		if m.err != nil {
			return Bill{}, fmt.Errorf("%s in %s: %w", a.ID, variant, m.err)
		}
		b.Load, b.Assumptions = m.lines, load.model.assumptions
	}
	b.IdleUSD = Total(b.Idle)
	b.TotalUSD = b.IdleUSD + Total(b.Load)
	return b, nil
}

// Total adds lines up.
func Total(lines []Line) float64 {
	var usd float64
	for _, l := range lines {
		usd += l.USD
	}
	return usd
}

func line(what string, p Price, factors ...Factor) Line {
	quantity := 1.0
	for _, f := range factors {
		quantity *= f.Number
	}
	return Line{What: what, Factors: factors, Price: p, USD: quantity * p.USD / p.Units}
}
