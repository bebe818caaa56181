package worker

import (
	"fmt"
	"time"

	"refstack/lambdas/internal/env"
	"refstack/lambdas/internal/model"
)

// Config is what the stack tells the function.
type Config struct {
	Table     string
	Queue     string        // The URL of the queue that the jobs come from.
	Deadline  time.Duration // How long after it was accepted a job may begin.
	Retention time.Duration // How long a job is kept.
	Model     model.Config
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	r := env.Read(getenv)
	c := Config{
		Table: r.Text("JOBS_TABLE"), Queue: r.URL("JOBS_QUEUE_URL"),
		Deadline: r.Duration("JOB_DEADLINE"), Retention: r.Duration("JOB_RETENTION"),
	}
	if r.Err() == nil && c.Retention <= c.Deadline {
		return Config{}, fmt.Errorf("JOB_RETENTION must be longer than JOB_DEADLINE: a job that was forgotten would be done again")
	}
	if r.Err() != nil {
		return Config{}, r.Err()
	}
	var err error
	c.Model, err = model.ConfigFromEnv(getenv)
	c.Model.Limits = limits
	return c, err
}
