package awstest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// newID is a random ID in the form of a UUID.
func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // Never fails.
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// pollPause lies between two looks at an empty queue.
const pollPause = 2 * time.Millisecond

// Consume invokes functions with the messages of the queue, in batches, until
// stop is called, which waits for the invocations under way: what Lambda's event
// source mapping does, with ReportBatchItemFailures and as many invocations at
// once as there are functions. Messages that a function does not report are
// deleted; the others, and all of an invocation that fails, come back when their
// visibility ends.
func (q *Queue) Consume(batch int, functions ...func(ctx context.Context, event []byte) ([]byte, error)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, invoke := range functions {
		all.Go(func() {
			for ctx.Err() == nil {
				messages := q.receive(batch)
				if len(messages) == 0 {
					time.Sleep(pollPause)
					continue
				}
				response, err := invoke(context.WithoutCancel(ctx), q.event(messages))
				if err != nil {
					continue
				}
				failed, ok := failures(response)
				for _, m := range messages {
					if ok && !failed[m.id] {
						q.delete(m)
					}
				}
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// failures are the messages that a function reports; an answer that makes no
// sense reports all.
func failures(response []byte) (failed map[string]bool, ok bool) {
	var report struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if json.Unmarshal(response, &report) != nil {
		return nil, false
	}
	failed = map[string]bool{}
	for _, f := range report.BatchItemFailures {
		if f.ItemIdentifier == "" {
			return nil, false
		}
		failed[f.ItemIdentifier] = true
	}
	return failed, true
}

// event is what Lambda invokes a function with.
func (q *Queue) event(messages []*message) []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	records := make([]any, len(messages))
	for i, m := range messages {
		attributes := map[string]any{}
		for name, a := range m.attributes {
			attributes[name] = map[string]any{
				"dataType": a.DataType, "stringValue": a.StringValue, "stringListValues": []any{}, "binaryListValues": []any{},
			}
		}
		system := map[string]string{
			"ApproximateReceiveCount":          fmt.Sprint(m.receives),
			"SentTimestamp":                    fmt.Sprint(m.sentAt.UnixMilli()),
			"SenderId":                         "AROAEXAMPLE:sender",
			"ApproximateFirstReceiveTimestamp": fmt.Sprint(time.Now().UnixMilli()),
		}
		if m.group != "" {
			system["MessageGroupId"] = m.group
		}
		records[i] = map[string]any{
			"messageId": m.id, "receiptHandle": newID(), "body": m.body, "attributes": system, "messageAttributes": attributes,
			"md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": q.ARN, "awsRegion": Region,
		}
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		panic(err) // It has strings only.
	}
	return event
}
