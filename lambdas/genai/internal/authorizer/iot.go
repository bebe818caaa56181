package authorizer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"refstack/lambdas/genai/internal/token"
)

// The least and the most seconds after which IoT Core ends a connection.
const (
	shortest = 5 * time.Minute
	longest  = 24 * time.Hour
)

// topicPrefix leaves out what MQTT and policies take for wildcards or variables.
var topicPrefix = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$`)

// TopicPrefixFromEnv reads what comes before a caller's sub in the name of a topic.
func TopicPrefixFromEnv(getenv func(string) string) (string, error) {
	prefix := getenv("TOPIC_PREFIX")
	if !topicPrefix.MatchString(prefix) {
		return "", fmt.Errorf("TOPIC_PREFIX must be names of letters, digits, hyphens and underscores with slashes between, got %q", prefix)
	}
	return prefix, nil
}

// errWrongClient says that a caller connects under the name of another.
var errWrongClient = errors.New("the client ID is not the subject of the token, alone or with - and more")

// errShort says that IoT Core cannot end the connection as soon as the token ends.
var errShort = errors.New("the token is good for less than five minutes")

// IoT answers the custom authorizer of IoT Core. The token is the password of
// MQTT: the user name and the query stand in logs. Callers read the topic of
// their own below prefix, and write none.
func IoT(verifier Verifier, prefix string) func(context.Context, events.IoTCoreCustomAuthorizerRequest) (events.IoTCoreCustomAuthorizerResponse, error) {
	return func(ctx context.Context, request events.IoTCoreCustomAuthorizerRequest) (events.IoTCoreCustomAuthorizerResponse, error) {
		var mqtt events.IoTCoreMQTTContext
		if request.ProtocolData != nil && request.ProtocolData.MQTT != nil {
			mqtt = *request.ProtocolData.MQTT
		}
		caller, err := verifier.Verify(ctx, string(mqtt.Password))
		left := time.Until(caller.Expires)
		switch {
		case errors.Is(err, token.ErrRefused):
		case err != nil:
			return events.IoTCoreCustomAuthorizerResponse{}, err
		case mqtt.ClientID != caller.Subject && !strings.HasPrefix(mqtt.ClientID, caller.Subject+"-"):
			err = errWrongClient
		case left < shortest:
			err = errShort
		}
		if err != nil {
			slog.InfoContext(ctx, "refused", "reason", err)
			return refusal, nil
		}
		core, err := coreOf(ctx)
		if err != nil {
			return events.IoTCoreCustomAuthorizerResponse{}, err
		}
		topic := prefix + "/" + caller.Subject
		seconds := uint32(min(left, longest).Seconds())
		return events.IoTCoreCustomAuthorizerResponse{
			IsAuthenticated: true,
			PrincipalID:     strings.ReplaceAll(caller.Subject, "-", ""), // It may have letters and digits alone.
			PolicyDocuments: []*events.IAMPolicyDocument{{
				Version: "2012-10-17",
				Statement: []events.IAMPolicyStatement{
					allow("iot:Connect", core+"client/"+caller.Subject, core+"client/"+caller.Subject+"-*"),
					allow("iot:Subscribe", core+"topicfilter/"+topic),
					allow("iot:Receive", core+"topic/"+topic),
				},
			}},
			// Nothing changes before the token ends, and with it the connection.
			DisconnectAfterInSeconds: seconds,
			RefreshAfterInSeconds:    seconds,
		}, nil
	}
}

// refusal is the answer to whoever may not connect.
var refusal = events.IoTCoreCustomAuthorizerResponse{PolicyDocuments: []*events.IAMPolicyDocument{}}

func allow(action string, resources ...string) events.IAMPolicyStatement {
	return events.IAMPolicyStatement{Action: []string{action}, Effect: "Allow", Resource: resources}
}

// coreOf is what the ARNs of IoT Core begin with where the function runs.
func coreOf(ctx context.Context) (string, error) {
	function, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return "", errors.New("the function does not know its own ARN")
	}
	parts := strings.Split(function.InvokedFunctionArn, ":") // arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME
	if len(parts) < 7 {
		return "", errors.New("the function does not know its own ARN")
	}
	return strings.Join([]string{"arn", parts[1], "iot", parts[3], parts[4], ""}, ":"), nil
}
