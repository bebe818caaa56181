package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's own binary be the commands that pages call, under their
// names.
func TestMain(m *testing.M) {
	if stand := standIns[filepath.Base(os.Args[0])]; stand != nil {
		os.Exit(standIn(stand))
	}
	os.Exit(m.Run())
}

// TestShellBlocks runs all blocks of a page in one shell, as a reader does, with
// stand-ins for what needs AWS, a browser or a broker. The script has the lines of
// the page, so that what the shell says names them.
func TestShellBlocks(t *testing.T) {
	for _, name := range pageNames(t) {
		p := read(t, name)
		t.Run(name, func(t *testing.T) {
			for _, fault := range runPage(t, p) {
				t.Error(fault)
			}
		})
	}
}

// runPage returns what the stand-ins, and the shell, found wrong, and then what all
// of them printed.
func runPage(t *testing.T, p page) []string {
	t.Helper()
	s := newSession(t)
	script := filepath.Join(s.Tools, "script", filepath.FromSlash(p.name))
	s.write(t, script, shell(p))
	for _, b := range p.blocks {
		if b.language == "js" {
			s.write(t, filepath.Join(s.Dir, "listen.mjs"), b.text)
		}
	}
	s.link(t, filepath.Join(s.Dir, "README.md"), filepath.Join(s.Root, "README.md"))

	bash := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", script)
	bash.Dir, bash.Env = s.Dir, s.env(t)
	bash.WaitDelay = 10 * time.Second
	out, err := bash.CombinedOutput()
	var faults []string
	if text, readErr := os.ReadFile(s.Faults); readErr == nil {
		faults = strings.Split(strings.TrimSpace(string(text)), "\n")
	} else if !errors.Is(readErr, fs.ErrNotExist) {
		t.Fatal(readErr)
	}
	if err != nil {
		faults = append(faults, fmt.Sprintf("the shell: %v", err))
	}
	if len(faults) > 0 {
		faults = append(faults, string(out))
	}
	return faults
}

// unknown is for commands that no stand-in answers for. A shell overlooks some of
// their failures, such as those inside an argument.
const unknown = `command_not_found_handle() { echo "unknown command: $*" >> "$PAGES_FAULTS"; return 127; }; `

// shell has the shell's blocks of a page, in their lines.
func shell(p page) string {
	var script strings.Builder
	script.WriteString(unknown)
	line := 1
	for _, b := range p.blocks {
		if b.language == "sh" {
			script.WriteString(strings.Repeat("\n", b.line-line) + b.text)
			line = b.line + strings.Count(b.text, "\n")
		}
	}
	return script.String()
}

// session is where the commands of a page run. Stand-ins read it from their
// environment.
type session struct {
	Root   string // The repository's.
	Dir    string // Where the shell runs.
	Tools  string // Has what the shell may call.
	Faults string // A file, with a line for each.
	Path   string // Where the real tools are.
	Home   string // Where these have their caches.
}

func newSession(t *testing.T) session {
	t.Helper()
	folder, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := session{
		Root: folder, Dir: filepath.Join(dir, "work"), Tools: filepath.Join(dir, "tools"),
		Faults: filepath.Join(dir, "faults"), Path: os.Getenv("PATH"), Home: os.Getenv("HOME"),
	}
	for _, made := range []string{s.Dir, s.Tools} {
		if err := os.Mkdir(made, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name := range standIns {
		s.link(t, filepath.Join(s.Tools, name), self)
	}
	for _, name := range []string{"awk", "git"} {
		if real, err := exec.LookPath(name); err == nil {
			s.link(t, filepath.Join(s.Tools, name), real)
		}
	}
	return s
}

// env is the environment of the shell, with a home of its own.
func (s session) env(t *testing.T) []string {
	t.Helper()
	state, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(filepath.Dir(s.Dir), "home")
	return append(os.Environ(), "HOME="+home, "PATH="+s.Tools+":"+home+"/go/bin",
		"PAGES_SESSION="+string(state), "PAGES_FAULTS="+s.Faults,
		"GORACE=atexit_sleep_ms=0", // Stand-ins under the race detector would take a second each.
		// What a page takes from elsewhere: the execution that a message names.
		"JOB=arn:aws:states:eu-central-1:111122223333:execution:Job:june-2026")
}

func (s session) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s session) link(t *testing.T, name, target string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}
