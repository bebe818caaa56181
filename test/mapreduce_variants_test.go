package test

// mapReduceVariants have the other children, and tolerance.
var mapReduceVariants = []variant{
	{"dev-standard", map[string]any{
		"mapreduce.children": "standard", "mapreduce.concurrency": "1000", "mapreduce.accountConcurrency": "5000",
		"mapreduce.badRows": "1000", "mapreduce.badRowsPercentage": "0.1",
	}, "MapReduce"},
}
