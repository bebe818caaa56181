package answers

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConfigFromEnv(t *testing.T) {
	got, err := ConfigFromEnv([]string{"MODEL_ID=a=b", "ALLOWED_ORIGINS=https://a.example,http://localhost:5173", "CACHE_TTL=1h", "PATH=/bin",
		"MODEL_ENDPOINT=http", "CACHE_TABLE=answers"})
	want := Config{AllowedOrigins: []string{"https://a.example", "http://localhost:5173"}, CacheTable: "answers", CacheTTL: time.Hour,
		Endpoint: []string{"MODEL_ENDPOINT=http", "MODEL_ID=a=b"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, err := ConfigFromEnv(nil); err != nil || cmp.Diff(Config{}, got) != "" {
		t.Error(got, err)
	}
	for name, environ := range map[string][]string{
		"any origin":       {"ALLOWED_ORIGINS=*"},
		"table, no time":   {"CACHE_TABLE=answers"},
		"time of a word":   {"CACHE_TABLE=answers", "CACHE_TTL=long"},
		"no unit":          {"CACHE_TABLE=answers", "CACHE_TTL=60"},
		"time of 0":        {"CACHE_TABLE=answers", "CACHE_TTL=0s"},
		"time below 1 s":   {"CACHE_TABLE=answers", "CACHE_TTL=999ms"},
		"time of the past": {"CACHE_TABLE=answers", "CACHE_TTL=-1h"},
		"time, no table":   {"CACHE_TTL=1h"},
	} {
		if _, err := ConfigFromEnv(environ); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
