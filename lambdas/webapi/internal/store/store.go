// Package store keeps items in a DynamoDB table whose partition key is the
// owner, so that no request can leave its caller's partition.
package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/webapi/internal/items"
)

// DynamoDB is what the function asks of Amazon DynamoDB.
type DynamoDB interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// Store implements items.Store.
type Store struct {
	client DynamoDB
	table  string
}

// New makes a Store of table.
func New(client DynamoDB, table string) *Store { return &Store{client: client, table: table} }

// Create puts without a condition: the ID is random, and the SDK may send the
// put again when an answer was lost, which must not look like a conflict.
func (s *Store) Create(ctx context.Context, owner string, item items.Item) error {
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: itemAttributes(owner, item)})
	return failure("creating an item", err)
}

// Get reads what was written last, and not what was a moment ago: a caller who
// has just created an item must find it.
func (s *Store) Get(ctx context.Context, owner, id string) (items.Item, error) {
	found, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: key(owner, itemPrefix+id), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return items.Item{}, failure("reading an item", err)
	}
	if found.Item == nil {
		return items.Item{}, items.ErrNotFound
	}
	return itemOf(found.Item)
}

// List asks for one item more than it returns, to tell whether there are more
// without a further page that may be empty. DynamoDB may return fewer (1 MB is
// the most it reads at once), and then says that it has more.
func (s *Store) List(ctx context.Context, owner, after string, limit int) ([]items.Item, bool, error) {
	query := &dynamodb.QueryInput{
		TableName:                 &s.table,
		KeyConditionExpression:    aws.String("#owner = :owner AND begins_with(#item, :prefix)"),
		ExpressionAttributeNames:  map[string]string{"#owner": attrOwner, "#item": attrItem},
		ExpressionAttributeValues: attributes{":owner": dynamo.Text(owner), ":prefix": dynamo.Text(itemPrefix)},
		ConsistentRead:            aws.Bool(true),
		Limit:                     aws.Int32(int32(limit) + 1),
	}
	if after != "" {
		query.ExclusiveStartKey = key(owner, itemPrefix+after)
	}
	found, err := s.client.Query(ctx, query)
	if err != nil {
		return nil, false, failure("listing items", err)
	}
	page := make([]items.Item, 0, limit)
	for _, one := range found.Items[:min(limit, len(found.Items))] {
		item, err := itemOf(one)
		if err != nil {
			return nil, false, err
		}
		page = append(page, item)
	}
	return page, len(found.Items) > limit || found.LastEvaluatedKey != nil, nil
}

// Replace leaves a mark of its own in the item. Where the condition fails, the
// mark tells another's write from our own, whose answer was lost and which the
// SDK sent again: that one has succeeded.
func (s *Store) Replace(ctx context.Context, owner, id string, version items.Version, content items.Content, at time.Time) (items.Item, error) {
	mark := rand.Text()
	updated, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:           &s.table,
		Key:                 key(owner, itemPrefix+id),
		ConditionExpression: aws.String("#version = :version"),
		UpdateExpression:    aws.String("SET #name = :name, #note = :note, #tags = :tags, #updated = :updated, #version = :next, #mark = :mark"),
		ExpressionAttributeNames: map[string]string{
			"#name": attrName, "#note": attrNote, "#tags": attrTags, "#updated": attrUpdated, "#version": attrVersion, "#mark": attrMark,
		},
		ExpressionAttributeValues: attributes{
			":name": dynamo.Text(content.Name), ":note": dynamo.Text(content.Note), ":tags": texts(content.Tags), ":updated": moment(at),
			":version": dynamo.Number(int64(version)), ":next": dynamo.Number(int64(version) + 1), ":mark": dynamo.Text(mark),
		},
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &failed) && failed.Item != nil && dynamo.TextOf(failed.Item[attrMark]) == mark:
		return itemOf(failed.Item)
	case err != nil:
		return items.Item{}, unmet("replacing an item", err)
	}
	return itemOf(updated.Attributes)
}

// Delete may find nothing because its own first try succeeded and the answer
// was lost. Either way the item is gone, which is what ErrNotFound says.
func (s *Store) Delete(ctx context.Context, owner, id string, version items.Version) error {
	input := &dynamodb.DeleteItemInput{
		TableName:                           &s.table,
		Key:                                 key(owner, itemPrefix+id),
		ConditionExpression:                 aws.String("attribute_exists(#version)"),
		ExpressionAttributeNames:            map[string]string{"#version": attrVersion},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if version != items.Any {
		input.ConditionExpression = aws.String("#version = :version")
		input.ExpressionAttributeValues = attributes{":version": dynamo.Number(int64(version))}
	}
	_, err := s.client.DeleteItem(ctx, input)
	return unmet("deleting an item", err)
}

// unmet tells an item of another version from one that is not there, of a write
// whose condition failed. DynamoDB returns the item with the failure, so no
// second read can contradict it.
func unmet(doing string, err error) error {
	var failed *types.ConditionalCheckFailedException
	switch {
	case !errors.As(err, &failed):
		return failure(doing, err)
	case failed.Item == nil:
		return items.ErrNotFound
	default:
		return fmt.Errorf("%s: %w", doing, items.ErrStale)
	}
}
