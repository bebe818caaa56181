package items

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
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
	for origin := range strings.SplitSeq(getenv("ALLOWED_ORIGINS"), ",") {
		if origin = strings.TrimSpace(origin); origin == "" {
			continue
		}
		// A browser sends an origin in this one spelling; any other never matches.
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin || strings.Contains(origin, "*") {
			return Config{}, fmt.Errorf("ALLOWED_ORIGINS must have origins such as https://app.example.com, got %q", origin)
		}
		c.AllowedOrigins = append(c.AllowedOrigins, origin)
	}
	n, err := strconv.ParseInt(getenv("MAX_BODY_BYTES"), 10, 64)
	if err != nil || n < 1 {
		return Config{}, fmt.Errorf("MAX_BODY_BYTES must be a positive number, got %q", getenv("MAX_BODY_BYTES"))
	}
	c.MaxBodyBytes = n
	return c, nil
}
