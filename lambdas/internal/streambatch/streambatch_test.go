package streambatch

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

func batch(t *testing.T) events.DynamoDBEvent {
	t.Helper()
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
	return event
}

func status(change events.DynamoDBEventRecord) string {
	return change.Change.NewImage["status"].String()
}

func TestStopsAtTheFirstThatFails(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("no") },
		"panic": func() error { panic("no") },
	} {
		var seen []string
		response, err := New(func(_ context.Context, change events.DynamoDBEventRecord) error {
			seen = append(seen, status(change))
			if status(change) == "fails" {
				return fail()
			}
			return nil
		})(context.Background(), batch(t))
		text, _ := json.Marshal(response)
		if err != nil || string(text) != `{"batchItemFailures":[{"itemIdentifier":"4421584500000000017450439092"}]}` {
			t.Errorf("%s: %s %v", name, text, err)
		}
		if diff := cmp.Diff([]string{"works", "fails"}, seen); diff != "" {
			t.Errorf("%s: worked on: %s", name, diff)
		}
	}
}

func TestAnswerWithoutFailuresIsAList(t *testing.T) {
	seen := 0
	response, err := New(func(context.Context, events.DynamoDBEventRecord) error { seen++; return nil })(context.Background(), batch(t))
	if text, _ := json.Marshal(response); err != nil || string(text) != `{"batchItemFailures":[]}` || seen != 3 {
		t.Errorf("%s %v after %d", text, err, seen)
	}
}

func TestAChangeHasItsShareOfTheTime(t *testing.T) {
	event := batch(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 31*time.Second)
		defer cancel()
		start := time.Now()
		response, _ := New(func(ctx context.Context, _ events.DynamoDBEventRecord) error {
			<-ctx.Done()
			return ctx.Err()
		})(ctx, event)
		if took := time.Since(start); took != 10*time.Second || len(response.BatchItemFailures) != 1 ||
			response.BatchItemFailures[0].ItemIdentifier != "4421584500000000017450439091" {
			t.Errorf("after %s: %v", took, response)
		}
	})
}
