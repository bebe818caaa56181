package gofunction

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// buildDir holds binaries between synths, from the module's root, so that the
// go command links again only what has changed. Its dot hides it from ./... .
const buildDir = ".build/lambda"

// bundlingStacks is the context in which the CDK CLI says which stacks need
// their assets: patterns of stack names, ["**"] for all of them.
const bundlingStacks = "aws:cdk:bundling-stacks"

// code is the function's code: a folder with the binary, named bootstrap as
// provided.al2023 wants it. CDK names the asset by the hash of that content.
func code(scope constructs.Construct, entry string, architecture awslambda.Architecture) awslambda.Code {
	root, err := ModuleRoot()
	if err != nil {
		panic("gofunction: " + err.Error())
	}
	entry = path.Clean(filepath.ToSlash(entry))
	if info, err := os.Stat(filepath.Join(root, entry)); err != nil || !info.IsDir() {
		panic(fmt.Sprintf("gofunction: Entry %q is not a folder of the module at %s", entry, root))
	}
	if !*awscdk.Stack_Of(scope).BundlingRequired() {
		return awslambda.Code_FromAsset(jsii.String(filepath.Join(root, entry)), nil)
	}
	dir, err := buildOf(scope, root, architecture).folder(entry, wantsEveryStack(scope))
	if err != nil {
		panic(fmt.Sprintf("gofunction: %s (%s) does not build:\n%s", *scope.Node().Path(), entry, err))
	}
	return awslambda.Code_FromAsset(jsii.String(dir), nil)
}

// wantsEveryStack tells whether the synth is for every stack of the app.
func wantsEveryStack(scope constructs.Construct) bool {
	patterns, ok := scope.Node().TryGetContext(jsii.String(bundlingStacks)).([]any)
	return !ok || len(patterns) == 1 && patterns[0] == "**"
}

// build is the one build of a synth: what it has compiled, for one module and
// one architecture.
type build struct {
	root, goarch string
	built        map[string]bool // by entry
}

// builds holds the build of each cloud assembly that this process has made.
var builds = map[[3]string]*build{}

func buildOf(scope constructs.Construct, root string, architecture awslambda.Architecture) *build {
	goarch := *architecture.Name()
	if goarch == "x86_64" {
		goarch = "amd64"
	}
	key := [3]string{*awscdk.Stage_Of(scope).Outdir(), root, goarch}
	if builds[key] == nil {
		builds[key] = &build{root: root, goarch: goarch, built: map[string]bool{}}
	}
	return builds[key]
}

// folder returns a folder that holds entry's binary. The first call compiles
// what the synth will need besides, since starting the go command costs more
// than a function more: every function of the module if all is set, else those
// beside entry, which belong to the same architecture.
func (b *build) folder(entry string, all bool) (string, error) {
	if !b.built[entry] {
		entries := b.functionsNear(entry, all)
		if err := b.compile(entries); err != nil {
			// Somebody else's error must not be told as this function's.
			if err := b.compile([]string{entry}); err != nil {
				return "", err
			}
			entries = []string{entry}
		}
		for _, e := range entries {
			b.built[e] = true
		}
	}
	return b.dir(entry), nil
}

// functionsNear lists entry and the other functions to compile with it, by the
// layout of the repository: lambdas/STACK/FUNCTION/main.go.
func (b *build) functionsNear(entry string, all bool) []string {
	pattern := path.Join(path.Dir(entry), "*", "main.go")
	// An entry that is not so deep has no layout to go by: what lies two folders
	// below the root may be any program, the CDK app itself among them.
	if above := path.Dir(path.Dir(entry)); all && above != "." {
		pattern = path.Join(above, "*", "*", "main.go")
	}
	entries := []string{entry}
	mains, _ := filepath.Glob(filepath.Join(b.root, pattern)) // The pattern is well-formed.
	for _, main := range mains {
		found, err := filepath.Rel(b.root, filepath.Dir(main))
		if found = filepath.ToSlash(found); err == nil && found != entry && !b.built[found] {
			entries = append(entries, found)
		}
	}
	return entries
}

// compile builds entries with one go command, or, as that names each binary
// after the last folder of its path, with one for each time a name recurs.
func (b *build) compile(entries []string) error {
	for round := 0; len(entries) > 0; round++ {
		var now, later []string
		taken := map[string]bool{}
		for _, entry := range entries {
			if name := path.Base(entry); taken[name] {
				later = append(later, entry)
			} else {
				taken[name] = true
				now = append(now, entry)
			}
		}
		bin := filepath.Join(b.root, buildDir, b.goarch, fmt.Sprintf("bin%d", round))
		if err := b.goBuild(bin, now); err != nil {
			return err
		}
		for _, entry := range now {
			if err := publish(filepath.Join(bin, path.Base(entry)), b.dir(entry)); err != nil {
				return fmt.Errorf("%s has no main package: %w", entry, err)
			}
		}
		entries = later
	}
	return nil
}

// goBuild compiles entries into bin. The flags make the same source give the
// same binary in any folder, and leave out what Lambda has no use for. The tests
// of functions have them, too, in lambdatest.Build.
func (b *build) goBuild(bin string, entries []string) error {
	// Building on the target's own file system makes the go command rename
	// binaries into place, so that a synth beside this one never reads half.
	tmp := filepath.Join(b.root, buildDir, "tmp")
	if err := errors.Join(os.MkdirAll(bin, 0o755), os.MkdirAll(tmp, 0o755)); err != nil {
		return err
	}
	args := []string{
		"build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w",
		"-o", bin + string(filepath.Separator),
	}
	for _, entry := range entries {
		args = append(args, "./"+entry)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = b.root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+b.goarch, "CGO_ENABLED=0", "GOTMPDIR="+tmp)
	output, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if output = bytes.TrimSpace(output); len(output) > 0 {
		return errors.New(string(output))
	}
	return err
}

// dir is the folder that becomes entry's asset.
func (b *build) dir(entry string) string {
	return filepath.Join(b.root, buildDir, b.goarch, filepath.FromSlash(entry))
}

// publish makes binary appear in dir as bootstrap, whole at every moment. A
// hard link keeps the binary itself where the go command looks for it.
func publish(binary, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	next := fmt.Sprintf("%s.%d", dir, os.Getpid())
	os.Remove(next)       // What a killed process of the same number left.
	defer os.Remove(next) // Renaming a link over its twin is a no-op that keeps both.
	if err := os.Link(binary, next); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(dir, "bootstrap"))
}

// ModuleRoot is the nearest folder at or above the working directory that has
// a go.mod: the CDK CLI runs apps at the root, go test in the package's folder.
func ModuleRoot() (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("there is no go.mod in %s or above it", wd)
		}
	}
}
