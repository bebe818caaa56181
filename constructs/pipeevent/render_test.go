package pipeevent_test

import (
	"strings"
	"testing"
	"time"

	"refstack/constructs/pipeevent"
)

const message = `{
  "messageId": "m-1", "eventSource": "aws:sqs", "attributes": {"SenderId": "AIDA:sender", "SentTimestamp": "1545082649183"},
  "body": "{\"key\": \"value\", \"n\": 1.50, \"on\": true, \"nothing\": null, \"quote\": \"a \\\"b\\\" <c>\", \"Records\": [0, 1, {\"id\": \"r2\"}, {\"id\": \"r3\"}]}"
}`

func TestRender(t *testing.T) {
	for template, want := range map[string]string{
		// The samples of the user guide, with the commas that two of them lack.
		`"Hello, sender"`:                      `"Hello, sender"`,
		`<$.attributes.SenderId>`:              `"AIDA:sender"`,
		`"Hello, <$.attributes.SenderId>"`:     `"Hello, AIDA:sender"`,
		`{"key1": "value1", "key2": "value2"}`: `{"key1": "value1", "key2": "value2"}`,
		`{"key1": "value1", "key2": <$.body.key>, "d": <aws.pipes.event.ingestion-time>}`: `{"key1": "value1", "key2": "value", "d": "2026-01-02T03:04:05Z"}`,
		`{"key2": <$.body.Records[3]>}`:                                        `{"key2": {"id": "r3"}}`,
		`{"pipeArn": <aws.pipes.pipe-arn>, "pipeName": <aws.pipes.pipe-name>}`: `{"pipeArn": "arn:aws:pipes:us-east-1:123456789012:pipe/example", "pipeName": "example"}`,
		// Kinds of values, with quotes and without.
		`{"a": <$.body.n>, "b": "<$.body.n>"}`:           `{"a": 1.50, "b": "1.50"}`,
		`{"a": <$.body.on>, "b": <$.body.nothing>}`:      `{"a": true, "b": null}`,
		`{"a": "<$.body.on>-<$.body.nothing>"}`:          `{"a": "true-null"}`,
		`{"a": <$.body.quote>, "b": "x <$.body.quote>"}`: `{"a": "a \"b\" <c>", "b": "x a \"b\" <c>"}`,
		`{"a": "\"<$.body.key>\\"}`:                      `{"a": "\"value\\"}`,
		`{"a": "<$.body.Records[2]>"}`:                   `{"a": "{id: r2}"}`,
		`[<$.body.Records[0]>, <$.body.Records>]`:        `[0, [0, 1, {"id": "r2"}, {"id": "r3"}]]`,
		`<$.body.Records[2]>`:                            `"{id: r2}"`,
		`{"ids": <$.body.Records[*].id>}`:                `{"ids": ["r2","r3"]}`,
		`{"all": <$.attributes.*>}`:                      `{"all": ["AIDA:sender","1545082649183"]}`,
		// What is missing.
		`{"a": <$.body.missing>, "b": "<$.missing.deep>!"}`: `{"a": "", "b": "!"}`,
		`{"a": <$.body.Records[9]>, "b": <$.body.key[0]>}`:  `{"a": "", "b": ""}`,
		`{"a": <$.body.missing[*]>}`:                        `{"a": ""}`,
		`{"a": <$.body.Records[*].nope>}`:                   `{"a": []}`,
		// Free text.
		`Sender <$.attributes.SenderId> wrote "<$.body.quote>" and <$.body.n>`: `Sender AIDA:sender wrote "a "b" <c>" and 1.50`,
		` { "a" : <$.messageId> } `: ` { "a" : "m-1" } `,
		// The event.
		`{"e": <aws.pipes.event.json>}`: `{"e": {"attributes":{"SenderId":"AIDA:sender","SentTimestamp":"1545082649183"},"body":{"key":"value","n":1.50,"on":true,"nothing":null,"quote":"a \"b\" <c>","Records":[0,1,{"id":"r2"},{"id":"r3"}]},"eventSource":"aws:sqs","messageId":"m-1"}}`,
		`{"e": <aws.pipes.event>}`:      `{"e": ` + message + `}`,
	} {
		v := pipeevent.Variables{IngestionTime: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
		if got, err := v.Render(template, []byte(message)); err != nil || string(got) != want {
			t.Errorf("%s:\ngot  %s (%v)\nwant %s", template, got, err, want)
		}
	}
}

// The user guide's example of a transformer, from its event of EC2.
func TestRenderAnEvent(t *testing.T) {
	got, err := pipeevent.Render(`{"instance": <$.detail.instance-id>, "state": <$.detail.state>, "first": <$.resources[0]>}`, []byte(instance))
	want := `{"instance": "i-1234567890abcdef0", "state": "terminated", "first": "arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

func TestRenderData(t *testing.T) {
	for event, want := range map[string]string{
		`{"eventSource": "aws:kinesis", "data": "` + encode(`{"a": 1}`) + `"}`: `{"d": {"a": 1}}`,
		// What is not JSON stays as it came.
		`{"eventSource": "aws:kinesis", "data": "` + encode("hello") + `"}`:     `{"d": "aGVsbG8="}`,
		`{"eventSource": "aws:amq", "data": "` + encode("hello") + `"}`:         `{"d": "aGVsbG8="}`,
		`{"eventSource": "aws:dynamodb", "data": "` + encode(`{"a": 1}`) + `"}`: `{"d": "` + encode(`{"a": 1}`) + `"}`,
		`{"data": "` + encode(`[1]`) + `"}`:                                     `{"d": [1]}`,
		// An enrichment may return what is no object, or not JSON at all.
		`"text"`:   `{"d": ""}`,
		`not JSON`: `{"d": ""}`,
		// Of a batch, each record.
		`[{"data": 1}, {"data": "x"}]`: `[{"d":1},{"d":"x"}]`,
		`[]`:                           `[]`,
	} {
		if got, err := pipeevent.Render(`{"d": <$.data>}`, []byte(event)); err != nil || string(got) != want {
			t.Errorf("%s:\ngot  %s (%v)\nwant %s", event, got, err, want)
		}
	}
	for template, want := range map[string]string{
		`{"e": <aws.pipes.event>}`:      `{"e": "not \"JSON\""}`,
		`{"e": <aws.pipes.event.json>}`: `{"e": ""}`,
		`{"e": "<aws.pipes.event>"}`:    `{"e": "not \"JSON\""}`,
	} {
		if got, err := pipeevent.Render(template, []byte(`not "JSON"`)); err != nil || string(got) != want {
			t.Errorf("%s: got %s (%v), want %s", template, got, err, want)
		}
	}
	if got, err := pipeevent.Render(`{"e": "<aws.pipes.event>"}`, []byte(`{"a": "b"}`)); err != nil || string(got) != `{"e": "{\"a\": \"b\"}"}` {
		t.Errorf("an event in text: %s (%v)", got, err)
	}
	if got, err := pipeevent.Render(`id <$.id>`, []byte(`[{"id": 1}, {"id": "b"}]`)); err != nil || string(got) != `["id 1","id b"]` {
		t.Errorf("a batch of text: %s (%v)", got, err)
	}
}

func TestVariables(t *testing.T) {
	const template = `<aws.pipes.pipe-arn> <aws.pipes.pipe-name> <aws.pipes.source-arn> <aws.pipes.enrichment-arn> <aws.pipes.target-arn>`
	v := pipeevent.Variables{PipeArn: "p", PipeName: "n", SourceArn: "s", EnrichmentArn: "e", TargetArn: "t"}
	if got, err := v.Render(template, []byte(`{}`)); err != nil || string(got) != "p n s e t" {
		t.Errorf("got %s (%v)", got, err)
	}
	before := time.Now().Add(-time.Second)
	got, err := pipeevent.Render(`<aws.pipes.event.ingestion-time>`, []byte(`{}`))
	at, parseErr := time.Parse(`"`+time.RFC3339Nano+`"`, string(got))
	if err != nil || parseErr != nil || at.Before(before) || at.Location() != time.UTC {
		t.Errorf("ingestion time %s (%v, %v)", got, err, parseErr)
	}
}

func TestBadTemplates(t *testing.T) {
	for template, want := range map[string]string{
		``:                                   "template: it must have 1 to 8192 characters, got 0",
		strings.Repeat("é", 8193):            "template: it must have 1 to 8192 characters, got 8193",
		`{"a": <$.b}`:                        "template: <$.b} has no > at its end",
		`{"a": <b>}`:                         "template: <b> is neither a path",
		`{"a": <aws.pipes.name>}`:            "template: <aws.pipes.name> is neither a path",
		`{"a": <$>}`:                         "template: <$> is no path",
		`{"a": <$a>}`:                        "template: <$a> is no path",
		`{"a": <$.a.>}`:                      "template: <$.a.> is no path",
		`{"a": <$..a>}`:                      "template: <$..a> is no path",
		`{"a": <$.a[>}`:                      "template: <$.a[> is no path",
		`{"a": <$.a['b']>}`:                  "template: <$.a['b']> is no path",
		`{"a": <$.a[-1]>}`:                   "template: <$.a[-1]> is no path",
		`{"a": <$.a[?(@.b)]>}`:               "template: <$.a[?(@.b)]> is no path",
		`{"a": <$.a[99999999999999999999]>}`: "template: <$.a[99999999999999999999]> has an index",
		`{"a": <$.a> "b": 1}`:                "template: not valid JSON",
		`{"a": "b",}`:                        "template: not valid JSON",
		`{<$.a>: "b"}`:                       "template: not valid JSON",
		`[<$.a>`:                             "template: not valid JSON",
		`<aws.pipes.event.json>`:             "template: <aws.pipes.event.json> can only be the value",
		`{"a": "<aws.pipes.event.json>"}`:    "template: <aws.pipes.event.json> can only be the value",
		`text <aws.pipes.event.json>`:        "template: <aws.pipes.event.json> can only be the value",
	} {
		if got, err := pipeevent.Render(template, []byte(`{}`)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40s: %s, %v, want %q", template, got, err, want)
		}
	}
	if _, err := pipeevent.Render(strings.Repeat("é", 8192), []byte(`{}`)); err != nil {
		t.Error(err)
	}
	if pipeevent.CheckPath("$.a-b/c_d[0].*") != nil || pipeevent.CheckPath("$.a b") == nil {
		t.Error("paths are checked wrongly")
	}
}
