package main

import (
	"bytes"
	"encoding/json"
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
		"help of one":  {[]string{"help", "mapreduce"}, 0, "refstack mapreduce games.csv", ""},
		"help of none": {[]string{"help", "cost", "web"}, 2, "", "refstack help: unknown command \"web\" for \"refstack cost\""},
		"no such":      {[]string{"reduce"}, 2, "", "refstack: unknown command \"reduce\" for \"refstack\"\nSee refstack --help.\n"},
		"no such flag": {[]string{"list", "--yaml"}, 2, "", "refstack list: unknown flag: --yaml\nSee refstack list --help.\n"},
		"too much":     {[]string{"list", "webapi"}, 2, "", "refstack list: "},
		"list":         {[]string{"list"}, 0, "  idle     $2.70 a month, in prod $11.70\n", ""},
		"list help":    {[]string{"list", "--help"}, 0, "Examples:\n  refstack list\n", ""},
		"cost":         {[]string{"cost"}, 2, "", "refstack cost: name one of thumbnailer, webapi"},
		"cost of none": {[]string{"cost", "web"}, 2, "", `refstack cost: there is no architecture "web"; there are thumbnailer`},
		"idle":         {[]string{"cost", "webapi"}, 0, "for example: refstack cost webapi --reads 800000", ""},
		"by its stack": {[]string{"cost", "WebApi"}, 0, "WebApi in dev", ""},
		"load":         {[]string{"cost", "webapi", "--reads", "1e6", "--stage", "prod"}, 0, "  firewall, requests  1,000,000 requests × $0.60 a million", ""},
		"bad load":     {[]string{"cost", "webapi", "--reads", "-3"}, 2, "", "must be a number from 0"},
		"bad stage":    {[]string{"cost", "webapi", "--stage", "test"}, 2, "", "must be dev or prod"},
		"bad model":    {[]string{"cost", "genai", "--model", "none"}, 2, "", "must be one of global."},
		"doctor help":  {[]string{"doctor", "--help"}, 0, "refstack doctor --account", ""},
		"names":        {[]string{"__completeNoDesc", "cost", ""}, 0, "genai\nmapreduce\npipes\nthumbnailer\nwebapi\n", "Completion ended"},
		"models":       {[]string{"__completeNoDesc", "cost", "genai", "--model", ""}, 0, "us.amazon.nova-pro", "Completion ended"},
		"stages":       {[]string{"__completeNoDesc", "cost", "genai", "--stage", ""}, 0, "dev\nprod\n", "Completion ended"},
		"bash":         {[]string{"completion", "bash"}, 0, "__start_refstack", ""},
		"zsh":          {[]string{"completion", "zsh"}, 0, "#compdef refstack", ""},
		"fish":         {[]string{"completion", "fish"}, 0, "complete -c refstack", ""},
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

// TestFailureIsOneLine lets a command fail that was called rightly.
func TestFailureIsOneLine(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"doctor"}, &stdout, &stderr)
	if want := "refstack doctor: something is missing that make synth && make test need\n"; code != 1 || stderr.String() != want {
		t.Errorf("code %d, %q", code, stderr.String())
	}
	if !strings.Contains(stdout.String(), "missing  Go ") {
		t.Errorf("the findings are %s", stdout.String())
	}
}

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string // Of the last element, or of the object.
		key  string
	}{
		{[]string{"list", "--json"}, "genai", "name"},
		{[]string{"cost", "genai", "--json"}, "GenAi", "stack"},
		{[]string{"doctor", "--json"}, "bootstrap", "thing"},
	} {
		var stdout, stderr bytes.Buffer
		run(t.Context(), c.args, &stdout, &stderr)
		var document any
		if err := json.Unmarshal(stdout.Bytes(), &document); err != nil {
			t.Errorf("%v: %v", c.args, err)
			continue
		}
		if list, ok := document.([]any); ok {
			document = list[len(list)-1]
		}
		if object := document.(map[string]any); object[c.key] != c.want {
			t.Errorf("%v writes %v", c.args, object)
		}
	}
}

func TestListTellsAll(t *testing.T) {
	all, err := architectures()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.Name == "" || a.Stack == "" || a.Description == "" || a.Slide == "" || !strings.Contains(a.Deploys, "function") || a.IdleDev < 1 || a.IdleProd < a.IdleDev {
			t.Errorf("%+v", a)
		}
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

// TestNewTellsWhatIsNext goes to the new repository, unless the user is there.
func TestNewTellsWhatIsNext(t *testing.T) {
	for _, c := range []struct{ dir, want string }{
		{"my images", "my images is ready. Next:\n\n  cd 'my images' && make synth && make test\n"},
		{"./", "./ is ready. Next:\n\n  make synth && make test\n"},
	} {
		t.Chdir(t.TempDir())
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"new", "pipes", "--module", "example.com/images", c.dir}, &stdout, &stderr)
		if code != 0 || stdout.String() != c.want {
			t.Errorf("code %d, %q, %q", code, stdout.String(), stderr.String())
		}
	}
}
