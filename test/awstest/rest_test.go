package awstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	gatewaytypes "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"

	"refstack/test/awstest"
)

func configOf(endpoint string) aws.Config {
	return aws.Config{
		Region: awstest.Region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""), RetryMaxAttempts: 1,
	}
}

func TestSockets(t *testing.T) {
	s := awstest.StartSockets(t, "abc", "v1")
	proxy := awstest.StartProxy(t, s.URL)
	client := apigatewaymanagementapi.NewFromConfig(configOf(proxy.URL + "/abc/v1"))
	post := func(connection, text string) error {
		_, err := client.PostToConnection(context.Background(), &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &connection, Data: []byte(text)})
		return err
	}
	if err := post("Z0hJ2cOFvHcCIhw=", "hello"); err != nil {
		t.Fatal(err)
	}
	if got := s.Received("Z0hJ2cOFvHcCIhw="); len(got) != 1 || got[0] != "hello" {
		t.Errorf("it received %q", got)
	}
	want := awstest.Permission{Action: "execute-api:ManageConnections", Resource: "arn:aws:execute-api:us-east-1:123456789012:abc/v1/POST/@connections/Z0hJ2cOFvHcCIhw="}
	if call := proxy.Calls()[0]; call.Operation != "PostToConnection" || len(call.Actions) != 1 || (awstest.Permission{Action: call.Actions[0], Resource: call.Resource}) != want {
		t.Errorf("the proxy sees %+v", call)
	}
	var large *gatewaytypes.PayloadTooLargeException
	if err := post("a", strings.Repeat("a", 128<<10+1)); !errors.As(err, &large) {
		t.Errorf("too much: %v", err)
	}
	s.Fail(func(connection string) (int, string) {
		return map[string]int{"gone": 410}[connection], "GoneException"
	})
	var gone *gatewaytypes.GoneException
	if err := post("gone", "hello"); !errors.As(err, &gone) {
		t.Errorf("a connection that is gone: %v", err)
	}
	if err := post("here", "hello"); err != nil {
		t.Errorf("another one: %v", err)
	}
	s.Fail(nil)
	if err := post("gone", "hello"); err != nil {
		t.Errorf("when nothing fails any more: %v", err)
	}
}

func TestPublishing(t *testing.T) {
	sockets := awstest.StartSockets(t, "abc", "v1") // Which refuses it; the proxy only looks.
	proxy := awstest.StartProxy(t, sockets.URL)
	client := iotdataplane.NewFromConfig(configOf(proxy.URL))
	if _, err := client.Publish(context.Background(), &iotdataplane.PublishInput{Topic: aws.String("App/jobs/alice"), Qos: 1}); err == nil {
		t.Error("it is published")
	}
	if call := proxy.Calls()[0]; call.Operation != "Publish" || call.Actions[0] != "iot:Publish" || call.Resource != "arn:aws:iot:us-east-1:123456789012:topic/App/jobs/alice" {
		t.Errorf("the proxy sees %+v", call)
	}
}

func TestAllows(t *testing.T) {
	documents := []map[string]any{{"Version": "2012-10-17", "Statement": []any{
		map[string]any{"Effect": "Allow", "Action": []any{"iot:Subscribe"}, "Resource": []any{"arn:aws:iot:us-east-1:123456789012:topicfilter/a/*"}},
		map[string]any{"Effect": "Deny", "Action": []any{"iot:*"}, "Resource": []any{"arn:aws:iot:us-east-1:123456789012:topicfilter/a/secret"}},
	}}}
	for resource, want := range map[string]bool{"a/b": true, "a/secret": false, "b": false} {
		got, err := awstest.Allows(documents, "iot:Subscribe", "arn:aws:iot:us-east-1:123456789012:topicfilter/"+resource)
		if err != nil || got != want {
			t.Errorf("%s: %t %v", resource, got, err)
		}
	}
	if got, err := awstest.Allows([]map[string]any{{"Statement": []any{map[string]any{"Effect": "Perhaps"}}}}, "a:B", "*"); err == nil {
		t.Errorf("a policy that makes no sense: %t", got)
	}
}

func TestStream(t *testing.T) {
	moto := awstest.StartMoto(t, "dynamodb")
	moto.CreateTable(map[string]any{"Resources": map[string]any{"T": map[string]any{"Type": "AWS::DynamoDB::GlobalTable", "Properties": map[string]any{
		"AttributeDefinitions": []any{map[string]any{"AttributeName": "k", "AttributeType": "S"}},
		"KeySchema":            []any{map[string]any{"AttributeName": "k", "KeyType": "HASH"}},
		"StreamSpecification":  map[string]any{"StreamViewType": "NEW_IMAGE"},
	}}}}, "T", "things")
	client := dynamodb.NewFromConfig(configOf(moto.URL))
	stream := moto.Stream("things")
	if event := stream.Next(); event != nil {
		t.Errorf("of an empty table: %s", event)
	}
	put := func(value string) {
		t.Helper()
		_, err := client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("things"), Item: map[string]types.AttributeValue{
			"k": &types.AttributeValueMemberS{Value: "key"}, "v": &types.AttributeValueMemberS{Value: value},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("1")
	put("2")
	var event events.DynamoDBEvent
	if err := json.Unmarshal(stream.Next(), &event); err != nil || len(event.Records) != 2 {
		t.Fatalf("%v: %+v", err, event)
	}
	for i, want := range []string{"INSERT 1", "MODIFY 2"} {
		r := event.Records[i]
		if got := r.EventName + " " + r.Change.NewImage["v"].String(); got != want || r.Change.SequenceNumber == "" || !strings.Contains(r.EventSourceArn, "table/things/stream/") {
			t.Errorf("change %d is %s: %+v", i, got, r)
		}
	}
	put("3")
	if err := json.Unmarshal(stream.Next(), &event); err != nil || len(event.Records) != 1 {
		t.Errorf("%v: the next changes are %+v", err, event)
	}
}
