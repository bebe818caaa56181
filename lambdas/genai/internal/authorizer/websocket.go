// Package authorizer lets callers with a token of the user pool in, where API
// Gateway and IoT Core cannot check one themselves.
package authorizer

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/genai/internal/token"
)

// Verifier tells whose a token is; package token has one.
type Verifier interface {
	Verify(ctx context.Context, text string) (token.Caller, error)
}

// Subprotocol is offered by browsers before the token, since they can send no
// header of their own, and chosen by whoever answers.
const Subprotocol = "bearer"

// WebSocket answers the authorizer of $connect. Whoever is refused gets a policy
// and no error: errors count as the function's own, and would let anybody set off
// its alarm.
func WebSocket(verifier Verifier) func(context.Context, events.APIGatewayCustomAuthorizerRequestTypeRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
	return func(ctx context.Context, request events.APIGatewayCustomAuthorizerRequestTypeRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
		caller, err := verifier.Verify(ctx, tokenOf(request))
		switch {
		case errors.Is(err, token.ErrRefused):
			slog.InfoContext(ctx, "refused", "reason", err)
			return policy("nobody", "Deny", request.MethodArn), nil
		case err != nil:
			return events.APIGatewayCustomAuthorizerResponse{}, err
		}
		response := policy(caller.Subject, "Allow", request.MethodArn)
		response.Context = map[string]any{"owner": caller.Subject}
		return response, nil
	}
}

func policy(principal, effect, arn string) events.APIGatewayCustomAuthorizerResponse {
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: principal,
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version:   "2012-10-17",
			Statement: []events.IAMPolicyStatement{{Action: []string{"execute-api:Invoke"}, Effect: effect, Resource: []string{arn}}},
		},
	}
}

// tokenOf reads the token from the headers. It is never in the query, which
// stands in logs.
func tokenOf(request events.APIGatewayCustomAuthorizerRequestTypeRequest) string {
	if scheme, token, _ := strings.Cut(header(request.Headers, request.MultiValueHeaders, "Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	if protocol, token, _ := strings.Cut(header(request.Headers, request.MultiValueHeaders, "Sec-WebSocket-Protocol"), ","); strings.TrimSpace(protocol) == Subprotocol {
		return strings.TrimSpace(token)
	}
	return ""
}

// Offers tells whether a client would speak the subprotocol, from the headers of
// an event, which has them in two forms.
func Offers(last map[string]string, all map[string][]string) bool {
	for protocol := range strings.SplitSeq(header(last, all, "Sec-WebSocket-Protocol"), ",") {
		if strings.TrimSpace(protocol) == Subprotocol {
			return true
		}
	}
	return false
}

// header is the value of a header, whose name clients write in any case.
func header(last map[string]string, all map[string][]string, name string) string {
	for key, values := range all {
		if strings.EqualFold(key, name) {
			return strings.Join(values, ",")
		}
	}
	for key, value := range last {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}
