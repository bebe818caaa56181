package polling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/internal/httpapi"
)

const (
	alice    = "0a1b2c3d-0000-4000-8000-00000000a11c"
	bob      = "bbbbbbbb-0000-4000-8000-000000000b0b"
	alike    = "0a1b2c3d-ffff-4000-8000-000000000b0b" // Begins as alice does.
	deadline = 6 * time.Hour
)

// table holds one job of alice.
type table struct {
	job jobs.Job
	err error
}

func (s *table) Get(_ context.Context, owner, key string) (*jobs.Job, error) {
	if s.err != nil {
		return nil, s.err
	}
	if owner != s.job.Owner || key != s.job.ID.Key {
		return nil, jobs.ErrNotFound
	}
	return &s.job, nil
}

func ask(t *testing.T, s Store, caller, path string) *httptest.ResponseRecorder {
	t.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	api := New(s, Config{Deadline: deadline, AllowedOrigins: []string{"https://a.example"}}, httpapi.Identity{
		Subject: func(*http.Request) string { return caller }, RequestID: func(*http.Request) string { return "request-1" },
	})
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Origin", "https://a.example")
	api.ServeHTTP(w, r)
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Access-Control-Allow-Origin") != "https://a.example" {
		t.Errorf("%s has the headers %v", path, w.Header())
	}
	return w
}

func id(t *testing.T, at time.Time, owner, key string) jobs.ID {
	t.Helper()
	made, err := jobs.NewID(at, owner, key)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestStatesOfAJob(t *testing.T) {
	of := id(t, time.Now(), alice, "k")
	for status, c := range map[jobs.Status]struct{ retry, part string }{
		jobs.Queued:    {"5", `"status":"queued"`},
		jobs.Running:   {"2", `"status":"running"`},
		jobs.Succeeded: {"", `"answer":"Rayleigh."`},
		jobs.Failed:    {"", `"reason":"Because."`},
		jobs.Expired:   {"", `"reason":"Because."`},
	} {
		s := &table{job: jobs.Job{Ticket: jobs.Ticket{ID: of, Owner: alice, Task: "qa", Digest: "secret", Accepted: time.Now()}, Status: status, Run: "secret", Result: jobs.Result{Answer: "Rayleigh."}}}
		if status == jobs.Failed || status == jobs.Expired {
			s.job.Reason = "Because."
		}
		w := ask(t, s, alice, "/jobs/"+of.String())
		if w.Code != 200 || w.Header().Get("Retry-After") != c.retry || !strings.Contains(w.Body.String(), c.part) || strings.Contains(w.Body.String(), "secret") ||
			strings.Contains(w.Body.String(), "Rayleigh") != (status == jobs.Succeeded) || !strings.Contains(w.Body.String(), `"id":"`+of.String()+`"`) {
			t.Errorf("%s: %d %v %s", status, w.Code, w.Header(), w.Body)
		}
		for _, other := range []string{bob, alike} {
			w := ask(t, s, other, "/jobs/"+of.String())
			if other == bob && w.Code != 404 || strings.Contains(w.Body.String(), "Rayleigh") || strings.Contains(w.Body.String(), "Because") {
				t.Errorf("%s reads %d %s", other, w.Code, w.Body)
			}
		}
	}
}

func TestJobWithoutARecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(30 * 365 * 24 * time.Hour) // IDs have five digits of today's time.
		of := id(t, time.Now(), alice, "k")
		want := func(status string) {
			t.Helper()
			w := ask(t, &table{}, alice, "/jobs/"+of.String())
			var d map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != 200 || d["status"] != status || d["id"] != of.String() ||
				(w.Header().Get("Retry-After") != "") != (status == "queued") || (d["reason"] == jobs.ReasonLate) != (status == "expired") {
				t.Errorf("%v %d %v %s", err, w.Code, w.Header(), w.Body)
			}
		}
		want("queued")
		time.Sleep(time.Until(of.Ends().Add(deadline - time.Second)))
		want("queued")
		time.Sleep(time.Second)
		want("expired")
	})
}

// A job whose message and dead letter are lost has a record that nothing ends.
func TestJobThatNothingEnds(t *testing.T) {
	now := time.Now()
	before, after := deadline+patience-time.Minute, deadline+patience+time.Minute
	for name, c := range map[string]struct {
		status, want jobs.Status
		age, lease   time.Duration // How long ago each was.
	}{
		"on its way":            {jobs.Queued, jobs.Queued, before, before},
		"begun late":            {jobs.Running, jobs.Running, after, patience - time.Minute},
		"queued and lost":       {jobs.Queued, jobs.Expired, after, after},
		"running and lost":      {jobs.Running, jobs.Expired, after, patience + time.Minute},
		"succeeded, long since": {jobs.Succeeded, jobs.Succeeded, 2 * after, 2 * after},
	} {
		of := id(t, now.Add(-c.age), alice, "k")
		w := ask(t, &table{job: jobs.Job{
			Ticket: jobs.Ticket{ID: of, Owner: alice, Accepted: now.Add(-c.age)}, Status: c.status, Lease: now.Add(-c.lease),
		}}, alice, "/jobs/"+of.String())
		if !strings.Contains(w.Body.String(), `"status":"`+string(c.want)+`"`) || strings.Contains(w.Body.String(), jobs.ReasonLate) != (c.want == jobs.Expired) ||
			(w.Header().Get("Retry-After") == "") != c.want.Ended() {
			t.Errorf("%s: %v %s", name, w.Header(), w.Body)
		}
	}
}

// The clocks of API Gateway and of the function are not the same.
func TestJobOfASecondAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(30 * 365 * 24 * time.Hour)
		next := id(t, time.Now().Add(28*time.Hour), alice, "k")
		for _, c := range []struct {
			ahead time.Duration
			code  int
		}{{time.Hour, 404}, {10 * time.Second, 200}} {
			time.Sleep(time.Until(next.Begins().Add(-c.ahead)))
			if w := ask(t, &table{}, alice, "/jobs/"+next.String()); w.Code != c.code {
				t.Errorf("%s ahead: %d %s", c.ahead, w.Code, w.Body)
			}
		}
	})
}

func TestIDsThatTellNothing(t *testing.T) {
	now := time.Now()
	for name, path := range map[string]string{
		"another's":     "/jobs/" + id(t, now, bob, "k").String(),
		"of the future": "/jobs/" + id(t, now.Add(28*time.Hour), alice, "k").String(),
		"malformed":     "/jobs/k",
		"no ID":         "/jobs/",
		"a path":        "/jobs/" + id(t, now, alice, "k").String() + "/x",
		"escaped":       "/jobs/" + id(t, now, alice, "k").String() + "%0a",
	} {
		w := ask(t, &table{}, alice, path)
		if w.Code != 404 || !strings.Contains(w.Body.String(), "urn:problem-type:not-found") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := ask(t, &table{}, "", "/jobs/"+id(t, now, alice, "k").String()); w.Code != 401 || w.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("nobody reads %d %v", w.Code, w.Header())
	}
}

func TestFaultsOfTheTable(t *testing.T) {
	of := id(t, time.Now(), alice, "k")
	w := ask(t, &table{err: fmt.Errorf("reading: %w: jobs-table-X", jobs.ErrWillPass)}, alice, "/jobs/"+of.String())
	if w.Code != 503 || w.Header().Get("Retry-After") != "1" || strings.Contains(w.Body.String(), "table-X") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	w = ask(t, &table{err: errors.New("AccessDenied jobs-table-X")}, alice, "/jobs/"+of.String())
	if w.Code != 500 || strings.Contains(w.Body.String(), "table-X") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestConfig(t *testing.T) {
	variables := map[string]string{"JOBS_TABLE": "jobs", "JOB_DEADLINE": "6h0m0s"}
	getenv := func(name string) string { return variables[name] }
	if got, err := ConfigFromEnv(getenv); err != nil || got.Table != "jobs" || got.Deadline != deadline || got.AllowedOrigins != nil {
		t.Errorf("%+v %v", got, err)
	}
	for _, name := range []string{"JOBS_TABLE", "JOB_DEADLINE"} {
		before := variables[name]
		delete(variables, name)
		if _, err := ConfigFromEnv(getenv); err == nil {
			t.Errorf("without %s it starts", name)
		}
		variables[name] = before
	}
}
