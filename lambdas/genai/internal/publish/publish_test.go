package publish

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
)

type broker struct {
	sent []*iotdataplane.PublishInput
	err  error
}

func (b *broker) Publish(_ context.Context, in *iotdataplane.PublishInput, _ ...func(*iotdataplane.Options)) (*iotdataplane.PublishOutput, error) {
	b.sent = append(b.sent, in)
	return nil, b.err
}

func ended(status, answer string) events.DynamoDBEventRecord {
	image := map[string]events.DynamoDBAttributeValue{}
	for name, value := range map[string]string{"owner": "alice", "job": "k", "id": "17954-0a1b2c3d-k", "task": "qa", "status": status, "answer": answer} {
		image[name] = events.NewStringAttribute(value)
	}
	return events.DynamoDBEventRecord{EventName: "MODIFY", Change: events.DynamoDBStreamRecord{NewImage: image}}
}

func handle(t *testing.T, b *broker, change events.DynamoDBEventRecord) error {
	t.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	return (&Publisher{IoT: b, Prefix: "App/jobs", JobsPath: "/jobs"}).Handle(context.Background(), change)
}

func TestToTheOwnersTopic(t *testing.T) {
	b := &broker{}
	if err := handle(t, b, ended("failed", "")); err != nil || len(b.sent) != 1 {
		t.Fatal(err, len(b.sent))
	}
	if in := b.sent[0]; *in.Topic != "App/jobs/alice" || in.Qos != 1 || in.Retain || string(in.Payload) != `{"id":"17954-0a1b2c3d-k","task":"qa","status":"failed"}` {
		t.Errorf("published %+v %s", in, in.Payload)
	}
}

func TestLongAnswerGoesByReference(t *testing.T) {
	for size, whole := range map[int]bool{126 << 10: true, 127 << 10: false, 256 << 10: false} {
		b := &broker{}
		if err := handle(t, b, ended("succeeded", strings.Repeat("a", size))); err != nil || len(b.sent) != 1 {
			t.Fatal(err, len(b.sent))
		}
		if text := string(b.sent[0].Payload); len(text) > 127<<10 || strings.Contains(text, "aaaa") != whole || strings.Contains(text, `"location":"/jobs/17954-0a1b2c3d-k"`) == whole {
			t.Errorf("of %d bytes: %.200s", size, text)
		}
	}
}

func TestOtherChangesAndFaults(t *testing.T) {
	b := &broker{err: errors.New("no")}
	for name, change := range map[string]events.DynamoDBEventRecord{"running": ended("running", ""), "removed": {EventName: "REMOVE"}} {
		if err := handle(t, b, change); err != nil || b.sent != nil {
			t.Errorf("%s: %v, published %v", name, err, b.sent)
		}
	}
	if err := handle(t, b, ended("succeeded", "")); !errors.Is(err, b.err) {
		t.Errorf("a fault is %v", err)
	}
}

func TestConfigFromEnv(t *testing.T) {
	variables := map[string]string{"TOPIC_PREFIX": "App/jobs", "JOBS_PATH": "/jobs"}
	getenv := func(name string) string { return variables[name] }
	if got, err := ConfigFromEnv(getenv); err != nil || got != (Config{"App/jobs", "/jobs"}) {
		t.Errorf("%+v %v", got, err)
	}
	for name, before := range maps.Clone(variables) {
		variables[name] = ""
		if _, err := ConfigFromEnv(getenv); err == nil {
			t.Errorf("without %s it starts", name)
		}
		variables[name] = before
	}
}
