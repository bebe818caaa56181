// Package connections knows who is connected by WebSocket.
package connections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"refstack/lambdas/internal/dynamo"
)

// The attributes of the table: its key, and when DynamoDB removes an item.
const (
	attrOwner      = "owner"
	attrConnection = "connection"
	attrExpires    = "expires"
)

// lifetime is how long API Gateway keeps a connection, and a little more.
const lifetime = 2*time.Hour + 10*time.Minute

// settling is longer than a client waits between being added and being let in.
const settling = time.Minute

// DynamoDB is what a Store asks of Amazon DynamoDB.
type DynamoDB interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	dynamodb.QueryAPIClient
}

// Store is the table of connections.
type Store struct {
	client DynamoDB
	table  string
}

// New makes a Store of table.
func New(client DynamoDB, table string) *Store { return &Store{client: client, table: table} }

// Add remembers a connection of owner.
func (s *Store) Add(ctx context.Context, owner, connection string, at time.Time) error {
	item := key(owner, connection)
	item[attrExpires] = dynamo.Number(at.Add(lifetime).Unix())
	if _, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: item}); err != nil {
		return fmt.Errorf("adding a connection: %w", err)
	}
	return nil
}

// Remove forgets a connection of owner.
func (s *Store) Remove(ctx context.Context, owner, connection string) error {
	if _, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: key(owner, connection)}); err != nil {
		return fmt.Errorf("removing a connection: %w", err)
	}
	return nil
}

// Forget removes a connection of owner that API Gateway does not know. One that was
// added just before stays: API Gateway does not know it either, until it has let the
// client in, and nobody would add it again.
func (s *Store) Forget(ctx context.Context, owner, connection string, at time.Time) error {
	condition := "#expires < :settled"
	_, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:                 &s.table,
		Key:                       key(owner, connection),
		ConditionExpression:       &condition,
		ExpressionAttributeNames:  map[string]string{"#expires": attrExpires},
		ExpressionAttributeValues: dynamo.Attributes{":settled": dynamo.Number(at.Add(lifetime - settling).Unix())},
	})
	var stays *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &stays) {
		return fmt.Errorf("forgetting a connection: %w", err)
	}
	return nil
}

// Of lists the connections of owner.
func (s *Store) Of(ctx context.Context, owner string) ([]string, error) {
	condition := "#owner = :owner"
	consistent := true // Whoever has just connected is told.
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{
		TableName:                 &s.table,
		KeyConditionExpression:    &condition,
		ExpressionAttributeNames:  map[string]string{"#owner": attrOwner},
		ExpressionAttributeValues: dynamo.Attributes{":owner": dynamo.Text(owner)},
		ConsistentRead:            &consistent,
	})
	var all []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing connections: %w", err)
		}
		for _, item := range page.Items {
			all = append(all, dynamo.TextOf(item[attrConnection]))
		}
	}
	return all, nil
}

func key(owner, connection string) dynamo.Attributes {
	return dynamo.Attributes{attrOwner: dynamo.Text(owner), attrConnection: dynamo.Text(connection)}
}
