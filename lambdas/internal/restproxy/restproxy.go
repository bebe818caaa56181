// Package restproxy serves the proxy events of an API Gateway REST API with an
// http.Handler, so that the same handler serves a laptop.
package restproxy

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/problem"
)

// reserve is the time kept for answering before Lambda ends the function: a
// client should read a 503 of ours and not a 502 of the gateway.
const reserve = 500 * time.Millisecond

// Handle is the type of a Lambda function behind a REST API.
type Handle func(context.Context, events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error)

// New makes a Lambda handler of handler. It never fails: what cannot become a
// request is answered with a problem document.
func New(handler http.Handler) Handle {
	adapter := httpadapter.New(handler)
	return func(ctx context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		ctx, cancel := leaveTime(ctx)
		defer cancel()
		if err := tidy(&event); err != nil {
			return refuse(event, problem.New(problem.InvalidBody, "The body is not what its encoding says.")), nil
		}
		response, err := adapter.ProxyWithContext(ctx, event)
		if err != nil {
			return refuse(event, &problem.Problem{Kind: problem.InvalidParameter, Detail: "The request cannot be read."}), nil
		}
		return response, nil
	}
}

// leaveTime ends the context in time to answer.
func leaveTime(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-reserve))
	}
	return context.WithCancel(ctx)
}

// tidy keeps from the adapter what it would answer with 504 and a line in the
// log that quotes the request: a path that is no URL, and a body that is not
// base64 though the event says so.
func tidy(event *events.APIGatewayProxyRequest) error {
	event.Path = withoutBasePath(event)
	// API Gateway has decoded what it calls the path, perhaps into a ? or a stray %.
	if _, err := url.ParseRequestURI("/" + event.Path); err != nil || strings.ContainsAny(event.Path, "?#") {
		event.Path = (&url.URL{Path: event.Path}).EscapedPath()
	}
	if event.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(event.Body)
		if err != nil {
			return fmt.Errorf("decoding the body: %w", err)
		}
		event.Body, event.IsBase64Encoded = string(body), false
	}
	return nil
}

// withoutBasePath is the path as the API knows it. A custom domain leaves its own
// base path before that: /shop/items/7 for the resource /items/{id}.
func withoutBasePath(event *events.APIGatewayProxyRequest) string {
	var values []string
	for name, value := range event.PathParameters {
		values = append(values, "{"+name+"}", value, "{"+name+"+}", value)
	}
	known := strings.NewReplacer(values...).Replace(event.Resource)
	if before, ok := strings.CutSuffix(strings.TrimSuffix(event.Path, "/"), known); ok {
		return event.Path[len(before):]
	}
	return event.Path
}

func refuse(event events.APIGatewayProxyRequest, p *problem.Problem) events.APIGatewayProxyResponse {
	return events.APIGatewayProxyResponse{
		StatusCode: p.Kind.Status,
		MultiValueHeaders: map[string][]string{
			"Content-Type":           {problem.ContentType},
			"Cache-Control":          {"no-store"},
			"X-Content-Type-Options": {"nosniff"},
		},
		Body: string(p.JSON(event.RequestContext.RequestID)),
	}
}

// Identity is what API Gateway knows of a request.
func Identity() httpapi.Identity { return httpapi.Identity{Subject: subject, RequestID: requestID} }

// subject is who sent the request: the claim sub of the token that API Gateway
// has checked, and "" without one.
func subject(r *http.Request) string {
	// The context and not the adapter's header, which a client could send.
	gateway, _ := core.GetAPIGatewayContextFromContext(r.Context())
	claims, _ := gateway.Authorizer["claims"].(map[string]any)
	subject, _ := claims["sub"].(string)
	return subject
}

// requestID is API Gateway's name of the request, which the client finds in the
// header x-amzn-RequestId and we find in the access log.
func requestID(r *http.Request) string {
	gateway, _ := core.GetAPIGatewayContextFromContext(r.Context())
	return gateway.RequestID
}
