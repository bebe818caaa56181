package settings

import "refstack/internal/contexts"

// MapReduce are the contexts mapreduce.… of the stack MapReduce.
type MapReduce struct {
	// Children of the map are express or standard. Defaults to express.
	Children string
	// Concurrency is how many batches of a run are mapped at once, and
	// AccountConcurrency the limit of the account. 0 is the stack's default.
	Concurrency, AccountConcurrency int
	// BadRows and BadRowsPercentage are tolerated in the input. Default to none.
	BadRows           int
	BadRowsPercentage float64
}

func readMapReduce(r *contexts.Reader) MapReduce {
	return MapReduce{
		Children:           r.OneOf("mapreduce.children", "express", "standard"),
		Concurrency:        r.Number("mapreduce.concurrency"),
		AccountConcurrency: r.Number("mapreduce.accountConcurrency"),
		BadRows:            r.Number("mapreduce.badRows"),
		BadRowsPercentage:  r.Percentage("mapreduce.badRowsPercentage"),
	}
}
