package resizer

import (
	"encoding/json"
	"fmt"

	"refstack/lambdas/internal/env"
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
	r := env.Read(getenv)
	c := Config{
		RenditionBucket: r.Text("RENDITION_BUCKET"),
		RenditionPrefix: getenv("RENDITION_PREFIX"),
		CacheControl:    getenv("CACHE_CONTROL"),
		Limits:          picture.Limits{MaxBytes: r.Number("MAX_BYTES", 1), MaxPixels: r.Number("MAX_PIXELS", 1)},
	}
	if r.Err() != nil {
		return Config{}, r.Err()
	}
	if err := json.Unmarshal([]byte(getenv("RENDITIONS")), &c.Renditions); err != nil {
		return Config{}, fmt.Errorf("RENDITIONS is not a list of renditions: %w", err)
	}
	if len(c.Renditions) == 0 {
		return Config{}, fmt.Errorf("RENDITIONS is empty")
	}
	for _, rendition := range c.Renditions {
		if err := rendition.Validate(); err != nil {
			return Config{}, fmt.Errorf("RENDITIONS: %w", err)
		}
	}
	return c, nil
}
