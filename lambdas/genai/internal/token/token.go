// Package token checks the ID tokens that a Cognito user pool issues, for those
// front doors that do not do so themselves.
package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"refstack/lambdas/internal/env"
)

// Config is what the stack tells of the user pool.
type Config struct {
	Issuer   string
	Audience []string // The pool's clients.
	KeysURL  string
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	r := env.Read(getenv)
	c := Config{Issuer: r.URL("TOKEN_ISSUER"), Audience: r.List("TOKEN_AUDIENCE")}
	c.KeysURL = c.Issuer + "/.well-known/jwks.json"
	if getenv("TOKEN_KEYS_URL") != "" {
		c.KeysURL = r.URL("TOKEN_KEYS_URL")
	}
	if r.Err() == nil && len(c.Audience) == 0 {
		return Config{}, errors.New("TOKEN_AUDIENCE is not set")
	}
	return c, r.Err()
}

// ErrRefused is the error of a token that is not good. What comes with it says
// why, and quotes nothing of the token.
var ErrRefused = errors.New("the token is refused")

// maxToken is the most bytes of a token that are looked at.
const maxToken = 16 << 10

// skew is how much the clock of Cognito may be ahead of ours.
const skew = time.Minute

// fetchTimeout is how long the pool may take to answer with its keys. IoT Core
// waits for an authorizer for 5 seconds.
const fetchTimeout = 3 * time.Second

// Caller is whose a token is, and until when.
type Caller struct {
	Subject string
	Expires time.Time
}

// subject is what can be part of a topic, a client ID and a policy. Cognito's
// are UUIDs.
var subject = regexp.MustCompile(`^[0-9A-Za-z-]{8,64}$`)

// Verifier checks tokens.
type Verifier struct {
	config Config
	keys   *keys
}

// New makes a Verifier. It fetches the pool's keys when it first needs them.
func New(config Config) *Verifier {
	return &Verifier{config: config, keys: &keys{url: config.KeysURL, client: &http.Client{Timeout: fetchTimeout}}}
}

// Verify tells whose the token is. The error is ErrRefused where the token is at
// fault; any other says that this could not be found out.
func (v *Verifier) Verify(ctx context.Context, text string) (Caller, error) {
	if len(text) > maxToken {
		return Caller{}, refuse("it is too long")
	}
	// The one algorithm that Cognito uses: not none, and not one that would take
	// the public key for a password.
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return Caller{}, refuse("it is no token that RS256 signed")
	}
	key, err := v.keys.find(ctx, token.Headers[0].KeyID)
	if err != nil {
		return Caller{}, err
	}
	var claims jwt.Claims
	var use struct {
		TokenUse string `json:"token_use"`
	}
	if err := token.Claims(key, &claims, &use); err != nil {
		return Caller{}, refuse("its signature or its claims are wrong")
	}
	now := time.Now()
	switch {
	case claims.Issuer != v.config.Issuer:
		return Caller{}, refuse("another issued it")
	case !slices.ContainsFunc(claims.Audience, func(a string) bool { return slices.Contains(v.config.Audience, a) }):
		return Caller{}, refuse("it is for another client")
	case use.TokenUse != "id":
		return Caller{}, refuse("it is no ID token")
	case claims.Expiry == nil || !now.Before(claims.Expiry.Time()):
		return Caller{}, refuse("it has expired")
	case claims.NotBefore != nil && claims.NotBefore.Time().After(now.Add(skew)),
		claims.IssuedAt != nil && claims.IssuedAt.Time().After(now.Add(skew)):
		return Caller{}, refuse("it is of the future")
	case !subject.MatchString(claims.Subject):
		return Caller{}, refuse("it has no subject")
	}
	return Caller{Subject: claims.Subject, Expires: claims.Expiry.Time()}, nil
}

func refuse(why string) error { return fmt.Errorf("%w: %s", ErrRefused, why) }
