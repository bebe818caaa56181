package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"refstack/test/awstest"
	"refstack/test/cdktest"
)

const machineType = "AWS::StepFunctions::StateMachine"

// definitions writes the state machines of a template into files, with something in
// place of what is known after the deployment only.
func definitions(t *testing.T, template map[string]any) []string {
	t.Helper()
	var files []string
	for id, resource := range template["Resources"].(map[string]any) {
		if resource.(map[string]any)["Type"] != machineType {
			continue
		}
		definition, err := awstest.DefinitionOf(template, id, nil)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, written(t, id, definition))
	}
	return files
}

func written(t *testing.T, name string, definition map[string]any) string {
	t.Helper()
	text, err := json.Marshal(definition)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name+".asl.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lint runs asl-validator, which knows the language's schema and finds targets that
// are missing and states that nothing leads to.
func lint(files ...string) (string, error) {
	var arguments []string
	for _, file := range files {
		arguments = append(arguments, "--json-path", file)
	}
	output, err := exec.Command(filepath.Join(cdktest.Root(), "node_modules", ".bin", "asl-validator"), arguments...).CombinedOutput()
	return string(output), err
}

func TestStateMachinesAreValid(t *testing.T) {
	eachStack(t, func(t *testing.T, _ string, _ bool, s *synthesis) {
		files := definitions(t, s.template)
		if len(files) == 0 {
			return
		}
		if output, err := lint(files...); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	})
}

// TestInvalidStateMachinesAreFound plants faults, or the test above could pass for
// want of looking.
func TestInvalidStateMachinesAreFound(t *testing.T) {
	valid := func() map[string]any {
		return map[string]any{"StartAt": "Wait", "States": map[string]any{
			"Wait": map[string]any{"Type": "Wait", "Seconds": 1, "Next": "Done"},
			"Done": map[string]any{"Type": "Succeed"},
		}}
	}
	if output, err := lint(written(t, "valid", valid())); err != nil {
		t.Fatalf("asl-validator refuses what is valid: %v\n%s", err, output)
	}
	for name, plant := range map[string]func(states map[string]any){
		"no target":        func(states map[string]any) { states["Wait"].(map[string]any)["Next"] = "Nowhere" },
		"nothing leads to": func(states map[string]any) { states["Alone"] = map[string]any{"Type": "Succeed"} },
		"no type":          func(states map[string]any) { delete(states["Wait"].(map[string]any), "Type") },
	} {
		definition := valid()
		plant(definition["States"].(map[string]any))
		if output, err := lint(written(t, "planted", definition)); err == nil {
			t.Errorf("%s: asl-validator finds nothing: %s", name, output)
		} else if strings.Contains(output, "Usage:") {
			t.Fatalf("asl-validator was not asked rightly: %s", output)
		}
	}
}
