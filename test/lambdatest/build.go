package lambdatest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Build compiles functions into dir for this machine, with the flags with which
// gofunction compiles them for AWS: a test of package test finds the same bytes.
// Each binary is named after the last folder of its package.
func Build(dir string, packages ...string) error {
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", dir+"/")
	build.Args = append(build.Args, packages...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("lambdatest: %w\n%s", err, output)
	}
	return nil
}

// Binaries are those of functions that the tests of a package share. They are
// built when a test asks for the first of them.
type Binaries struct {
	packages []string
	once     sync.Once
	dir      string
	err      error
}

// NewBinaries are the binaries of main packages. It builds nothing yet.
func NewBinaries(packages ...string) *Binaries { return &Binaries{packages: packages} }

// Path is where the binary of a name is.
func (b *Binaries) Path(t testing.TB, name string) string {
	t.Helper()
	b.once.Do(func() {
		if b.dir, b.err = os.MkdirTemp("", "lambdatest-*"); b.err == nil {
			b.err = Build(b.dir, b.packages...)
		}
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	return filepath.Join(b.dir, name)
}

// Main runs the tests of a package, and removes the binaries after them:
//
//	func TestMain(m *testing.M) { binaries.Main(m) }
func (b *Binaries) Main(m *testing.M) {
	code := m.Run()
	os.RemoveAll(b.dir) // There is none where no test wanted them.
	os.Exit(code)
}
