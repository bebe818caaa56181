package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"nothing":      {nil, 2, "", "Commands:"},
		"help":         {[]string{"help"}, 0, "mapreduce", ""},
		"--help":       {[]string{"--help"}, 0, "mapreduce", ""},
		"no such":      {[]string{"reduce"}, 2, "", `no command "reduce"`},
		"a command":    {[]string{"mapreduce", "--help"}, 0, "Usage: refstack mapreduce", ""},
		"its failure":  {[]string{"mapreduce"}, 2, "", "refstack mapreduce: name one file"},
		"no such file": {[]string{"mapreduce", "none.csv"}, 2, "", "none.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), c.args, &stdout, &stderr); code != c.code {
				t.Errorf("code %d, want %d", code, c.code)
			}
			for _, s := range []struct{ got, want string }{{stdout.String(), c.stdout}, {stderr.String(), c.stderr}} {
				if !strings.Contains(s.got, s.want) || s.want == "" && s.got != "" {
					t.Errorf("%q is written, want %q", s.got, s.want)
				}
			}
		})
	}
}

// TestLinksLittle keeps the CDK out of a command that must start at once, and the
// AWS SDK, which it does not need.
func TestLinksLittle(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, module := range []string{"github.com/aws/"} {
		if strings.Contains(string(output), module) {
			t.Errorf("refstack links %s", module)
		}
	}
}
