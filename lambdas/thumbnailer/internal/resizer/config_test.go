package resizer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/thumbnailer/picture"
)

func with(change map[string]string) func(string) string {
	variables := map[string]string{
		"RENDITION_BUCKET": "renditions",
		"RENDITION_PREFIX": "out/",
		"RENDITIONS":       `[{"name":"web","maxWidth":1280,"quality":70}]`,
		"CACHE_CONTROL":    "no-cache",
		"MAX_BYTES":        "100",
		"MAX_PIXELS":       "200",
	}
	for name, value := range change {
		variables[name] = value
	}
	return func(name string) string { return variables[name] }
}

func TestConfigFromEnv(t *testing.T) {
	got, err := ConfigFromEnv(with(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		RenditionBucket: "renditions",
		RenditionPrefix: "out/",
		Renditions:      []picture.Rendition{{Name: "web", MaxWidth: 1280, Quality: 70}},
		CacheControl:    "no-cache",
		Limits:          picture.Limits{MaxBytes: 100, MaxPixels: 200},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConfigFromEnvSaysWhatIsWrong(t *testing.T) {
	for want, change := range map[string]map[string]string{
		"RENDITION_BUCKET is not set":            {"RENDITION_BUCKET": ""},
		"RENDITIONS is not a list of renditions": {"RENDITIONS": "web"},
		"RENDITIONS is empty":                    {"RENDITIONS": "[]"},
		`RENDITIONS: rendition "web"`:            {"RENDITIONS": `[{"name":"web"}]`},
		"MAX_BYTES must be a whole number":       {"MAX_BYTES": "0"},
		"MAX_PIXELS must be a whole number":      {"MAX_PIXELS": "many"},
	} {
		if _, err := ConfigFromEnv(with(change)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
