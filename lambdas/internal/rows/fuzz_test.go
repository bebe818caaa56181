package rows_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/rows"
)

// FuzzRanges holds that any two cuts give the rows that no cut gives.
func FuzzRanges(f *testing.F) {
	for _, content := range []string{
		"a,b\n1,2\n3,4\n", "\xef\xbb\xbfa,b\r\n1,2\r\n\r\n3,4", "b,a\n\"1\",\"2\"\"\"\n\"\n3,4\n\n\n", "", "\n", "\xef\xbb\xbf", "a,b",
		"a,a\n1,2\n", "{\"a\":1,\"b\":2}\n{}\n[]\n\n{\"a\":1,\"a\":2}",
	} {
		f.Add(content, uint(2), uint(5))
		f.Add(content, uint(4), uint(4))
	}
	f.Fuzz(func(t *testing.T, content string, one, other uint) {
		source := &text{content: content}
		size := uint(len(content)) + 1
		cuts := []int64{int64(one % size), int64(other % size)}
		slices.Sort(cuts)
		if content == "" {
			cuts = nil // There is but one range of nothing.
		}
		for _, format := range []rows.Format{rows.CSV, rows.JSONLines} {
			want, lines := read(t, source, format, []string{"a", "b"})
			source.wrap = iotest.OneByteReader
			got, linesOfParts := read(t, source, format, []string{"a", "b"}, cuts...)
			source.wrap = nil
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
				t.Errorf("%s cut at %v (-whole +cut):\n%s", format, cuts, diff)
			}
			if lines != linesOfParts {
				t.Errorf("%s cut at %v has %d lines, want %d", format, cuts, linesOfParts, lines)
			}
		}
	})
}

// FuzzCSV holds the values of a line to what the standard library reads in it.
func FuzzCSV(f *testing.F) {
	for _, line := range []string{"1,2", `"1","2"`, `"1""","2,3"`, `1"2,3`, `"1"2,3`, `"1,2`, "1,2,3", ",", "", `"",""`, "1", "\"a\"\"\",\"\"\"b\"", "1,2\r", "\"a\r\",b"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\n\x00") {
			t.Skip()
		}
		got, _ := read(t, &text{content: "a,b\n" + line + "\n"}, rows.CSV, []string{"a", "b"})
		library := csv.NewReader(strings.NewReader(line + "\n"))
		library.FieldsPerRecord = 2
		fields, err := library.Read()
		switch {
		case errors.Is(err, io.EOF): // The library passes over blank lines.
			if got[0].fault != rows.BlankLine {
				t.Errorf("%q is %+v, want a blank line", line, got)
			}
		case err != nil:
			if got[0].fault == "" {
				t.Errorf("%q is %+v, the library says %v", line, got, err)
			}
		case got[0].fault != "" || got[0].fields != strings.Join(fields, "|"):
			t.Errorf("%q is %+v, the library reads %q", line, got, fields)
		}
	})
}

// FuzzJSON holds the values of objects to what the standard library reads.
func FuzzJSON(f *testing.F) {
	for _, object := range []string{
		`{"a":1,"b":"2"}`, `{"b":"\u00e9","x":[{"a":[1,"]"]}],"a":-1e5}`, `{"a":null,"b":true}`, `{"a":{},"b":[]}`, `{"a":"\"","b":"\\"}`, `{"a" : 1 , "b" : 2 }`,
	} {
		f.Add(object)
	}
	f.Fuzz(func(t *testing.T, object string) {
		if strings.ContainsAny(object, "\n\r") {
			t.Skip()
		}
		got, _ := read(t, &text{content: object + "\n"}, rows.JSONLines, []string{"a", "b"})
		var library map[string]json.RawMessage
		err := json.Unmarshal([]byte(object), &library)
		if err != nil || library == nil {
			if got[0].fault == "" {
				t.Errorf("%q is %+v, the library says %v", object, got, err)
			}
			return
		}
		if got[0].fault != "" {
			return // What the library lets pass: other values, names twice, no such name.
		}
		var want [][]byte
		for _, name := range []string{"a", "b"} {
			var s string
			if json.Unmarshal(library[name], &s) != nil {
				s = string(library[name])
			}
			want = append(want, []byte(s))
		}
		// Text that is no UTF-8 comes through as it is, where nothing in it is escaped.
		if fields := strings.ToValidUTF8(string(bytes.Join(want, []byte("|"))), "�"); strings.ToValidUTF8(got[0].fields, "�") != fields && !strings.Contains(fields, "�") {
			t.Errorf("%q is %+v, the library reads %q", object, got, fields)
		}
	})
}

// FuzzArray holds that the elements of an array that is JSON are the library's.
func FuzzArray(f *testing.F) {
	for _, array := range []string{"[]", ` [ {"a":1,"b":2} , 7, "],", [[]] ] `, "[1,]", "[", "]", "[\"\\\\\"]", "[]\x00", "[1]\x00", "\x00[]"} {
		f.Add(array)
	}
	f.Fuzz(func(t *testing.T, array string) {
		got, _ := read(t, &text{content: array, wrap: iotest.OneByteReader}, rows.JSON, []string{"a"})
		var library []json.RawMessage
		if err := json.Unmarshal([]byte(array), &library); err == nil && library != nil {
			if len(got) != len(library) {
				t.Errorf("%q has %d rows, the library reads %d", array, len(got), len(library))
			}
			return
		}
		if !slices.ContainsFunc(got, func(r row) bool { return r.fault != "" }) {
			t.Errorf("%q is %+v, and not JSON", array, got)
		}
	})
}
