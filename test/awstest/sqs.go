package awstest

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// MaxMessage is the most bytes of a message of SQS, its attributes included.
const MaxMessage = 1 << 20

// SQS is a stand-in for Amazon SQS, with standard queues: messages are delayed,
// hidden while somebody works on them, delivered again when that failed, and
// moved to another queue when it failed too often. Functions send to it; Consume
// plays the event source mapping that receives for them.
type SQS struct {
	// URL is its endpoint.
	URL string

	t      testing.TB
	mu     sync.Mutex
	queues map[string]*Queue
}

// StartSQS starts an SQS without queues on a free port of 127.0.0.1. It ends with
// the test. It knows SendMessage, in AWS JSON.
func StartSQS(t testing.TB) *SQS {
	s := &SQS{t: t, queues: map[string]*Queue{}}
	server := httptest.NewServer(s)
	s.URL = server.URL
	t.Cleanup(server.Close)
	return s
}

// QueueOptions tell how a queue is configured.
type QueueOptions struct {
	// Visibility is how long a message is hidden that somebody works on, and after
	// it has failed. Defaults to 30 seconds.
	Visibility time.Duration
	// DeadLetters takes the messages that were received MaxReceives times.
	// Defaults to none.
	DeadLetters *Queue
	MaxReceives int
	// Second is how long a second takes of those that a sender delays a message
	// for. Defaults to a second.
	Second time.Duration
}

// Queue is a queue of messages.
type Queue struct {
	// URL is what senders call it, and ARN what policies do.
	URL, ARN string

	options  QueueOptions
	mu       sync.Mutex
	messages []*message
	sent     int
}

// message is one in a queue.
type message struct {
	id, body, group string
	attributes      map[string]attribute
	sentAt          time.Time
	visibleAt       time.Time
	receives        int
}

// attribute is one of a message, as the JSON of SQS has it.
type attribute struct{ DataType, StringValue string }

// CreateQueue makes an empty queue. Nil options take every default.
func (s *SQS) CreateQueue(name string, options *QueueOptions) *Queue {
	q := &Queue{URL: s.URL + "/" + AccountID + "/" + name, ARN: fmt.Sprintf("arn:aws:sqs:%s:%s:%s", Region, AccountID, name)}
	if options != nil {
		q.options = *options
	}
	if q.options.Visibility == 0 {
		q.options.Visibility = 30 * time.Second
	}
	if q.options.Second == 0 {
		q.options.Second = time.Second
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues[name] = q
	return q
}

// ServeHTTP implements http.Handler.
func (s *SQS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code, why string) {
		writeJSON(w, sqsNamespace, failure{status: status, code: code, message: "awstest: " + why})
	}
	if target := r.Header.Get(targetHeader); target != "AmazonSQS.SendMessage" {
		refuse(http.StatusNotImplemented, "NotImplemented", "the stand-in has no "+target)
		return
	}
	var input struct {
		QueueUrl, MessageBody, MessageGroupId string
		DelaySeconds                          int
		MessageAttributes                     map[string]attribute
	}
	if err := json.NewDecoder(r.Body).Decode(&input); err != nil {
		refuse(http.StatusBadRequest, "SerializationException", err.Error())
		return
	}
	_, name, _ := queueOf(input.QueueUrl)
	s.mu.Lock()
	q := s.queues[name]
	s.mu.Unlock()
	if q == nil {
		refuse(http.StatusBadRequest, "QueueDoesNotExist", "there is no such queue")
		return
	}
	m := &message{body: input.MessageBody, group: input.MessageGroupId, attributes: input.MessageAttributes}
	if why := m.invalid(); why != "" || input.DelaySeconds < 0 || input.DelaySeconds > 900 {
		refuse(http.StatusBadRequest, "InvalidParameterValue", why+", or the delay is not from 0 to 900")
		return
	}
	sum := md5.Sum([]byte(m.body))
	id := q.add(m, time.Duration(input.DelaySeconds)*q.options.Second)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_ = json.NewEncoder(w).Encode(map[string]string{"MessageId": id, "MD5OfMessageBody": hex.EncodeToString(sum[:])})
}

// invalid tells why SQS would not take the message.
func (m *message) invalid() string {
	size := len(m.body)
	for name, a := range m.attributes {
		size += len(name) + len(a.DataType) + len(a.StringValue)
	}
	isForbidden := func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	}
	switch {
	case m.body == "" || size > MaxMessage:
		return fmt.Sprintf("a message of %d bytes", size)
	case strings.IndexFunc(m.body, isForbidden) >= 0:
		return "a character that a message cannot have"
	case len(m.attributes) > 10:
		return "more than 10 attributes"
	}
	return ""
}

func (q *Queue) add(m *message, delay time.Duration) string {
	if m.id == "" {
		m.id = newID()
	}
	m.sentAt = time.Now()
	m.visibleAt = m.sentAt.Add(delay)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = append(q.messages, m)
	q.sent++
	return m.id
}

// Send puts a message into the queue, as a sender would, and returns its ID.
func (q *Queue) Send(body string, attributes map[string]string) string {
	m := &message{body: body, attributes: map[string]attribute{}}
	for name, value := range attributes {
		m.attributes[name] = attribute{"String", value}
	}
	return q.add(m, 0)
}

// Duplicate has the queue deliver a message once more than it was sent, as
// standard queues may.
func (q *Queue) Duplicate(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		if m.id == id {
			again := *m
			q.messages = append(q.messages, &again)
			return
		}
	}
}

// Len is how many messages are in the queue, hidden and delayed ones included.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

// Sent is how many messages were ever sent to the queue.
func (q *Queue) Sent() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sent
}

// Bodies are those of the messages in the queue.
func (q *Queue) Bodies() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var bodies []string
	for _, m := range q.messages {
		bodies = append(bodies, m.body)
	}
	return bodies
}

// receive takes the first visible messages, and hides them.
func (q *Queue) receive(most int) []*message {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	var taken []*message
	for i := 0; i < len(q.messages) && len(taken) < most; i++ {
		m := q.messages[i]
		if now.Before(m.visibleAt) {
			continue
		}
		if q.options.DeadLetters != nil && m.receives >= q.options.MaxReceives {
			q.messages = slices.Delete(q.messages, i, i+1)
			i--
			dead := *m
			dead.receives = 0
			q.options.DeadLetters.add(&dead, 0)
			continue
		}
		m.receives++
		m.visibleAt = now.Add(q.options.Visibility)
		taken = append(taken, m)
	}
	return taken
}

func (q *Queue) delete(m *message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = slices.DeleteFunc(q.messages, func(other *message) bool { return other == m })
}
