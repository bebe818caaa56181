package starter

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"refstack"
	"refstack/internal/catalog"
)

// combinations are every architecture alone, every pair, and all.
func combinations() [][]string {
	names := catalog.Names()
	all := [][]string{names}
	for i, a := range names {
		all = append(all, []string{a})
		for _, b := range names[i+1:] {
			all = append(all, []string{a, b})
		}
	}
	return all
}

// strangers find what a starter must not speak of: this repository, and the
// architectures that were not chosen. The word pipes is AWS's as well.
func strangers(chosen []string) *regexp.Regexp {
	patterns := []string{`(?i)refstack`, `bin/docs`, `internal/(catalog|cost|doctor|drawing|pages|starter)`, `README\.ja`}
	for _, a := range catalog.All {
		switch {
		case slices.Contains(chosen, a.Name):
		case a.Name == "pipes":
			patterns = append(patterns, `(stacks|lambdas|docs|test)/pipes`, `"pipes\.(targets|webhook)`, `-c pipes\.`, "`Pipes`", `"Pipes"`, `pipes(Stack|Variants|Mutants)`, `readPipes`)
		default:
			patterns = append(patterns, `(?i)`+a.Name)
		}
	}
	for i, pattern := range patterns {
		patterns[i] = "(?:" + pattern + ")"
	}
	return regexp.MustCompile(strings.Join(patterns, "|"))
}

func TestStartersSpeakOfThemselvesAlone(t *testing.T) {
	for _, names := range combinations() {
		t.Run(strings.Join(names, "+"), func(t *testing.T) {
			dir := start(t, Options{Architectures: names, Module: "example.com/acme/my-shop"})
			run(t, dir, "go", "mod", "tidy", "-diff")
			if status := run(t, dir, "git", "status", "--porcelain"); status != "" {
				t.Errorf("not all is committed: %s", status)
			}
			found := strangers(names)
			each(t, dir, func(name string, text []byte) {
				if line := found.Find(text); line != nil || found.MatchString(name) {
					t.Errorf("%s speaks of %q", name, line)
				}
				if strings.HasSuffix(name, ".json") && strings.Contains(name, "golden") {
					same(t, name, text)
				}
			})
			for _, name := range names {
				for _, file := range []string{"docs/" + name + ".md", "stacks/" + name, "lambdas/" + name, "internal/app/" + name + ".go"} {
					if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// same holds a golden to that of this repository, but for names.
func same(t *testing.T, name string, text []byte) {
	t.Helper()
	own, err := fs.ReadFile(refstack.Sources, name)
	if err != nil {
		t.Error(err)
	}
	if want := bytes.ReplaceAll(own, []byte("refstack"), []byte("my-shop")); !bytes.Equal(text, want) {
		t.Errorf("%s differs by more than names", name)
	}
}

// TestStartersCompile holds starters, tests included, to go vet: of each architecture
// alone, of two that share constructs, and of all.
func TestStartersCompile(t *testing.T) {
	for _, names := range combinations() {
		name := strings.Join(names, "+")
		if len(names) == 2 && name != "webapi+genai" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			dir := start(t, Options{Architectures: names, Module: "example.com/acme/my-shop", Prefix: "Acme"})
			if unformatted := run(t, dir, "gofmt", "-l", "."); unformatted != "" {
				t.Errorf("gofmt: %s", unformatted)
			}
			run(t, dir, "go", "vet", "./...")
		})
	}
}

func TestNames(t *testing.T) {
	dir := start(t, Options{Architectures: []string{"mapreduce"}, Module: "example.com/refstack-fork/games/v2", Prefix: "Acme"})
	for file, want := range map[string]string{
		"go.mod":                                  "module example.com/refstack-fork/games/v2\n",
		"package.json":                            `"name": "games"`,
		"package-lock.json":                       `"name": "games"`,
		"README.md":                               "# games\n",
		"bin/app/main.go":                         `"example.com/refstack-fork/games/v2/internal/app"`,
		"internal/settings/settings.go":           `const Prefix = "Acme"`,
		"docs/mapreduce.md":                       "--stack-name AcmeMapReduce ",
		"stacks/mapreduce/job.go":                 `"games.mapreduce"`,
		"test/testdata/golden/MapReduce.dev.json": "games.mapreduce",
	} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s has no %q (%v)", file, want, err)
		}
	}
	dir = start(t, Options{Architectures: []string{"genai"}, Module: "example.com/ask", Prefix: "Acme"})
	for file, want := range map[string]string{
		"test/testdata/golden/GenAi.prod-all.json": `:topic/AcmeGenAi-prod/jobs/*"`,
		"test/genai_iot_test.go":                   `"TOPIC_PREFIX": "AcmeGenAi/jobs"`,
	} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || !strings.Contains(string(text), want) || strings.Contains(string(text), "AcmeAcme") {
			t.Errorf("%s has no %q (%v)", file, want, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, ".ci/run")); err != nil || info.Mode()&0o111 == 0 {
		t.Errorf("nobody can run .ci/run (%v)", err)
	}
	if subject := run(t, dir, "git", "log", "--format=%s"); subject != "Begin with GenAi\n" {
		t.Errorf("the history is %q", subject)
	}
}

func TestBadOptions(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "letter"), []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(full, "letter")
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if err := os.Symlink("gone", nowhere); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(o *Options){
		"name at least one architecture of thumbnailer, webapi, pipes, mapreduce, genai":              func(o *Options) { o.Architectures = nil },
		`there is no architecture "thumbs"; there are thumbnailer, webapi, pipes, mapreduce, genai`:   func(o *Options) { o.Architectures = []string{"webapi", "thumbs"} },
		"a module path is required, such as github.com/acme/images":                                   func(o *Options) { o.Module = "" },
		`malformed module path "a b": invalid char ' ': a module path is like github.com/acme/images`: func(o *Options) { o.Module = "a b" },
		`malformed module path "../x": invalid path element "..": a module path is like`:              func(o *Options) { o.Module = "../x" },
		`the module path ends in "Shop", which is to be the app's name`:                               func(o *Options) { o.Module = "example.com/Shop" },
		`the module path ends in "aws", which is to be the app's name`:                                func(o *Options) { o.Module = "example.com/aws/v2" },
		`the prefix "acme-" must be a capital letter`:                                                 func(o *Options) { o.Prefix = "acme-" },
		"a folder is required":                            func(o *Options) { o.Dir = "" },
		full + " is not empty":                            func(o *Options) { o.Dir = full },
		"not a directory":                                 func(o *Options) { o.Dir = file },
		"nowhere is a link to a folder that is not there": func(o *Options) { o.Dir = nowhere },
		"letter/below: not a directory":                   func(o *Options) { o.Dir = filepath.Join(file, "below") },
	} {
		o := Options{Architectures: []string{"webapi"}, Module: "example.com/shop", Dir: filepath.Join(t.TempDir(), "shop")}
		change(&o)
		err := New(t.Context(), refstack.Sources, o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if entries, err := os.ReadDir(full); err != nil || len(entries) != 1 {
		t.Errorf("a folder that is not empty was changed: %v %v", entries, err)
	}
}

// TestNothingIsLeftBehind has the go command fail, as it does without a network and
// without modules, and git.
func TestNothingIsLeftBehind(t *testing.T) {
	for _, program := range []string{"go", "git"} {
		t.Run(program, func(t *testing.T) {
			bin, above := t.TempDir(), t.TempDir()
			script := "#!/bin/sh\necho first >&2\necho 'no way' >&2\nexit 1\n"
			if err := os.WriteFile(filepath.Join(bin, program), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			err := New(t.Context(), refstack.Sources, Options{Architectures: []string{"pipes"}, Module: "example.com/shop", Dir: filepath.Join(above, "new", "shop")})
			if err == nil || !strings.HasPrefix(err.Error(), program+" ") || !strings.HasSuffix(err.Error(), "no way") {
				t.Errorf("got %v", err)
			}
			if entries, _ := os.ReadDir(above); len(entries) > 0 {
				t.Errorf("left %v", entries)
			}
		})
	}
}

// TestWithoutPrograms tells what is missing before anything is written.
func TestWithoutPrograms(t *testing.T) {
	above := t.TempDir()
	t.Setenv("PATH", above)
	err := New(t.Context(), refstack.Sources, Options{Architectures: []string{"pipes"}, Module: "example.com/shop", Dir: filepath.Join(above, "shop")})
	if err == nil || err.Error() != "go is not installed, which makes the starter's go.mod" {
		t.Errorf("got %v", err)
	}
}

// TestWithoutIdentity commits where git does not know who does.
func TestWithoutIdentity(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GOMODCACHE", strings.TrimSpace(run(t, ".", "go", "env", "GOMODCACHE")))
	t.Setenv("GOCACHE", strings.TrimSpace(run(t, ".", "go", "env", "GOCACHE")))
	dir := start(t, Options{Architectures: []string{"pipes"}, Module: "example.com/shop"})
	if author := run(t, dir, "git", "log", "--format=%an"); author != "starter\n" {
		t.Errorf("the author is %q", author)
	}
}

// TestAnEmptyFolderIsTaken shows that one that is there already will do, behind a link
// too, and that it stays the same folder: the user may stand in it.
func TestAnEmptyFolderIsTaken(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := New(t.Context(), refstack.Sources, Options{Architectures: []string{"pipes"}, Module: "example.com/shop", Dir: link}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(dir); err != nil || !os.SameFile(before, after) || after.Mode() != before.Mode() {
		t.Errorf("the folder is another, or has another mode (%v)", err)
	}
	if status := run(t, dir, "git", "status", "--porcelain", "--ignored"); status != "" {
		t.Errorf("not all is committed: %s", status)
	}
}

// TestOthersAreLeftAlone moves nothing over what has come meanwhile.
func TestOthersAreLeftAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	err := whole(dir, func(unfinished string) error {
		for _, file := range []string{filepath.Join(unfinished, "a"), filepath.Join(unfinished, "b"), filepath.Join(dir, "b")} {
			if err := os.WriteFile(file, []byte(file), 0o600); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "b is there now: nothing is overwritten") {
		t.Errorf("got %v", err)
	}
	entries, _ := os.ReadDir(dir)
	text, _ := os.ReadFile(filepath.Join(dir, "b"))
	if len(entries) != 1 || string(text) != filepath.Join(dir, "b") {
		t.Errorf("left %v, %q", entries, text)
	}
}

// TestInAHook makes its own repository where git points to another one, and commits
// what the user has git ignore elsewhere.
func TestInAHook(t *testing.T) {
	ignored, other := filepath.Join(t.TempDir(), "ignored"), t.TempDir()
	if err := os.WriteFile(ignored, []byte("bin/\n*.json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, other, "git", "init", "--quiet")
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "core.excludesFile")
	t.Setenv("GIT_CONFIG_VALUE_0", ignored)
	t.Run("new", func(t *testing.T) {
		t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
		t.Setenv("GIT_INDEX_FILE", filepath.Join(other, ".git", "index"))
		dir := filepath.Join(other, "shop")
		if err := New(t.Context(), refstack.Sources, Options{Architectures: []string{"pipes"}, Module: "example.com/shop", Dir: dir}); err != nil {
			t.Fatal(err)
		}
	})
	files := run(t, filepath.Join(other, "shop"), "git", "ls-files", "bin", "cdk.json")
	if files != "bin/app/main.go\ncdk.json\n" {
		t.Errorf("committed are %q", files)
	}
	if refs := run(t, other, "git", "for-each-ref"); refs != "" {
		t.Errorf("the other repository has %q", refs)
	}
}

func BenchmarkNew(b *testing.B) {
	above := b.TempDir()
	for n := 0; b.Loop(); n++ {
		o := Options{Architectures: []string{"thumbnailer"}, Module: "example.com/shop", Dir: filepath.Join(above, fmt.Sprint(n))}
		if err := New(context.Background(), refstack.Sources, o); err != nil {
			b.Fatal(err)
		}
	}
}

// start makes a starter, with the folder that it returns.
func start(t *testing.T, o Options) string {
	t.Helper()
	o.Dir = filepath.Join(t.TempDir(), "here", "shop")
	if err := New(t.Context(), refstack.Sources, o); err != nil {
		t.Fatal(err)
	}
	return o.Dir
}

// each calls do with every file of a starter.
func each(t *testing.T, dir string, do func(name string, text []byte)) {
	t.Helper()
	for name := range strings.Lines(run(t, dir, "git", "ls-files")) {
		name = strings.TrimSpace(name)
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		do(name, text)
	}
}

// run runs a program that must succeed, and returns what it writes.
func run(t *testing.T, dir, name string, arguments ...string) string {
	t.Helper()
	cmd := exec.Command(name, arguments...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Errorf("%s %s: %v\n%s%s", name, strings.Join(arguments, " "), err, output, stderr.Bytes())
	}
	return string(output)
}
