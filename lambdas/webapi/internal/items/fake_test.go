package items

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// memory is a Store in memory. What fail is, every call fails with.
type memory struct {
	mutex   sync.Mutex
	items   map[string]Item
	records map[string]Record
	fail    error
	calls   int
}

func newMemory() *memory { return &memory{items: map[string]Item{}, records: map[string]Record{}} }

func (m *memory) begin() error {
	m.mutex.Lock()
	m.calls++
	return m.fail
}

func (m *memory) Create(_ context.Context, owner string, item Item) error {
	defer m.mutex.Unlock()
	if err := m.begin(); err != nil {
		return err
	}
	m.items[owner+"/"+item.ID] = item
	return nil
}

func (m *memory) CreateOnce(_ context.Context, owner string, item Item, record Record) (*Record, error) {
	defer m.mutex.Unlock()
	if err := m.begin(); err != nil {
		return nil, err
	}
	if earlier, ok := m.records[owner+"/"+record.Key]; ok && earlier.Expires.After(item.CreatedAt) {
		return &earlier, nil
	}
	m.records[owner+"/"+record.Key], m.items[owner+"/"+item.ID] = record, item
	return nil, nil
}

func (m *memory) Get(_ context.Context, owner, id string) (Item, error) {
	defer m.mutex.Unlock()
	if err := m.begin(); err != nil {
		return Item{}, err
	}
	return m.at(owner, id, Any)
}

func (m *memory) at(owner, id string, version Version) (Item, error) {
	item, ok := m.items[owner+"/"+id]
	switch {
	case !ok:
		return Item{}, ErrNotFound
	case version != Any && version != item.Version:
		return Item{}, ErrStale
	}
	return item, nil
}

func (m *memory) List(_ context.Context, owner, after string, limit int) ([]Item, bool, error) {
	defer m.mutex.Unlock()
	if err := m.begin(); err != nil {
		return nil, false, err
	}
	var page []Item
	for key, item := range m.items {
		if strings.HasPrefix(key, owner+"/") && item.ID > after {
			page = append(page, item)
		}
	}
	slices.SortFunc(page, func(a, b Item) int { return strings.Compare(a.ID, b.ID) })
	return page[:min(limit, len(page))], len(page) > limit, nil
}

func (m *memory) Replace(_ context.Context, owner, id string, version Version, content Content, at time.Time) (Item, error) {
	defer m.mutex.Unlock()
	if err := m.begin(); err != nil {
		return Item{}, err
	}
	item, err := m.at(owner, id, version)
	if err != nil {
		return Item{}, err
	}
	item.Content, item.UpdatedAt = content, at
	item.Version++
	m.items[owner+"/"+id] = item
	return item, nil
}

func (m *memory) Delete(_ context.Context, owner, id string, version Version) error {
	defer m.mutex.Unlock()
	if err := m.begin(); err != nil {
		return err
	}
	_, err := m.at(owner, id, version)
	if err == nil {
		delete(m.items, owner+"/"+id)
	}
	return err
}
