package pages

import (
	"encoding/json"
	"testing"
)

// TestBlocksAreChecked names who checks the blocks of each language, so that none is
// shown that nobody checks.
func TestBlocksAreChecked(t *testing.T) {
	checkedBy := map[string]string{
		"sh":   "TestShellBlocks",
		"go":   "TestGoBlocks",
		"json": "TestJSONBlocks",
		"js":   "TestShellBlocks, where node is given it",
		"":     "nobody: what a program prints or reads, and sketches",
	}
	for _, name := range pageNames(t) {
		for _, b := range read(t, name).blocks {
			if checkedBy[b.language] == "" {
				t.Errorf("%s:%d: no test checks blocks of %q", name, b.line, b.language)
			}
		}
	}
}

// TestJSONBlocks parses them. Pages may leave out text with …, but no punctuation.
func TestJSONBlocks(t *testing.T) {
	for _, name := range pageNames(t) {
		for _, b := range read(t, name).blocks {
			var value any
			if b.language != "json" {
				continue
			}
			if err := json.Unmarshal([]byte(b.text), &value); err != nil {
				t.Errorf("%s:%d: %v", name, b.line, err)
			}
		}
	}
}
