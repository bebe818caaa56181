package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

func (m Machine) golang(ctx context.Context) Finding {
	f := Finding{Thing: "Go", Required: true}
	wanted := m.GoWanted
	if wanted == "" {
		wanted = "1.26"
	}
	do := fmt.Sprintf("install Go %s or later: https://go.dev/dl/", wanted)
	text, err := m.version(ctx, "go", "env", "GOVERSION")
	switch {
	case err != nil:
		f.Status, f.Found, f.Do = Missing, err.Error(), do
	case older(strings.TrimPrefix(text, "go"), wanted):
		f.Status, f.Found, f.Do = Missing, text+" is older than go.mod asks for", do
	default:
		f.Status, f.Found = OK, text
	}
	return f
}

// node need not be there: npm brings one, and the Makefile puts it first.
func (m Machine) node(ctx context.Context) Finding {
	f := Finding{Thing: "Node.js", Required: true}
	name := filepath.Join(m.Root, "node_modules", ".bin", "node")
	if !m.Exists(name) {
		name = "node"
	}
	text, err := m.version(ctx, name, "--version")
	major, _, _ := strings.Cut(strings.TrimPrefix(text, "v"), ".")
	number, _ := strconv.Atoi(major)
	switch {
	case err != nil:
		f.Status, f.Found, f.Do = Missing, err.Error(), "make setup brings it with npm, which needs a Node.js of its own: https://nodejs.org/"
	case number < m.NodeWanted:
		f.Status, f.Found, f.Do = Note, fmt.Sprintf("%s is older than %d", text, m.NodeWanted), "make setup brings the one that package.json asks for"
	default:
		f.Status, f.Found = OK, text
	}
	return f
}

func (m Machine) npm(ctx context.Context) Finding {
	f := Finding{Thing: "npm", Required: true}
	text, err := m.version(ctx, "npm", "--version")
	if err != nil {
		f.Status, f.Found, f.Do = Missing, err.Error(), "install Node.js, which has it: https://nodejs.org/"
		return f
	}
	f.Status, f.Found = OK, text
	return f
}

// cdk is made by make setup, so what it needs is npm; that it is not yet there
// keeps nothing from working.
func (m Machine) cdk(ctx context.Context) Finding {
	f := Finding{Thing: "CDK CLI", Required: true}
	name := filepath.Join(m.Root, "node_modules", ".bin", "cdk")
	if !m.Exists(name) {
		f.Status, f.Found, f.Do = Note, "not in node_modules", "make setup brings it, and so do make synth and make test"
		return f
	}
	text, err := m.version(ctx, name, "--version")
	switch {
	case err != nil:
		f.Status, f.Found, f.Do = Missing, err.Error(), "npm ci"
	case !strings.HasPrefix(text, "2."):
		f.Status, f.Found, f.Do = Missing, text+" cannot read what this version of the library writes", "npm ci, which brings the 2.x of package.json"
	default:
		f.Status, f.Found = OK, text
	}
	return f
}

func (m Machine) make() Finding {
	return m.tool("make", "make", true, "install GNU make; on macOS: xcode-select --install")
}

func (m Machine) git() Finding {
	return m.tool("git", "git", false, "install git: https://git-scm.com/downloads; refstack new and make check use it")
}

func (m Machine) moto() Finding {
	f := m.tool("moto_server", "moto_server", false, "pip install 'moto[server]'; without it the tests that need DynamoDB are skipped")
	if f.Status == Missing {
		f.Status = Note
	}
	return f
}

func (m Machine) tool(thing, name string, required bool, do string) Finding {
	path, err := m.LookPath(name)
	if err != nil {
		return Finding{Thing: thing, Status: Missing, Found: "not on the PATH", Do: do, Required: required}
	}
	return Finding{Thing: thing, Status: OK, Found: path, Required: required}
}

// version is the first line that a tool says of itself.
func (m Machine) version(ctx context.Context, name string, args ...string) (string, error) {
	if !filepath.IsAbs(name) {
		if _, err := m.LookPath(name); err != nil {
			return "", fmt.Errorf("not on the PATH")
		}
	}
	text, err := m.Run(ctx, name, args...)
	if err != nil {
		return "", fmt.Errorf("%s does not run: %w", filepath.Base(name), err)
	}
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return first, nil
}

// older compares versions by the numbers that both have.
func older(version, wanted string) bool {
	have, want := strings.Split(version, "."), strings.Split(wanted, ".")
	for i := range min(len(have), len(want)) {
		// What follows the digits, as in 27rc1, does not count.
		h, w := leading(have[i]), leading(want[i])
		if h != w {
			return h < w
		}
	}
	return false
}

func leading(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		text = text[:end]
	}
	n, _ := strconv.Atoi(text)
	return n
}
