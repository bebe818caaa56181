package tasks

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"strings"
)

// maxTokens is the most that a task may let the model write. The record of a job
// has room for it in any script.
const maxTokens = 16384

// loadTask reads the folder of a task.
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
	return task, task.parseTemplates(contents[3]+"\n"+boundary, contents[4])
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

// parseTemplates sees to it that the instructions have no text of the caller's,
// that neither file names what is no property, and that no property is for nothing.
func (t *Task) parseTemplates(instructions, prompt string) (err error) {
	choices := maps.Clone(t.input.Properties)
	maps.DeleteFunc(choices, func(_ string, p property) bool { return p.isText() })
	used := map[string]bool{}
	if t.instructions, err = parseTemplate(instructions, choices, used); err != nil {
		return fmt.Errorf("instructions.md: %w", err)
	}
	if t.prompt, err = parseTemplate(prompt, t.input.Properties, used); err != nil {
		return fmt.Errorf("prompt.md: %w", err)
	}
	for name := range t.input.Properties {
		if !used[name] {
			return fmt.Errorf("%s is in neither template", name)
		}
	}
	return nil
}
