// Package tasks holds what the model can be asked for. Each task is a folder of
// three files, and needs no Go:
//
//   - task.json: what a request of the task says, and the limits of its answer;
//   - instructions.md: the instructions to the model, which only choices, whole
//     numbers and booleans of a request can vary;
//   - prompt.md: what the model is given to work on, with the caller's words in it.
//
// The two .md files are templates with the request's fields. The caller's words
// never reach the instructions, and stand between tags that they cannot close. What
// every task's instructions end with, to say so to the model, is in boundary.md.
package tasks

import (
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"refstack/lambdas/internal/model"
)

// MaxBody is the most bytes that the body of a request may have. Whatever a
// task's limits allow fits, unless it is written in \u escapes.
const MaxBody = 1 << 20

//go:embed *.md */*.json */*.md
var files embed.FS

// Task is one thing that the model can be asked for.
type Task struct {
	Name        string
	Description string
	// Personal tells that an answer is for the caller alone, even where another
	// one asks for the same.
	Personal bool

	maxTokens            int
	temperature          *float64
	input                input
	instructions, prompt template
	version              [sha256.Size]byte
}

// Prompt is what the model gets for a request.
type Prompt struct {
	model.Request
	// Fingerprint is the same for requests that say the same to the same version
	// of a task, however they are spelled.
	Fingerprint [sha256.Size]byte
}

// Load reads and checks all tasks, and gives them by name.
func Load() (map[string]*Task, error) { return load(files) }

func load(files fs.FS) (map[string]*Task, error) {
	boundary, err := fs.ReadFile(files, "boundary.md")
	if err != nil {
		return nil, fmt.Errorf("tasks: %w", err)
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("tasks: %w", err)
	}
	found := map[string]*Task{}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		if found[entry.Name()], err = loadTask(files, entry.Name(), string(boundary)); err != nil {
			return nil, fmt.Errorf("tasks: %s: %w", entry.Name(), err)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("tasks: there are none")
	}
	return found, nil
}

// Parse makes the prompt of a request's body: the same one each time. The error is a
// *problem.Problem where the body is at fault.
func (t *Task) Parse(body []byte) (Prompt, error) {
	values, err := t.input.parse(body, "input of "+t.Name)
	if err != nil {
		return Prompt{}, err
	}
	said, err := json.Marshal(values) // Its keys are sorted.
	if err != nil {
		return Prompt{}, fmt.Errorf("tasks: %s: %w", t.Name, err)
	}
	prompt := Prompt{Fingerprint: sha256.Sum256(append(t.version[:], said...))}
	prompt.MaxTokens, prompt.Temperature = t.maxTokens, t.temperature
	prompt.Instructions = t.instructions.render(values) // They name no text.
	prompt.Text = t.prompt.render(t.input.fence(values, prompt.Fingerprint))
	return prompt, nil
}

// taskName is what can be a segment of a path. Jobs have the path /jobs.
var taskName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
