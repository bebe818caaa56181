package pages

import (
	"strings"
	"testing"
)

// TestFaultsAreFound runs pages that a reader could not follow.
func TestFaultsAreFound(t *testing.T) {
	const output = `output() {
  aws cloudformation describe-stacks --stack-name WebApi --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}
`
	for text, want := range map[string]string{
		"frobnicate --all":                  "unknown command: frobnicate --all",
		`echo "$(frobnicate)"`:              "unknown command: frobnicate",
		"echo 'one":                         "unexpected EOF",
		`echo "$NAME"`:                      "NAME: unbound variable",
		"false":                             "exit status 1",
		"make depoly STACK=WebApi":          "No rule to make target",
		"make STACK=WebApi":                 "it names no target",
		"make diff STACK=Web":               "Web is no stack",
		"make diff STACKS=WebApi":           "the Makefile has no STACKS",
		"make diff STACK=WebApi STAGE=test": `context stage must be dev or prod, got "test"`,
		"make diff STACK=WebApi CONTEXT='-c webapi.x=1'":  "webapi.x",
		"make diff STACK=WebApi CONTEXT='webapi.x=1'":     "is not made of -c name=value",
		"make diff STACK=WebApi CONTEXT='-x arch=arm64'":  "is not made of -c name=value",
		"go run ./bin/refstack cost web":                  "exit status 2",
		"go run ./bin/none":                               "exit status 1",
		"go install ./bin/none":                           "exit status 1",
		"go run ./lambdas/webapi/none":                    "exit status 1",
		"go build ./bin/refstack":                         "pages run or install one package",
		output + "output None":                            "WebApi has no output None",
		"aws cloudformation describe-stacks":              `is no query of one output`,
		"aws s3 rm s3://bucket/key":                       "not among those that the test knows",
		"aws s3 ls bucket":                                "it names no bucket",
		"aws sqs send-message --queue URL":                "unknown option --queue",
		"aws sqs send-message --queue-url":                "--queue-url has no value",
		"aws sqs send-message --queue-url ''":             "--queue-url is empty",
		"aws sqs send-message URL":                        "URL is no option",
		"aws dynamodb put-item --table-name T --item '{'": "--item is not JSON",
		output + `curl "$(output Url)/item"`:              "WebApi has no GET /item",
		output + `curl "$(output Url)/items/"`:            "WebApi has no GET /items/",
		output + `curl -X PATCH "$(output Url)/items/1"`:  "WebApi has no PATCH /items/1",
		output + `curl "$(output Url)/items" -d '{'`:      "the body is not JSON",
		output + `curl "$(output Url)/items" -H Accept`:   "is no header",
		output + `curl --post "$(output Url)/items"`:      "unknown option --post",
		"curl https://example.org/items":                  "is no stack",
		"node listen.js wss://x token":                    "exit status 1",
		"mosquitto_sub -h host -P token -u me":            "it needs a host, a token and an authorizer",
		"sleep a":                                         "invalid syntax",
	} {
		t.Run(text, func(t *testing.T) {
			p := parse("page.md", "# Page\n\n```sh\n"+text+"\n```\n")
			if got := strings.Join(runPage(t, p), "\n"); !strings.Contains(got, want) {
				t.Errorf("the faults are %q, want %q", got, want)
			}
		})
	}
}

// TestScriptHasThePagesLines holds what the shell says to the lines of the page.
func TestScriptHasThePagesLines(t *testing.T) {
	p := parse("page.md", "# Page\n\n```sh\ntrue\n```\n\n```json\n{}\n```\n\n```sh\ntrue\nfrobnicate \"$NAME\"\n```\n")
	if got := strings.Join(runPage(t, p), "\n"); !strings.Contains(got, "page.md: line 13: NAME") {
		t.Errorf("the faults are %q", got)
	}
}
