package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"refstack/lambdas/genai/internal/jobs"
)

// The pauses before a job that waits for the model is tried again double from
// the first to the last, the shortest and the longest.
const (
	firstPause = 5 * time.Second
	lastPause  = 5 * time.Minute
)

// backoff is a random pause up to a limit that doubles with each time, so that
// jobs that were throttled together do not come back together. It is at least
// what the model asks for.
func backoff(times int, atLeast time.Duration) time.Duration {
	limit := lastPause
	if doublings := max(times, 1) - 1; doublings < 6 {
		limit = min(lastPause, firstPause<<doublings)
	}
	return max(atLeast, 0) + time.Second + rand.N(limit)
}

// persist writes again what the table does not take at the moment, as long as
// there is time: behind it lies a call of the model that was billed.
func persist(ctx context.Context, write func() error) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 3*time.Second) {
		err := write()
		if !errors.Is(err, jobs.ErrWillPass) {
			return err
		}
		select {
		case <-time.After(pause/2 + rand.N(pause/2)):
		case <-ctx.Done():
			return err
		}
	}
}
