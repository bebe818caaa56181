package token

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// keysAge is how old the keys may become: one that the pool withdraws is good
	// no longer than that.
	keysAge = time.Hour
	// keysPause lies between two requests for the keys: tokens with the name of an
	// unknown key cost their senders nothing.
	keysPause = 10 * time.Second
	// retryPause lies between them where the last one failed.
	retryPause = time.Second
	// maxKeys is the most bytes that the keys may have; Cognito's two have one
	// thousand.
	maxKeys = 64 << 10
	// minKeyBits is the least size of a key that RS256 allows.
	minKeyBits = 2048
)

// keys are the public keys of a user pool, by name.
type keys struct {
	url    string
	client *http.Client

	mu      sync.Mutex
	byName  map[string]*rsa.PublicKey
	fetched time.Time // When those were fetched,
	next    time.Time // and when the earliest next request may be.
}

// find gives the key of a name.
func (k *keys) find(ctx context.Context, name string) (*rsa.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	key := k.byName[name]
	if key != nil && now.Sub(k.fetched) < keysAge {
		return key, nil
	}
	var failure error
	if !now.Before(k.next) {
		failure = k.fetch(ctx, now)
		key = k.byName[name]
	}
	switch {
	case key != nil: // It may be old, but without it nobody could come in.
		return key, nil
	case failure != nil:
		return nil, failure
	case k.byName == nil:
		return nil, fmt.Errorf("the keys of the user pool could not be fetched a moment ago")
	}
	return nil, refuse("its key is unknown")
}

func (k *keys) fetch(ctx context.Context, now time.Time) error {
	k.next = now.Add(retryPause)
	byName, err := k.request(ctx)
	if err != nil {
		return fmt.Errorf("fetching the keys of the user pool: %w", err)
	}
	k.byName, k.fetched, k.next = byName, now, now.Add(keysPause)
	return nil
}

func (k *keys) request(ctx context.Context) (map[string]*rsa.PublicKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	response, err := k.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxKeys+1))
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK || len(text) > maxKeys:
		return nil, fmt.Errorf("the answer is %s, of %d bytes or more", response.Status, len(text))
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, err
	}
	byName := map[string]*rsa.PublicKey{}
	for _, key := range set.Keys {
		public, ok := key.Key.(*rsa.PublicKey)
		if ok && key.KeyID != "" && (key.Use == "" || key.Use == "sig") && public.N.BitLen() >= minKeyBits {
			byName[key.KeyID] = public
		}
	}
	if len(byName) == 0 {
		return nil, fmt.Errorf("the answer has no key")
	}
	return byName, nil
}
