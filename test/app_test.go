package test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"refstack/test/cdktest"
)

// TestAppSaysWhatIsWrong starts the app as the CDK CLI does: a bad setting is one
// line on stderr and exit code 1, without a stack trace and without an assembly.
func TestAppSaysWhatIsWrong(t *testing.T) {
	binary := t.TempDir() + "/app"
	goCommand(t, "build", "-o", binary, "./bin/app")
	for context, want := range map[string]string{
		`{"stage":"Prod"}`:     `refstack: context stage must be dev or prod, got "Prod"`,
		`{"stge":"prod"}`:      `refstack: context stge is not known: there are stage, arch, alarmEmail`,
		`{"alarmEmail":"ops"}`: `refstack: context alarmEmail must be an address such as ops@example.com, got "ops"`,
	} {
		out := t.TempDir()
		command := exec.Command(binary)
		command.Dir = cdktest.Root()
		command.Env = append(os.Environ(), "CDK_OUTDIR="+out, "CDK_CONTEXT_JSON="+context)
		output, err := command.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("%s: got %v, want exit code 1", context, err)
		}
		if got := string(output); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: got %q, want one line: %q", context, got, want)
		}
		if files, _ := os.ReadDir(out); len(files) > 0 {
			t.Errorf("%s: the app wrote %v", context, files)
		}
	}
}
