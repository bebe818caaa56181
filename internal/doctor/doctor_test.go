package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"refstack"
)

// healthy is a machine that has everything. What it is asked to run, it answers
// from answers, by the whole command.
func healthy() (Machine, map[string]string, map[string]bool) {
	answers := map[string]string{
		"go env GOVERSION":                       "go1.26.8",
		"/repo/node_modules/.bin/node --version": "v24.1.0",
		"node --version":                         "v22.9.0",
		"npm --version":                          "11.0.0",
		"/repo/node_modules/.bin/cdk --version":  "2.1148.1 (build abc)",
		"aws cloudformation describe-stacks --stack-name CDKToolkit --query Stacks[0].StackStatus --output text": "CREATE_COMPLETE",
	}
	// Tools, files and variables.
	has := map[string]bool{
		"go": true, "npm": true, "node": true, "make": true, "git": true, "moto_server": true, "aws": true,
		"/repo/node_modules/.bin/node": true, "/repo/node_modules/.bin/cdk": true, "/home/me/.aws/config": true,
	}
	return Machine{
		LookPath: func(name string) (string, error) {
			if !has[name] {
				return "", errors.New("no")
			}
			return "/usr/bin/" + name, nil
		},
		Getenv: func(name string) string {
			if has[name] {
				return "/" + name
			}
			return ""
		},
		Exists: func(path string) bool { return has[path] },
		Run: func(_ context.Context, name string, args ...string) (string, error) {
			answer, ok := answers[strings.Join(append([]string{name}, args...), " ")]
			if !ok {
				return "", errors.New("exit status 1")
			}
			return answer, nil
		},
		Home: "/home/me", Root: "/repo", GoWanted: "1.26.0", NodeWanted: 24, Arch: "arm64",
	}, answers, has
}

func TestHealthyMachine(t *testing.T) {
	m, _, _ := healthy()
	for _, f := range Examine(t.Context(), m, true) {
		if f.Status != OK || f.Do != "" || f.Found == "" {
			t.Errorf("%+v", f)
		}
	}
}

func TestFindings(t *testing.T) {
	const aws = "aws cloudformation describe-stacks --stack-name CDKToolkit --query Stacks[0].StackStatus --output text"
	for name, c := range map[string]struct {
		change    func(m *Machine, answers map[string]string, has map[string]bool)
		thing     string
		status    Status
		found, do string
		healthy   bool
	}{
		"no Go": {func(_ *Machine, _ map[string]string, has map[string]bool) { has["go"] = false },
			"Go", Missing, "not on the PATH", "install Go 1.26.0", false},
		"an old Go": {func(_ *Machine, answers map[string]string, _ map[string]bool) {
			answers["go env GOVERSION"] = "go1.9.2"
		},
			"Go", Missing, "go1.9.2 is older", "install Go 1.26.0", false},
		"a Go that fails": {func(_ *Machine, answers map[string]string, _ map[string]bool) { delete(answers, "go env GOVERSION") },
			"Go", Missing, "go does not run: exit status 1", "install Go", false},
		"no go.mod": {func(m *Machine, _ map[string]string, has map[string]bool) { m.GoWanted = ""; has["go"] = false },
			"Go", Missing, "not on", "install Go 1.26 or", false},
		"no Node.js": {func(_ *Machine, _ map[string]string, has map[string]bool) {
			has["node"], has["/repo/node_modules/.bin/node"] = false, false
		}, "Node.js", Missing, "not on the PATH", "nodejs.org", false},
		"an old Node.js": {func(_ *Machine, _ map[string]string, has map[string]bool) {
			has["/repo/node_modules/.bin/node"] = false
		},
			"Node.js", Note, "v22.9.0 is older than 24", "make setup", true},
		"no npm": {func(_ *Machine, _ map[string]string, has map[string]bool) { has["npm"] = false },
			"npm", Missing, "not on the PATH", "Node.js", false},
		"no CDK": {func(_ *Machine, _ map[string]string, has map[string]bool) { has["/repo/node_modules/.bin/cdk"] = false },
			"CDK CLI", Note, "not in node_modules", "make setup", true},
		"CDK 3": {func(_ *Machine, answers map[string]string, _ map[string]bool) {
			answers["/repo/node_modules/.bin/cdk --version"] = "3.0.0"
		}, "CDK CLI", Missing, "3.0.0 cannot read", "npm ci", false},
		"no make": {func(_ *Machine, _ map[string]string, has map[string]bool) { has["make"] = false },
			"make", Missing, "not on the PATH", "GNU make", false},
		"no git": {func(_ *Machine, _ map[string]string, has map[string]bool) { has["git"] = false },
			"git", Missing, "not on the PATH", "git-scm", true},
		"no moto": {func(_ *Machine, _ map[string]string, has map[string]bool) { has["moto_server"] = false },
			"moto_server", Note, "not on the PATH", "pip install", true},
		"an Intel": {func(m *Machine, _ map[string]string, _ map[string]bool) { m.Arch = "amd64" },
			"architecture", Note, "this machine is amd64", "-c arch=x86_64", true},
		"no credentials": {func(_ *Machine, _ map[string]string, has map[string]bool) { has["/home/me/.aws/config"] = false },
			"AWS credentials", Note, "synth and test need none", "aws configure sso", true},
		"nobody to ask": {func(_ *Machine, _ map[string]string, has map[string]bool) { has["/home/me/.aws/config"] = false },
			"bootstrap", Note, "without credentials", "see above", true},
		"a profile": {func(_ *Machine, _ map[string]string, has map[string]bool) {
			has["/home/me/.aws/config"], has["AWS_PROFILE"] = false, true
		}, "AWS credentials", OK, "AWS_PROFILE is set", "", true},
		"a file elsewhere": {func(_ *Machine, _ map[string]string, has map[string]bool) {
			has["/home/me/.aws/config"], has["AWS_CONFIG_FILE"], has["/AWS_CONFIG_FILE"] = false, true, true
		}, "AWS credentials", OK, "/AWS_CONFIG_FILE is there", "", true},
		"shared credentials": {func(_ *Machine, _ map[string]string, has map[string]bool) {
			has["/home/me/.aws/config"], has["/home/me/.aws/credentials"] = false, true
		}, "AWS credentials", OK, "/home/me/.aws/credentials is there", "", true},
		"no AWS CLI": {func(_ *Machine, _ map[string]string, has map[string]bool) { has["aws"] = false },
			"bootstrap", Note, "without the AWS CLI", "install it", true},
		"no bootstrap": {func(_ *Machine, answers map[string]string, _ map[string]bool) { delete(answers, aws) },
			"bootstrap", Missing, "CDKToolkit", "npx cdk bootstrap", true},
	} {
		t.Run(name, func(t *testing.T) {
			m, answers, has := healthy()
			c.change(&m, answers, has)
			findings := Examine(t.Context(), m, true)
			i := slices.IndexFunc(findings, func(f Finding) bool { return f.Thing == c.thing })
			f := findings[i]
			if f.Status != c.status || !strings.Contains(f.Found, c.found) || !strings.Contains(f.Do, c.do) {
				t.Errorf("%+v", f)
			}
			if Healthy(findings) != c.healthy {
				t.Errorf("healthy is %t", !c.healthy)
			}
		})
	}
}

func TestNothingIsAskedOfAWSUnbidden(t *testing.T) {
	m, _, _ := healthy()
	run := m.Run
	m.Run = func(ctx context.Context, name string, args ...string) (string, error) {
		if name == "aws" {
			t.Errorf("aws %v is run", args)
		}
		return run(ctx, name, args...)
	}
	findings := Examine(t.Context(), m, false)
	if last := findings[len(findings)-1]; last.Status != Note || !strings.Contains(last.Do, "--account") {
		t.Errorf("%+v", last)
	}
}

func TestWrite(t *testing.T) {
	var text strings.Builder
	err := Write(&text, []Finding{{Thing: "Go", Status: OK, Found: "go1.26"}, {Thing: "npm", Status: Missing, Found: "none", Do: "install it"}})
	want := "ok       Go               go1.26\nmissing  npm              none\n                          -> install it\n"
	if err != nil || text.String() != want {
		t.Errorf("%v\n%s", err, text.String())
	}
}

func TestOlder(t *testing.T) {
	for _, c := range []struct {
		version, wanted string
		want            bool
	}{{"1.26.8", "1.26.0", false}, {"1.26", "1.26.3", false}, {"1.25.9", "1.26.0", true}, {"1.9", "1.26", true}, {"2.0", "1.26", false}, {"1.27rc1", "1.26.2", false}} {
		if got := older(c.version, c.wanted); got != c.want {
			t.Errorf("%s is older than %s: %t", c.version, c.wanted, got)
		}
	}
}

func TestThisMachine(t *testing.T) {
	root := t.TempDir()
	inside := filepath.Join(root, "docs", "deep")
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example.com/a\n\ngo 1.26.3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(inside)
	m, err := ThisMachine()
	if err != nil {
		t.Fatal(err)
	}
	// A temporary folder may be a link.
	if want, _ := filepath.EvalSymlinks(root); m.GoWanted != "1.26.3" || m.Root != root && m.Root != want {
		t.Errorf("go %q in %q", m.GoWanted, m.Root)
	}
	if text, err := m.Run(t.Context(), "go", "env", "GOVERSION"); err != nil || !strings.HasPrefix(text, "go") {
		t.Errorf("%q, %v", text, err)
	}
}

// TestVersionsAreThoseOfTheRepository holds what is told where there is no checkout.
func TestVersionsAreThoseOfTheRepository(t *testing.T) {
	m, err := ThisMachine()
	if err != nil {
		t.Fatal(err)
	}
	var npm struct{ DevDependencies struct{ Node string } }
	text, err := fs.ReadFile(refstack.Sources, "package.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &npm); err != nil {
		t.Fatal(err)
	}
	if node := fmt.Sprint(m.NodeWanted); !strings.HasPrefix(npm.DevDependencies.Node, node+".") {
		t.Errorf("package.json has Node.js %s, and doctor asks for %s", npm.DevDependencies.Node, node)
	}
	wanted := m.GoWanted
	m.GoWanted, m.LookPath = "", func(string) (string, error) { return "", fs.ErrNotExist }
	do := m.golang(t.Context()).Do
	if minor, _, _ := strings.Cut(strings.TrimPrefix(wanted, "1."), "."); !strings.Contains(do, "Go 1."+minor+" or later") {
		t.Errorf("go.mod has Go %s, and doctor says: %s", wanted, do)
	}
}
