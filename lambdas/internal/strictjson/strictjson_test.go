package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/problem"
)

// read parses body as an object whose fields a and b are texts of at most 5
// characters, and a is required.
func read(body []byte) (map[string]string, error) {
	texts := map[string]string{}
	err := Parse(body, "thing", func(p *Parser) {
		for key, value := range p.Fields([]string{"a", "b"}, []string{"a"}) {
			if key != "a" && key != "b" {
				p.Fault(Pointer(key), "is unknown")
				continue
			}
			texts[key] = p.Text(Pointer(key), value, 1, 5)
		}
	})
	return texts, err
}

func TestFaults(t *testing.T) {
	fault := func(pointer, detail string) []problem.Fault {
		return []problem.Fault{{Pointer: pointer, Detail: detail}}
	}
	for body, want := range map[string][]problem.Fault{
		``:                                 fault("#", "is not a whole JSON value"),
		" \n":                              fault("#", "is not a whole JSON value"),
		`{"a":"x"`:                         fault("#", "is not a whole JSON value"),
		`{"a":"x"} {}`:                     fault("#", "is not JSON at byte 11"),
		`{"a":"x",}`:                       fault("#", "is not a whole JSON value"),
		`{'a':'x'}`:                        fault("#", "is not JSON at byte 2"),
		"\ufeff" + `{"a":"x"}`:             fault("#", "is not JSON at byte 1"),
		"{\"a\":\"\xff\"}":                 fault("#", "is not UTF-8"),
		"{\"a\":\"\xed\xa0\x80\"}":         fault("#", "is not UTF-8"),
		`{"a":"\ud83d"}`:                   fault("#", `has half a character, a \u escape of one surrogate`),
		`{"a":"\ude00\ud83d"}`:             fault("#", `has half a character, a \u escape of one surrogate`),
		`{"\ud83d":"x"}`:                   fault("#", `has half a character, a \u escape of one surrogate`),
		strings.Repeat("[", 9):             fault("#", "nests deeper than 8 levels"),
		strings.Repeat(`{"a":`, 9):         fault("#", "nests deeper than 8 levels"),
		`[[[[[[[[]]]]]]]]`:                 fault("#", "must be an object"),
		`null`:                             fault("#", "must be an object"),
		`"a"`:                              fault("#", "must be an object"),
		`{}`:                               fault("#/a", "is required"),
		`{"A":"x"}`:                        {{Pointer: "#/A", Detail: "is unknown"}, {Pointer: "#/a", Detail: "is required"}},
		`{"a":"x","a":"x"}`:                fault("#/a", "is there twice"),
		`{"a":"x","\u0061":"y"}`:           fault("#/a", "is there twice"),
		`{"a":""}`:                         fault("#/a", "must have 1 to 5 characters, has 0"),
		`{"a":"üüüüüü"}`:                   fault("#/a", "must have 1 to 5 characters, has 6"),
		`{"a":null}`:                       fault("#/a", "must be a string"),
		`{"a":1e400}`:                      fault("#/a", "must be a string"),
		`{"a":"x","b":["y"]}`:              fault("#/b", "must be a string"),
		`{"a":"x","c~/ü":1}`:               fault("#/c~0~1%C3%BC", "is unknown"),
		`{"a":"x","":1}`:                   fault("#/", "is unknown"),
		long(100):                          fault("#/"+strings.Repeat("k", 100), "is unknown"),
		long(101):                          fault("#", "is unknown"),
		`{"a":"x","c":1,"c":2}`:            {{Pointer: "#/c", Detail: "is unknown"}, {Pointer: "#/c", Detail: "is unknown"}},
		`{"b":1,"b":"\ud83d\ude00","a":2}`: {{Pointer: "#/b", Detail: "must be a string"}, {Pointer: "#/b", Detail: "is there twice"}, {Pointer: "#/a", Detail: "must be a string"}},
	} {
		_, err := read([]byte(body))
		var p *problem.Problem
		if !errors.As(err, &p) || p.Kind != problem.InvalidBody {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if diff := cmp.Diff(want, p.Faults); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
		detail := "The body is malformed."
		if well := wellFormed([]byte(body)); well == nil {
			detail = "The body is not a valid thing."
		}
		if p.Detail != detail {
			t.Errorf("%s: %s", body, p.Detail)
		}
	}
}

func long(n int) string { return fmt.Sprintf(`{"a":"x",%q:1}`, strings.Repeat("k", n)) }

func TestManyFaultsAreToldAtOnceButNotAll(t *testing.T) {
	var body strings.Builder
	body.WriteString(`{"a":"x"`)
	for n := range 1000 {
		fmt.Fprintf(&body, `,"k%d":1`, n)
	}
	body.WriteString(`}`)
	_, err := read([]byte(body.String()))
	var p *problem.Problem
	if !errors.As(err, &p) || len(p.Faults) != MaxFaults {
		t.Errorf("%v", err)
	}
}

func TestFieldsMayBeLeft(t *testing.T) {
	if err := Parse([]byte(`{"a":1,"b":2}`), "thing", func(p *Parser) {
		for range p.Fields([]string{"a"}, []string{"a", "c"}) {
			return
		}
	}); err != nil {
		t.Error(err)
	}
}

func TestEscapesInStrings(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":"\ud83d\ude00"}`:        "😀",
		`{"a":"\\ud83"}`:              `\ud83`,
		`{"a":"\\\ud83d\ude00\\"}`:    `\😀\`,
		`{"a":"\ufffd"}`:              "\ufffd",
		`{"a":"\u0000"}`:              "\x00",
		`{"a":"[[\"{["}`:              `[["{[`,
		`{"\u0061":"a"}`:              "a",
		" \t\r\n{ \"a\" : \"a\" } \n": "a",
	} {
		if got, err := read([]byte(body)); err != nil || got["a"] != want {
			t.Errorf("%s: %q %v", body, got["a"], err)
		}
	}
	if err := wellFormed([]byte(`"` + strings.Repeat("[{", 50) + `\"` + strings.Repeat("[{", 50) + `"`)); err != nil {
		t.Errorf("brackets in a string: %v", err)
	}
	for _, body := range []string{`{"a":"\ud83d\\ude00"}`, `{"a":"\ud83dx\ude00"}`, `{"a":"\ud83d\ud83d\ude00"}`, `{"a":"a\udfff"}`} {
		if _, err := read([]byte(body)); err == nil {
			t.Errorf("%s is accepted", body)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a":"x"}`, `{"a":"x","b":"y"}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, `{"a":"\\ud83d"}`, `{"a":"x","a":"y"}`, `{"A":"x"}`,
		`[[[[[[[[[[`, `{"a":"]]]{{"}`, "\xff", `{"a":"x"}{}`, `{"a":[null]}`, ``, `null`, `{"a":"\"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		texts, err := read(body)
		if err != nil {
			var p *problem.Problem
			if !errors.As(err, &p) || p.Kind != problem.InvalidBody || len(p.Faults) == 0 || len(p.Faults) > MaxFaults || len(p.JSON("")) > 16<<10 {
				t.Errorf("%v", err)
			}
			return
		}
		// What is accepted says the same to a parser that is not ours.
		var theirs map[string]string
		if err := json.Unmarshal(body, &theirs); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if diff := cmp.Diff(theirs, texts); diff != "" {
			t.Error(diff)
		}
		if strings.Count(texts["a"]+texts["b"], "\ufffd") > strings.Count(strings.ToLower(string(body)), `\ufffd`)+strings.Count(string(body), "\ufffd") {
			t.Error("a character was replaced")
		}
		if !slices.Contains([]int{1, 2}, len(texts)) || texts["a"] == "" {
			t.Errorf("%v", texts)
		}
	})
}
