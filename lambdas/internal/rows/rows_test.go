package rows_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/rows"
)

// text is a source in memory. wrap, if set, changes how it is read.
type text struct {
	content string
	wrap    func(io.Reader) io.Reader
	opened  int64 // bytes that were asked for
}

func (s *text) Size() int64 { return int64(len(s.content)) }

func (s *text) Open(_ context.Context, from, to int64) (io.ReadCloser, error) {
	if from < 0 || from >= to || to > s.Size() {
		return nil, fmt.Errorf("a range from %d to %d of %d", from, to, s.Size())
	}
	s.opened += to - from
	var r io.Reader = strings.NewReader(s.content[from:to])
	if s.wrap != nil {
		r = s.wrap(r)
	}
	return io.NopCloser(r), nil
}

var wanted = []string{"Game Number", "Game Length"}

// row is what a test sees of one.
type row struct {
	fields string
	fault  string
	offset int64
}

// read returns the rows of ranges between the cuts, and how many lines each has.
func read(t testing.TB, source rows.Source, format rows.Format, columns []string, cuts ...int64) (all []row, numbers int64) {
	t.Helper()
	bounds := append(append([]int64{0}, cuts...), source.Size())
	for i, start := range bounds[:len(bounds)-1] {
		r, err := rows.NewReader(t.Context(), source, format, columns, start, bounds[i+1])
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() {
			one := row{offset: r.Offset()}
			if fault := r.Fault(); fault != nil {
				one.fault = fault.Error()
			} else {
				one.fields = string(bytes.Join(r.Fields(), []byte("|")))
			}
			all = append(all, one)
		}
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		numbers += r.Number()
		r.Close()
	}
	return all, numbers
}

const head = "Game Number,Game Length\n"

func TestHostileCSV(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"plain":                  {head + "1,30\n2,45.5\n", []string{"1|30", "2|45.5"}},
		"no newline at the end":  {head + "1,30\n2,45.5", []string{"1|30", "2|45.5"}},
		"CRLF":                   {"Game Number,Game Length\r\n1,30\r\n2,45\r\n", []string{"1|30", "2|45"}},
		"CRLF here and there":    {head + "1,30\r\n2,45\n", []string{"1|30", "2|45"}},
		"byte order mark":        {"\xef\xbb\xbf" + head + "1,30\n", []string{"1|30"}},
		"mark before quotes":     {"\xef\xbb\xbf\"Game Number\",\"Game Length\"\n1,30\n", []string{"1|30"}},
		"mark alone":             {"\xef\xbb\xbf", []string{"empty-object"}},
		"empty":                  {"", []string{"empty-object"}},
		"one newline":            {"\n", []string{"Game Number: missing-column"}},
		"header only":            {head, nil},
		"header without newline": {"Game Number,Game Length", nil},
		"blanks in the header":   {"Game Number, Game Length\n1,30\n", []string{"1|30"}},
		"other columns":          {"A,Game Length,\"B, C\",Game Number,\n1,2,3,4,5\n1,2,\"3\",4,\"5\"\n", []string{"4|2", "4|2"}},
		"duplicate column":       {"Game Number,Game Length,Game Length\n1,2,3\n", []string{"Game Length: duplicate-column", "under-bad-header"}},
		"duplicate that nobody wants": {"Game Number,Game Length,x,x\n1,2,3,4\n",
			[]string{"duplicate-column", "under-bad-header"}},
		"missing column":        {"Game Number,Length\n1,2\n3,4\n", []string{"Game Length: missing-column", "under-bad-header", "under-bad-header"}},
		"header that is none":   {"1,30\n2,45\n", []string{"Game Number: missing-column", "under-bad-header"}},
		"header with a quote":   {"Game Number,\"Game Length\n1,2\n", []string{"open-quote", "under-bad-header"}},
		"too few":               {head + "1\n2,45\n", []string{"wrong-number-of-columns", "2|45"}},
		"too many":              {head + "1,2,3\n2,45\n4,5,\n1,2,3,4,5\n", []string{"wrong-number-of-columns", "2|45", "wrong-number-of-columns", "wrong-number-of-columns"}},
		"too many, with quotes": {head + "1,\"2\",3\n\"4\"\n", []string{"wrong-number-of-columns", "wrong-number-of-columns"}},
		"empty values":          {head + ",\n", []string{"|"}},
		"blank lines":           {head + "\n1,30\n\r\n\n", []string{"blank-line", "1|30", "blank-line", "blank-line"}},
		"quoted":                {head + "\"1\",\"30\"\n2,\"4\"\"5\"\n3,\"a,b\"\n4,\"\"\n5,\"\"\"\"\n", []string{"1|30", "2|4\"5", "3|a,b", "4|", "5|\""}},
		"both quoted twice":     {head + "\"a\"\"b\",\"c\"\"d\"\n", []string{"a\"b|c\"d"}},
		"quote never closed":    {head + "1,\"30\n2,45\n3,60\n", []string{"open-quote", "2|45", "3|60"}},
		"newline in quotes":     {head + "1,\"3\n0\"\n2,45\n", []string{"open-quote", "bare-quote", "2|45"}},
		"quote within":          {head + "1,3\"0\n1,\"3\"0\n2,45\n", []string{"bare-quote", "bare-quote", "2|45"}},
		"only a quote":          {head + "\"\n1,\"\n", []string{"open-quote", "open-quote"}},
		"8 MB in one line":      {head + "1,30\n2," + strings.Repeat("4", 8<<20) + "\n3,60\n", []string{"1|30", "row-too-long", "3|60"}},
		"8 MB in quotes":        {head + "2,\"" + strings.Repeat("\"\"", 4<<20) + "\n3,60\n", []string{"row-too-long", "3|60"}},
		"8 MB without newline":  {head + "1,30\n" + strings.Repeat("4", 8<<20), []string{"1|30", "row-too-long"}},
		"8 MB of header":        {strings.Repeat("4", 8<<20) + "\n1,2\n", []string{"row-too-long", "under-bad-header"}},
		"the longest line":      {head + "1," + strings.Repeat("4", rows.MaxRow-2) + "\n3,60\n", []string{"1|" + strings.Repeat("4", rows.MaxRow-2), "3|60"}},
		"one byte longer":       {head + "1," + strings.Repeat("4", rows.MaxRow-1) + "\n3,60\n", []string{"row-too-long", "3|60"}},
	} {
		t.Run(name, func(t *testing.T) { check(t, c.content, rows.CSV, c.want) })
	}
}

func TestHostileJSON(t *testing.T) {
	const first = `{"Game Number": 1, "Game Length": "30"}`
	for name, c := range map[string]struct {
		content string
		format  rows.Format
		want    []string
	}{
		"lines":              {first + "\n" + `{"x":{"Game Number":[9]},"Game Length":4.5,"Game Number":2}` + "\r\n", rows.JSONLines, []string{"1|30", "2|4.5"}},
		"mark":               {"\xef\xbb\xbf" + first, rows.JSONLines, []string{"1|30"}},
		"no lines":           {"", rows.JSONLines, []string{"empty-object"}},
		"escapes":            {`{"Game\u0020Number":"\u0031","Game Length":"\"","y":"\\"}`, rows.JSONLines, []string{`1|"`}},
		"empty text":         {`{"Game Number":"","Game Length":""}`, rows.JSONLines, []string{"|"}},
		"missing":            {`{"Game Number":1}`, rows.JSONLines, []string{"Game Length: missing-field"}},
		"empty object":       {"{}", rows.JSONLines, []string{"Game Number: missing-field"}},
		"twice":              {`{"Game Number":1,"Game Length":2,"Game Number":3}`, rows.JSONLines, []string{"Game Number: duplicate-field"}},
		"null":               {`{"Game Number":null,"Game Length":2}`, rows.JSONLines, []string{"Game Number: not-a-value"}},
		"true":               {`{"Game Number":1,"Game Length":true}`, rows.JSONLines, []string{"Game Length: not-a-value"}},
		"nested":             {`{"Game Number":1,"Game Length":[30]}`, rows.JSONLines, []string{"Game Length: not-a-value"}},
		"no object":          {"[1,2]\n7\n\"x\"\nnull\n", rows.JSONLines, []string{"not-a-json-object", "not-a-json-object", "not-a-json-object", "not-a-json-object"}},
		"two on a line":      {first + first, rows.JSONLines, []string{"not-a-json-object"}},
		"cut off":            {first + "\n" + first[:20] + "\n" + first, rows.JSONLines, []string{"1|30", "not-a-json-object", "1|30"}},
		"blank line":         {first + "\n\n \n", rows.JSONLines, []string{"1|30", "blank-line", "blank-line"}},
		"array":              {"[" + first + "," + first + "]", rows.JSON, []string{"1|30", "1|30"}},
		"array with blanks":  {"\xef\xbb\xbf [\n " + first + " ,\r\n\t" + first + "\n]\n ", rows.JSON, []string{"1|30", "1|30"}},
		"empty array":        {" [ ] ", rows.JSON, nil},
		"empty document":     {"", rows.JSON, []string{"not-a-json-array"}},
		"an object":          {first, rows.JSON, []string{"not-a-json-array"}},
		"brackets in text":   {`[{"x":"]},{\"","Game Number":1,"Game Length":"2"}]`, rows.JSON, []string{"1|2"}},
		"never closed":       {"[" + first + "," + first, rows.JSON, []string{"1|30", "open-array"}},
		"closed by a brace":  {"[" + first + "}", rows.JSON, []string{"open-array"}},
		"comma at the end":   {"[" + first + ",]", rows.JSON, []string{"1|30", "blank-line"}},
		"two commas":         {"[" + first + ",," + first + "]", rows.JSON, []string{"1|30", "blank-line", "1|30"}},
		"no comma":           {"[" + first + " " + first + "]", rows.JSON, []string{"not-a-json-object"}},
		"text behind":        {"[" + first + "] x", rows.JSON, []string{"1|30", "text-after-array"}},
		"two arrays":         {"[" + first + "][]", rows.JSON, []string{"1|30", "text-after-array"}},
		"a bad element":      {"[" + first + ",{a}," + first + "]", rows.JSON, []string{"1|30", "not-a-json-object", "1|30"}},
		"8 MB in an element": {"[" + first + ",{\"x\":\"" + strings.Repeat("\\\"", 4<<20) + "\"}," + first + "]", rows.JSON, []string{"1|30", "row-too-long", "1|30"}},
		"8 MB of blanks":     {"[" + strings.Repeat(" ", 8<<20) + first + "]" + strings.Repeat("\n", 1<<20), rows.JSON, []string{"1|30"}},
		"deep":               {"[" + strings.Repeat("[", 1<<17) + "]", rows.JSON, []string{"open-array"}},
	} {
		t.Run(name, func(t *testing.T) { check(t, c.content, c.format, c.want) })
	}
}

// check holds the rows of content to want, however the source hands them over.
func check(t *testing.T, content string, format rows.Format, want []string) {
	t.Helper()
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole":      nil,
		"data, EOF":  iotest.DataErrReader,
		"in halves":  iotest.HalfReader,
		"breaks off": breaking(3000),
	} {
		got, _ := read(t, &text{content: content, wrap: wrap}, format, wanted)
		var seen []string
		for _, row := range got {
			seen = append(seen, row.fields+row.fault)
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("%s (-want +got):\n%.2000s", name, diff)
		}
	}
}

// breaking makes streams that break off after n bytes.
func breaking(n int64) func(io.Reader) io.Reader {
	return func(r io.Reader) io.Reader {
		return io.MultiReader(io.LimitReader(r, n), iotest.ErrReader(errors.New("connection reset")))
	}
}

func TestOffsetsAndNumbers(t *testing.T) {
	content := "\xef\xbb\xbf" + head + "1,30\r\n\n2,\"x\n3,60"
	got, numbers := read(t, &text{content: content}, rows.CSV, wanted)
	want := []row{{"1|30", "", 27}, {"", "blank-line", 33}, {"", "open-quote", 34}, {"3|60", "", 39}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
	if numbers != 5 {
		t.Errorf("%d lines, want 5", numbers)
	}
	if got, _ := read(t, &text{content: ` [ 1 , {"Game Number":1}]x`}, rows.JSON, wanted); got[0].offset != 3 || got[1].offset != 7 || got[2].offset != 25 {
		t.Errorf("offsets of elements: %v", got)
	}
}

func TestRangesReadLittleMoreThanTheirs(t *testing.T) {
	source := &text{content: head + strings.Repeat("1,30\n", 1<<20)}
	if _, err := rows.NewReader(t.Context(), source, rows.CSV, wanted, 1<<20, 2<<20); err != nil {
		t.Fatal(err)
	}
	source.opened = 0
	read(t, source, rows.CSV, wanted, 1<<20, 2<<20, 3<<20, 4<<20)
	if more := source.opened - source.Size(); more > 5*192<<10 {
		t.Errorf("%d bytes more than the source has were asked for", more)
	}
}

func TestMemoryDoesNotGrow(t *testing.T) {
	source := &text{content: head + strings.Repeat("\"1\"\"\",\"30\"\"\"\n", 500_000)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := rows.NewReader(t.Context(), source, rows.CSV, wanted, 0, source.Size())
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; r.Number() != 500_001 || n > 1<<20 {
		t.Errorf("%d lines took %d bytes", r.Number(), n)
	}
}

// TestCloseReadsTheLittleThatIsLeft holds what lets a connection be used again.
func TestCloseReadsTheLittleThatIsLeft(t *testing.T) {
	content := head + strings.Repeat("1,30\n", 400_000)
	for end, most := range map[int64]int64{300_000: 0, int64(len(content)): 1 << 20} {
		var body bytes.Reader
		r, err := rows.NewReader(t.Context(), &text{content: content, wrap: func(of io.Reader) io.Reader {
			all, _ := io.ReadAll(of)
			body.Reset(all)
			return &body
		}}, rows.CSV, wanted, 0, end)
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() && (end == 300_000 || r.Number() < 10) {
		}
		r.Close()
		if left := int64(body.Len()); most == 0 && left > 0 || left < most {
			t.Errorf("of a range to %d, %d bytes are left when it is closed", end, left)
		}
	}
}

func TestLongLineIsPassedOverAtOnce(t *testing.T) {
	source := &text{content: head + strings.Repeat("1", 64<<20) + "\n1,2\n"}
	r, err := rows.NewReader(t.Context(), source, rows.CSV, wanted, 1<<20, 2<<20)
	if err != nil {
		t.Fatal(err)
	}
	if r.Next() || r.Err() != nil {
		t.Error("a row begins within the long line")
	}
	if source.opened > 2<<20 {
		t.Errorf("%d bytes were asked for: only those of the range can begin a row", source.opened)
	}
}

// TestWideHeader has many splits read a header as wide as may be. A look at all names
// for each of them would not end while the tests run.
func TestWideHeader(t *testing.T) {
	var names, values strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&names, "%x,", i)
		values.WriteString("0,")
	}
	content := names.String() + head + values.String() + "1,30\n"
	for range 200 {
		all, _ := read(t, &text{content: content}, rows.CSV, wanted)
		if len(all) != 1 || all[0].fields != "1|30" {
			t.Fatalf("the rows are %v", all)
		}
	}
}

func TestBrokenSources(t *testing.T) {
	content := head + strings.Repeat("1,30\n", 1000)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"nothing comes": func(io.Reader) io.Reader { return iotest.ErrReader(errors.New("connection reset")) },
		"ends early":    func(io.Reader) io.Reader { return strings.NewReader("") },
	} {
		r, err := rows.NewReader(t.Context(), &text{content: content, wrap: wrap}, rows.CSV, wanted, 0, int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() {
			t.Fatalf("%s: there is a row, or a fault: %v", name, r.Fault())
		}
		if r.Err() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// The header of a later range is as necessary as the rows.
	if _, err := rows.NewReader(t.Context(), &text{content: content, wrap: func(io.Reader) io.Reader {
		return iotest.ErrReader(io.ErrClosedPipe)
	}}, rows.CSV, wanted, 100, 200); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("reading the header: %v", err)
	}
}

func TestNewReaderRefuses(t *testing.T) {
	source := &text{content: head}
	for name, c := range map[string]struct {
		format     rows.Format
		columns    []string
		start, end int64
	}{
		"format":          {"xml", wanted, 0, 1},
		"no columns":      {rows.CSV, nil, 0, 1},
		"negative":        {rows.CSV, wanted, -1, 1},
		"behind the end":  {rows.CSV, wanted, 0, 100},
		"backwards":       {rows.CSV, wanted, 3, 2},
		"part of a JSON":  {rows.JSON, wanted, 0, 1},
		"rest of a JSON":  {rows.JSON, wanted, 1, int64(len(head))},
		"far, and no row": {rows.JSONLines, wanted, 50, 50},
	} {
		if _, err := rows.NewReader(t.Context(), source, c.format, c.columns, c.start, c.end); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestExplain(t *testing.T) {
	for content, want := range map[string]string{
		head + head:                  rows.RepeatedHeader,
		head + "\xef\xbb\xbf" + head: rows.RepeatedHeader,
		head + "x,30\n":              "Game Number: not-a-number",
	} {
		r, err := rows.NewReader(t.Context(), &text{content: content}, rows.CSV, wanted, 0, int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		r.Next()
		_, err = rows.Integer(r.Fields()[0], 9)
		if got := r.Explain(rows.In(wanted[0], err)).Error(); got != want {
			t.Errorf("%q: %s, want %s", content, got, want)
		}
	}
}
