// Package push sends what became of a job to the WebSockets of its owner.
package push

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"

	"refstack/lambdas/genai/internal/reply"
	"refstack/lambdas/internal/env"
)

const (
	// maxMessage is the most bytes that API Gateway sends at once.
	maxMessage = 128 << 10
	// atOnce is how many connections of one owner are sent to at the same time.
	atOnce = 10
	// postTimeout is how long one of three tries may take.
	postTimeout = 3 * time.Second
)

// Config is what the stack tells the function.
type Config struct {
	Table    string
	Endpoint string // The stage of the WebSocket API.
	JobsPath string // Where jobs are polled.
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	r := env.Read(getenv)
	c := Config{Table: r.Text("CONNECTIONS_TABLE"), Endpoint: r.URL("CONNECTIONS_ENDPOINT"), JobsPath: r.Text("JOBS_PATH")}
	return c, r.Err()
}

// NewClient makes the client that sends to the connections of a stage.
func NewClient(config aws.Config, endpoint string) *apigatewaymanagementapi.Client {
	return apigatewaymanagementapi.NewFromConfig(config, func(o *apigatewaymanagementapi.Options) {
		o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(postTimeout)
		if o.BaseEndpoint == nil { // Or else the environment names another, as for any client.
			o.BaseEndpoint = &endpoint
		}
	})
}

// Table is that of the connections, as package connections has it.
type Table interface {
	Of(ctx context.Context, owner string) ([]string, error)
	Forget(ctx context.Context, owner, connection string, at time.Time) error
}

// Gateway sends to a connection.
type Gateway interface {
	PostToConnection(context.Context, *apigatewaymanagementapi.PostToConnectionInput, ...func(*apigatewaymanagementapi.Options)) (*apigatewaymanagementapi.PostToConnectionOutput, error)
}

// Pusher tells owners of their jobs.
type Pusher struct {
	Table    Table
	Gateway  Gateway
	JobsPath string
}

// Handle sends the job of a change to all connections of its owner. One that
// fails does not keep the others from it; an error has all of them told again, so
// that clients may hear of a job twice.
func (p *Pusher) Handle(ctx context.Context, change events.DynamoDBEventRecord) error {
	job := reply.Changed(ctx, change)
	if job == nil {
		return nil
	}
	text, err := reply.Within(maxMessage, job, p.JobsPath)
	if err != nil {
		return err
	}
	all, err := p.Table.Of(ctx, job.Owner)
	if err != nil {
		return err
	}
	failures := make([]error, len(all))
	var wait sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for i, connection := range all {
		turns <- struct{}{}
		wait.Go(func() {
			failures[i] = p.send(ctx, job.Owner, connection, text)
			<-turns
		})
	}
	wait.Wait()
	slog.InfoContext(ctx, "pushed", "eventId", change.EventID, "task", job.Task, "status", job.Status, "connections", len(all), "bytes", len(text))
	return errors.Join(failures...)
}

// send sends to one connection, and forgets one that is gone.
func (p *Pusher) send(ctx context.Context, owner, connection string, text []byte) error {
	_, err := p.Gateway.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &connection, Data: text})
	var gone *types.GoneException
	switch {
	case errors.As(err, &gone):
		return p.Table.Forget(ctx, owner, connection, time.Now())
	case err != nil:
		return fmt.Errorf("sending to a connection: %w", err)
	}
	return nil
}
