package answers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"refstack/lambdas/internal/httpapi"
)

// Config is what the stack tells the functions.
type Config struct {
	AllowedOrigins []string
	CacheTable     string // "" for no cache
	CacheTTL       time.Duration
	// Endpoint is all that tells where and what the model is: another one answers
	// differently.
	Endpoint []string
}

// ConfigFromEnv reads the variables that the stack sets, in the form that
// os.Environ gives.
func ConfigFromEnv(environ []string) (Config, error) {
	var c Config
	values := map[string]string{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		values[name] = value
		if strings.HasPrefix(name, "MODEL_") {
			c.Endpoint = append(c.Endpoint, variable)
		}
	}
	slices.Sort(c.Endpoint)
	var err error
	if c.AllowedOrigins, err = httpapi.ParseOrigins(values["ALLOWED_ORIGINS"]); err != nil {
		return Config{}, fmt.Errorf("ALLOWED_ORIGINS: %w", err)
	}
	ttl := values["CACHE_TTL"]
	if c.CacheTable = values["CACHE_TABLE"]; c.CacheTable == "" {
		if ttl != "" {
			return Config{}, errors.New("CACHE_TTL is set, and CACHE_TABLE is not")
		}
		return c, nil
	}
	if c.CacheTTL, err = time.ParseDuration(ttl); err != nil || c.CacheTTL < time.Second {
		return Config{}, fmt.Errorf("CACHE_TTL must be a duration of a second or more, such as 1h, got %q", ttl)
	}
	return c, nil
}
