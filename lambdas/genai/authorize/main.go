// Command authorize lets callers with a Cognito ID token connect by WebSocket.
//
// Event: REQUEST authorizer of the route $connect, without identity sources: the
// token is in Authorization: Bearer or, as browsers cannot send that, in
// Sec-WebSocket-Protocol: bearer, TOKEN. It needs no permissions, and the network.
//
//	TOKEN_ISSUER    https://cognito-idp.REGION.amazonaws.com/POOL
//	TOKEN_AUDIENCE  the IDs of the pool's clients, with commas between
//	TOKEN_KEYS_URL  where the pool's keys are. Defaults to TOKEN_ISSUER/.well-known/jwks.json
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/authorizer"
	"refstack/lambdas/genai/internal/token"
	"refstack/lambdas/internal/start"
)

func main() {
	start.Log()
	settings := start.Must(token.ConfigFromEnv(os.Getenv))
	lambda.Start(authorizer.WebSocket(token.New(settings)))
}
