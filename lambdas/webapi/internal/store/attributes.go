package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/webapi/internal/items"
)

// The attributes of the table. The first two are its key; DynamoDB removes what
// attrExpires says has expired.
const (
	attrOwner   = "owner"
	attrItem    = "item"
	attrExpires = "expires"

	attrName    = "name"
	attrNote    = "note"
	attrTags    = "tags"
	attrVersion = "version"
	attrCreated = "createdAt"
	attrUpdated = "updatedAt"
	attrMark    = "mark" // Of the write that made this version.

	attrFingerprint = "fingerprint"
	attrStatus      = "status"
	attrLocation    = "location"
	attrETag        = "etag"
	attrBody        = "body"
)

// What the sort keys of the two sorts of things begin with.
const (
	itemPrefix   = "item#"
	recordPrefix = "idempotency#"
)

type attributes = dynamo.Attributes

func key(owner, item string) attributes {
	return attributes{attrOwner: dynamo.Text(owner), attrItem: dynamo.Text(item)}
}

func itemAttributes(owner string, i items.Item) attributes {
	return attributes{
		attrOwner:   dynamo.Text(owner),
		attrItem:    dynamo.Text(itemPrefix + i.ID),
		attrName:    dynamo.Text(i.Name),
		attrNote:    dynamo.Text(i.Note),
		attrTags:    texts(i.Tags),
		attrVersion: dynamo.Number(int64(i.Version)),
		attrCreated: moment(i.CreatedAt),
		attrUpdated: moment(i.UpdatedAt),
	}
}

func itemOf(from attributes) (items.Item, error) {
	item := items.Item{
		ID:      strings.TrimPrefix(dynamo.TextOf(from[attrItem]), itemPrefix),
		Content: items.Content{Name: dynamo.TextOf(from[attrName]), Note: dynamo.TextOf(from[attrNote])},
	}
	tags, _ := from[attrTags].(*types.AttributeValueMemberL)
	if tags == nil {
		return items.Item{}, errors.New("reading an item of the table: it has no tags")
	}
	item.Tags = make([]string, len(tags.Value))
	for i, tag := range tags.Value {
		item.Tags[i] = dynamo.TextOf(tag)
	}
	version, err := dynamo.NumberOf(from[attrVersion])
	item.Version = items.Version(version)
	for name, at := range map[string]*time.Time{attrCreated: &item.CreatedAt, attrUpdated: &item.UpdatedAt} {
		var wrong error
		*at, wrong = time.Parse(time.RFC3339Nano, dynamo.TextOf(from[name]))
		err = errors.Join(err, wrong)
	}
	if err != nil {
		return items.Item{}, fmt.Errorf("reading an item of the table: %w", err)
	}
	return item, nil
}

func recordAttributes(owner string, r items.Record) attributes {
	return attributes{
		attrOwner:       dynamo.Text(owner),
		attrItem:        dynamo.Text(recordPrefix + r.Key),
		attrExpires:     dynamo.Number(r.Expires.Unix()),
		attrFingerprint: &types.AttributeValueMemberB{Value: r.Fingerprint},
		attrStatus:      dynamo.Number(int64(r.Response.Status)),
		attrLocation:    dynamo.Text(r.Response.Location),
		attrETag:        dynamo.Text(r.Response.ETag),
		attrBody:        dynamo.Text(string(r.Response.Body)),
	}
}

func recordOf(key string, from attributes) (*items.Record, error) {
	expires, err := dynamo.NumberOf(from[attrExpires])
	status, wrong := dynamo.NumberOf(from[attrStatus])
	fingerprint, _ := from[attrFingerprint].(*types.AttributeValueMemberB)
	if fingerprint == nil {
		wrong = errors.Join(wrong, errors.New("it has no fingerprint"))
	}
	if err = errors.Join(err, wrong); err != nil {
		return nil, fmt.Errorf("reading the record of a creation: %w", err)
	}
	return &items.Record{
		Key:         key,
		Fingerprint: fingerprint.Value,
		Expires:     time.Unix(expires, 0),
		Response: items.Response{
			Status:   int(status),
			Location: dynamo.TextOf(from[attrLocation]),
			ETag:     dynamo.TextOf(from[attrETag]),
			Body:     []byte(dynamo.TextOf(from[attrBody])),
		},
	}, nil
}

func texts(all []string) types.AttributeValue {
	list := &types.AttributeValueMemberL{Value: make([]types.AttributeValue, len(all))}
	for i, one := range all {
		list.Value[i] = dynamo.Text(one)
	}
	return list
}

func moment(t time.Time) types.AttributeValue { return dynamo.Text(t.Format(time.RFC3339Nano)) }
