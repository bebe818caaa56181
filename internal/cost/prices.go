// Package cost computes what an architecture costs in a month, from its template
// and AWS's list prices: idle, and with the load that somebody names. Free tiers,
// discounts and taxes are left out.
package cost

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
)

//go:embed prices.json
var pricesJSON []byte

// Price is what AWS asks for some units of something.
type Price struct {
	USD    float64 `json:"usd"`
	Units  float64 `json:"units"` // How many units the price is for.
	Per    string  `json:"per"`   // The same in words: "a million".
	Source string  `json:"source"`
}

// modelPrice is what a million tokens of a model cost.
type modelPrice struct {
	Input, Output float64
	Source        string
}

// list is the list of prices, of one day and Region.
var list = func() (l struct {
	Date, Region, Currency string
	Prices                 map[string]Price
	Models                 map[string]modelPrice
}) {
	if err := json.Unmarshal(pricesJSON, &l); err != nil {
		panic("cost: prices.json: " + err.Error())
	}
	return l
}()

// price returns a price of the list. All names are this package's own.
func price(name string) Price {
	p, ok := list.Prices[name]
	if !ok {
		panic("cost: prices.json has no " + name)
	}
	return p
}

// models are the names of the models whose prices are known.
func models() []string { return slices.Sorted(maps.Keys(list.Models)) }
