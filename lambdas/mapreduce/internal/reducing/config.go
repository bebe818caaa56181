package reducing

import (
	"fmt"

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
	r := env.Read(getenv)
	c := Config{
		WorkBucket: r.Text("WORK_BUCKET"), ResultBucket: r.Text("RESULT_BUCKET"), ResultPrefix: getenv("RESULT_PREFIX"),
		MaxFiles: int(r.Number("MAX_FILES", 1)),
	}
	if r.Err() != nil {
		return Config{}, r.Err()
	}
	var err error
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
