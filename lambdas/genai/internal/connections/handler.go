package connections

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/genai/internal/authorizer"
	"refstack/lambdas/internal/env"
)

// Config is what the stack tells the function.
type Config struct{ Table string }

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	r := env.Read(getenv)
	return Config{Table: r.Text("CONNECTIONS_TABLE")}, r.Err()
}

// Table is where a Handler keeps connections; a Store is one.
type Table interface {
	Add(ctx context.Context, owner, connection string, at time.Time) error
	Remove(ctx context.Context, owner, connection string) error
}

// Handler answers to $connect and $disconnect.
type Handler struct{ Table Table }

// Handle keeps the table. An error keeps the client from connecting: it would
// wait for what nobody sends it.
func (h *Handler) Handle(ctx context.Context, event events.APIGatewayWebsocketProxyRequest) (events.APIGatewayProxyResponse, error) {
	connection, owner := event.RequestContext.ConnectionID, ownerOf(event)
	response := events.APIGatewayProxyResponse{StatusCode: http.StatusOK}
	switch event.RequestContext.EventType {
	case "CONNECT":
		if owner == "" {
			response.StatusCode = http.StatusUnauthorized
			return response, nil
		}
		if authorizer.Offers(event.Headers, event.MultiValueHeaders) {
			// A browser closes a connection that chooses none of what it offered.
			response.Headers = map[string]string{"Sec-WebSocket-Protocol": authorizer.Subprotocol}
		}
		return response, h.Table.Add(ctx, owner, connection, time.Now())
	case "DISCONNECT":
		if owner != "" { // Otherwise, and where this never comes, its time to live ends.
			return response, h.Table.Remove(ctx, owner, connection)
		}
	}
	return response, nil
}

// ownerOf is whom the authorizer let in. It stays with the connection.
func ownerOf(event events.APIGatewayWebsocketProxyRequest) string {
	context, _ := event.RequestContext.Authorizer.(map[string]any)
	owner, _ := context["owner"].(string)
	return owner
}
