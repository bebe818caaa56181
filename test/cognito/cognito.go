// Package cognito stands in for an Amazon Cognito user pool: it has keys, and
// signs ID tokens with them, and whatever else a test would have signed.
package cognito

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// ClientID is that of the pool's one client.
const ClientID = "1example23456789"

// Pool is a user pool with one key, whose public half it serves on loopback.
type Pool struct {
	// Issuer is the URL of the pool, and KeysURL that of its keys.
	Issuer, KeysURL string

	t  testing.TB
	mu sync.Mutex
	// Of the following, name and key belong to the key that signs.
	name    string
	key     *rsa.PrivateKey
	served  []jose.JSONWebKey
	broken  bool
	fetches int
}

// keys are made once: each takes long.
var keys = [2]func() *rsa.PrivateKey{sync.OnceValue(newKey), sync.OnceValue(newKey)}

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// Start starts a pool. It ends with the test.
func Start(t testing.TB) *Pool {
	p := &Pool{t: t, name: "key-0", key: keys[0]()}
	p.served = []jose.JSONWebKey{p.public()}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	p.Issuer, p.KeysURL = server.URL+"/us-east-1_EXAMPLE", server.URL+"/us-east-1_EXAMPLE/.well-known/jwks.json"
	return p
}

func (p *Pool) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.URL.Path != "/us-east-1_EXAMPLE/.well-known/jwks.json" {
		http.NotFound(w, r)
		return
	}
	p.fetches++
	if p.broken {
		http.Error(w, "broken", http.StatusServiceUnavailable)
		return
	}
	_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: p.served})
}

// public is the signing key as the pool serves it.
func (p *Pool) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: &p.key.PublicKey, KeyID: p.name, Algorithm: "RS256", Use: "sig"}
}

// PublicKey is the public half of the key that signs.
func (p *Pool) PublicKey() *rsa.PublicKey { return &p.key.PublicKey }

// KeyName is the name of the key that signs.
func (p *Pool) KeyName() string { return p.name }

// Rotate has another key sign. Tokens of the one before are good as long as kept.
func (p *Pool) Rotate(keep bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name, p.key = "key-1", keys[1]()
	if !keep {
		p.served = nil
	}
	p.served = append(p.served, p.public())
}

// Break has the pool answer with faults, or no longer.
func (p *Pool) Break(broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = broken
}

// Fetches is how often the keys were asked for.
func (p *Pool) Fetches() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

// Claims are those of an ID token that is good for an hour. A nil one is left out.
func (p *Pool) Claims(sub string, others map[string]any) map[string]any {
	now := time.Now()
	claims := map[string]any{
		"iss": p.Issuer, "aud": ClientID, "sub": sub, "token_use": "id", "cognito:username": "alice@example.com",
		"iat": now.Unix(), "auth_time": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(claims, others)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

// Token is an ID token of sub, with other claims than it would have.
func (p *Pool) Token(sub string, others map[string]any) string {
	p.t.Helper()
	return p.Sign(jose.RS256, nil, p.name, p.Claims(sub, others))
}

// Sign makes a token of claims with whatever algorithm and key, under the name of
// a key. A nil key is the pool's own.
func (p *Pool) Sign(algorithm jose.SignatureAlgorithm, key any, name string, claims map[string]any) string {
	p.t.Helper()
	if key == nil {
		key = p.key
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", name).WithType("JWT"))
	if err != nil {
		p.t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		p.t.Fatal(err)
	}
	return token
}
