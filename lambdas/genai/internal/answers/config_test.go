package answers

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/model"
)

func TestConfigFromEnv(t *testing.T) {
	read := func(env map[string]string) (Config, error) {
		all := map[string]string{"MODEL_ENDPOINT": "bedrock", "MODEL_ID": "m"}
		maps.Copy(all, env)
		return ConfigFromEnv(func(name string) string { return all[name] })
	}
	answers := model.Config{Endpoint: model.Bedrock, ModelID: "m"}
	got, err := read(map[string]string{"ALLOWED_ORIGINS": "https://a.example,http://localhost:5173", "CACHE_TTL": "1h", "CACHE_TABLE": "answers"})
	want := Config{AllowedOrigins: []string{"https://a.example", "http://localhost:5173"}, CacheTable: "answers", CacheTTL: time.Hour, Model: answers}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, err := read(nil); err != nil || cmp.Diff(Config{Model: answers}, got) != "" {
		t.Error(got, err)
	}
	for name, env := range map[string]map[string]string{
		"no model":         {"MODEL_ID": ""},
		"any origin":       {"ALLOWED_ORIGINS": "*"},
		"table, no time":   {"CACHE_TABLE": "answers"},
		"time of a word":   {"CACHE_TABLE": "answers", "CACHE_TTL": "long"},
		"no unit":          {"CACHE_TABLE": "answers", "CACHE_TTL": "60"},
		"time of 0":        {"CACHE_TABLE": "answers", "CACHE_TTL": "0s"},
		"time below 1 s":   {"CACHE_TABLE": "answers", "CACHE_TTL": "999ms"},
		"time of the past": {"CACHE_TABLE": "answers", "CACHE_TTL": "-1h"},
		"time, no table":   {"CACHE_TTL": "1h"},
	} {
		if _, err := read(env); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
