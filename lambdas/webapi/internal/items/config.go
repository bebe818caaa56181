package items

import (
	"fmt"
	"strconv"

	"refstack/lambdas/internal/env"
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
	c := Config{Table: r.Text("TABLE_NAME"), AllowedOrigins: r.Origins("ALLOWED_ORIGINS")}
	if r.Err() != nil {
		return Config{}, r.Err()
	}
	n, err := strconv.ParseInt(getenv("MAX_BODY_BYTES"), 10, 64)
	if err != nil || n < 1 {
		return Config{}, fmt.Errorf("MAX_BODY_BYTES must be a positive number, got %q", getenv("MAX_BODY_BYTES"))
	}
	c.MaxBodyBytes = n
	return c, nil
}
