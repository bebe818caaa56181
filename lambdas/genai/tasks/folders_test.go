package tasks

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The folders as they lie here: these are the files that a team edits.
func TestFolders(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == "testdata" {
			continue
		}
		t.Run(entry.Name(), func(t *testing.T) {
			task := found[entry.Name()]
			if task == nil {
				t.Fatal("no task was made of this folder")
			}
			delete(found, entry.Name())
			t.Run("task.json", task.checkLimits)
			t.Run("instructions.md", task.checkInstructions)
			t.Run("prompt.md", task.checkPrompt)
		})
	}
	if len(found) > 0 {
		t.Errorf("these have no folder: %v", slices.Collect(maps.Keys(found)))
	}
}

func (t *Task) checkLimits(test *testing.T) {
	for name, p := range t.input.Properties {
		if p.Description == "" {
			test.Errorf("%s has no description for the callers", name)
		}
		if !p.isText() {
			continue
		}
		// The longest text fits into a body, in the script that takes most bytes.
		body := t.body(map[string]any{name: strings.Repeat("😀", *p.MaxLength)})
		if _, err := t.Parse(body); err != nil || len(body) > MaxBody {
			test.Errorf("%s at its longest, in %d bytes: %v", name, len(body), err)
		}
		if _, err := t.Parse(t.body(map[string]any{name: strings.Repeat("😀", *p.MaxLength+1)})); err == nil {
			test.Errorf("%s above its longest is accepted", name)
		}
	}
}

// eachRequest calls check with the prompt of every combination of choices.
func (t *Task) eachRequest(test *testing.T, check func(values map[string]any, prompt Prompt)) {
	combinations := []map[string]any{{}}
	for name, p := range t.input.Properties {
		var longer []map[string]any
		for _, sample := range p.samples() {
			for _, values := range combinations {
				values = maps.Clone(values)
				values[name] = sample
				longer = append(longer, values)
			}
		}
		combinations = longer
	}
	for _, values := range combinations {
		prompt, err := t.Parse(t.body(values))
		if err != nil {
			test.Errorf("%s: %v", values, err)
			continue
		}
		check(values, prompt)
	}
}

func (t *Task) checkInstructions(test *testing.T) {
	boundary, err := os.ReadFile("boundary.md")
	if err != nil {
		test.Fatal(err)
	}
	requests, different := 0, map[string]bool{}
	t.eachRequest(test, func(values map[string]any, prompt Prompt) {
		if strings.Contains(prompt.Instructions, "no value") || strings.Contains(prompt.Instructions, "\n\n\n") {
			test.Errorf("%s: %s", values, prompt.Instructions)
		}
		if !strings.HasSuffix(prompt.Instructions, strings.TrimSpace(string(boundary))) {
			test.Errorf("%s: what must come last does not: %s", values, prompt.Instructions)
		}
		requests++
		different[prompt.Instructions+anyCode.ReplaceAllString(prompt.Text, "")] = true
	})
	if len(different) != requests {
		test.Errorf("%d different requests make %d different prompts: a choice changes nothing", requests, len(different))
	}
}

var anyCode = regexp.MustCompile(`-[A-Z2-7]{26}>`)

func (t *Task) checkPrompt(test *testing.T) {
	t.eachRequest(test, func(values map[string]any, prompt Prompt) {
		for name, p := range t.input.Properties {
			if opened := strings.Count(prompt.Text, "<"+name+"-"); p.isText() && opened != 1 {
				test.Errorf("%s is %d times in %.200q", name, opened, prompt.Text)
			}
		}
	})
}

// body is a request with values, and the least of what it needs beside them.
func (t *Task) body(values map[string]any) []byte {
	values = maps.Clone(values)
	for _, name := range t.input.Required {
		if values[name] == nil {
			values[name] = t.input.Properties[name].samples()[0]
		}
	}
	body, _ := json.Marshal(values) // Numbers, booleans and strings never fail.
	return body
}

// samples are values that a property may have: every choice, and both ends of
// what has ends.
func (p property) samples() []any {
	switch {
	case p.isText():
		return []any{strings.Repeat("x", max(1, *p.MinLength)), strings.Repeat("x", *p.MaxLength)}
	case p.Type == "string":
		samples := make([]any, len(p.Enum))
		for i, choice := range p.Enum {
			samples[i] = choice
		}
		return samples
	case p.Type == "integer":
		return []any{*p.Minimum, *p.Maximum}
	default:
		return []any{false, true}
	}
}
