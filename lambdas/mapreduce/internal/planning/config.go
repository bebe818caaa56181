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

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	read := env.Read(getenv)
	c := Config{WorkBucket: read.Text("WORK_BUCKET")}
	if err := read.Err(); err != nil {
		return Config{}, err
	}
	for name, bytes := range map[string]*int64{"SPLIT_BYTES": &c.SplitBytes, "BATCH_BYTES": &c.BatchBytes} {
		n, err := strconv.ParseInt(getenv(name), 10, 64)
		if err != nil || n < minSplitBytes || n > 1<<40 {
			return Config{}, fmt.Errorf("%s must be a number of bytes from %d to 2^40, got %q", name, minSplitBytes, getenv(name))
		}
		*bytes = n
	}
	return c, nil
}
