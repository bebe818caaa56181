// Package polling answers a caller who asks what became of a job.
package polling

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/genai/internal/reply"
	"refstack/lambdas/internal/env"
	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/problem"
)

// After how many seconds it is worth asking again.
const (
	askQueued  = 5
	askRunning = 2
)

// skew is how much the clock of API Gateway, which dates jobs, may be ahead of ours.
const skew = time.Minute

// patience is how long after it should have ended a job may still end by itself:
// more than all receives of its message, and of its dead letter, take.
const patience = 2 * time.Hour

// Config is what the stack tells the function.
type Config struct {
	Table          string
	Deadline       time.Duration // How long after it was accepted a job may begin.
	AllowedOrigins []string
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	r := env.Read(getenv)
	c := Config{Table: r.Text("JOBS_TABLE"), Deadline: r.Duration("JOB_DEADLINE")}
	if r.Err() != nil {
		return Config{}, r.Err()
	}
	var err error
	if c.AllowedOrigins, err = httpapi.ParseOrigins(getenv("ALLOWED_ORIGINS")); err != nil {
		return Config{}, fmt.Errorf("ALLOWED_ORIGINS: %w", err)
	}
	return c, nil
}

// Store is the table of jobs, as package jobs has it.
type Store interface {
	Get(ctx context.Context, owner, key string) (*jobs.Job, error)
}

type service struct {
	store    Store
	deadline time.Duration
	identity httpapi.Identity
}

// New makes the handler of the API.
func New(store Store, config Config, identity httpapi.Identity) *httpapi.API {
	s := &service{store: store, deadline: config.Deadline, identity: identity}
	api := &httpapi.API{Origins: config.AllowedOrigins, RequestID: identity.RequestID}
	api.Handle("GET /jobs/{id}", s.get)
	return api
}

func (s *service) get(r *http.Request) (*httpapi.Answer, error) {
	owner, err := s.identity.Caller(r)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	id, err := jobs.ParseID(r.PathValue("id"))
	if err != nil || !id.OwnedBy(owner) || id.Begins().After(now.Add(skew)) {
		return nil, problem.New(problem.NotFound, "")
	}
	job, err := s.store.Get(r.Context(), owner, id.Key)
	switch {
	case errors.Is(err, jobs.ErrNotFound):
		return answer(s.unrecorded(id, now))
	case errors.Is(err, jobs.ErrWillPass):
		return nil, &problem.Problem{Kind: problem.Unavailable, Cause: err, Header: http.Header{"Retry-After": {"1"}}}
	case err != nil:
		return nil, err
	}
	return answer(reply.Of(s.overdue(job, now)))
}

// overdue is the job as its caller should see it: one that nothing will end any
// more, as its message and its dead letter are lost, must not be asked for for ever.
func (s *service) overdue(job *jobs.Job, now time.Time) *jobs.Job {
	last := job.Accepted.Add(s.deadline)
	if job.Lease.After(last) {
		last = job.Lease
	}
	if job.Status.Ended() || now.Before(last.Add(patience)) {
		return job
	}
	late := *job
	late.Status, late.Reason = jobs.Expired, jobs.ReasonLate
	return &late
}

// unrecorded tells of a job that has no record: API Gateway has put it straight
// into the queue, where it may still wait, unless it has waited too long. It may
// also be forgotten, or never have been: that looks the same.
func (s *service) unrecorded(id jobs.ID, now time.Time) reply.Document {
	if now.Before(id.Ends().Add(s.deadline)) {
		return reply.Document{ID: id.String(), Status: jobs.Queued}
	}
	return reply.Document{ID: id.String(), Status: jobs.Expired, Reason: jobs.ReasonLate}
}

func answer(d reply.Document) (*httpapi.Answer, error) {
	body, err := d.JSON()
	a := &httpapi.Answer{Status: http.StatusOK, Body: body, Header: http.Header{}}
	switch d.Status {
	case jobs.Queued:
		a.Header.Set("Retry-After", strconv.Itoa(askQueued))
	case jobs.Running:
		a.Header.Set("Retry-After", strconv.Itoa(askRunning))
	}
	return a, err
}
