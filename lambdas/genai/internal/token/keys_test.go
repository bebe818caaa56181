package token

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// pool answers requests for keys.
type pool struct {
	status  int
	body    string
	err     error
	fetches int
}

func (p *pool) RoundTrip(*http.Request) (*http.Response, error) {
	p.fetches++
	if p.err != nil {
		return nil, p.err
	}
	return &http.Response{StatusCode: p.status, Status: http.StatusText(p.status), Body: io.NopCloser(strings.NewReader(p.body))}, nil
}

var one, _ = rsa.GenerateKey(rand.Reader, 2048)

func set(keys ...jose.JSONWebKey) string {
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func named(names ...string) string {
	var all []jose.JSONWebKey
	for _, name := range names {
		all = append(all, jose.JSONWebKey{Key: &one.PublicKey, KeyID: name, Algorithm: "RS256", Use: "sig"})
	}
	return set(all...)
}

// want asks for a key: it is found, refused, or nobody can tell.
func want(t *testing.T, k *keys, name, outcome string) {
	t.Helper()
	key, err := k.find(context.Background(), name)
	got := "unknown"
	switch {
	case err == nil && key != nil:
		got = "found"
	case errors.Is(err, ErrRefused):
		got = "refused"
	}
	if got != outcome {
		t.Errorf("%s is %s, want %s: %v", name, got, outcome, err)
	}
}

func TestKeysAreFetchedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pool{status: 200, body: named("a")}
		k := &keys{client: &http.Client{Transport: p}}
		fetches := func(n int) {
			t.Helper()
			if p.fetches != n {
				t.Errorf("fetched %d times, want %d", p.fetches, n)
			}
		}
		want(t, k, "a", "found")
		want(t, k, "a", "found")
		want(t, k, "b", "refused")
		fetches(1)
		p.body = named("a", "b") // Another key comes.
		want(t, k, "b", "refused")
		time.Sleep(keysPause)
		want(t, k, "c", "refused")
		want(t, k, "b", "found")
		fetches(2)
		p.body = named("b") // The first one is withdrawn.
		time.Sleep(keysAge - time.Second)
		want(t, k, "a", "found")
		fetches(2)
		time.Sleep(time.Second)
		want(t, k, "a", "refused")
		want(t, k, "b", "found")
		fetches(3)
	})
}

func TestPoolThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pool{err: errors.New("no network")}
		k := &keys{client: &http.Client{Transport: p}}
		for range 100 {
			want(t, k, "a", "unknown")
		}
		if p.fetches != 1 {
			t.Errorf("fetched %d times", p.fetches)
		}
		time.Sleep(retryPause)
		p.err, p.status, p.body = nil, 200, named("a")
		want(t, k, "a", "found")
		// Once there are keys, they outlast a pool that is silent.
		p.status = 503
		time.Sleep(2 * keysAge)
		want(t, k, "a", "found")
		want(t, k, "b", "refused")
		if p.fetches != 3 {
			t.Errorf("fetched %d times", p.fetches)
		}
	})
}

func TestAnswersThatHaveNoKeys(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*pool{
		"a fault":        {status: 500, body: named("a")},
		"no JSON":        {status: 200, body: "<html>"},
		"none":           {status: 200, body: `{"keys":[]}`},
		"without names":  {status: 200, body: named("")},
		"for encryption": {status: 200, body: set(jose.JSONWebKey{Key: &one.PublicKey, KeyID: "a", Use: "enc"})},
		"a curve":        {status: 200, body: set(jose.JSONWebKey{Key: &curve.PublicKey, KeyID: "a", Use: "sig"})},
		"a password":     {status: 200, body: set(jose.JSONWebKey{Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "a", Use: "sig"})},
		"too small":      {status: 200, body: set(jose.JSONWebKey{Key: &small.PublicKey, KeyID: "a", Use: "sig"})},
		"too long":       {status: 200, body: named("a") + strings.Repeat(" ", maxKeys)},
	} {
		k := &keys{client: &http.Client{Transport: p}}
		if key, err := k.find(context.Background(), "a"); err == nil || errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v %v", name, key, err)
		}
	}
}
