package awstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"refstack/test/awstest"
)

func sqsClient(endpoint string) *sqs.Client {
	return sqs.NewFromConfig(aws.Config{
		Region: awstest.Region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
		RetryMaxAttempts: 1,
	})
}

// consumer notes what it is invoked with, and answers by body.
type consumer struct {
	mu     sync.Mutex
	bodies []string
	events []events.SQSMessage
}

func (c *consumer) invoke(_ context.Context, event []byte) ([]byte, error) {
	var batch events.SQSEvent
	if err := json.Unmarshal(event, &batch); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, m := range batch.Records {
		c.bodies, c.events = append(c.bodies, m.Body), append(c.events, m)
		switch m.Body {
		case "crashes":
			return nil, errors.New("crashed")
		case "fails":
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return json.Marshal(response)
}

func (c *consumer) seen(body string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, b := range c.bodies {
		if b == body {
			n++
		}
	}
	return n
}

func waitFor(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for start := time.Now(); !happened(); time.Sleep(2 * time.Millisecond) {
		if time.Since(start) > 20*time.Second {
			t.Fatal("waited in vain: " + what)
		}
	}
}

// The queue's clock is virtual here: the counts would be others where a consumer
// takes longer than its message is hidden.
func TestQueueDeliversUntilItIsDeleted(t *testing.T) {
	s := awstest.StartSQS(t) // Outside: a clock that is virtual waits for no network.
	synctest.Test(t, func(t *testing.T) {
		dead := s.CreateQueue("dead", nil)
		q := s.CreateQueue("jobs", &awstest.QueueOptions{Visibility: time.Second, DeadLetters: dead, MaxReceives: 3})
		for _, body := range []string{"works", "fails", "crashes"} {
			q.Send(body, nil)
		}
		twice := q.Send("twice", map[string]string{"owner": "alice"})
		q.Duplicate(twice)
		var c consumer
		start := time.Now()
		stop := q.Consume(1, c.invoke, c.invoke)
		waitFor(t, "an empty queue", func() bool { return q.Len() == 0 })
		stop()
		if took := time.Since(start); took < 3*time.Second {
			t.Errorf("a message that fails three times is dead after %s", took)
		}
		for body, want := range map[string]int{"works": 1, "fails": 3, "crashes": 3, "twice": 2} {
			if got := c.seen(body); got != want {
				t.Errorf("%s is delivered %d times, want %d", body, got, want)
			}
		}
		bodies := dead.Bodies()
		slices.Sort(bodies)
		if strings.Join(bodies, " ") != "crashes fails" || dead.Sent() != 2 || q.Sent() != 4 {
			t.Errorf("among the dead letters are %q of %d, of %d", bodies, dead.Sent(), q.Sent())
		}
		for _, m := range c.events {
			if m.Body == "twice" && (m.MessageId != twice || *m.MessageAttributes["owner"].StringValue != "alice" || m.EventSourceARN != q.ARN) {
				t.Errorf("it comes as %+v", m)
			}
		}
		q.Send("later", nil)
		time.Sleep(time.Minute)
		if c.seen("later") != 0 {
			t.Error("it is delivered to who has stopped")
		}
	})
}

func TestStopWaitsForInvocations(t *testing.T) {
	s := awstest.StartSQS(t)
	synctest.Test(t, func(t *testing.T) {
		q := s.CreateQueue("jobs", nil)
		q.Send("slow", nil)
		stop := q.Consume(1, func(ctx context.Context, _ []byte) ([]byte, error) {
			time.Sleep(10 * time.Second)
			return []byte(`{"batchItemFailures":[]}`), ctx.Err()
		})
		time.Sleep(time.Second)
		if stop(); q.Len() != 0 {
			t.Error("it is left to itself, or was cut off")
		}
	})
}

func TestSendMessage(t *testing.T) {
	s := awstest.StartSQS(t)
	q := s.CreateQueue("jobs", &awstest.QueueOptions{Second: 50 * time.Millisecond})
	proxy := awstest.StartProxy(t, s.URL)
	client := sqsClient(proxy.URL)
	send := func(change func(*sqs.SendMessageInput)) error {
		in := &sqs.SendMessageInput{
			QueueUrl: &q.URL, MessageBody: aws.String("a & b\n日本語"), MessageGroupId: aws.String("alice"), DelaySeconds: 2,
			MessageAttributes: map[string]types.MessageAttributeValue{"owner": {DataType: aws.String("String"), StringValue: aws.String("alice")}},
		}
		change(in)
		_, err := client.SendMessage(context.Background(), in)
		return err
	}
	start := time.Now()
	if err := send(func(*sqs.SendMessageInput) {}); err != nil {
		t.Fatal(err)
	}
	var c consumer
	defer q.Consume(10, c.invoke)()
	waitFor(t, "the message", func() bool { return q.Len() == 0 })
	if took := time.Since(start); took < 100*time.Millisecond {
		t.Errorf("it is delivered after %s", took)
	}
	if m := c.events[0]; m.Body != "a & b\n日本語" || *m.MessageAttributes["owner"].StringValue != "alice" || m.Attributes["MessageGroupId"] != "alice" || m.Attributes["ApproximateReceiveCount"] != "1" {
		t.Errorf("it comes as %+v", m)
	}
	for name, change := range map[string]func(*sqs.SendMessageInput){
		"too long":       func(in *sqs.SendMessageInput) { in.MessageBody = aws.String(strings.Repeat("a", awstest.MaxMessage)) },
		"a zero byte":    func(in *sqs.SendMessageInput) { in.MessageBody = aws.String("\x00") },
		"too late":       func(in *sqs.SendMessageInput) { in.DelaySeconds = 901 },
		"no such queue":  func(in *sqs.SendMessageInput) { in.QueueUrl = aws.String(q.URL + "2") },
		"too many words": func(in *sqs.SendMessageInput) { in.MessageAttributes = manyAttributes() },
	} {
		if err := send(change); err == nil {
			t.Errorf("%s is sent", name)
		}
	}
	if err := send(func(in *sqs.SendMessageInput) {
		in.MessageAttributes = nil
		in.MessageBody = aws.String(strings.Repeat("a", awstest.MaxMessage))
	}); err != nil {
		t.Errorf("of the longest message: %v", err)
	}
	call := proxy.Calls()[0]
	if call.Operation != "SendMessage" || len(call.Actions) != 1 || call.Actions[0] != "sqs:SendMessage" || call.Resource != q.ARN {
		t.Errorf("the proxy sees %+v", call)
	}
	proxy.Fault(func(awstest.Call) *awstest.Fault {
		return &awstest.Fault{Status: 400, Code: "OverLimit"}
	})
	var limit smithy.APIError
	if err := send(func(*sqs.SendMessageInput) {}); !errors.As(err, &limit) || limit.ErrorCode() != "OverLimit" {
		t.Errorf("the client takes the fault for %v", err)
	}
}

func manyAttributes() map[string]types.MessageAttributeValue {
	all := map[string]types.MessageAttributeValue{}
	for i := range 11 {
		all[fmt.Sprint("a", i)] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String("x")}
	}
	return all
}
