// Package items is the web API's one resource: what an item is, and the HTTP
// requests that create, list, read, replace and delete a caller's items. It
// knows neither API Gateway nor DynamoDB.
package items

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// The limits of an item, in characters. The OpenAPI description has the same,
// and a test compares.
const (
	maxName = 100
	maxNote = 2000
	maxTags = 20
	maxTag  = 50
)

// Content is what a caller says of an item.
type Content struct {
	Name string   `json:"name"`
	Note string   `json:"note"`
	Tags []string `json:"tags"`
}

// Item is a caller's item.
type Item struct {
	ID string `json:"id"`
	Content
	Version   Version   `json:"version"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// Version counts the changes of an item, from 1.
type Version int64

// Versions that no item has.
const (
	Any   Version = 0  // Whatever the version is.
	Never Version = -1 // Of an entity tag that we never gave.
)

// ETag is the version as an entity tag.
func (v Version) ETag() string { return `"` + strconv.FormatInt(int64(v), 10) + `"` }

// Record remembers the creation under an idempotency key, so that it can be
// answered again.
type Record struct {
	Key         string
	Fingerprint []byte // of the request's content
	Response    Response
	Expires     time.Time
}

// Response is the answer to a creation.
type Response struct {
	Status   int
	Location string
	ETag     string
	Body     []byte
}

// Store keeps items. All it does is within the partition of one owner. Whatever
// a caller may try again fails with ErrBusy.
type Store interface {
	// Create adds item.
	Create(ctx context.Context, owner string, item Item) error
	// CreateOnce adds item and record together. If there is a record of the same
	// key that has not expired at item.CreatedAt, it adds nothing and returns that.
	CreateOnce(ctx context.Context, owner string, item Item, record Record) (*Record, error)
	// Get fails with ErrNotFound where there is no such item.
	Get(ctx context.Context, owner, id string) (Item, error)
	// List returns up to limit items behind the one called after, the oldest
	// first, and whether there are more.
	List(ctx context.Context, owner, after string, limit int) (page []Item, more bool, err error)
	// Replace gives the item other content and the next version, if it has the
	// given version. It fails with ErrStale where not, and with ErrNotFound.
	Replace(ctx context.Context, owner, id string, version Version, content Content, at time.Time) (Item, error)
	// Delete removes the item if it has the version, which may be Any. It fails
	// as Replace does.
	Delete(ctx context.Context, owner, id string, version Version) error
}

// What a Store fails with where it is not to blame.
var (
	ErrNotFound = errors.New("there is no such item")
	ErrStale    = errors.New("the item has another version")
	ErrBusy     = errors.New("the store is busy or does not answer")
)
