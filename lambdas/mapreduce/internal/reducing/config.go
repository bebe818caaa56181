package reducing

import (
	"fmt"
	"strconv"

	"refstack/lambdas/internal/env"
	"refstack/lambdas/internal/mapreduce"
)

// Config is what the stack tells the function.
type Config struct {
	// WorkBucket holds the plan, the files of the result writer, and the levels.
	WorkBucket string
	// ResultBucket and ResultPrefix say where the result goes.
	ResultBucket, ResultPrefix string
	Tolerances                 mapreduce.Tolerances
	// MaxFiles is how many files are reduced at once; more make a tree.
	MaxFiles int
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	read := env.Read(getenv)
	c := Config{
		WorkBucket: read.Text("WORK_BUCKET"), ResultBucket: read.Text("RESULT_BUCKET"), ResultPrefix: getenv("RESULT_PREFIX"),
	}
	err := read.Err()
	if err != nil {
		return Config{}, err
	}
	if c.MaxFiles, err = strconv.Atoi(getenv("MAX_FILES")); err != nil || c.MaxFiles < 1 {
		return Config{}, fmt.Errorf("MAX_FILES must be a positive number, got %q", getenv("MAX_FILES"))
	}
	for prefix, tolerance := range map[string]*mapreduce.Tolerance{
		"TOLERATED_BAD_ROWS": &c.Tolerances.Rows, "TOLERATED_FAILURES": &c.Tolerances.Splits,
	} {
		*tolerance, err = mapreduce.ParseTolerance(getenv(prefix), getenv(prefix+"_PERCENTAGE"))
		if err != nil {
			return Config{}, fmt.Errorf("%s: %w", prefix, err)
		}
	}
	return c, nil
}
