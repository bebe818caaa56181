// Package vtl renders mapping templates of API Gateway in tests. The engine is
// velocityjs, and not the one in Java that AWS runs: a template should use little
// of the language.
package vtl

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"refstack/test/cdktest"
)

// Case is a template and what it is told.
type Case struct {
	Template string `json:"template"`
	// Body is the request's, or the integration's where the template is of its
	// answer.
	Body    string            `json:"body"`
	Headers map[string]string `json:"headers"` // of the request, in any case
	Context map[string]any    `json:"context"` // such as requestId
}

// Result is what became of it.
type Result struct {
	Output string
	Status int               // as overridden by the template, or 0
	Header map[string]string // as overridden by the template
}

// Render renders cases, in one process.
func Render(t testing.TB, cases ...Case) []Result {
	t.Helper()
	for i := range cases {
		if cases[i].Headers == nil {
			cases[i].Headers = map[string]string{}
		}
	}
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	root := cdktest.Root()
	node := exec.Command(filepath.Join(root, "node_modules", ".bin", "node"), filepath.Join(root, "test", "vtl", "render.mjs"))
	node.Stdin = bytes.NewReader(input)
	var complaint bytes.Buffer
	node.Stderr = &complaint
	output, err := node.Output()
	if err != nil {
		t.Fatalf("rendering templates: %v\n%s", err, complaint.Bytes())
	}
	var results []Result
	if err := json.Unmarshal(output, &results); err != nil {
		t.Fatal(err)
	}
	return results
}
