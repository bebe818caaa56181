// Package reply is what callers read of a job, whichever way it reaches them.
package reply

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"refstack/lambdas/genai/internal/jobs"
)

// Document tells of a job.
type Document struct {
	ID       string      `json:"id"`
	Task     string      `json:"task,omitempty"`
	Status   jobs.Status `json:"status"`
	Accepted *time.Time  `json:"accepted,omitempty"`
	Started  *time.Time  `json:"started,omitempty"`
	Finished *time.Time  `json:"finished,omitempty"`
	Answer   *string     `json:"answer,omitempty"`
	Stop     string      `json:"stop,omitempty"`
	Model    string      `json:"model,omitempty"`
	Usage    *Usage      `json:"usage,omitempty"`
	Reason   string      `json:"reason,omitempty"`
	Location string      `json:"location,omitempty"` // Of the whole, where this is not all.
}

// Usage is what the answer cost.
type Usage struct {
	InputTokens  int `json:"inputTokens"`
	OutputTokens int `json:"outputTokens"`
}

// Of makes the document of a job.
func Of(job *jobs.Job) Document {
	d := Document{
		ID: job.ID.String(), Task: job.Task, Status: job.Status, Reason: job.Reason,
		Accepted: moment(job.Accepted), Started: moment(job.Started), Finished: moment(job.Finished),
	}
	if job.Status == jobs.Succeeded {
		d.Answer, d.Stop, d.Model = &job.Answer, job.Stop, job.Model
		d.Usage = &Usage{job.InputTokens, job.OutputTokens}
	}
	return d
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// JSON is the document's text.
func (d Document) JSON() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // It is read as JSON, and <, > and & are shorter.
	if err := encoder.Encode(d); err != nil {
		return nil, fmt.Errorf("writing what became of a job: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// Within is the text of a job's document if it has at most limit bytes. A longer
// one says where the job is polled, below path, instead of the answer.
func Within(limit int, job *jobs.Job, path string) ([]byte, error) {
	d := Of(job)
	text, err := d.JSON()
	if err != nil || len(text) <= limit {
		return text, err
	}
	d.Answer, d.Location = nil, strings.TrimSuffix(path, "/")+"/"+d.ID
	return d.JSON()
}
