package genai

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"refstack/constructs/gofunction"
)

// tasksDir has a folder for each task, which the functions read as well.
const tasksDir = "lambdas/genai/tasks"

// task is a use of the model that callers may ask for, as its folder says.
type task struct {
	name        string
	Description string
	Input       map[string]any // a JSON Schema, by which API Gateway checks bodies
}

// readTasks reads all tasks, by name. A new folder is a new path of the API.
func readTasks() []task {
	root, err := gofunction.ModuleRoot()
	if err != nil {
		panic("genai: " + err.Error())
	}
	files, _ := filepath.Glob(filepath.Join(root, tasksDir, "*", "task.json")) // The pattern is well-formed, and Glob sorts.
	var all []task
	for _, file := range files {
		t := task{name: filepath.Base(filepath.Dir(file))}
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &t)
		}
		if err == nil && t.Input == nil {
			err = fmt.Errorf("it has no input")
		}
		if err != nil {
			panic(fmt.Sprintf("genai: %s/%s/task.json: %v", tasksDir, t.name, err))
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		panic("genai: there are no tasks in " + tasksDir)
	}
	return all
}

func (t task) path() string { return "/" + t.name }
