package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
)

// world has connections, each of which answers in its own way.
type world struct {
	mu      sync.Mutex
	answers map[string]error
	slow    time.Duration
	now     int
	most    int
	got     []string
	removed []string
	lost    error
}

func (w *world) Of(_ context.Context, owner string) ([]string, error) {
	var all []string
	for connection := range w.answers {
		if strings.HasPrefix(connection, owner) {
			all = append(all, connection)
		}
	}
	return all, w.lost
}

func (w *world) Forget(_ context.Context, owner, connection string, at time.Time) error {
	if time.Since(at) > time.Minute {
		return fmt.Errorf("it says that it is %s", at)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removed = append(w.removed, owner+" "+connection)
	return w.lost
}

func (w *world) PostToConnection(ctx context.Context, in *apigatewaymanagementapi.PostToConnectionInput, _ ...func(*apigatewaymanagementapi.Options)) (*apigatewaymanagementapi.PostToConnectionOutput, error) {
	w.mu.Lock()
	w.now++
	w.most = max(w.most, w.now)
	w.mu.Unlock()
	time.Sleep(w.slow)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now--
	if w.answers[*in.ConnectionId] == nil {
		w.got = append(w.got, *in.ConnectionId+": "+string(in.Data))
	}
	return nil, w.answers[*in.ConnectionId]
}

func ended(status, answer string) events.DynamoDBEventRecord {
	image := map[string]events.DynamoDBAttributeValue{}
	for name, value := range map[string]string{"owner": "alice", "job": "my-name", "id": "17954-0a1b2c3d-my-name", "task": "qa", "status": status, "answer": answer} {
		image[name] = events.NewStringAttribute(value)
	}
	return events.DynamoDBEventRecord{EventID: "e", EventName: "MODIFY", Change: events.DynamoDBStreamRecord{NewImage: image}}
}

func handle(t *testing.T, w *world, change events.DynamoDBEventRecord) error {
	t.Helper()
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	err := (&Pusher{Table: w, Gateway: w, JobsPath: "/jobs"}).Handle(context.Background(), change)
	if strings.Contains(log.String(), "Rayleigh") || strings.Contains(log.String(), "my-name") || strings.Contains(log.String(), "alice") {
		t.Errorf("logged %s", log.String())
	}
	slices.Sort(w.got)
	slices.Sort(w.removed)
	return err
}

func TestEveryConnectionOfTheOwner(t *testing.T) {
	w := &world{answers: map[string]error{"alice1": nil, "alice2": nil, "bob1": nil}}
	if err := handle(t, w, ended("succeeded", "Rayleigh")); err != nil {
		t.Fatal(err)
	}
	const text = `{"id":"17954-0a1b2c3d-my-name","task":"qa","status":"succeeded","answer":"Rayleigh","usage":{"inputTokens":0,"outputTokens":0}}`
	if want := []string{"alice1: " + text, "alice2: " + text}; !slices.Equal(w.got, want) || w.removed != nil {
		t.Errorf("got %q, removed %q", w.got, w.removed)
	}
}

func TestConnectionsThatFail(t *testing.T) {
	w := &world{answers: map[string]error{
		"alice1": fmt.Errorf("operation error: %w", &types.GoneException{}), "alice2": nil, "alice3": &types.LimitExceededException{}, "alice4": nil,
	}}
	err := handle(t, w, ended("failed", ""))
	var limit *types.LimitExceededException
	if !errors.As(err, &limit) || len(w.got) != 2 || !slices.Equal(w.removed, []string{"alice alice1"}) {
		t.Errorf("%v, got %q, removed %q", err, w.got, w.removed)
	}
	w = &world{answers: map[string]error{"alice1": &types.GoneException{}, "alice2": nil}}
	if err := handle(t, w, ended("expired", "")); err != nil || len(w.got) != 1 {
		t.Errorf("a connection that is gone: %v", err)
	}
	w = &world{answers: map[string]error{"alice1": &types.GoneException{}}, lost: errors.New("no table")}
	if err := handle(t, w, ended("failed", "")); !errors.Is(err, w.lost) {
		t.Errorf("without a table: %v", err)
	}
}

func TestNobodyIsConnected(t *testing.T) {
	w := &world{}
	if err := handle(t, w, ended("succeeded", "Rayleigh")); err != nil || w.got != nil {
		t.Errorf("%v, got %q", err, w.got)
	}
}

func TestOtherChanges(t *testing.T) {
	w := &world{answers: map[string]error{"alice1": nil}}
	for name, change := range map[string]events.DynamoDBEventRecord{
		"running": ended("running", ""), "queued": ended("queued", ""), "removed": {EventName: "REMOVE"},
	} {
		if err := handle(t, w, change); err != nil || w.got != nil {
			t.Errorf("%s: %v, got %q", name, err, w.got)
		}
	}
}

func TestLongAnswerGoesByReference(t *testing.T) {
	for size, whole := range map[int]bool{128<<10 - 200: true, 128 << 10: false, 256 << 10: false} {
		w := &world{answers: map[string]error{"alice1": nil}}
		if err := handle(t, w, ended("succeeded", strings.Repeat("a", size))); err != nil || len(w.got) != 1 {
			t.Fatal(err, len(w.got))
		}
		if len(w.got[0]) > 128<<10+len("alice1: ") || strings.Contains(w.got[0], "aaaa") != whole || strings.Contains(w.got[0], `"location":"/jobs/17954-0a1b2c3d-my-name"`) == whole {
			t.Errorf("of %d bytes: %.200s", size, w.got[0])
		}
	}
}

func TestSoManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{answers: map[string]error{}, slow: time.Second}
		for i := range 25 {
			w.answers[fmt.Sprint("alice", i)] = nil
		}
		if err := handle(t, w, ended("succeeded", "Rayleigh")); err != nil || len(w.got) != 25 || w.most != atOnce {
			t.Errorf("%v, %d got it, %d at once", err, len(w.got), w.most)
		}
	})
}

func TestConfig(t *testing.T) {
	variables := map[string]string{"CONNECTIONS_TABLE": "c", "CONNECTIONS_ENDPOINT": "https://a.execute-api.us-east-1.amazonaws.com/v1", "JOBS_PATH": "/jobs"}
	getenv := func(name string) string { return variables[name] }
	if got, err := ConfigFromEnv(getenv); err != nil || got != (Config{"c", "https://a.execute-api.us-east-1.amazonaws.com/v1", "/jobs"}) {
		t.Errorf("%+v %v", got, err)
	}
	for name := range variables {
		before := variables[name]
		variables[name] = ""
		if _, err := ConfigFromEnv(getenv); err == nil {
			t.Errorf("without %s it starts", name)
		}
		variables[name] = before
	}
}
