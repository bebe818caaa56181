package pages

import (
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// given are the variables that fragments may take for granted.
var given = map[string]string{
	"app":    "awscdk.App",
	"shared": "awscdk.Stack",
}

// TestGoBlocks compiles each block as a package of its own, which an overlay puts
// where it may import what it imports.
func TestGoBlocks(t *testing.T) {
	imports := importPaths(t)
	folder, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir, overlay := t.TempDir(), map[string]string{}
	command := []string{"build", "-overlay", filepath.Join(dir, "overlay.json")}
	for _, name := range pageNames(t) {
		for _, b := range read(t, name).blocks {
			if b.language != "go" {
				continue
			}
			text, err := complete(b.text, imports)
			if err != nil {
				t.Errorf("%s:%d: %v", name, b.line, err)
				continue
			}
			place := fmt.Sprintf("internal/pages/block%d", len(overlay))
			if strings.Contains(text, `/lambdas/internal/`) {
				place = fmt.Sprintf("lambdas/block%d", len(overlay))
			}
			file := filepath.Join(dir, path.Base(place)+".go")
			// Complaints are to name the line of the page.
			second := b.line
			if text == b.text {
				second++
			}
			text = strings.Replace(text, "\n", fmt.Sprintf("\n//line %s:%d\n", name, second), 1)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			overlay[filepath.Join(folder, place, "block.go")] = file
			command = append(command, "./"+place)
		}
	}
	if len(overlay) == 0 {
		t.Fatal("no page has Go")
	}
	replace, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), replace, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", command...)
	build.Dir = folder
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("go build: %v\n%s", err, out)
	}
}

// complete makes a file of a fragment: a function around it, with the variables that
// are given, and the imports of the packages that it names. Its first line is before
// the text of the block, or is that of the block itself.
func complete(text string, imports map[string]string) (string, error) {
	if _, err := parser.ParseFile(token.NewFileSet(), "", text, parser.PackageClauseOnly); err == nil {
		return text, nil
	}
	body := "package block; func _() {\n" + text + "\n}\n"
	file, err := parser.ParseFile(token.NewFileSet(), "", body, 0)
	if err != nil {
		return "", err
	}
	var parameters, importing strings.Builder
	unresolved := map[string]bool{}
	for _, name := range file.Unresolved {
		unresolved[name.Name] = true
	}
	if unresolved["app"] || unresolved["shared"] {
		unresolved["awscdk"] = true
	}
	for _, name := range slices.Sorted(maps.Keys(unresolved)) {
		if given[name] != "" {
			fmt.Fprintf(&parameters, "%s %s, ", name, given[name])
		} else if imports[name] != "" {
			fmt.Fprintf(&importing, "import %s %q; ", name, imports[name])
		}
	}
	return fmt.Sprintf("package block; %sfunc _(%s) {\n%s\n}\n", &importing, &parameters, text), nil
}

// importPaths are the packages that stacks are made of, by their names.
func importPaths(t *testing.T) map[string]string {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-f", "{{.Name}} {{.ImportPath}}", "./stacks/...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, importPath, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !slices.Contains(strings.Split(importPath, "/"), "internal") {
			paths[name] = importPath
		}
	}
	return paths
}

// TestFragmentsAreCompleted shows which fragments become files.
func TestFragmentsAreCompleted(t *testing.T) {
	imports := map[string]string{"awscdk": "example.com/awscdk", "webapi": "example.com/webapi"}
	for text, want := range map[string]string{
		"package games\n": "package games\n",
		"webapi.New(app)": "package block; import awscdk \"example.com/awscdk\"; import webapi \"example.com/webapi\"; " +
			"func _(app awscdk.App, ) {\nwebapi.New(app)\n}\n",
		"nothing(known)": "package block; func _() {\nnothing(known)\n}\n",
	} {
		if got, err := complete(text, imports); got != want || err != nil {
			t.Errorf("%q becomes %q, %v", text, got, err)
		}
	}
	if _, err := complete("webapi.New(", imports); err == nil {
		t.Error("half a call becomes a file")
	}
}
