package resizer

import (
	"encoding/json"
	"fmt"
	"strconv"

	"refstack/lambdas/thumbnailer/picture"
)

// Config is what the stack tells the function.
type Config struct {
	RenditionBucket string
	RenditionPrefix string
	Renditions      []picture.Rendition
	CacheControl    string
	Limits          picture.Limits
}

// ConfigFromEnv reads the variables that the stack sets, through getenv.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	c := Config{
		RenditionBucket: getenv("RENDITION_BUCKET"),
		RenditionPrefix: getenv("RENDITION_PREFIX"),
		CacheControl:    getenv("CACHE_CONTROL"),
	}
	if c.RenditionBucket == "" {
		return Config{}, fmt.Errorf("RENDITION_BUCKET is not set")
	}
	if err := json.Unmarshal([]byte(getenv("RENDITIONS")), &c.Renditions); err != nil {
		return Config{}, fmt.Errorf("RENDITIONS is not a list of renditions: %w", err)
	}
	if len(c.Renditions) == 0 {
		return Config{}, fmt.Errorf("RENDITIONS is empty")
	}
	for _, r := range c.Renditions {
		if err := r.Validate(); err != nil {
			return Config{}, fmt.Errorf("RENDITIONS: %w", err)
		}
	}
	for name, limit := range map[string]*int64{"MAX_BYTES": &c.Limits.MaxBytes, "MAX_PIXELS": &c.Limits.MaxPixels} {
		n, err := strconv.ParseInt(getenv(name), 10, 64)
		if err != nil || n < 1 {
			return Config{}, fmt.Errorf("%s must be a positive number, got %q", name, getenv(name))
		}
		*limit = n
	}
	return c, nil
}
