package answers

import (
	"errors"
	"fmt"
	"time"

	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/model"
)

// Config is what the stack tells the functions.
type Config struct {
	AllowedOrigins []string
	CacheTable     string // "" for no cache
	CacheTTL       time.Duration
	Model          model.Config // Another one answers differently, so a cached answer's key has it.
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	var c Config
	var err error
	if c.Model, err = model.ConfigFromEnv(getenv); err != nil {
		return Config{}, err
	}
	if c.AllowedOrigins, err = httpapi.ParseOrigins(getenv("ALLOWED_ORIGINS")); err != nil {
		return Config{}, fmt.Errorf("ALLOWED_ORIGINS: %w", err)
	}
	ttl := getenv("CACHE_TTL")
	if c.CacheTable = getenv("CACHE_TABLE"); c.CacheTable == "" {
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
