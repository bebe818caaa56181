package items

import (
	"fmt"
	"strconv"

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
	c := Config{Table: getenv("TABLE_NAME")}
	if c.Table == "" {
		return Config{}, fmt.Errorf("TABLE_NAME is not set")
	}
	var err error
	if c.AllowedOrigins, err = httpapi.ParseOrigins(getenv("ALLOWED_ORIGINS")); err != nil {
		return Config{}, fmt.Errorf("ALLOWED_ORIGINS: %w", err)
	}
	n, err := strconv.ParseInt(getenv("MAX_BODY_BYTES"), 10, 64)
	if err != nil || n < 1 {
		return Config{}, fmt.Errorf("MAX_BODY_BYTES must be a positive number, got %q", getenv("MAX_BODY_BYTES"))
	}
	c.MaxBodyBytes = n
	return c, nil
}
