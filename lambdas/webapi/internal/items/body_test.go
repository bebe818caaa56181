package items

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/problem"
	"refstack/lambdas/internal/strictjson"
)

func FuzzParseContent(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a"}`, `{"name":"a","note":"n","tags":["x","y"]}`, `{"name":"\ud83d\ude00"}`, `{"name":"\ud83d"}`, `{"name":"\\ud83d"}`,
		`{"name":"a","name":"b"}`, `{"Name":"a"}`, `[[[[[[[[[[`, `{"name":"]]]]{{{{"}`, "\xff", `{"name":"a"}{}`, `{"tags":[null]}`, ``, `null`, `{"a":"\"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		content, err := parseContent(body)
		if err != nil {
			var p *problem.Problem
			if !errors.As(err, &p) || p.Kind != problem.InvalidBody || len(p.Faults) == 0 || len(p.Faults) > strictjson.MaxFaults || len(p.JSON("")) > 16<<10 {
				t.Errorf("%v", err)
			}
			return
		}
		// What is accepted says the same to a parser that is not ours.
		theirs := Content{Tags: []string{}}
		if err := json.Unmarshal(body, &theirs); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if diff := cmp.Diff(theirs, content); diff != "" {
			t.Error(diff)
		}
		if n := utf8.RuneCountInString(content.Name); n < 1 || n > maxName {
			t.Errorf("a name of %d characters", n)
		}
		if utf8.RuneCountInString(content.Note) > maxNote || len(content.Tags) > maxTags {
			t.Errorf("%d characters, %d tags", len(content.Note), len(content.Tags))
		}
		// And it stays the same when it is written and read again.
		text, err := encode(content)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseContent(text); err != nil || cmp.Diff(content, again) != "" {
			t.Error(err, cmp.Diff(content, again))
		}
	})
}

func TestEscapesInStrings(t *testing.T) {
	for body, want := range map[string]string{
		`{"name":"\ud83d\ude00"}`:           "😀",
		`{"name":"\\ud83d"}`:                `\ud83d`,
		`{"name":"\\\ud83d\ude00\\"}`:       `\😀\`,
		`{"name":"\u0000"}`:                 "\x00",
		`{"name":"{[{[{[{[{[\"{[{[{[{[{["}`: `{[{[{[{[{["{[{[{[{[{[`,
		`{"n\u0061me":"a"}`:                 "a",
		" \t\r\n{ \"name\" : \"a\" } \n":    "a",
	} {
		if got, err := parseContent([]byte(body)); err != nil || got.Name != want {
			t.Errorf("%s: %q %v", body, got.Name, err)
		}
	}
	for _, body := range []string{`{"name":"\ud83d\\ude00"}`, `{"name":"\ud83dx\ude00"}`, `{"name":"\ud83d\ud83d\ude00"}`, `{"name":"a\udfff"}`,
		`{"name":"\ufffd"}`, "{\"name\":\"\ufffd\"}", `{"name":"a","note":"b\uFFFD"}`, "{\"name\":\"a\",\"tags\":[\"\ufffd\"]}"} {
		if got, err := parseContent([]byte(body)); err == nil {
			t.Errorf("%s: %q", body, got.Name)
		}
	}
}
