package jobs

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func message(t *testing.T) events.SQSMessage {
	t.Helper()
	text, err := os.ReadFile("testdata/message.json")
	if err != nil {
		t.Fatal(err)
	}
	var m events.SQSMessage
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTicketIsInTheAttributes(t *testing.T) {
	got, err := TicketOf(message(t))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID.String() != "17954-0a1b2c3d-order-7" || got.Owner != alice || got.Task != "qa" || !got.Accepted.Equal(noon) || len(got.Digest) != 64 {
		t.Errorf("%+v", got)
	}
	other := message(t)
	other.Body += " "
	if o, _ := TicketOf(other); o.Digest == got.Digest {
		t.Error("another body has the same digest")
	}
	other = message(t)
	summary := "summary"
	other.MessageAttributes["task"] = events.SQSMessageAttribute{StringValue: &summary}
	if o, _ := TicketOf(other); o.Digest == got.Digest {
		t.Error("another task has the same digest")
	}
}

// The body can say what it likes: it is not asked whose the job is.
func TestMessagesThatAreNoJobs(t *testing.T) {
	for name, values := range map[string][]string{
		"owner":    {"", "1a1b2c3d-0000-4000-8000-000000000b0b"},
		"task":     {""},
		"id":       {"", "x", "17954-1a1b2c3d-order-7"},
		"accepted": {"", "0", "-1", "soon", "10000000000000", "9999999999999999", "99999999999999999999"},
	} {
		for _, value := range values {
			m := message(t)
			m.Body = `{"owner":"` + alice + `"}`
			m.MessageAttributes[name] = events.SQSMessageAttribute{StringValue: &value}
			if got, err := TicketOf(m); err == nil || got != (Ticket{}) || strings.Contains(err.Error(), alice[:8]) {
				t.Errorf("%s %q: %+v %v", name, value, got, err)
			}
		}
		m := message(t)
		delete(m.MessageAttributes, name)
		if got, err := TicketOf(m); err == nil {
			t.Errorf("without %s: %+v", name, got)
		}
	}
	if _, err := TicketOf(events.SQSMessage{Body: "hello"}); err == nil {
		t.Error("a message without attributes is a job")
	}
}
