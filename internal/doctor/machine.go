package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
)

// patience is how long a tool may take to tell its version, or AWS to answer.
const patience = 20 * time.Second

// ThisMachine is the one that the command runs on, seen from the working folder.
func ThisMachine() (Machine, error) {
	folder, err := os.Getwd()
	if err != nil {
		return Machine{}, fmt.Errorf("find the working folder: %w", err)
	}
	home, _ := os.UserHomeDir() // Without one there are no files of credentials.
	root := rootAbove(folder)
	mod, _ := os.ReadFile(filepath.Join(root, "go.mod")) // Outside of a checkout there is none.
	return Machine{
		LookPath: exec.LookPath, Getenv: os.Getenv, Exists: exists, Run: execute,
		Home: home, Root: root, GoWanted: goVersion(mod), NodeWanted: 24, Arch: runtime.GOARCH,
	}, nil
}

// rootAbove is the nearest folder with a go.mod, or folder itself.
func rootAbove(folder string) string {
	for dir := folder; ; dir = filepath.Dir(dir) {
		if exists(filepath.Join(dir, "go.mod")) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return folder
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// goVersion is what a go.mod asks for, and "" where it is none.
func goVersion(text []byte) string {
	mod, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil || mod.Go == nil {
		return ""
	}
	return mod.Go.Version
}

func execute(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	output, err := exec.CommandContext(ctx, name, args...).Output()
	return strings.TrimSpace(string(output)), err
}
