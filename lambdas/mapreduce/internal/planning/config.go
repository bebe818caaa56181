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
}

// minSplitBytes keeps splits larger than what is read behind their ends.
const minSplitBytes = 1 << 10

// maxBatchBytes is what a mapper reads in its minute, three times over: 60 MB a
// second come from S3.
const maxBatchBytes = 1 << 30

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	read := env.Read(getenv)
	c := Config{WorkBucket: read.Text("WORK_BUCKET")}
	if err := read.Err(); err != nil {
		return Config{}, err
	}
	for name, bytes := range map[string]*int64{"SPLIT_BYTES": &c.SplitBytes, "BATCH_BYTES": &c.BatchBytes} {
		n, err := strconv.ParseInt(getenv(name), 10, 64)
		if err != nil || n < minSplitBytes || n > maxBatchBytes {
			return Config{}, fmt.Errorf("%s must be a number of bytes from %d to %d, got %q", name, minSplitBytes, maxBatchBytes, getenv(name))
		}
		*bytes = n
	}
	return c, nil
}
