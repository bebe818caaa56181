package connections_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"refstack/lambdas/genai/internal/connections"
	"refstack/lambdas/internal/dynamo"
	"refstack/test/awstest"
)

func newTable(t *testing.T) (*connections.Store, *dynamodb.Client, *awstest.Proxy) {
	t.Helper()
	moto := awstest.StartMoto(t, "dynamodb")
	moto.CreateTable(map[string]any{"Resources": map[string]any{"Table": map[string]any{
		"Type": "AWS::DynamoDB::GlobalTable",
		"Properties": map[string]any{
			"AttributeDefinitions": []any{
				map[string]any{"AttributeName": "owner", "AttributeType": "S"},
				map[string]any{"AttributeName": "connection", "AttributeType": "S"},
			},
			"KeySchema": []any{
				map[string]any{"AttributeName": "owner", "KeyType": "HASH"},
				map[string]any{"AttributeName": "connection", "KeyType": "RANGE"},
			},
		},
	}}}, "Table", "connections")
	proxy := awstest.StartProxy(t, moto.URL)
	client := dynamodb.NewFromConfig(aws.Config{
		Region: awstest.Region, BaseEndpoint: &proxy.URL, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
		RetryMaxAttempts: 1,
	})
	return connections.New(client, "connections"), client, proxy
}

func TestStore(t *testing.T) {
	s, client, proxy := newTable(t)
	ctx := context.Background()
	at := time.Unix(1795435200, 0)
	of := func(owner string) string {
		t.Helper()
		all, err := s.Of(ctx, owner)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		return strings.Join(all, ",")
	}
	if got := of("alice"); got != "" {
		t.Errorf("alice has %s", got)
	}
	for _, c := range []string{"1=", "2=", "1="} {
		if err := s.Add(ctx, "alice", c, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Add(ctx, "bob", "3=", at); err != nil {
		t.Fatal(err)
	}
	if got := of("alice"); got != "1=,2=" {
		t.Errorf("alice has %s", got)
	}
	for range 2 {
		if err := s.Remove(ctx, "alice", "1="); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Remove(ctx, "alice", "3="); err != nil { // Which is bob's.
		t.Fatal(err)
	}
	// Whoever is being let in is not gone, whatever API Gateway says.
	for _, of := range []string{"alice", "nobody"} {
		if err := s.Forget(ctx, of, "2=", at.Add(10*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if got := of("alice") + " " + of("bob"); got != "2= 3=" {
		t.Errorf("they have %s", got)
	}
	if err := s.Forget(ctx, "alice", "2=", at.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := of("alice") + " " + of("bob"); got != " 3=" {
		t.Errorf("when one is gone, they have %s", got)
	}
	found, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("connections"), Key: dynamo.Attributes{"owner": dynamo.Text("bob"), "connection": dynamo.Text("3=")}})
	if err != nil {
		t.Fatal(err)
	}
	// A connection lasts for two hours at most.
	if expires, _ := dynamo.NumberOf(found.Item["expires"]); expires < at.Unix()+7200 || expires > at.Unix()+3*3600 {
		t.Errorf("expires %d seconds later", expires-at.Unix())
	}
	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{Status: 500, Code: "InternalServerError"} })
	if _, err := s.Of(ctx, "alice"); err == nil {
		t.Error("a fault is no connections")
	}
	if s.Add(ctx, "alice", "4=", at) == nil || s.Remove(ctx, "alice", "4=") == nil || s.Forget(ctx, "alice", "4=", at) == nil {
		t.Error("a fault is nothing")
	}
}

// pages answers queries with two pages.
type pages struct{ connections.DynamoDB }

func (pages) Query(_ context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	item := func(name string) dynamo.Attributes {
		return dynamo.Attributes{"owner": dynamo.Text("alice"), "connection": dynamo.Text(name)}
	}
	if in.ExclusiveStartKey == nil {
		return &dynamodb.QueryOutput{Items: []dynamo.Attributes{item("1="), item("2=")}, LastEvaluatedKey: item("2=")}, nil
	}
	return &dynamodb.QueryOutput{Items: []dynamo.Attributes{item("3=")}}, nil
}

func TestAllPagesCount(t *testing.T) {
	all, err := connections.New(pages{}, "connections").Of(context.Background(), "alice")
	if err != nil || strings.Join(all, ",") != "1=,2=,3=" {
		t.Errorf("%v %v", all, err)
	}
}
