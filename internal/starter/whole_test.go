package starter

import (
	"flag"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
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
			cmd := exec.Command("make", "synth", "test", "check")
			cmd.Dir = dir
			// Neither the settings of the make that runs this, nor its CDK.
			for _, variable := range os.Environ() {
				name, _, _ := strings.Cut(variable, "=")
				if !slices.Contains([]string{"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CDK_VALIDATION", "STACK", "STAGE", "CONTEXT"}, name) {
					cmd.Env = append(cmd.Env, variable)
				}
			}
			if output, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output[max(0, len(output)-8000):])
			}
		})
	}
	if found == 0 && *starters != "" {
		t.Errorf("there is no starter %s", *starters)
	}
}
