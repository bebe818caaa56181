package store_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"refstack/test/awstest"
)

// table is the name of the table.
const table = "items"

// newTable starts a stand-in for DynamoDB with the table, and returns how to reach it.
func newTable(t testing.TB) aws.Config {
	t.Helper()
	moto := awstest.StartMoto(t, "dynamodb")
	moto.CreateTable(map[string]any{"Resources": map[string]any{"Table": map[string]any{
		"Type": "AWS::DynamoDB::GlobalTable",
		"Properties": map[string]any{
			"AttributeDefinitions": []any{
				map[string]any{"AttributeName": "owner", "AttributeType": "S"},
				map[string]any{"AttributeName": "item", "AttributeType": "S"},
			},
			"KeySchema": []any{
				map[string]any{"AttributeName": "owner", "KeyType": "HASH"},
				map[string]any{"AttributeName": "item", "KeyType": "RANGE"},
			},
			"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
		},
	}}}, "Table", table)
	return aws.Config{
		Region:       awstest.Region,
		BaseEndpoint: &moto.URL,
		Credentials:  credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
	}
}

// patient makes a client that waits as long as it takes: the stand-in works on
// one call after the other, so that hundreds at once exceed the timeouts that
// suit DynamoDB.
func patient(config aws.Config) *dynamodb.Client { return dynamodb.NewFromConfig(config) }
