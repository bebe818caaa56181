// Package answercache keeps answers in a table of Amazon DynamoDB. Its partition
// key is "key", and its attribute for TTL "expires".
package answercache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"refstack/lambdas/genai/internal/answers"
	"refstack/lambdas/internal/dynamo"
)

// Table is a cache of answers.
type Table struct {
	client *dynamodb.Client
	name   string
}

// New makes a cache of the table. A fault is not worth another try: the model can
// be asked instead.
func New(config aws.Config, name string) *Table {
	return &Table{name: name, client: dynamo.NewClient(config, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })}
}

// Get implements answers.Cache.
func (t *Table) Get(ctx context.Context, key string) (*answers.Entry, error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &t.name,
		Key:       dynamo.Attributes{"key": dynamo.Text(key)},
	})
	if err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	if out.Item == nil {
		return nil, nil
	}
	body := dynamo.TextOf(out.Item["body"])
	stored, storedErr := dynamo.NumberOf(out.Item["stored"])
	expires, expiresErr := dynamo.NumberOf(out.Item["expires"])
	if storedErr != nil || expiresErr != nil || body == "" {
		return nil, errors.New("an answer in the table is not one of ours")
	}
	return &answers.Entry{Body: []byte(body), Stored: time.Unix(stored, 0), Expires: time.Unix(expires, 0)}, nil
}

// Put implements answers.Cache.
func (t *Table) Put(ctx context.Context, key string, entry answers.Entry) error {
	_, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &t.name,
		Item: dynamo.Attributes{
			"key":     dynamo.Text(key),
			"body":    dynamo.Text(string(entry.Body)),
			"stored":  dynamo.Number(entry.Stored.Unix()),
			"expires": dynamo.Number(entry.Expires.Unix()),
		},
	})
	if err != nil {
		return fmt.Errorf("writing an answer: %w", err)
	}
	return nil
}
