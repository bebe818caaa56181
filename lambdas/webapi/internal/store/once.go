package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/webapi/internal/items"
)

const (
	// maxTries bounds how often a creation that met another one tries again.
	maxTries = 6
	// firstPause is the longest pause before the second try; it doubles.
	firstPause = 20 * time.Millisecond
)

// CreateOnce writes item and record in one transaction, so that neither is there
// without the other. Of two at once, one fails on the condition and reads the
// record of the other.
func (s *Store) CreateOnce(ctx context.Context, owner string, item items.Item, record items.Record) (*items.Record, error) {
	var last error
	for try := range maxTries {
		if try > 0 {
			if err := pause(ctx, firstPause<<(try-1)); err != nil {
				return nil, failure("creating an item once", err)
			}
		}
		err := s.transact(ctx, owner, item, record)
		if err == nil {
			return nil, nil
		}
		switch reasonOf(err) {
		case "ConditionalCheckFailed":
			earlier, err := s.record(ctx, owner, record.Key)
			switch {
			case err != nil:
				return nil, err
			case earlier == nil || !earlier.Expires.After(item.CreatedAt):
				last = errors.New("the record that was in the way expired") // Between the two calls.
			case earlier.Response.Location == record.Response.Location:
				return nil, nil // It is our own, whose answer was lost.
			default:
				return earlier, nil
			}
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			last = err // Nothing was written. The other one is about to win, or to fail as well.
		default:
			return nil, failure("creating an item once", err)
		}
	}
	return nil, fmt.Errorf("creating an item once: %w: %w", items.ErrBusy, last)
}

// transact leaves the client request token to the SDK, which makes one for each
// call and keeps it when it sends the call again.
func (s *Store) transact(ctx context.Context, owner string, item items.Item, record items.Record) error {
	_, err := s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{
			TableName: &s.table,
			Item:      recordAttributes(owner, record),
			// DynamoDB removes expired records when it finds the time.
			ConditionExpression:       aws.String("attribute_not_exists(#item) OR #expires <= :now"),
			ExpressionAttributeNames:  map[string]string{"#item": attrItem, "#expires": attrExpires},
			ExpressionAttributeValues: attributes{":now": dynamo.Number(item.CreatedAt.Unix())},
		}},
		{Put: &types.Put{TableName: &s.table, Item: itemAttributes(owner, item)}},
	}})
	return err
}

// record reads the record of an idempotency key, and nil where there is none.
func (s *Store) record(ctx context.Context, owner, of string) (*items.Record, error) {
	found, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: key(owner, recordPrefix+of), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, failure("reading the record of a creation", err)
	}
	if found.Item == nil {
		return nil, nil
	}
	return recordOf(of, found.Item)
}

// reasonOf is why a transaction was cancelled, and "" for another error.
// What stays outweighs what may pass.
func reasonOf(err error) string {
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return ""
	}
	reason := ""
	for _, one := range cancelled.CancellationReasons {
		switch code := aws.ToString(one.Code); code {
		case "None", "":
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			if reason == "" {
				reason = code
			}
		default: // Such as ConditionalCheckFailed: the same transaction would not pass.
			reason = code
		}
	}
	return reason
}

// pause waits up to most. Its randomness keeps those that met from meeting again.
func pause(ctx context.Context, most time.Duration) error {
	timer := time.NewTimer(rand.N(most))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
