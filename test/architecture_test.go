package test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/test/cdktest"
)

// layers are the folders of the repository, and what of it their packages may
// import besides their own slice: themselves, and what lies below them.
var layers = map[string][]string{
	"bin":        {"internal", "."},
	"stacks":     {"constructs"},
	"constructs": {"constructs"},
	"lambdas":    {"lambdas/internal"},
	"internal":   {".", "stacks", "constructs", "internal"},
	"test":       {".", "bin", "stacks", "constructs", "lambdas", "internal", "test"},
	// The root has files that travel inside a command, and no logic.
	".": {},
}

// synthOnly are the modules that have no place in a function's binary.
var synthOnly = []string{
	"github.com/aws/aws-cdk-go/", "github.com/aws/constructs-go/", "github.com/aws/jsii-runtime-go", "github.com/cdklabs/",
}

// goPackage is what go list says of a package. Import paths of this module are
// told from its root, as a fork gives the module another path.
type goPackage struct {
	ImportPath, Name                   string
	Imports, TestImports, XTestImports []string
}

// layer is the first folder of a package of this module, and "" for others.
func layer(importPath string) string {
	first, _, _ := strings.Cut(importPath, "/")
	if layers[first] == nil {
		return ""
	}
	return first
}

// slice is the layer and the folder below it: one architecture, construct or
// command, whose packages may import each other.
func slice(importPath string) string {
	parts := strings.SplitN(importPath, "/", 3)
	return path.Join(parts[:min(len(parts), 2)]...)
}

// commands are what bin/ may run of an architecture, besides its app.
var commands = []string{
	"lambdas/mapreduce/local",
}

// mayImport tells whether the direction of the import is that of the
// architecture.
func mayImport(from, to string) bool {
	return slice(from) == slice(to) || layer(from) == "bin" && slices.Contains(commands, to) || slices.ContainsFunc(layers[layer(from)], func(allowed string) bool {
		return strings.HasPrefix(to+"/", allowed+"/")
	})
}

func TestImportDirections(t *testing.T) {
	for _, p := range packages(t) {
		if layers[layer(p.ImportPath)] == nil {
			t.Errorf("%s is in no layer of the architecture", p.ImportPath)
		}
		for _, imported := range p.Imports {
			switch {
			case layer(imported) != "" && !mayImport(p.ImportPath, imported):
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			case layer(p.ImportPath) == "lambdas" && isSynthOnly(imported):
				t.Errorf("%s runs in Lambda and must not import %s", p.ImportPath, imported)
			}
		}
		// Tests may use what is there for tests.
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if layer(imported) != "" && layer(imported) != "test" && !mayImport(p.ImportPath, imported) {
				t.Errorf("the tests of %s must not import %s", p.ImportPath, imported)
			}
		}
	}
}

func isSynthOnly(importPath string) bool {
	return slices.ContainsFunc(synthOnly, func(module string) bool { return strings.HasPrefix(importPath, module) })
}

func TestImportDirectionsAreEnforced(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"bin/app", "internal/app", true},
		{"bin/refstack", "lambdas/mapreduce/local", true},
		{"internal/app", "stacks/thumbnailer", true},
		{"stacks/thumbnailer", "constructs/workqueue", true},
		{"constructs/workqueue", "constructs/nag", true},
		{"lambdas/thumbnailer/resize", "lambdas/thumbnailer/internal/resizer", true},
		{"lambdas/thumbnailer/resize", "lambdas/internal/emf", true},
		{"stacks/thumbnailer", "bin/app", false},
		{"stacks/webapi", "stacks/thumbnailer", false},
		{"stacks/thumbnailer", "lambdas/internal/emf", false},
		{"stacks/thumbnailer", "internal/settings", false},
		{"constructs/nag", "stacks/thumbnailer", false},
		{"constructs/nag", "test/cdktest", false},
		{"lambdas/webapi/items", "lambdas/thumbnailer/resize", false},
		{"lambdas/webapi/items", "constructs/nag", false},
		{"bin/app", "stacks/thumbnailer", false},
		{"internal/app", "constructs/nag", true},
		{"internal/app", "lambdas/internal/emf", false},
		{"bin/refstack", "lambdas/mapreduce/games", false},
		{"internal/catalog", ".", true},
		{"stacks/thumbnailer", ".", false},
		{".", "internal/catalog", false},
	} {
		if got := mayImport(c.from, c.to); got != c.want {
			t.Errorf("%s may import %s: %t, want %t", c.from, c.to, got, c.want)
		}
	}
	if !isSynthOnly("github.com/aws/aws-cdk-go/awscdk/v2/awss3") || isSynthOnly("github.com/aws/aws-lambda-go/lambda") {
		t.Error("what has no place in a function's binary is told wrongly")
	}
}

func TestLayout(t *testing.T) {
	var tested []string
	eachStack(t, func(_ *testing.T, _ string, _ bool, s *synthesis) {
		tested = append(tested, strings.ToLower(s.name))
	})
	for _, p := range packages(t) {
		inside := strings.Split(p.ImportPath, "/")
		name := inside[len(inside)-1]
		switch {
		case len(inside) == 1 && name != "test" && name != ".":
			t.Errorf("Go files lie directly in %s/: every one belongs in a folder below", name)
		case inside[0] == "constructs" && (len(inside) != 2 || p.Name != name):
			t.Errorf("%s is package %s: a construct is one package, constructs/%s", p.ImportPath, p.Name, p.Name)
		case inside[0] == "stacks" && !slices.Contains(tested, inside[1]):
			t.Errorf("%s is no stack of internal/app", p.ImportPath)
		case slices.Contains([]string{"util", "utils", "common", "helper", "helpers"}, name):
			t.Errorf("%s: name a package for what it is", p.ImportPath)
		}
	}
}

// dependencies are all that go.mod requires directly. A new one needs its line
// here, and its reason in docs/design.md.
var dependencies = []string{
	"github.com/aws/aws-cdk-go/awscdk/v2",
	"github.com/aws/aws-lambda-go",
	"github.com/aws/aws-sdk-go-v2",
	"github.com/aws/aws-sdk-go-v2/config",
	"github.com/aws/aws-sdk-go-v2/credentials",
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi",
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime",
	"github.com/aws/aws-sdk-go-v2/service/dynamodb",
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane",
	"github.com/aws/aws-sdk-go-v2/service/s3",
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime",
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager",
	"github.com/aws/aws-sdk-go-v2/service/sqs",
	"github.com/aws/constructs-go/constructs/v10",
	"github.com/aws/jsii-runtime-go",
	"github.com/aws/smithy-go",
	"github.com/awslabs/aws-lambda-go-api-proxy",
	"github.com/bep/imagemeta",
	"github.com/cdklabs/cdk-nag-go/cdknag/v2",
	"github.com/getkin/kin-openapi",
	"github.com/go-jose/go-jose/v4",
	"github.com/google/go-cmp",
	"github.com/johannesboyne/gofakes3",
	"github.com/mochi-mqtt/server/v2",
	"github.com/openai/openai-go/v3",
	"github.com/schollz/progressbar/v3",
	"github.com/spf13/cobra",
	"golang.org/x/image",
	"golang.org/x/mod",
	"golang.org/x/term",
	"oss.terrastruct.com/d2",
	// Tools.
	"gotest.tools/gotestsum",
	"honnef.co/go/tools/cmd/staticcheck",
}

func TestDependencies(t *testing.T) {
	var module struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Tool []struct{ Path string }
	}
	if err := json.Unmarshal(goCommand(t, "mod", "edit", "-json"), &module); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, require := range module.Require {
		if !require.Indirect {
			got = append(got, require.Path)
		}
	}
	for _, tool := range module.Tool {
		got = append(got, tool.Path)
	}
	if diff := cmp.Diff(dependencies, got); diff != "" {
		t.Errorf("go.mod requires others than this test lists (-listed +required):\n%s", diff)
	}
}

func TestDesignExplainsDependencies(t *testing.T) {
	design, err := os.ReadFile(filepath.Join(cdktest.Root(), "docs", "design.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dependency := range dependencies {
		module, _, _ := strings.Cut(dependency, "/cmd/") // A tool is a command of its module.
		if !strings.Contains(string(design), module) {
			t.Errorf("docs/design.md does not say what %s is for", module)
		}
	}
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	module := strings.TrimSpace(string(goCommand(t, "list", "-m")))
	inside := func(importPath string) string {
		if importPath == module {
			return "."
		}
		return strings.TrimPrefix(importPath, module+"/")
	}
	list := json.NewDecoder(strings.NewReader(string(goCommand(t, "list", "-json=ImportPath,Name,Imports,TestImports,XTestImports", "./..."))))
	var found []goPackage
	for {
		var p goPackage
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = inside(p.ImportPath)
		for _, imports := range [][]string{p.Imports, p.TestImports, p.XTestImports} {
			for i := range imports {
				imports[i] = inside(imports[i])
			}
		}
		found = append(found, p)
	}
}

func goCommand(t *testing.T, arguments ...string) []byte {
	t.Helper()
	command := exec.Command("go", arguments...)
	command.Dir = cdktest.Root()
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(arguments, " "), err)
	}
	return out
}
