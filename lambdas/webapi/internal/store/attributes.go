package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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

type attributes = map[string]types.AttributeValue

func key(owner, item string) attributes {
	return attributes{attrOwner: text(owner), attrItem: text(item)}
}

func itemAttributes(owner string, i items.Item) attributes {
	return attributes{
		attrOwner:   text(owner),
		attrItem:    text(itemPrefix + i.ID),
		attrName:    text(i.Name),
		attrNote:    text(i.Note),
		attrTags:    texts(i.Tags),
		attrVersion: number(int64(i.Version)),
		attrCreated: moment(i.CreatedAt),
		attrUpdated: moment(i.UpdatedAt),
	}
}

func itemOf(from attributes) (items.Item, error) {
	item := items.Item{
		ID:      strings.TrimPrefix(stringOf(from[attrItem]), itemPrefix),
		Content: items.Content{Name: stringOf(from[attrName]), Note: stringOf(from[attrNote])},
	}
	tags, _ := from[attrTags].(*types.AttributeValueMemberL)
	if tags == nil {
		return items.Item{}, errors.New("reading an item of the table: it has no tags")
	}
	item.Tags = make([]string, len(tags.Value))
	for i, tag := range tags.Value {
		item.Tags[i] = stringOf(tag)
	}
	version, err := numberOf(from[attrVersion])
	item.Version = items.Version(version)
	for name, at := range map[string]*time.Time{attrCreated: &item.CreatedAt, attrUpdated: &item.UpdatedAt} {
		var wrong error
		*at, wrong = time.Parse(time.RFC3339Nano, stringOf(from[name]))
		err = errors.Join(err, wrong)
	}
	if err != nil {
		return items.Item{}, fmt.Errorf("reading an item of the table: %w", err)
	}
	return item, nil
}

func recordAttributes(owner string, r items.Record) attributes {
	return attributes{
		attrOwner:       text(owner),
		attrItem:        text(recordPrefix + r.Key),
		attrExpires:     number(r.Expires.Unix()),
		attrFingerprint: &types.AttributeValueMemberB{Value: r.Fingerprint},
		attrStatus:      number(int64(r.Response.Status)),
		attrLocation:    text(r.Response.Location),
		attrETag:        text(r.Response.ETag),
		attrBody:        text(string(r.Response.Body)),
	}
}

func recordOf(key string, from attributes) (*items.Record, error) {
	expires, err := numberOf(from[attrExpires])
	status, wrong := numberOf(from[attrStatus])
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
			Location: stringOf(from[attrLocation]),
			ETag:     stringOf(from[attrETag]),
			Body:     []byte(stringOf(from[attrBody])),
		},
	}, nil
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func texts(all []string) types.AttributeValue {
	list := &types.AttributeValueMemberL{Value: make([]types.AttributeValue, len(all))}
	for i, one := range all {
		list.Value[i] = text(one)
	}
	return list
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func moment(t time.Time) types.AttributeValue { return text(t.Format(time.RFC3339Nano)) }

func stringOf(v types.AttributeValue) string {
	s, _ := v.(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

func numberOf(v types.AttributeValue) (int64, error) {
	n, _ := v.(*types.AttributeValueMemberN)
	if n == nil {
		return 0, errors.New("it lacks a number")
	}
	return strconv.ParseInt(n.Value, 10, 64)
}
