// Command authorizeiot lets callers with a Cognito ID token connect to IoT Core
// by MQTT, and read their own topic.
//
// Event: custom authorizer of IoT Core, signing disabled. The token is the MQTT
// password, and the client ID is the token's sub, alone or with - and a suffix.
// IoT Core waits for 5 seconds at most. It needs no permissions, and the network.
//
//	TOKEN_ISSUER, TOKEN_AUDIENCE, TOKEN_KEYS_URL  as in the command authorize
//	TOPIC_PREFIX  the topic of a caller is TOPIC_PREFIX/SUB
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
	prefix := start.Must(authorizer.TopicPrefixFromEnv(os.Getenv))
	lambda.Start(authorizer.IoT(token.New(settings), prefix))
}
