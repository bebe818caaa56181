// Package cdktest is what tests of constructs and stacks share: an app as the
// CDK CLI would start it, templates that fail a test rather than panic, and
// goldens. Tests that synthesize must not run in parallel: jsii is one process
// for all of them.
package cdktest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
)

// Main runs the tests of a package with one jsii kernel, on the Node.js that
// package.json pins, and ends it:
//
//	func TestMain(m *testing.M) { cdktest.Main(m) }
//
// It calls each of after when the tests are done.
func Main(m *testing.M, after ...func()) {
	SetEnv()
	code := m.Run()
	for _, do := range after {
		do()
	}
	// Closing prints a complaint of the jsii runtime now and then, which waits for
	// its process in two places.
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	jsii.Close()
	os.Exit(code)
}

// SetEnv puts what npm installed first on the PATH and has the CDK CLI report
// nothing to AWS, as the Makefile does, and turns off the template validator, which
// CI runs in a synth of its own.
func SetEnv() {
	bin := filepath.Join(Root(), "node_modules", ".bin")
	if _, err := os.Stat(bin); err != nil {
		fmt.Fprintln(os.Stderr, "cdktest: node_modules is missing: run 'make node_modules' first")
		os.Exit(1)
	}
	os.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	os.Setenv("CDK_DISABLE_CLI_TELEMETRY", "true")
	os.Setenv("CDK_VALIDATION", "false")
	// jsii copied the environment for its process when this program began. Closing
	// it, though it has not started yet, makes it copy the environment again.
	jsii.Close()
}

// Root is the folder of go.mod.
func Root() string {
	_, file, _, ok := runtime.Caller(0)
	if dir := filepath.Dir(filepath.Dir(filepath.Dir(file))); ok && filepath.IsAbs(dir) {
		return dir
	}
	dir, _ := os.Getwd() // Built with -trimpath: search upwards.
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	panic("cdktest: not inside a Go module")
}

// NewApp makes an app with the context of cdk.json and what the CDK CLI adds,
// so that it synthesizes what cdk synth does, and with context on top. It builds
// no functions unless context says otherwise.
func NewApp(t testing.TB, context map[string]any) awscdk.App {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(), "cdk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct{ Context map[string]any }
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatalf("cdk.json: %v", err)
	}
	config.Context["aws:cdk:bundling-stacks"] = []string{}
	config.Context["aws:cdk:enable-path-metadata"] = true
	config.Context["aws:cdk:enable-asset-metadata"] = true
	for name, value := range context {
		config.Context[name] = value
	}
	return awscdk.NewApp(&awscdk.AppProps{
		Context:            &config.Context,
		Outdir:             jsii.String(t.TempDir()),
		AnalyticsReporting: jsii.Bool(false),
	})
}

// NewStack makes an empty stack in an app of its own.
func NewStack(t testing.TB) awscdk.Stack {
	t.Helper()
	return awscdk.NewStack(NewApp(t, nil), jsii.String("Test"), nil)
}

// Template is a synthesized template to make assertions on.
type Template struct {
	t    testing.TB
	cdk  assertions.Template
	JSON map[string]any
}

// TemplateOf synthesizes stack and the app around it.
func TemplateOf(t testing.TB, stack awscdk.Stack) *Template {
	t.Helper()
	template := &Template{t: t}
	noPanic(t, func() {
		template.cdk = assertions.Template_FromStack(stack, nil)
		template.JSON = *template.cdk.ToJSON()
	})
	return template
}

// TemplateFromJSON is the template that the CDK CLI wrote to a file.
func TemplateFromJSON(t testing.TB, template map[string]any) *Template {
	t.Helper()
	out := &Template{t: t, JSON: template}
	noPanic(t, func() { out.cdk = assertions.Template_FromJSON(&template, nil) })
	return out
}

// Resource is the resource with a logical ID.
func (t *Template) Resource(id string) map[string]any {
	t.t.Helper()
	resource, ok := t.JSON["Resources"].(map[string]any)[id].(map[string]any)
	if !ok {
		t.t.Fatalf("the template has no resource %s", id)
	}
	return resource
}

// Has checks that a resource of the type has these properties and perhaps more,
// as assertions.Template.HasResourceProperties does.
func (t *Template) Has(resourceType string, properties map[string]any) {
	t.t.Helper()
	noPanic(t.t, func() { t.cdk.HasResourceProperties(jsii.String(resourceType), properties) })
}

// HasResource is Has for the whole resource, with DeletionPolicy and the like.
func (t *Template) HasResource(resourceType string, resource map[string]any) {
	t.t.Helper()
	noPanic(t.t, func() { t.cdk.HasResource(jsii.String(resourceType), resource) })
}

// Count checks how many resources of the type there are.
func (t *Template) Count(resourceType string, want int) {
	t.t.Helper()
	noPanic(t.t, func() { t.cdk.ResourceCountIs(jsii.String(resourceType), jsii.Number(want)) })
}

// ID is the logical ID of the only resource of the type whose ID begins with
// prefix.
func (t *Template) ID(resourceType, prefix string) string {
	t.t.Helper()
	var found []string
	for id, resource := range t.JSON["Resources"].(map[string]any) {
		if resource.(map[string]any)["Type"] == resourceType && strings.HasPrefix(id, prefix) {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		t.t.Fatalf("%d resources of type %s begin with %q, want 1: %v", len(found), resourceType, prefix, found)
	}
	return found[0]
}

// Panics checks that do panics with a message that contains want.
func Panics(t testing.TB, want string, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
			t.Errorf("panicked with %q, want %q in it", got, want)
		}
	}()
	do()
}

// noPanic turns a panic of the CDK into a failure of the test, without the stack
// trace of Node.js below its message.
func noPanic(t testing.TB, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if fault := recover(); fault != nil {
			message, _, _ := strings.Cut(fmt.Sprint(fault), "\n    at ")
			t.Fatal(message)
		}
	}()
	do()
}
