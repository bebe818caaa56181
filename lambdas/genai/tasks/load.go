package tasks

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// maxTokens is the most that a task may let the model write. The record of a job
// has room for it in any script.
const maxTokens = 16384

// loadTask reads the folder of a task, and tries the task out.
func loadTask(files fs.FS, name, boundary string) (*Task, error) {
	if !taskName.MatchString(name) || name == "jobs" {
		return nil, errors.New("a task's name has small letters, digits and hyphens, and is not jobs")
	}
	contents := []string{name, boundary}
	for _, file := range []string{"task.json", "instructions.md", "prompt.md"} {
		content, err := fs.ReadFile(files, name+"/"+file)
		if err != nil {
			return nil, err
		}
		contents = append(contents, string(content))
	}
	if entries, err := fs.ReadDir(files, name); err != nil || len(entries) != 3 {
		return nil, errors.Join(errors.New("it has other files than task.json, instructions.md and prompt.md"), err)
	}

	task, err := parseTask(contents[2])
	if err != nil {
		return nil, fmt.Errorf("task.json: %w", err)
	}
	task.Name = name
	all, err := json.Marshal(contents)
	if err != nil {
		return nil, err
	}
	task.version = sha256.Sum256(all)
	if err := task.parseTemplates(contents[3]+"\n"+boundary, contents[4]); err != nil {
		return nil, err
	}
	return task, task.try()
}

func parseTask(text string) (*Task, error) {
	// Pointers tell what is missing from what is zero. Without a temperature, the
	// model's own counts: some take no other.
	var file struct {
		Description string   `json:"description"`
		Input       *input   `json:"input"`
		MaxTokens   int      `json:"maxTokens"`
		Temperature *float64 `json:"temperature"`
		Personal    *bool    `json:"personal"`
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, err
	}
	switch _, err := decoder.Token(); {
	case err != io.EOF:
		return nil, errors.New("there is something behind its end")
	case file.Description == "":
		return nil, errors.New("description is missing")
	case file.Input == nil:
		return nil, errors.New("input is missing")
	case file.MaxTokens < 1 || file.MaxTokens > maxTokens:
		return nil, fmt.Errorf("maxTokens must be from 1 to %d, got %d", maxTokens, file.MaxTokens)
	case file.Temperature != nil && (*file.Temperature < 0 || *file.Temperature > 1):
		return nil, errors.New("temperature must be from 0 to 1")
	case file.Personal == nil:
		return nil, errors.New("personal is missing")
	}
	if err := file.Input.check(); err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	return &Task{
		Description: file.Description,
		Personal:    *file.Personal,
		maxTokens:   file.MaxTokens,
		temperature: file.Temperature,
		input:       *file.Input,
	}, nil
}

// try makes prompts of requests that reach both ends of what each property may
// be, so that a template that fails does so at the start and not for a caller.
func (t *Task) try() error {
	least := map[string]json.RawMessage{}
	for _, name := range t.input.Required {
		least[name] = t.input.Properties[name].samples()[0]
	}
	for name, p := range t.input.Properties {
		before, required := least[name]
		for _, sample := range p.samples() {
			least[name] = sample
			body, err := json.Marshal(least)
			if err != nil {
				return err
			}
			if _, err := t.Parse(body); err != nil {
				return fmt.Errorf("with %s of %s: %w", name, sample, err)
			}
		}
		if delete(least, name); required {
			least[name] = before
		}
	}
	return nil
}

// samples are values that a property may have.
func (p property) samples() []json.RawMessage {
	var values []any
	switch {
	case p.isText():
		values = []any{strings.Repeat("x", max(1, *p.MinLength)), strings.Repeat("x", *p.MaxLength)}
	case p.Type == "string":
		for _, choice := range p.Enum {
			values = append(values, choice)
		}
	case p.Type == "integer":
		values = []any{*p.Minimum, *p.Maximum}
	default:
		values = []any{false, true}
	}
	samples := make([]json.RawMessage, len(values))
	for i, value := range values {
		samples[i], _ = json.Marshal(value) // Strings, numbers and booleans never fail.
	}
	return slices.CompactFunc(samples, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
}
