package sqsbatch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

func batch(t *testing.T) events.SQSEvent {
	t.Helper()
	text, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	var event events.SQSEvent
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatal(err)
	}
	return event
}

// captureLog has slog write to the buffer it returns.
func captureLog(t *testing.T) *bytes.Buffer {
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &out
}

func TestExactlyTheFailedComeBack(t *testing.T) {
	log := captureLog(t)
	var seen []string
	response, err := New(func(_ context.Context, m events.SQSMessage) error {
		seen = append(seen, m.Body)
		switch m.Body {
		case "fails":
			return errors.New(`Get "https://bucket.s3.amazonaws.com/alice?X-Amz-Signature=secret": broken pipe`)
		case "panics":
			panic("lost my mind")
		}
		return nil
	})(context.Background(), batch(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"works", "fails", "panics", "works too"}, seen); diff != "" {
		t.Errorf("worked on: %s", diff)
	}
	want := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{
		{ItemIdentifier: "2e1424d4-f796-459a-8184-9c92662be6da"}, {ItemIdentifier: "3f2535e5-a8a7-560b-9295-8da3773cf7eb"},
	}}
	if diff := cmp.Diff(want, response); diff != "" {
		t.Error(diff)
	}
	if text := log.String(); strings.Contains(text, "alice") || strings.Contains(text, "secret") || !strings.Contains(text, "broken pipe") || !strings.Contains(text, "panic of string") {
		t.Errorf("the log holds what it must not, or not what it must: %s", text)
	}
}

func TestAnswerWithoutFailuresIsAList(t *testing.T) {
	response, err := New(func(context.Context, events.SQSMessage) error { return nil })(context.Background(), batch(t))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(response)
	if string(text) != `{"batchItemFailures":[]}` {
		t.Errorf("got %s", text)
	}
}

func TestSlowMessageLeavesTimeForOthers(t *testing.T) {
	captureLog(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 41*time.Second)
		defer cancel()
		start := time.Now()
		response, _ := New(func(ctx context.Context, m events.SQSMessage) error {
			if m.Body == "fails" {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})(ctx, batch(t))
		if len(response.BatchItemFailures) != 1 {
			t.Errorf("came back: %v", response.BatchItemFailures)
		}
		// Three messages were left of four, and 40 seconds but for the reserve.
		if took := time.Since(start); took != 40*time.Second/3 {
			t.Errorf("the slow message had %s", took)
		}
	})
}

func TestMessagesWithoutTimeComeBack(t *testing.T) {
	captureLog(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
		defer cancel()
		worked := 0
		response, err := New(func(context.Context, events.SQSMessage) error {
			worked++
			time.Sleep(2 * time.Second) // Deaf to its context.
			return nil
		})(ctx, batch(t))
		if err != nil || worked != 2 || len(response.BatchItemFailures) != 2 {
			t.Errorf("worked on %d, came back %v, %v", worked, response.BatchItemFailures, err)
		}
		if left, _ := ctx.Deadline(); time.Until(left) < 0 {
			t.Error("the answer is too late for Lambda")
		}
	})
}

func ExampleNew() {
	handler := New(func(ctx context.Context, message events.SQSMessage) error {
		if message.Body == "poison" {
			return errors.New("cannot swallow it")
		}
		return nil
	})
	slog.SetDefault(slog.New(slog.DiscardHandler))
	response, _ := handler(context.Background(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: "bread"}, {MessageId: "2", Body: "poison"},
	}})
	fmt.Println(response.BatchItemFailures)
	// Output: [{2}]
}
