package states

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"refstack/test/cdktest"
)

// evaluator is a process that evaluates JSONata.
type evaluator struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Scanner
}

func startEvaluator(t testing.TB) *evaluator {
	t.Helper()
	root := cdktest.Root()
	node := exec.Command(filepath.Join(root, "node_modules", ".bin", "node"), filepath.Join(root, "test", "states", "evaluate.mjs"))
	node.Stderr = os.Stderr
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = node.Wait()
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	return &evaluator{in: in, out: lines}
}

// evaluate evaluates the expressions anywhere in value.
func (e *evaluator) evaluate(value any, variables map[string]any) (any, error) {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, field := range value {
			var err error
			if out[name], err = e.evaluate(field, variables); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(value))
		for i, element := range value {
			var err error
			if out[i], err = e.evaluate(element, variables); err != nil {
				return nil, err
			}
		}
		return out, nil
	case string:
		expression, ok := strings.CutPrefix(value, "{%")
		if !ok {
			return value, nil
		}
		if expression, ok = strings.CutSuffix(expression, "%}"); !ok {
			return nil, fmt.Errorf("%q does not end", value)
		}
		return e.expression(expression, variables)
	default:
		return value, nil
	}
}

func (e *evaluator) expression(expression string, variables map[string]any) (any, error) {
	line, err := json.Marshal(map[string]any{"expression": expression, "variables": variables})
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, err := e.in.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	if !e.out.Scan() {
		return nil, fmt.Errorf("the evaluator is gone: %w", e.out.Err())
	}
	var answer struct {
		Value any
		Error string
	}
	if err := json.Unmarshal(e.out.Bytes(), &answer); err != nil {
		return nil, err
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("%s: %s", strings.TrimSpace(expression), answer.Error)
	}
	return answer.Value, nil
}
