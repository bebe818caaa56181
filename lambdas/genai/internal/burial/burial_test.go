package burial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/genai/internal/jobs"
)

const owner = "0a1b2c3d-0000-4000-8000-00000000a11c"

type store struct {
	err  error
	told string
}

func (s *store) End(_ context.Context, t jobs.Ticket, status jobs.Status, reason string, at time.Time) error {
	s.told = fmt.Sprintf("%s of %s: %s: %s", t.ID.Key, t.Owner, status, reason)
	if time.Since(at) > time.Minute {
		s.told += " long ago"
	}
	return s.err
}

func letter(attributes bool) events.SQSMessage {
	m := events.SQSMessage{MessageId: "m", Body: `{"question":"secret cow"}`, MessageAttributes: map[string]events.SQSMessageAttribute{}}
	if attributes {
		for name, value := range map[string]string{"owner": owner, "task": "qa", "id": "17954-0a1b2c3d-alice", "accepted": "1795435200000"} {
			m.MessageAttributes[name] = events.SQSMessageAttribute{DataType: "String", StringValue: &value}
		}
	}
	return m
}

func TestDeadLettersEndAsFailedJobs(t *testing.T) {
	for name, c := range map[string]struct {
		err     error
		outcome string
		fails   bool
	}{
		"hangs":      {nil, "failed", false},
		"ended":      {jobs.ErrEnded, "repeated", false},
		"other body": {jobs.ErrOther, "other", false},
		"runs":       {&jobs.BusyError{}, "", true},
		"no table":   {errors.New("no"), "", true},
	} {
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
		s := &store{err: c.err}
		err := (&Handler{s}).Handle(context.Background(), letter(true))
		slog.SetDefault(before)
		if (err != nil) != c.fails || s.told != "alice of "+owner+": failed: "+Reason {
			t.Errorf("%s: %v, told %s", name, err, s.told)
		}
		if c.outcome != "" && !strings.Contains(log.String(), `"Outcome":"`+c.outcome+`"`) ||
			strings.Contains(log.String(), "alice") || strings.Contains(log.String(), "cow") {
			t.Errorf("%s: logged %s", name, log.String())
		}
	}
}

func TestLetterThatIsNoJob(t *testing.T) {
	s := &store{}
	if err := (&Handler{s}).Handle(context.Background(), letter(false)); err == nil || s.told != "" {
		t.Errorf("%v, told %s", err, s.told)
	}
}

func TestConfig(t *testing.T) {
	variables := map[string]string{"JOBS_TABLE": "jobs", "JOB_RETENTION": "168h0m0s"}
	getenv := func(name string) string { return variables[name] }
	if got, err := ConfigFromEnv(getenv); err != nil || got != (Config{"jobs", 168 * time.Hour}) {
		t.Errorf("%+v %v", got, err)
	}
	for _, name := range []string{"JOBS_TABLE", "JOB_RETENTION"} {
		before := variables[name]
		delete(variables, name)
		if _, err := ConfigFromEnv(getenv); err == nil {
			t.Errorf("without %s it starts", name)
		}
		variables[name] = before
	}
}
