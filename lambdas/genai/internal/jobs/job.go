// Package jobs keeps the life of jobs in a table: each is done by one run at a
// time, is begun a bounded number of times however often its message comes, and
// ends once.
package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Status is where a job is in its life.
type Status string

// The statuses. A job without a record is queued, too: nothing stands between
// API Gateway and the queue that could make one.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	Expired   Status = "expired"
)

// Ended tells whether the job's status is its last one.
func (s Status) Ended() bool { return s == Succeeded || s == Failed || s == Expired }

// ReasonLate is why a job expired.
const ReasonLate = "It waited longer than a job may wait."

// MaxAttempts is how often a job may be begun with a call of the model that is
// billed, or may have been: once, and once more where the first was cut off.
const MaxAttempts = 2

// Ticket is what a message says of its job.
type Ticket struct {
	ID       ID
	Owner    string // The claim sub of who sent it.
	Task     string
	Accepted time.Time
	Digest   string // Of what is asked: under one key that is always the same.
}

// Job is all that is known of a job.
type Job struct {
	Ticket
	Status    Status
	Attempts  int       // Calls of the model that may have been billed.
	Throttles int       // How often the model had no capacity.
	Lease     time.Time // Until when it belongs to the run.
	Run       string    // The random name of its last run.
	Started   time.Time
	Finished  time.Time
	Reason    string // Why there is no answer, for the caller.
	Result
}

// Result is what the model made of a job.
type Result struct {
	Answer       string
	Stop         string // Why the answer ends where it does.
	Model        string
	InputTokens  int
	OutputTokens int
}

// The attributes of a message, which API Gateway sets and no client can.
const (
	attributeID       = "id"
	attributeOwner    = "owner"
	attributeTask     = "task"
	attributeAccepted = "accepted"
)

// TicketOf reads the attributes of a message. An error says that it is no job of
// ours, and quotes nothing of it.
func TicketOf(message events.SQSMessage) (Ticket, error) {
	text := func(name string) string {
		if value := message.MessageAttributes[name].StringValue; value != nil {
			return *value
		}
		return ""
	}
	t := Ticket{Owner: text(attributeOwner), Task: text(attributeTask)}
	var err error
	if t.ID, err = ParseID(text(attributeID)); err != nil {
		return Ticket{}, err
	}
	if !t.ID.OwnedBy(t.Owner) {
		return Ticket{}, fmt.Errorf("the ID of the job is not its owner's")
	}
	if t.Task == "" {
		return Ticket{}, fmt.Errorf("the job has no task")
	}
	accepted, err := strconv.ParseInt(text(attributeAccepted), 10, 64)
	// No ID could tell of a later time, nor could JSON, in which the job is told.
	if err != nil || accepted <= 0 || accepted >= 100_000*period.Milliseconds() {
		return Ticket{}, fmt.Errorf("the job does not say when it was accepted")
	}
	t.Accepted = time.UnixMilli(accepted).UTC()
	digest := sha256.Sum256([]byte(t.Task + "\n" + message.Body))
	t.Digest = hex.EncodeToString(digest[:])
	return t, nil
}
