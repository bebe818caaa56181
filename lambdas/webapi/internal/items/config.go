package items

import (
	"fmt"

	"refstack/lambdas/internal/env"
	"refstack/lambdas/internal/httpapi"
)

// Config is what the stack tells the function.
type Config struct {
	Table          string
	AllowedOrigins []string
	MaxBodyBytes   int64
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	r := env.Read(getenv)
	c := Config{Table: r.Text("TABLE_NAME"), MaxBodyBytes: r.Number("MAX_BODY_BYTES", 1)}
	if r.Err() != nil {
		return Config{}, r.Err()
	}
	var err error
	if c.AllowedOrigins, err = httpapi.ParseOrigins(getenv("ALLOWED_ORIGINS")); err != nil {
		return Config{}, fmt.Errorf("ALLOWED_ORIGINS: %w", err)
	}
	return c, nil
}
