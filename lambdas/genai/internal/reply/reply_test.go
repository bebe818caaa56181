package reply

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/genai/internal/jobs"
)

func job(status jobs.Status) *jobs.Job {
	id, err := jobs.ParseID("17954-0a1b2c3d-order-7")
	if err != nil {
		panic(err)
	}
	at := time.Date(2026, 11, 23, 12, 0, 0, 120e6, time.UTC)
	j := &jobs.Job{
		Ticket: jobs.Ticket{ID: id, Owner: "0a1b2c3d-0000-4000-8000-00000000a11c", Task: "qa", Accepted: at, Digest: "d"},
		Status: status, Attempts: 1, Lease: at, Run: "r",
	}
	switch status {
	case jobs.Running:
		j.Started = at.Add(time.Second)
	case jobs.Succeeded:
		j.Started, j.Finished = at.Add(time.Second), at.Add(2*time.Second)
		j.Result = jobs.Result{Answer: "a < b & \u2028", Stop: "end", Model: "m", InputTokens: 3, OutputTokens: 0}
	case jobs.Failed:
		j.Finished, j.Reason = at.Add(time.Second), "Because."
	}
	return j
}

func TestDocuments(t *testing.T) {
	for status, want := range map[jobs.Status]string{
		jobs.Running: `{"id":"17954-0a1b2c3d-order-7","task":"qa","status":"running","accepted":"2026-11-23T12:00:00.12Z","started":"2026-11-23T12:00:01.12Z"}`,
		jobs.Succeeded: `{"id":"17954-0a1b2c3d-order-7","task":"qa","status":"succeeded","accepted":"2026-11-23T12:00:00.12Z","started":"2026-11-23T12:00:01.12Z",` +
			`"finished":"2026-11-23T12:00:02.12Z","answer":"a < b & \u2028","stop":"end","model":"m","usage":{"inputTokens":3,"outputTokens":0}}`,
		jobs.Failed: `{"id":"17954-0a1b2c3d-order-7","task":"qa","status":"failed","accepted":"2026-11-23T12:00:00.12Z","finished":"2026-11-23T12:00:01.12Z","reason":"Because."}`,
	} {
		got, err := Of(job(status)).JSON()
		if err != nil || string(got) != want {
			t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
		}
	}
	empty := job(jobs.Succeeded)
	empty.Answer = ""
	if got, _ := Of(empty).JSON(); !strings.Contains(string(got), `"answer":""`) {
		t.Errorf("an empty answer is none: %s", got)
	}
}

func TestLongAnswersGoByReference(t *testing.T) {
	j := job(jobs.Succeeded)
	whole, _ := Of(j).JSON()
	if got, err := Within(len(whole), j, "/jobs"); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("what fits is %s %v", got, err)
	}
	for _, path := range []string{"/jobs", "/jobs/"} {
		got, err := Within(len(whole)-1, j, path)
		var d map[string]any
		if json.Unmarshal(got, &d) != nil || err != nil || d["location"] != "/jobs/17954-0a1b2c3d-order-7" || d["status"] != "succeeded" ||
			d["id"] != "17954-0a1b2c3d-order-7" || d["answer"] != nil {
			t.Errorf("what does not fit is %s %v", got, err)
		}
	}
	j.Answer = strings.Repeat("\x01", 256<<10) // Six bytes each, as JSON.
	if got, err := Within(128<<10, j, "/jobs"); err != nil || len(got) > 1000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestChanged(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
	text, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	var event events.DynamoDBEvent
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, change := range event.Records {
		j := Changed(context.Background(), change)
		if j == nil {
			got = append(got, "nothing")
		} else {
			got = append(got, string(j.Status)+" "+j.ID.Key+" "+j.Answer)
		}
	}
	if want := "succeeded order-7 Rayleigh.,nothing,expired order-8 ,nothing,nothing"; strings.Join(got, ",") != want {
		t.Errorf("%q", got)
	}
}
