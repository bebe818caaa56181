// Package publish sends what became of a job to its owner's topic of IoT Core.
package publish

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"

	"refstack/lambdas/genai/internal/reply"
	"refstack/lambdas/internal/env"
)

const (
	// maxPayload is the most bytes of a payload: IoT Core takes 128 KB, with what
	// MQTT has around it.
	maxPayload = 127 << 10
	// publishTimeout is how long one of three tries may take.
	publishTimeout = 3 * time.Second
)

// Config is what the stack tells the function.
type Config struct {
	Prefix   string // Before the owner in the name of a topic.
	JobsPath string // Where jobs are polled.
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	r := env.Read(getenv)
	c := Config{Prefix: r.Text("TOPIC_PREFIX"), JobsPath: r.Text("JOBS_PATH")}
	return c, r.Err()
}

// NewClient makes the client that publishes.
func NewClient(config aws.Config) *iotdataplane.Client {
	return iotdataplane.NewFromConfig(config, func(o *iotdataplane.Options) {
		o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(publishTimeout)
	})
}

// IoT takes what is published.
type IoT interface {
	Publish(context.Context, *iotdataplane.PublishInput, ...func(*iotdataplane.Options)) (*iotdataplane.PublishOutput, error)
}

// Publisher tells owners of their jobs.
type Publisher struct {
	IoT      IoT
	Prefix   string // Before the owner in the name of a topic.
	JobsPath string // Where jobs are polled.
}

// Handle publishes the job of a change. An error has it published again, so that
// clients may hear of a job twice.
func (p *Publisher) Handle(ctx context.Context, change events.DynamoDBEventRecord) error {
	job := reply.Changed(ctx, change)
	if job == nil {
		return nil
	}
	text, err := reply.Within(maxPayload, job, p.JobsPath)
	if err != nil {
		return err
	}
	topic := p.Prefix + "/" + job.Owner
	// At least once: IoT Core keeps it for a client whose session outlives its connection.
	if _, err := p.IoT.Publish(ctx, &iotdataplane.PublishInput{Topic: &topic, Qos: 1, Payload: text}); err != nil {
		return fmt.Errorf("publishing a job: %w", err)
	}
	slog.InfoContext(ctx, "published", "eventId", change.EventID, "task", job.Task, "status", job.Status, "bytes", len(text))
	return nil
}
