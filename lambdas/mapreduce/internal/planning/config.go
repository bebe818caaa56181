package planning

import "refstack/lambdas/internal/env"

// Config is what the stack tells the function.
type Config struct {
	// WorkBucket holds the plans.
	WorkBucket string
	// SplitBytes is the size of a split, and BatchBytes that of a batch.
	SplitBytes, BatchBytes int64
	// MaxBatchBytes is what a mapper has time for.
	MaxBatchBytes int64
}

// minSplitBytes keeps splits larger than what is read behind their ends.
const minSplitBytes = 1 << 10

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	r := env.Read(getenv)
	c := Config{WorkBucket: r.Text("WORK_BUCKET")}
	c.SplitBytes = r.Number("SPLIT_BYTES", minSplitBytes)
	c.BatchBytes = r.Number("BATCH_BYTES", c.SplitBytes)
	c.MaxBatchBytes = r.Number("MAX_BATCH_BYTES", c.BatchBytes)
	return c, r.Err()
}
