package token_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"refstack/lambdas/genai/internal/token"
	"refstack/test/cognito"
)

const alice = "0a1b2c3d-0000-4000-8000-00000000a11c"

func verifier(pool *cognito.Pool) *token.Verifier {
	return token.New(token.Config{Issuer: pool.Issuer, Audience: []string{"another", cognito.ClientID}, KeysURL: pool.KeysURL})
}

// refused checks that the token is refused, in words that do not quote it.
func refused(t *testing.T, v *token.Verifier, name, text string) {
	t.Helper()
	caller, err := v.Verify(context.Background(), text)
	if !errors.Is(err, token.ErrRefused) || caller != (token.Caller{}) || strings.Contains(err.Error(), "alice") || strings.Contains(err.Error(), alice[:8]) {
		t.Errorf("%s: %+v, %v", name, caller, err)
	}
}

func TestGoodTokens(t *testing.T) {
	pool := cognito.Start(t)
	v := verifier(pool)
	end := time.Now().Add(90 * time.Minute).Truncate(time.Second)
	for name, text := range map[string]string{
		"plain":          pool.Token(alice, map[string]any{"exp": end.Unix()}),
		"audiences":      pool.Token(alice, map[string]any{"exp": end.Unix(), "aud": []string{"x", cognito.ClientID}}),
		"a clock behind": pool.Token(alice, map[string]any{"exp": end.Unix(), "iat": time.Now().Add(30 * time.Second).Unix()}),
	} {
		caller, err := v.Verify(context.Background(), text)
		if err != nil || caller.Subject != alice || !caller.Expires.Equal(end) {
			t.Errorf("%s: %+v, %v", name, caller, err)
		}
	}
	if pool.Fetches() != 1 {
		t.Errorf("the keys were fetched %d times", pool.Fetches())
	}
}

func TestClaimsThatAreWrong(t *testing.T) {
	pool := cognito.Start(t)
	v := verifier(pool)
	now := time.Now()
	for name, claims := range map[string]map[string]any{
		"another pool":       {"iss": pool.Issuer + "2"},
		"no issuer":          {"iss": nil},
		"another client":     {"aud": "2other"},
		"no client":          {"aud": nil},
		"an access token":    {"token_use": "access"},
		"no use":             {"token_use": nil},
		"expired":            {"exp": now.Add(-time.Second).Unix()},
		"never expires":      {"exp": nil},
		"expires as text":    {"exp": "tomorrow"},
		"of the future":      {"iat": now.Add(time.Hour).Unix()},
		"not yet":            {"nbf": now.Add(time.Hour).Unix()},
		"no subject":         {"sub": nil},
		"a wildcard":         {"sub": "*"},
		"a longer wildcard":  {"sub": "0a1b2c3d*"},
		"topics":             {"sub": "0a1b2c3d/#"},
		"a policy variable":  {"sub": "${iot:ClientId}"},
		"a line break":       {"sub": alice + "\n"},
		"a subject of parts": {"sub": []string{alice}},
	} {
		refused(t, v, name, pool.Token(alice, claims))
	}
}

func part(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func TestForgedTokens(t *testing.T) {
	pool := cognito.Start(t)
	v := verifier(pool)
	good := pool.Token(alice, nil)
	parts := strings.Split(good, ".")
	bob := part(pool.Claims("bbbbbbbb-0000-4000-8000-000000000b0b", nil))
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(pool.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	header := func(more map[string]any) string {
		all := map[string]any{"kid": pool.KeyName(), "typ": "JWT"}
		for name, value := range more {
			all[name] = value
		}
		return part(all)
	}
	for name, text := range map[string]string{
		"nothing":                   "",
		"no token":                  "token",
		"dots":                      "..",
		"another subject":           parts[0] + "." + bob + "." + parts[2],
		"no signature":              parts[0] + "." + parts[1] + ".",
		"another's signature":       pool.Sign(jose.RS256, stranger, pool.KeyName(), pool.Claims(alice, nil)),
		"alg none":                  header(map[string]any{"alg": "none"}) + "." + bob + ".",
		"alg nOnE":                  header(map[string]any{"alg": "nOnE"}) + "." + bob + "." + parts[2],
		"no alg":                    header(nil) + "." + bob + "." + parts[2],
		"HS256 with the PEM":        pool.Sign(jose.HS256, public, pool.KeyName(), pool.Claims(alice, nil)),
		"HS256 with the DER":        pool.Sign(jose.HS256, der, pool.KeyName(), pool.Claims(alice, nil)),
		"RS512":                     pool.Sign(jose.RS512, nil, pool.KeyName(), pool.Claims(alice, nil)),
		"PS256":                     pool.Sign(jose.PS256, nil, pool.KeyName(), pool.Claims(alice, nil)),
		"a key of its own":          header(map[string]any{"alg": "RS256", "jwk": jose.JSONWebKey{Key: &stranger.PublicKey}}) + "." + strings.Join(strings.Split(pool.Sign(jose.RS256, stranger, pool.KeyName(), pool.Claims(alice, nil)), ".")[1:], "."),
		"an unknown extension":      header(map[string]any{"alg": "RS256", "crit": []string{"x"}, "x": 1}) + "." + parts[1] + "." + parts[2],
		"no name of a key":          pool.Sign(jose.RS256, nil, "", pool.Claims(alice, nil)),
		"too long":                  good + strings.Repeat("A", 20000),
		"another form":              `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"two at once":               good + "," + good,
		"with a line break":         good + "\n.",
		"claims that are no object": pool.Sign(jose.RS256, nil, pool.KeyName(), nil),
		"another path for the key":  pool.Sign(jose.RS256, nil, "../key-0", pool.Claims(alice, nil)),
	} {
		refused(t, v, name, text)
	}
	if _, err := v.Verify(context.Background(), good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// Each of a thousand forged tokens names another key; the pool is not asked a
// thousand times.
func TestFloodOfUnknownKeys(t *testing.T) {
	pool := cognito.Start(t)
	v := verifier(pool)
	stranger := pool.Sign(jose.HS256, []byte(strings.Repeat("k", 32)), "x", pool.Claims(alice, nil))
	_, claims, _ := strings.Cut(stranger, ".")
	for i := range 1000 {
		refused(t, v, "unknown key", part(map[string]any{"alg": "RS256", "kid": i})+"."+claims)
		refused(t, v, "unknown key", part(map[string]any{"alg": "RS256", "kid": strings.Repeat("k", i)})+"."+claims)
	}
	if _, err := v.Verify(context.Background(), pool.Token(alice, nil)); err != nil {
		t.Error(err)
	}
	if pool.Fetches() > 2 {
		t.Errorf("the keys were fetched %d times", pool.Fetches())
	}
}

func TestConfig(t *testing.T) {
	variables := map[string]string{"TOKEN_ISSUER": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_X", "TOKEN_AUDIENCE": "a,b"}
	getenv := func(name string) string { return variables[name] }
	got, err := token.ConfigFromEnv(getenv)
	if err != nil || got.KeysURL != "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_X/.well-known/jwks.json" || len(got.Audience) != 2 {
		t.Errorf("%+v %v", got, err)
	}
	variables["TOKEN_KEYS_URL"] = "http://127.0.0.1:1/keys"
	if got, err := token.ConfigFromEnv(getenv); err != nil || got.KeysURL != "http://127.0.0.1:1/keys" {
		t.Errorf("%+v %v", got, err)
	}
	for name, value := range map[string]string{"TOKEN_ISSUER": "", "TOKEN_AUDIENCE": " ,", "TOKEN_KEYS_URL": "keys"} {
		before := variables[name]
		variables[name] = value
		if _, err := token.ConfigFromEnv(getenv); err == nil {
			t.Errorf("%s=%q is accepted", name, value)
		}
		variables[name] = before
	}
}
