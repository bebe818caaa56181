package cdktest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// Updating tells whether goldens are to be rewritten rather than compared.
func Updating() bool { return *update }

// Golden compares template with testdata/golden/NAME.json, or writes that file
// under -update. Hashes of assets are normalised, so that an edit of a
// function's code does not change a golden.
func Golden(t testing.TB, name string, template map[string]any) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".json")
	got := normalise(t, template)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: make golden writes it", err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("the template differs from %s in:\n%s\nIf that is what you want, run make golden.", file, difference(t, want, got))
	}
}

var assetHash = regexp.MustCompile(`[0-9a-f]{64}`)

// normalise returns template as JSON with sorted keys, and each asset hash
// replaced by a number of its own.
func normalise(t testing.TB, template map[string]any) []byte {
	t.Helper()
	text, err := json.MarshalIndent(template, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]int{}
	text = assetHash.ReplaceAllFunc(text, func(hash []byte) []byte {
		if numbers[string(hash)] == 0 {
			numbers[string(hash)] = len(numbers) + 1
		}
		return fmt.Appendf(nil, "ASSET%d", numbers[string(hash)])
	})
	return append(text, '\n')
}

// Diff compares two templates as Golden does, and returns "" where they are the
// same.
func Diff(t testing.TB, want, got map[string]any) string {
	t.Helper()
	return difference(t, normalise(t, want), normalise(t, got))
}

// difference lists what was added, removed and changed, by section and logical
// ID.
func difference(t testing.TB, want, got []byte) string {
	t.Helper()
	var out bytes.Buffer
	before, after := sections(t, want), sections(t, got)
	ids := maps.Clone(before)
	maps.Copy(ids, after)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		old, was := before[id]
		now, is := after[id]
		switch {
		case !was:
			fmt.Fprintf(&out, "+ %s is new\n", id)
		case !is:
			fmt.Fprintf(&out, "- %s is gone\n", id)
		case !cmp.Equal(old, now):
			fmt.Fprintf(&out, "~ %s:\n%s", id, cmp.Diff(old, now))
		}
	}
	return out.String()
}

// sections maps SECTION/LOGICAL_ID to what stands there.
func sections(t testing.TB, text []byte) map[string]any {
	t.Helper()
	var template map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for section, content := range template {
		entries, ok := content.(map[string]any)
		if !ok {
			out[section] = content
			continue
		}
		for id, entry := range entries {
			out[section+"/"+id] = entry
		}
	}
	return out
}
