package pipeevent_test

import (
	"testing"

	"refstack/constructs/pipeevent"
)

// Values keep the text in which they were written, however it may look.
func TestRenderEdges(t *testing.T) {
	const event = `{"eventSource": "aws:sqs", "body": "{\"big\": 1e400, \"one\": 1.0, \"id\": 12345678901234567890, \"u\": \"\\u00e9 \\ud83d\\ude00\", \"lone\": \"\\ud800\", \"lists\": [[1, 2], [3, [4]]], \"none\": [], \"lines\": \"a\\tb\\n\\\\c\", \"twice\": 1, \"twice\": 2, \"nested\": {\"q\\u0062\": \"x\\\"y\"}}"}`
	for template, want := range map[string]string{
		`{"a": <$.body.big>, "b": "<$.body.big>"}`:                          `{"a": 1e400, "b": "1e400"}`,
		`{"a": <$.body.one>, "b": "<$.body.one>"}`:                          `{"a": 1.0, "b": "1.0"}`,
		`{"a": <$.body.id>, "b": "<$.body.id>"}`:                            `{"a": 12345678901234567890, "b": "12345678901234567890"}`,
		`{"a": <$.body.u>, "b": "-<$.body.u>-"}`:                            `{"a": "\u00e9 \ud83d\ude00", "b": "-é 😀-"}`,
		`{"a": "<$.body.lone>"}`:                                            `{"a": "�"}`,
		`{"a": <$.body.lists>, "b": "<$.body.lists>"}`:                      `{"a": [[1, 2], [3, [4]]], "b": "[[1, 2], [3, [4]]]"}`,
		`{"a": <$.body.lists[1][1][0]>, "b": <$.body.lists[1][1][1]>}`:      `{"a": 4, "b": ""}`,
		`{"a": <$.body.lists[*][0]>, "b": <$.body.lists[*][*]>}`:            `{"a": [1,3], "b": [[1,2],[3,[4]]]}`,
		`{"a": <$.body.none>, "b": "<$.body.none>", "c": <$.body.none[*]>}`: `{"a": [], "b": "[]", "c": []}`,
		`{"a": <$.body.lines>, "b": "<$.body.lines>"}`:                      `{"a": "a\tb\n\\c", "b": "a\tb\n\\c"}`,
		`{"a": <$.body.twice>, "b": <$.body.nested.qb>}`:                    `{"a": 2, "b": "x\"y"}`,
		`{"a": "<$.body.one><$.body.missing><$.body.one>"}`:                 `{"a": "1.01.0"}`,
		`from <$.body.missing> to <$.body.one>`:                             `from  to 1.0`,
		`"from <$.body.missing> to"`:                                        `"from  to"`,
		`<$.body.missing>`:                                                  `""`,
		`"<$.body.lists>"`:                                                  `"[[1, 2], [3, [4]]]"`,
	} {
		if got, err := pipeevent.Render(template, []byte(event)); err != nil || string(got) != want {
			t.Errorf("%s:\ngot  %s (%v)\nwant %s", template, got, err, want)
		}
	}
}

// Values are compared as text, but for numeric and anything-but.
func TestMatchEdges(t *testing.T) {
	for pattern, events := range map[string]map[string]bool{
		`{"a": [1]}`:                       {`{"a": 1}`: true, `{"a": 1.0}`: false, `{"a": "1"}`: false, `{"a": [[1], 2]}`: true},
		`{"a": [1e400]}`:                   {`{"a": 1e400}`: true, `{"a": 1e401}`: false},
		`{"a": [{"numeric": ["=", 1]}]}`:   {`{"a": 1.0}`: true, `{"a": 1e0}`: true, `{"a": 1e400}`: false},
		`{"a": [{"numeric": [">", 0]}]}`:   {`{"a": 1e400}`: false, `{"a": 5e9}`: true},
		`{"a": [{"anything-but": 1}]}`:     {`{"a": 1.0}`: false, `{"a": 1e400}`: true},
		`{"a": [{"anything-but": 1e400}]}`: {`{"a": 1e400}`: false, `{"a": 1e401}`: true},
		`{"a": ["\u00e9"]}`:                {`{"a": "é"}`: true},
		`{"a": [{"exists": false}]}`:       {`{"a": []}`: true, `{"a": null}`: false},
		`{"a": [""]}`:                      {`{"a": ""}`: true, `{}`: false},
	} {
		for event, want := range events {
			if got, err := pipeevent.Match(pattern, event); err != nil || got != want {
				t.Errorf("%s on %s: %t (%v), want %t", pattern, event, got, err, want)
			}
		}
	}
}
