package orders

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// batch is the documented record of a table's stream, once for each change of its
// image.
func batch(t *testing.T, changes ...func(image map[string]any)) []json.RawMessage {
	t.Helper()
	text, err := os.ReadFile("testdata/batch.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []json.RawMessage
	for _, change := range changes {
		var records []map[string]any
		if err := json.Unmarshal(text, &records); err != nil {
			t.Fatal(err)
		}
		change(records[0]["dynamodb"].(map[string]any)["NewImage"].(map[string]any))
		record, err := json.Marshal(records[0])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, record)
	}
	return out
}

func same(map[string]any) {}

// enrich also returns the log.
func enrich(t *testing.T, records []json.RawMessage) (answer, log string) {
	t.Helper()
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	defer slog.SetDefault(before)
	placed, err := Enrich(context.Background(), records)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(placed)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), out.String()
}

func TestEnrich(t *testing.T) {
	answer, log := enrich(t, batch(t, same))
	want := `[{"eventId":"7de3041dd709b024af6f29e4fa13d34c","orderId":"o-1","customer":"c-7","currency":"EUR","lines":2,"total":2190}]`
	if answer != want || log != "" {
		t.Errorf("got %s and %s, want %s", answer, log, want)
	}
}

func TestNothingIsAnEmptyList(t *testing.T) {
	rehearsal := func(image map[string]any) { image["test"] = map[string]any{"BOOL": true} }
	if answer, log := enrich(t, batch(t, rehearsal, rehearsal)); answer != "[]" || log != "" {
		t.Errorf("rehearsals: %s and %s", answer, log)
	}
	if answer, _ := enrich(t, nil); answer != "[]" {
		t.Errorf("no records: %s", answer)
	}
	if answer, _ := enrich(t, batch(t, func(image map[string]any) { image["test"] = map[string]any{"BOOL": false} })); answer == "[]" {
		t.Error("an order that says it is no rehearsal is left out")
	}
}

// A record that is no order must not send the good ones of its batch round again.
func TestPoisonedRecords(t *testing.T) {
	set := func(name string, value any) func(map[string]any) {
		return func(image map[string]any) { image[name] = value }
	}
	number := func(n string) map[string]any { return map[string]any{"N": n} }
	lines := func(quantity, price any) func(map[string]any) {
		return set("lines", map[string]any{"L": []any{map[string]any{"M": map[string]any{"quantity": quantity, "price": price}}}})
	}
	for want, change := range map[string]func(map[string]any){
		"id must be a text":                                                 func(image map[string]any) { delete(image, "id") },
		"customer must be a text":                                           set("customer", number("7")),
		"currency must be a text":                                           set("currency", map[string]any{"S": ""}),
		"lines must be a list of 1 to 1000":                                 set("lines", map[string]any{"L": []any{}}),
		"lines[0] must be a map":                                            set("lines", map[string]any{"L": []any{map[string]any{"S": "x"}}}),
		"lines[0]: quantity must be a number":                               lines(map[string]any{"S": "2"}, number("1")),
		"lines[0]: price must be a number":                                  lines(number("1"), map[string]any{"NULL": true}),
		"lines[0]: quantity must be a whole number":                         lines(number("1.5"), number("1")),
		"lines[0]: price must be a whole number from 0":                     lines(number("1"), number("-1")),
		"lines[0]: quantity must be a whole number from 0 to 1099511627776": lines(number("1099511627777"), number("1")),
		"lines[0] comes to too much":                                        lines(number("1099511627776"), number("2")),
		"not a record of a table's stream":                                  set("customer", "c-7"),
	} {
		answer, log := enrich(t, batch(t, same, change, same))
		if strings.Count(answer, "eventId") != 2 {
			t.Errorf("%s: the good records became %s", want, answer)
		}
		if !strings.Contains(log, want) || !strings.Contains(log, `"Rejected":1`) || strings.Contains(log, "c-7") {
			t.Errorf("the log is %s, want %q in it", log, want)
		}
	}
	for _, attribute := range []string{`{"L": [5]}`, `{"L": 5}`, `{"M": {"a": 5}}`, `{"M": 5}`, `{"SS": 5}`, `{"NS": [1]}`, `{"BOOL": "x"}`, `{"B": 5}`, `{"BS": [5]}`, `{"S": 5}`, `{"N": 5}`, `{"NULL": 5}`, `5`, `[]`} {
		text := `{"eventID": "e", "dynamodb": {"NewImage": {"id": ` + attribute + `}}}`
		if answer, log := enrich(t, []json.RawMessage{json.RawMessage(text)}); answer != "[]" || !strings.Contains(log, `"Rejected":1`) {
			t.Errorf("%s: %s and %s", text, answer, log)
		}
	}
	unnamed := strings.Replace(string(batch(t, same)[0]), `"eventID"`, `"id"`, 1)
	for _, text := range []string{unnamed, `{"eventID": "e", "dynamodb": {"NewImage": {"test": null}}}`, `{"eventID": "e", "dynamodb": {"NewImage": null}}`, `5`, `null`, `"x"`, `{}`, `[]`, `{"eventID": 5}`, `{"eventID": "e", "dynamodb": {"NewImage": {"id": {}}}}`, `{"eventID": "e", "dynamodb": {"NewImage": {"id": {"X": 1}}}}`} {
		records := append(batch(t, same), json.RawMessage(text))
		if answer, log := enrich(t, records); strings.Count(answer, "eventId") != 1 || !strings.Contains(log, `"Rejected":1`) {
			t.Errorf("%s: %s and %s", text, answer, log)
		}
	}
}

func TestTooManyLines(t *testing.T) {
	line := map[string]any{"M": map[string]any{"quantity": map[string]any{"N": "1"}, "price": map[string]any{"N": "1"}}}
	for n, want := range map[int]string{1000: `"lines":1000,"total":1000`, 1001: `[]`} {
		all := make([]any, n)
		for i := range all {
			all[i] = line
		}
		answer, _ := enrich(t, batch(t, func(image map[string]any) { image["lines"] = map[string]any{"L": all} }))
		if !strings.Contains(answer, want) {
			t.Errorf("%d lines: %s", n, answer)
		}
	}
}

func FuzzEnrich(f *testing.F) {
	text, err := os.ReadFile("testdata/batch.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text[1 : len(text)-2]))
	f.Add(`{"eventID": "e", "dynamodb": {"NewImage": {"id": {"S": "o"}, "test": {"BOOL": true}}}}`)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, record string) {
		placed, err := Enrich(context.Background(), []json.RawMessage{json.RawMessage(record)})
		if err != nil || placed == nil || len(placed) > 1 {
			t.Fatalf("%v and %v", placed, err)
		}
		for _, p := range placed {
			if diff := cmp.Diff(true, p.OrderID != "" && p.Total >= 0 && p.Lines > 0); diff != "" {
				t.Errorf("%+v is no order", p)
			}
		}
	})
}
