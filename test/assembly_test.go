package test

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"refstack/test/awstest"
	"refstack/test/cdktest"
	"refstack/test/lambdatest"
)

// hostArch is this machine's processor, as the app's context names it.
var hostArch = map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]

// assemblyContext has the functions built for this machine, and none left out.
var assemblyContext = map[string]any{
	"arch":        hostArch,
	"genai.reply": "websocket,iot",
	"genai.cache": "1h",
}

// assembly is the folder that the CDK CLI writes: the very binaries that a
// deployment to such a machine ships.
var assembly = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "refstack-assembly-*")
	if err != nil {
		return "", err
	}
	assemblyDir = dir
	cmd := exec.Command("cdk", "synth", "--quiet", "--output", dir)
	for name, value := range assemblyContext {
		cmd.Args = append(cmd.Args, "-c", fmt.Sprintf("%s=%s", name, value))
	}
	cmd.Dir = cdktest.Root()
	if output, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("cdk synth: %w\n%s", err, output)
	}
	return dir, nil
})

var assemblyDir string

// removeAssembly cleans up after all tests, if one of them needed the assembly.
func removeAssembly() { os.RemoveAll(assemblyDir) }

// templateOf is the template of a stack in the assembly.
func templateOf(t testing.TB, stack string) *cdktest.Template {
	t.Helper()
	dir, err := assembly()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, stack+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	return cdktest.TemplateFromJSON(t, template)
}

// startFunction starts a function of the template as Lambda would: its binary,
// memory and variables, with names for what these refer to, and its timeout, unless
// another is given.
func startFunction(t testing.TB, template *cdktest.Template, id string, names, env map[string]string, timeout ...time.Duration) *lambdatest.Function {
	t.Helper()
	variables, err := awstest.EnvironmentOf(template.JSON, id, names)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range env {
		variables[name] = value
	}
	properties := template.Resource(id)["Properties"].(map[string]any)
	timeout = append(timeout, time.Duration(properties["Timeout"].(float64))*time.Second)
	return lambdatest.Start(t, bootstrap(t, template, id), &lambdatest.Options{
		Env:          variables,
		Handler:      properties["Handler"].(string),
		MemoryMiB:    int(properties["MemorySize"].(float64)),
		Timeout:      timeout[0],
		FunctionName: id,
	})
}

// bootstrap is the path of a function's binary.
func bootstrap(t testing.TB, template *cdktest.Template, id string) string {
	t.Helper()
	dir, err := assembly()
	if err != nil {
		t.Fatal(err)
	}
	asset := template.Resource(id)["Metadata"].(map[string]any)["aws:asset:path"].(string)
	return filepath.Join(dir, asset, "bootstrap")
}

// bootstraps are the paths of all functions' binaries.
func bootstraps(t *testing.T) []string {
	t.Helper()
	dir, err := assembly()
	if err != nil {
		t.Fatal(err)
	}
	binaries, err := filepath.Glob(filepath.Join(dir, "asset.*", "bootstrap"))
	if err != nil || len(binaries) == 0 {
		t.Fatalf("found %v and %v", binaries, err)
	}
	return binaries
}

// TestTheCLIWritesTheSame shows that what goldens and rules speak of is what
// cdk synth writes.
func TestTheCLIWritesTheSame(t *testing.T) {
	for _, stack := range synthesize(t, newApp(t, assemblyContext)) {
		if diff := cdktest.Diff(t, stack.template, templateOf(t, stack.name).JSON); diff != "" {
			t.Errorf("%s differs (-test +CLI):\n%s", stack.name, diff)
		}
	}
}

// TestBinariesCarryNothingThatTheyNeedNot holds the flags of the build by what
// they leave out: the RPC server, symbols, and the commit, with which every
// commit would deploy every function again.
func TestBinariesCarryNothingThatTheyNeedNot(t *testing.T) {
	for _, binary := range bootstraps(t) {
		info, err := buildinfo.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		settings := map[string]string{}
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
		if settings["-tags"] != "lambda.norpc" || settings["CGO_ENABLED"] != "0" || settings["vcs.revision"] != "" {
			t.Errorf("%s is built with %v", info.Path, settings)
		}
		file, err := elf.Open(binary)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for _, section := range []string{".symtab", ".debug_info", ".zdebug_info"} {
			if file.Section(section) != nil {
				t.Errorf("%s has %s", info.Path, section)
			}
		}
	}
}

// TestBinariesOfTestsAreTheDeployedOnes has one function built as the tests of
// other packages have theirs: with the same flags, it is the same file.
func TestBinariesOfTestsAreTheDeployedOnes(t *testing.T) {
	deployed := bootstraps(t)[0]
	info, err := buildinfo.ReadFile(deployed)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := lambdatest.Build(dir, info.Path); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(deployed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, path.Base(info.Path)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is another file in tests: of %d bytes, and of %d where it is deployed", info.Path, len(got), len(want))
	}
}
