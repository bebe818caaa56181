package starter

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"refstack/internal/catalog"
)

// tidy leaves in go.mod, in the pages and in the test of dependencies what the
// starter still needs.
func tidy(ctx context.Context, dir string) error {
	if _, err := command(ctx, dir, "go", "mod", "tidy"); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return err
	}
	needed := map[string]bool{}
	for _, require := range mod.Require {
		needed[require.Mod.Path] = !require.Indirect
	}
	for _, tool := range mod.Tool {
		module, _, _ := strings.Cut(tool.Path, "/cmd/") // A tool is a command of its module.
		needed[tool.Path], needed[module] = true, true
	}
	for name, drop := range map[string]func(line string) string{
		"test/architecture_test.go": func(line string) string { return withoutListed(line, needed) },
		"docs/design.md":            func(line string) string { return withoutRow(line, needed) },
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		for line := range strings.Lines(string(text)) {
			out.WriteString(drop(line))
		}
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

var (
	listed = regexp.MustCompile(`^\t"([a-z0-9.-]+\.[a-z]+/[^"]+)",\n$`)
	inRow  = regexp.MustCompile("`([a-z0-9.-]+\\.[a-z]+/[^`]+)`(, )?")
)

// withoutListed is a line of Go, or nothing where it lists a module that is not
// needed.
func withoutListed(line string, needed map[string]bool) string {
	if found := listed.FindStringSubmatch(line); found != nil && !needed[found[1]] {
		return ""
	}
	return line
}

// withoutRow is a line of a page. A row that begins with modules keeps those that
// are needed; there is no row without any.
func withoutRow(line string, needed map[string]bool) string {
	cell, rest, found := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
	if !found || !strings.HasPrefix(line, "| `") || !inRow.MatchString(cell) {
		return line
	}
	var kept []string
	for _, module := range inRow.FindAllStringSubmatch(cell, -1) {
		if needed[module[1]] {
			kept = append(kept, "`"+module[1]+"`")
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "| " + strings.Join(kept, ", ") + " | " + rest
}

// commit makes the first commit, in the name that git knows, or in one of no person
// where it knows none.
func commit(ctx context.Context, dir string, chosen []catalog.Architecture) error {
	var names []string
	for _, a := range chosen {
		names = append(names, a.ID)
	}
	identity := []string{}
	if _, err := command(ctx, dir, "git", "config", "user.email"); err != nil {
		identity = []string{"-c", "user.name=starter", "-c", "user.email=starter@localhost"}
	}
	for _, arguments := range [][]string{
		{"init", "--quiet", "--initial-branch", "main"},
		{"add", "--all", "--force"}, // Whatever the user has git ignore elsewhere.
		append(identity, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", "Begin with "+strings.Join(names, ", ")),
	} {
		if _, err := command(ctx, dir, "git", arguments...); err != nil {
			return err
		}
	}
	return nil
}

// elsewhere are the variables that point git to another repository, as it sets them
// for its hooks.
var elsewhere = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX",
}

// command runs a program in dir. Its error ends with the last line that the program
// wrote.
func command(ctx context.Context, dir, name string, arguments ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(elsewhere, name)
	})
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		last := err.Error()
		for lines := bufio.NewScanner(&stderr); lines.Scan(); {
			if line := strings.TrimSpace(lines.Text()); line != "" {
				last = line
			}
		}
		return nil, fmt.Errorf("%s %s: %s", name, arguments[0], last)
	}
	return stdout.Bytes(), nil
}
