package planning

import (
	"fmt"
	"strconv"

	"refstack/lambdas/internal/env"
)

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
	read := env.Read(getenv)
	c := Config{WorkBucket: read.Text("WORK_BUCKET")}
	if err := read.Err(); err != nil {
		return Config{}, err
	}
	least := int64(minSplitBytes)
	for _, size := range []struct {
		name  string
		bytes *int64
	}{{"SPLIT_BYTES", &c.SplitBytes}, {"BATCH_BYTES", &c.BatchBytes}, {"MAX_BATCH_BYTES", &c.MaxBatchBytes}} {
		n, err := strconv.ParseInt(getenv(size.name), 10, 64)
		if err != nil || n < least {
			return Config{}, fmt.Errorf("%s must be a number of bytes from %d on, got %q", size.name, least, getenv(size.name))
		}
		*size.bytes, least = n, n
	}
	return c, nil
}
