package items

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConfigFromEnv(t *testing.T) {
	env := map[string]string{"TABLE_NAME": "t", "ALLOWED_ORIGINS": "https://a.example, http://localhost:5173", "MAX_BODY_BYTES": "65536"}
	getenv := func(name string) string { return env[name] }
	got, err := ConfigFromEnv(getenv)
	want := Config{Table: "t", AllowedOrigins: []string{"https://a.example", "http://localhost:5173"}, MaxBodyBytes: 65536}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	env["ALLOWED_ORIGINS"] = ""
	if got, err := ConfigFromEnv(getenv); err != nil || got.AllowedOrigins != nil {
		t.Error(got, err)
	}
	for name, values := range map[string][]string{
		"TABLE_NAME":      {""},
		"MAX_BODY_BYTES":  {"", "0", "-1", "64k"},
		"ALLOWED_ORIGINS": {"*", "a.example", "https://a.example/", "https://*.example", "https://a.example/app", "null"},
	} {
		for _, value := range values {
			before := env[name]
			env[name] = value
			if _, err := ConfigFromEnv(getenv); err == nil {
				t.Errorf("%s=%q is accepted", name, value)
			}
			env[name] = before
		}
	}
}
