package test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"refstack/test/awstest"
	"refstack/test/cognito"
	"refstack/test/lambdatest"
	"refstack/test/modeltest"
)

// tokenEnv is what an authorizer is told of a pool.
func tokenEnv(pool *cognito.Pool) map[string]string {
	return map[string]string{"TOKEN_ISSUER": pool.Issuer, "TOKEN_AUDIENCE": cognito.ClientID}
}

// genaiSockets are the functions of a WebSocket API, and what was sent.
type genaiSockets struct {
	*genaiQueue
	pool                         *cognito.Pool
	sockets                      *awstest.Sockets
	stream                       *awstest.Stream
	authorize, connect, push     *lambdatest.Function
	connectProxy, pushTableProxy *awstest.Proxy
	postProxy                    *awstest.Proxy
}

func startSockets(t *testing.T) *genaiSockets {
	t.Helper()
	s := &genaiSockets{genaiQueue: startQueue(t, 1, modeltest.HTTP, new(bills).by(nil)).startPolling(), pool: cognito.Start(t)}
	s.moto.CreateTable(genaiTables, "Connections", "connections")
	s.stream = s.moto.Stream("jobs")
	s.sockets = awstest.StartSockets(t, "abcdef123", "v1")
	s.connectProxy, s.pushTableProxy, s.postProxy = awstest.StartProxy(t, s.moto.URL), awstest.StartProxy(t, s.moto.URL), awstest.StartProxy(t, s.sockets.URL)
	s.authorize = startGenAi(t, "authorize", 5*time.Second, tokenEnv(s.pool))
	s.connect = startGenAi(t, "connect", 10*time.Second, map[string]string{
		"CONNECTIONS_TABLE": "connections", "AWS_ENDPOINT_URL_DYNAMODB": s.connectProxy.URL,
	})
	s.push = startGenAi(t, "push", 30*time.Second, map[string]string{
		"CONNECTIONS_TABLE": "connections", "CONNECTIONS_ENDPOINT": "https://abcdef123.execute-api.us-east-1.amazonaws.com/v1", "JOBS_PATH": "/jobs",
		"AWS_ENDPOINT_URL_DYNAMODB":                s.pushTableProxy.URL,
		"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": s.postProxy.URL + "/abcdef123/v1",
		"AWS_MAX_ATTEMPTS":                         "1",
	})
	s.consume(nil)
	return s
}

// event is one of a WebSocket API's route.
func (s *genaiSockets) event(kind, connection string, headers map[string]string, authorizer any) map[string]any {
	all := map[string][]string{}
	for name, value := range headers {
		all[name] = []string{value}
	}
	return map[string]any{
		"type": "REQUEST", "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef123/v1/$connect",
		"headers": headers, "multiValueHeaders": all, "isBase64Encoded": false,
		"requestContext": map[string]any{
			"routeKey": "$" + strings.ToLower(kind), "eventType": kind, "connectionId": connection, "stage": "v1", "apiId": "abcdef123",
			"requestId": "Z0hJ2EXAMPLE=", "authorizer": authorizer,
		},
	}
}

// dial connects with headers, and returns the subprotocol that was chosen; ok
// tells whether API Gateway would let the client in.
func (s *genaiSockets) dial(connection string, headers map[string]string) (subprotocol string, ok bool) {
	s.t.Helper()
	var decision events.APIGatewayCustomAuthorizerResponse
	if err := s.authorize.InvokeJSON(context.Background(), s.event("CONNECT", connection, headers, nil), &decision); err != nil {
		s.t.Fatal(err)
	}
	statement := decision.PolicyDocument.Statement
	if len(statement) != 1 || statement[0].Effect != "Allow" || statement[0].Resource[0] != "arn:aws:execute-api:us-east-1:123456789012:abcdef123/v1/$connect" {
		return "", false
	}
	var response events.APIGatewayProxyResponse
	if err := s.connect.InvokeJSON(context.Background(), s.event("CONNECT", connection, headers, decision.Context), &response); err != nil {
		s.t.Fatal(err)
	}
	return response.Headers["Sec-WebSocket-Protocol"], response.StatusCode == 200
}

// connectedAt has a connection of Alice's be made at another time than now.
func (s *genaiSockets) connectedAt(connection string, at time.Time) {
	s.t.Helper()
	client := dynamodb.NewFromConfig(aws.Config{
		Region: awstest.Region, BaseEndpoint: &s.moto.URL, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
	})
	_, err := client.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{
		TableName: aws.String("connections"),
		Key: map[string]types.AttributeValue{
			"owner": &types.AttributeValueMemberS{Value: genaiAlice}, "connection": &types.AttributeValueMemberS{Value: connection},
		},
		UpdateExpression: aws.String("ADD expires :later"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":later": &types.AttributeValueMemberN{Value: fmt.Sprint(int64(time.Until(at).Seconds()))},
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// deliver hands all changes of the table to a function, and returns at which it
// stopped.
func deliverChanges(t *testing.T, f *lambdatest.Function, event []byte) []events.DynamoDBBatchItemFailure {
	t.Helper()
	text, err := f.Invoke(context.Background(), event)
	var response events.DynamoDBEventResponse
	if err == nil {
		err = json.Unmarshal(text, &response)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Log())
	}
	return response.BatchItemFailures
}

// TestGenAiWebSocket connects clients, and tells them of their jobs.
func TestGenAiWebSocket(t *testing.T) {
	s := startSockets(t)
	alice, bob := s.pool.Token(genaiAlice, nil), s.pool.Token(genaiBob, nil)
	for connection, c := range map[string]struct {
		headers     map[string]string
		subprotocol string
		ok          bool
	}{
		"A1=":    {map[string]string{"Authorization": "Bearer " + alice}, "", true},
		"A2=":    {map[string]string{"Sec-WebSocket-Protocol": "bearer, " + alice}, "bearer", true},
		"B1=":    {map[string]string{"Sec-WebSocket-Protocol": "bearer, " + bob}, "bearer", true},
		"none":   {map[string]string{}, "", false},
		"forged": {map[string]string{"Authorization": "Bearer " + strings.Split(alice, ".")[0] + "." + strings.Split(bob, ".")[1] + "." + strings.Split(alice, ".")[2]}, "", false},
		"access": {map[string]string{"Authorization": "Bearer " + s.pool.Token(genaiAlice, map[string]any{"token_use": "access"})}, "", false},
		"late":   {map[string]string{"Authorization": "Bearer " + s.pool.Token(genaiAlice, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()})}, "", false},
	} {
		if subprotocol, ok := s.dial(connection, c.headers); ok != c.ok || subprotocol != c.subprotocol {
			t.Errorf("%s connects: %t, with %q", connection, ok, subprotocol)
		}
	}

	s.send(genaiAlice, "qa", "k1", question("sky"))
	s.ended(genaiAlice, "k1", "succeeded")
	event := s.stream.Next()
	if failed := deliverChanges(t, s.push, event); len(failed) > 0 {
		t.Fatalf("%v\n%s", failed, s.push.Log())
	}
	for connection, count := range map[string]int{"A1=": 1, "A2=": 1, "B1=": 0} {
		got := s.sockets.Received(connection)
		if len(got) != count {
			t.Errorf("%s received %q", connection, got)
		}
		for _, text := range got {
			var told map[string]any
			if err := json.Unmarshal([]byte(text), &told); err != nil || told["id"] != s.jobID(genaiAlice, "k1") || told["answer"] != "This is about sky." || told["status"] != "succeeded" {
				t.Errorf("%s received %s", connection, text)
			}
		}
	}

	// To API Gateway, a client that it is about to let in is one that is gone.
	s.dial("A3=", map[string]string{"Authorization": "Bearer " + alice})
	s.sockets.Fail(func(connection string) (int, string) {
		return map[string]int{"A3=": 410}[connection], "GoneException"
	})
	deliverChanges(t, s.push, event)
	s.sockets.Fail(nil)
	if failed := deliverChanges(t, s.push, event); len(failed) > 0 || len(s.sockets.Received("A3=")) != 1 {
		t.Errorf("%v, who was let in received %q", failed, s.sockets.Received("A3="))
	}

	// A connection that is gone is forgotten; one that is busy has the change come
	// again, and does not keep the others from it.
	s.sockets.Fail(func(connection string) (int, string) {
		return map[string]int{"A1=": 410}[connection], "GoneException"
	})
	s.connectedAt("A1=", time.Now().Add(-2*time.Minute))
	if failed := deliverChanges(t, s.push, event); len(failed) > 0 || len(s.sockets.Received("A2=")) != 4 {
		t.Errorf("%v, the other received %q", failed, s.sockets.Received("A2="))
	}
	s.sockets.Fail(nil)
	if deliverChanges(t, s.push, event); len(s.sockets.Received("A1=")) != 3 {
		t.Error("a connection that was gone is sent to again")
	}
	s.sockets.Fail(func(string) (int, string) { return 429, "LimitExceededException" })
	var changes events.DynamoDBEvent
	if err := json.Unmarshal(event, &changes); err != nil {
		t.Fatal(err)
	}
	last := changes.Records[len(changes.Records)-1].Change.SequenceNumber
	if failed := deliverChanges(t, s.push, event); len(failed) != 1 || failed[0].ItemIdentifier != last {
		t.Errorf("throttled, it stops at %v, want %s", failed, last)
	}
	s.sockets.Fail(nil)

	// What is too long for a WebSocket is polled.
	long := strings.Replace(string(event), "This is about sky.", strings.Repeat("sky ", 40000), 1)
	before := len(s.sockets.Received("A2="))
	if failed := deliverChanges(t, s.push, []byte(long)); len(failed) > 0 {
		t.Errorf("a long answer fails: %v", failed)
	}
	got := s.sockets.Received("A2=")
	if location := fmt.Sprintf(`"location":"/jobs/%s"`, s.jobID(genaiAlice, "k1")); len(got) != before+1 || strings.Contains(got[before], "sky sky") || !strings.Contains(got[before], location) {
		t.Errorf("a long answer comes as %.300q", got[before:])
	}

	if err := s.connect.InvokeJSON(context.Background(), s.event("DISCONNECT", "A2=", nil, map[string]any{"owner": genaiAlice}), nil); err != nil {
		t.Fatal(err)
	}
	deliverChanges(t, s.push, event)
	if len(s.sockets.Received("A2=")) != before+1 {
		t.Error("who has left is sent to")
	}

	for name, log := range map[string]string{"push": s.push.Log(), "connect": s.connect.Log(), "authorize": s.authorize.Log()} {
		if strings.Contains(log, "about sky") || strings.Contains(log, alice[:20]) || strings.Contains(log, genaiAlice) {
			t.Errorf("the log of %s has what it must not: %s", name, log)
		}
	}
	checkGenAiRole(t, "connect", []*awstest.Proxy{s.connectProxy})
	checkGenAiRole(t, "push", []*awstest.Proxy{s.pushTableProxy, s.postProxy}, grantedForStream)
}

// TestGenAiAuthorizerWithoutKeys has a pool that does not answer: that is no
// reason to let anybody in, nor to say that the token is bad.
func TestGenAiAuthorizerWithoutKeys(t *testing.T) {
	pool := cognito.Start(t)
	pool.Break(true)
	authorize := startGenAi(t, "authorize", 5*time.Second, tokenEnv(pool))
	s := &genaiSockets{}
	event := s.event("CONNECT", "A1=", map[string]string{"Authorization": "Bearer " + pool.Token(genaiAlice, nil)}, nil)
	if err := authorize.InvokeJSON(context.Background(), event, nil); err == nil {
		t.Error("it answers")
	}
	pool.Break(false)
	time.Sleep(1100 * time.Millisecond)
	if err := authorize.InvokeJSON(context.Background(), event, nil); err != nil {
		t.Errorf("when the pool answers again: %v", err)
	}
}
