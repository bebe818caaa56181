package starter

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"refstack"
)

var starters = flag.String("starters", "", "make these starters and run all of their checks, such as thumbnailer,webapi+genai; or all of them")

// TestWholeStarters does in a starter what its users do: make synth test check, in a
// clean folder. It takes minutes for each, so it does so on request alone: that of
// make check-starters, and of CI for one of them.
func TestWholeStarters(t *testing.T) {
	wanted := strings.Split(*starters, ",")
	found := 0
	for _, names := range combinations() {
		name := strings.Join(names, "+")
		if *starters != "all" && !slices.Contains(wanted, name) {
			continue
		}
		found++
		t.Run(name, func(t *testing.T) {
			dir := start(t, Options{Architectures: names, Module: "example.com/acme/my-shop", Prefix: "Acme"})
			makes(t, dir, "synth", "test", "check")
		})
	}
	if found == 0 && *starters != "" {
		t.Errorf("there is no starter %s", *starters)
	}
}

// BenchmarkFirstSynth makes the first template of a starter, and that of this
// repository in a new folder as the measure. npm has brought its packages before.
func BenchmarkFirstSynth(b *testing.B) {
	for name, fill := range map[string]func(dir string) error{
		"starter": func(dir string) error {
			return New(b.Context(), refstack.Sources, Options{Architectures: []string{"thumbnailer"}, Module: "example.com/shop", Dir: dir})
		},
		"parent": func(dir string) error { return os.CopyFS(dir, refstack.Sources) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				dir := filepath.Join(b.TempDir(), "shop")
				modules := filepath.Join(dir, "node_modules")
				if err := errors.Join(fill(dir), os.CopyFS(modules, os.DirFS("../../node_modules"))); err != nil {
					b.Fatal(err)
				}
				now := time.Now()
				if err := os.Chtimes(filepath.Join(modules, ".package-lock.json"), now, now); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				makes(b, dir, "synth", "STACK=Thumbnailer")
			}
		})
	}
}

// makes runs make in dir, with neither the settings of the make that runs this, nor
// its CDK.
func makes(t testing.TB, dir string, arguments ...string) {
	t.Helper()
	cmd := exec.Command("make", arguments...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CDK_VALIDATION", "STACK", "STAGE", "CONTEXT"}, name)
	})
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output[max(0, len(output)-8000):])
	}
}
