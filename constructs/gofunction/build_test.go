package gofunction_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
	"refstack/test/cdktest"
)

// bundled is the context in which the CLI asks for every stack's assets.
var bundled = map[string]any{"aws:cdk:bundling-stacks": []string{"**"}}

// newModule writes a module of functions, each with a main.go and all with a
// package in common, and works in it.
func newModule(t *testing.T, functions ...string) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/functions\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "lambdas/internal/greet/greet.go"), "package greet\n\nconst Hello = \"hello\"\n")
	for _, function := range functions {
		write(t, filepath.Join(dir, function, "main.go"),
			"package main\n\nimport \"example.com/functions/lambdas/internal/greet\"\n\nfunc main() { println(greet.Hello) }\n")
	}
	t.Chdir(dir)
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// synth makes an app with a function for each entry and returns the hash of
// each one's asset, by entry.
func synth(t *testing.T, context map[string]any, entries ...string) map[string]string {
	t.Helper()
	app := cdktest.NewApp(t, context)
	stack := awscdk.NewStack(app, jsii.String("Test"), nil)
	for _, entry := range entries {
		gofunction.New(stack, strings.ReplaceAll(entry, "/", "-"), &gofunction.Props{Entry: entry})
	}
	template := cdktest.TemplateOf(t, stack)
	hashes := map[string]string{}
	for _, entry := range entries {
		id := template.ID("AWS::Lambda::Function", strings.ReplaceAll(entry, "/", ""))
		resource := template.JSON["Resources"].(map[string]any)[id].(map[string]any)
		key := resource["Properties"].(map[string]any)["Code"].(map[string]any)["S3Key"].(string)
		hashes[entry] = strings.TrimSuffix(key, ".zip")
		if context != nil {
			checkAsset(t, filepath.Join(*app.Outdir(), "asset."+hashes[entry]))
		}
	}
	return hashes
}

// checkAsset checks that an asset is what provided.al2023 starts.
func checkAsset(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "bootstrap" {
		t.Fatalf("the asset holds %v (%v), want bootstrap alone", files, err)
	}
	info, _ := files[0].Info()
	if info.Mode()&0o111 == 0 {
		t.Errorf("bootstrap is not executable: %v", info.Mode())
	}
	content, err := os.ReadFile(filepath.Join(dir, "bootstrap"))
	if err != nil || !strings.HasPrefix(string(content), "\x7fELF") || content[18] != 183 {
		t.Errorf("bootstrap is no ELF file for arm64 (%v)", err)
	}
}

func TestSameSourceSameHashInAnotherFolder(t *testing.T) {
	const a = "lambdas/one/a"
	newModule(t, a)
	first := synth(t, bundled, a)
	newModule(t, a)
	if second := synth(t, bundled, a); first[a] != second[a] {
		t.Errorf("the hashes differ: %s and %s", first[a], second[a])
	}
}

func TestEditGivesAnotherHash(t *testing.T) {
	const a, b = "lambdas/one/a", "lambdas/one/b"
	newModule(t, a, b)
	first := synth(t, bundled, a, b)

	write(t, a+"/main.go", "package main\n\nfunc main() { println(1) }\n")
	second := synth(t, bundled, a, b)
	if first[a] == second[a] {
		t.Error("an edit of the function kept the hash")
	}
	if first[b] != second[b] {
		t.Error("an edit of one function changed the hash of another")
	}

	write(t, "lambdas/internal/greet/greet.go", "package greet\n\nconst Hello = \"good day\"\n")
	third := synth(t, bundled, a, b)
	if second[b] == third[b] {
		t.Error("an edit of an imported package kept the hash")
	}
	if second[a] != third[a] {
		t.Error("an edit of a package changed the hash of a function that does not import it")
	}
}

func TestFunctionsOfOneNameAreKeptApart(t *testing.T) {
	const a, b = "lambdas/one/handler", "lambdas/two/handler"
	newModule(t, a, b)
	write(t, b+"/main.go", "package main\n\nfunc main() { println(2) }\n")
	hashes := synth(t, bundled, a, b)
	if hashes[a] == hashes[b] {
		t.Error("two functions have one binary")
	}
	for entry, text := range map[string]string{a: "hello", b: "\x7fELF"} {
		content, err := os.ReadFile(filepath.Join(".build/lambda/arm64", entry, "bootstrap"))
		if err != nil || !strings.Contains(string(content), text) {
			t.Errorf("%s is not its own binary (%v)", entry, err)
		}
	}
}

// countBuilds puts a go command first on the PATH that counts the builds.
func countBuilds(t *testing.T) func() int {
	t.Helper()
	bin := t.TempDir()
	log := filepath.Join(bin, "builds")
	write(t, filepath.Join(bin, "go"), fmt.Sprintf("#!/bin/sh\necho \"$@\" >> '%s'\nPATH=\"${PATH#*:}\"\nexec go \"$@\"\n", log))
	if err := os.Chmod(filepath.Join(bin, "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func() int {
		content, _ := os.ReadFile(log)
		return strings.Count(string(content), "\n")
	}
}

func TestOneBuildASynth(t *testing.T) {
	const a, b, c = "lambdas/one/a", "lambdas/one/b", "lambdas/two/c"
	newModule(t, a, b, c)
	builds := countBuilds(t)
	synth(t, bundled, a, b, c)
	if n := builds(); n != 1 {
		t.Errorf("a synth of three functions ran the go command %d times, want 1", n)
	}
}

func TestOnlyWhatTheCLIAsksForIsBuilt(t *testing.T) {
	const a, b, c = "lambdas/one/a", "lambdas/one/b", "lambdas/two/c"
	newModule(t, a, b, c)
	builds := countBuilds(t)

	synth(t, nil, a, b, c) // cdk list and cdk destroy: no stack is asked for.
	if n := builds(); n != 0 {
		t.Errorf("the go command ran %d times, want 0", n)
	}

	// cdk diff --exclusively Two, in an app of two stacks.
	app := cdktest.NewApp(t, map[string]any{"aws:cdk:bundling-stacks": []string{"Two"}})
	one := awscdk.NewStack(app, jsii.String("One"), nil)
	gofunction.New(one, "A", &gofunction.Props{Entry: a})
	two := awscdk.NewStack(app, jsii.String("Two"), nil)
	gofunction.New(two, "C", &gofunction.Props{Entry: c})
	app.Synth(nil)
	if _, err := os.Stat(".build/lambda/arm64/lambdas/two/c/bootstrap"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(".build/lambda/arm64/lambdas/one"); err == nil {
		t.Error("a function of another stack was built")
	}
}

func TestCompileErrorNamesTheFunctionOnce(t *testing.T) {
	const good, bad = "lambdas/one/good", "lambdas/one/bad"
	newModule(t, good, bad)
	write(t, bad+"/main.go", "package main\n\nfunc main() { undefinedName() }\n")

	// Another function's error does not stop one that compiles.
	synth(t, bundled, good)

	stack := awscdk.NewStack(cdktest.NewApp(t, bundled), jsii.String("Test"), nil)
	defer func() {
		got := fmt.Sprint(recover())
		for _, want := range []string{"gofunction: Test/Bad (lambdas/one/bad) does not build", "main.go:3:15: undefined: undefinedName"} {
			if strings.Count(got, want) != 1 {
				t.Errorf("panicked with %q, want %q in it once", got, want)
			}
		}
	}()
	gofunction.New(stack, "Bad", &gofunction.Props{Entry: bad})
}

// TestEntryAnywhere takes a function that does not lie as ours do: the programs
// beside it are none of Lambda's.
func TestEntryAnywhere(t *testing.T) {
	const entry, app = "functions/hello", "bin/app"
	newModule(t)
	for _, program := range []string{entry, app} {
		write(t, program+"/main.go", "package main\n\nfunc main() {}\n")
	}
	synth(t, bundled, entry)
	if _, err := os.Stat(".build/lambda/arm64/" + app); err == nil {
		t.Error("a program of another folder was built as a function")
	}
}

func TestFolderWithoutMainPackage(t *testing.T) {
	const library = "lambdas/one/library"
	newModule(t)
	write(t, library+"/library.go", "package library\n")
	stack := awscdk.NewStack(cdktest.NewApp(t, bundled), jsii.String("Test"), nil)
	cdktest.Panics(t, "gofunction: Test/Library (lambdas/one/library) does not build", func() {
		gofunction.New(stack, "Library", &gofunction.Props{Entry: library})
	})
}

func TestBuildsBesideEachOtherLeaveNothing(t *testing.T) {
	const a = "lambdas/one/a"
	newModule(t, a)
	synth(t, bundled, a)
	before := sha256.Sum256(read(t, ".build/lambda/arm64/"+a+"/bootstrap"))
	synth(t, bundled, a)
	if after := sha256.Sum256(read(t, ".build/lambda/arm64/"+a+"/bootstrap")); before != after {
		t.Error("a second synth changed the binary")
	}
	files, err := os.ReadDir(".build/lambda/arm64/lambdas/one")
	if err != nil || len(files) != 1 {
		t.Errorf("left beside the function's folder: %v (%v)", files, err)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
