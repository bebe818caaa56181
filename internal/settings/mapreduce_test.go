package settings

import "testing"

func TestMapReduce(t *testing.T) {
	part := func(s Settings) MapReduce { return s.MapReduce }
	testRead(t, nil, part, MapReduce{Children: "express"})
	testRead(t, map[string]any{
		"mapreduce.children": "standard", "mapreduce.concurrency": "500", "mapreduce.accountConcurrency": "3000",
		"mapreduce.badRows": "10", "mapreduce.badRowsPercentage": "0.5",
	}, part, MapReduce{Children: "standard", Concurrency: 500, AccountConcurrency: 3000, BadRows: 10, BadRowsPercentage: 0.5})
	testBad(t, map[string]map[string]any{
		`context mapreduce.children must be express or standard, got "EXPRESS"`: {"mapreduce.children": "EXPRESS"},
	})
}
