package pipeevent_test

import (
	"encoding/json"
	"strings"
	"testing"

	"refstack/constructs/pipeevent"
)

// FuzzMatch shows that no pattern and no event bring the matcher down, and that a
// pattern which was taken once is taken again as what it says of itself.
func FuzzMatch(f *testing.F) {
	f.Add(`{"a": [{"numeric": [">", 0, "<=", 5]}], "$or": [{"b": ["c"]}, {"d": {"e": [null]}}]}`, `{"a": 3, "b": ["c", {}]}`)
	f.Add(`{"body": {"a": [{"anything-but": {"wildcard": "a*\\*"}}, {"exists": false}]}}`, `{"body": "{\"a\": [[1, \"x\"]]}"}`)
	f.Add(`{"data": ["x", {"prefix": {"equals-ignore-case": "Σ"}}, {"cidr": "::/0"}]}`, `{"eventSource": "aws:kafka", "data": "eA=="}`)
	f.Fuzz(func(t *testing.T, pattern, event string) {
		p, err := pipeevent.ParsePattern(pattern)
		if err != nil {
			return
		}
		got, err := p.Match(event)
		if err != nil {
			if json.Valid([]byte(event)) && event[0] == '{' && !strings.Contains(err.Error(), "$or") {
				t.Errorf("%s is an object, and is refused: %v", event, err)
			}
			return
		}
		if again, err := pipeevent.Match(p.String(), event); err != nil || again != got {
			t.Errorf("%s by %s: %t, then %t (%v)", event, pattern, got, again, err)
		}
	})
}

// FuzzRender shows that a template of JSON stays JSON, whatever the event holds.
func FuzzRender(f *testing.F) {
	f.Add(`{"a": <$.body.a>, "b": "x<$.body>\"", "e": <aws.pipes.event.json>}`, `{"body": "{\"a\": \"\\u0000<>\\\\\"}"}`)
	f.Add(`<$.data[*].x>`, `{"data": [{"x": {"y": "\\"}}]}`)
	f.Add(`"<aws.pipes.event> <$.*>"`, `[{"data": "e30="}, 5, "x"]`)
	f.Fuzz(func(t *testing.T, template, event string) {
		out, err := pipeevent.Render(template, []byte(event))
		if err != nil {
			return
		}
		// With an empty event only the template decides: whether it is JSON or text.
		empty, err := pipeevent.Render(template, []byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		if json.Valid(empty) && template[0] == '{' && !json.Valid(out) {
			t.Errorf("%s of %s is not JSON: %s", template, event, out)
		}
	})
}
