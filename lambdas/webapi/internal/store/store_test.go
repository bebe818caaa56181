package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/webapi/internal/items"
	"refstack/lambdas/webapi/internal/store"
)

// fresh is a store of an empty table, and its client.
func fresh(t *testing.T) (*store.Store, *dynamodb.Client) {
	t.Helper()
	client := patient(newTable(t))
	return store.New(client, table), client
}

var start = time.Date(2026, 11, 23, 8, 0, 0, 120e6, time.UTC)

// item is the nth item of a test.
func item(n int) items.Item {
	at := start.Add(time.Duration(n) * time.Millisecond)
	return items.Item{
		ID:        fmt.Sprintf("019ab000-%04x-7000-8000-000000000000", n),
		Content:   items.Content{Name: fmt.Sprint("item ", n), Note: "", Tags: []string{"a", "ü", "a"}},
		Version:   1,
		CreatedAt: at,
		UpdatedAt: at,
	}
}

func record(key string, n int) items.Record {
	return items.Record{
		Key: key, Fingerprint: []byte{0, 255, byte(n)}, Expires: start.Add(24 * time.Hour).Truncate(time.Second),
		Response: items.Response{Status: 201, Location: fmt.Sprint("items/", n), ETag: `"1"`, Body: []byte(`{"n":"` + fmt.Sprint(n) + `"}`)},
	}
}

func TestItemLives(t *testing.T) {
	s, _ := fresh(t)
	ctx := context.Background()
	want := item(1)
	if err := s.Create(ctx, "alice", want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(ctx, "alice", want.ID)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}

	want.Content = items.Content{Name: "other", Note: "n", Tags: []string{}}
	want.Version, want.UpdatedAt = 2, start.Add(time.Hour)
	got, err = s.Replace(ctx, "alice", want.ID, 1, want.Content, want.UpdatedAt)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	if got, err = s.Get(ctx, "alice", want.ID); err != nil || cmp.Diff(want, got) != "" {
		t.Fatal(err, cmp.Diff(want, got))
	}

	for _, stale := range []items.Version{1, 3, items.Never} {
		if _, err := s.Replace(ctx, "alice", want.ID, stale, want.Content, start); !errors.Is(err, items.ErrStale) {
			t.Errorf("replacing version %d: %v", stale, err)
		}
		if err := s.Delete(ctx, "alice", want.ID, stale); !errors.Is(err, items.ErrStale) {
			t.Errorf("deleting version %d: %v", stale, err)
		}
	}
	if err := s.Delete(ctx, "alice", want.ID, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, "alice", want.ID); !errors.Is(err, items.ErrNotFound) {
		t.Errorf("reading what is gone: %v", err)
	}
	for _, version := range []items.Version{items.Any, 2, items.Never} {
		if err := s.Delete(ctx, "alice", want.ID, version); !errors.Is(err, items.ErrNotFound) {
			t.Errorf("deleting what is gone: %v", err)
		}
	}
	if _, err := s.Replace(ctx, "alice", want.ID, 2, want.Content, start); !errors.Is(err, items.ErrNotFound) {
		t.Errorf("replacing what is gone: %v", err)
	}
}

func TestAnotherOwnerSeesNothing(t *testing.T) {
	s, _ := fresh(t)
	ctx := context.Background()
	if err := s.Create(ctx, "alice", item(1)); err != nil {
		t.Fatal(err)
	}
	id := item(1).ID
	if _, err := s.Get(ctx, "bob", id); !errors.Is(err, items.ErrNotFound) {
		t.Errorf("reading: %v", err)
	}
	if _, err := s.Replace(ctx, "bob", id, 1, items.Content{Name: "b"}, start); !errors.Is(err, items.ErrNotFound) {
		t.Errorf("replacing: %v", err)
	}
	if err := s.Delete(ctx, "bob", id, items.Any); !errors.Is(err, items.ErrNotFound) {
		t.Errorf("deleting: %v", err)
	}
	if page, more, err := s.List(ctx, "bob", "", 10); err != nil || more || len(page) != 0 {
		t.Errorf("listing: %v %t %v", page, more, err)
	}
	if _, err := s.Get(ctx, "alice", id); err != nil {
		t.Errorf("the owner's: %v", err)
	}
}

func TestListPages(t *testing.T) {
	s, _ := fresh(t)
	ctx := context.Background()
	// A record lies in the same partition, and is no item.
	if _, err := s.CreateOnce(ctx, "alice", item(0), record("k", 0)); err != nil {
		t.Fatal(err)
	}
	for n := 6; n > 0; n-- {
		if err := s.Create(ctx, "alice", item(n)); err != nil {
			t.Fatal(err)
		}
	}
	for limit := 1; limit <= 8; limit++ {
		var got []string
		after, more := "", true
		for more {
			var page []items.Item
			var err error
			if page, more, err = s.List(ctx, "alice", after, limit); err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 || len(page) > limit {
				t.Fatalf("a page of %d, limit %d", len(page), limit)
			}
			for _, i := range page {
				got = append(got, i.Name)
			}
			after = page[len(page)-1].ID
		}
		want := []string{"item 0", "item 1", "item 2", "item 3", "item 4", "item 5", "item 6"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("limit %d: %s", limit, diff)
		}
	}
	// The position need not hold an item any more.
	if err := s.Delete(ctx, "alice", item(3).ID, items.Any); err != nil {
		t.Fatal(err)
	}
	page, _, err := s.List(ctx, "alice", item(3).ID, 1)
	if err != nil || len(page) != 1 || page[0].Name != "item 4" {
		t.Errorf("behind a deleted item: %v %v", page, err)
	}
}

func TestCreateOnce(t *testing.T) {
	s, client := fresh(t)
	ctx := context.Background()
	if earlier, err := s.CreateOnce(ctx, "alice", item(1), record("k", 1)); err != nil || earlier != nil {
		t.Fatal(earlier, err)
	}
	want := record("k", 1)
	earlier, err := s.CreateOnce(ctx, "alice", item(2), record("k", 2))
	if err != nil {
		t.Fatal(err)
	}
	if !earlier.Expires.Equal(want.Expires) {
		t.Errorf("expires %s", earlier.Expires)
	}
	earlier.Expires = want.Expires
	if diff := cmp.Diff(&want, earlier); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Get(ctx, "alice", item(2).ID); !errors.Is(err, items.ErrNotFound) {
		t.Errorf("the second item is there: %v", err)
	}
	// Keys are the owner's.
	if earlier, err := s.CreateOnce(ctx, "bob", item(3), record("k", 3)); err != nil || earlier != nil {
		t.Errorf("another owner's key: %v %v", earlier, err)
	}
	// An expired record counts no more, though DynamoDB has not removed it.
	late := item(4)
	late.CreatedAt = start.Add(24 * time.Hour)
	if earlier, err := s.CreateOnce(ctx, "alice", late, record("k", 4)); err != nil || earlier != nil {
		t.Errorf("an expired key: %v %v", earlier, err)
	}
	if n := count(t, client); n != 3+2 {
		t.Errorf("the table has %d", n)
	}
}

func count(t *testing.T, client *dynamodb.Client) int {
	t.Helper()

	n := 0
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(table)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Items)
	}
	return n
}

func TestOneWinnerForEachVersion(t *testing.T) {
	s, _ := fresh(t)
	ctx := context.Background()
	if err := s.Create(ctx, "alice", item(1)); err != nil {
		t.Fatal(err)
	}
	const writers = 200
	var all sync.WaitGroup
	var won [writers + 2]atomic.Int32
	for n := range writers {
		all.Go(func() {
			// Each reads, and writes until it has won once or lost to another.
			read, err := s.Get(ctx, "alice", item(1).ID)
			if err != nil {
				t.Error(err)
				return
			}
			content := items.Content{Name: fmt.Sprint("writer ", n), Tags: []string{}}
			written, err := s.Replace(ctx, "alice", read.ID, read.Version, content, start)
			switch {
			case errors.Is(err, items.ErrStale):
			case err != nil:
				t.Error(err)
			case written.Version != read.Version+1 || written.Name != content.Name:
				t.Errorf("wrote %v over version %d", written, read.Version)
			default:
				won[written.Version].Add(1)
			}
		})
	}
	all.Wait()
	last, err := s.Get(ctx, "alice", item(1).ID)
	if err != nil || last.Version < 2 {
		t.Fatal(last, err)
	}
	for version := range won {
		want := int32(0)
		if version >= 2 && version <= int(last.Version) {
			want = 1
		}
		if got := won[version].Load(); got != want {
			t.Errorf("version %d has %d winners", version, got)
		}
	}
}

// A thousand creations have a table for each fifty: the stand-in copies a whole
// table for each transaction.
func TestThousandCreationsWithDuplicates(t *testing.T) {
	for part := range 20 {
		t.Run(fmt.Sprint(part), fiftyCreationsWithDuplicates)
	}
}

func fiftyCreationsWithDuplicates(t *testing.T) {
	s, client := fresh(t)
	ctx := context.Background()
	const creations, keys = 50, 45
	var all sync.WaitGroup
	var made, replayed atomic.Int32
	for n := range creations {
		all.Go(func() {
			earlier, err := s.CreateOnce(ctx, "alice", item(n), record(fmt.Sprint("key ", n%keys), n))
			switch {
			case err != nil:
				t.Error(err)
			case earlier == nil:
				made.Add(1)
			case int(earlier.Fingerprint[2])%keys != n%keys || int(earlier.Fingerprint[2]) == n:
				t.Error("another record than the winner's")
			default:
				replayed.Add(1)
			}
		})
	}
	all.Wait()
	if made.Load() != keys || replayed.Load() != creations-keys {
		t.Errorf("made %d, replayed %d", made.Load(), replayed.Load())
	}
	if n := count(t, client); n != 2*keys {
		t.Errorf("the table has %d", n)
	}
}
