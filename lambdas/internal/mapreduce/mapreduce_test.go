package mapreduce_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
)

// sum adds up numbers.
var sum = mapreduce.Job[int64, int64]{
	Name:    "sum",
	Columns: []string{"a"},
	Parse: func(fields [][]byte) (int64, error) {
		n, err := rows.Integer(fields[0], 1e9)
		return n, rows.In("a", err)
	},
	Map:    func(a int64) int64 { return a },
	Reduce: func(b, c int64) int64 { return b + c },
}

// objects are sources by key.
type objects map[string]text

func (o objects) source(split mapreduce.Split) (rows.Source, error) {
	if o[split.Key] == "" {
		return nil, fmt.Errorf("there is no %q", split.Key)
	}
	return o[split.Key], nil
}

// plan cuts objects in the order of keys.
func (o objects) plan(bytes int64, keys ...string) (plan []mapreduce.Split) {
	for _, key := range keys {
		plan = mapreduce.Cut(plan, mapreduce.Object{Key: key, Size: o[key].Size(), Format: rows.CSV}, bytes)
	}
	return plan
}

func mapped(t testing.TB, o objects, splits ...mapreduce.Split) mapreduce.Output {
	t.Helper()
	output, err := sum.MapBatch(t.Context(), mapreduce.Batch{Input: mapreduce.BatchInput{Run: "run"}, Items: splits}, o.source)
	if err != nil {
		t.Fatal(err)
	}
	// As it comes out of a file.
	text, err := json.Marshal(output)
	if err != nil {
		t.Fatal(err)
	}
	var back mapreduce.Output
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func newTotal(t testing.TB, splits int) *mapreduce.Total[int64, int64] {
	t.Helper()
	total, err := mapreduce.NewTotal(sum, "run", splits)
	if err != nil {
		t.Fatal(err)
	}
	return total
}

func add(t testing.TB, total *mapreduce.Total[int64, int64], outputs ...mapreduce.Output) {
	t.Helper()
	for _, output := range outputs {
		if err := total.Add(output); err != nil {
			t.Fatal(err)
		}
	}
}

func document(t testing.TB, total *mapreduce.Total[int64, int64], plan []mapreduce.Split, tolerances mapreduce.Tolerances) mapreduce.Document {
	t.Helper()
	d, err := total.Document(inOrder(plan), nil, tolerances)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func tolerance(t testing.TB, count, percentage string) mapreduce.Tolerance {
	t.Helper()
	tolerance, err := mapreduce.ParseTolerance(count, percentage)
	if err != nil {
		t.Fatal(err)
	}
	return tolerance
}

// two are objects with good and bad rows, more bad ones than are told of.
func two() objects {
	var first, second strings.Builder
	first.WriteString("a,b\n")
	second.WriteString("\xef\xbb\xbfb,a\r\n")
	for i := range 200 {
		fmt.Fprintf(&first, "%d,\"x\"\n", i)
		fmt.Fprintf(&second, "y,%d\r\n", i)
		if i%9 == 7 {
			first.WriteString("1\n\nz,1\n")
			second.WriteString("y,\"\r\n")
		}
	}
	return objects{"one.csv": text(first.String()), "two.csv": text(second.String())}
}

// TestAnyCutsBatchesAndOrder holds the document to that of one batch, however
// the work is cut up, ordered and repeated, on one level or on two.
func TestAnyCutsBatchesAndOrder(t *testing.T) {
	o := two()
	whole := o.plan(1<<20, "one.csv", "two.csv")
	total := newTotal(t, len(whole))
	add(t, total, mapped(t, o, whole...))
	want := document(t, total, whole, mapreduce.Tolerances{})
	if want.Result != int64(2*199*100) || want.Rows.Good != 400 || want.Rows.Bad != 22*4 || len(want.Rows.Sample) != 20 {
		t.Fatalf("the whole is %+v", want)
	}
	wantReasons := map[string]int64{"blank-line": 22, "not-a-number": 22, "open-quote": 22, "wrong-number-of-columns": 22}
	if diff := cmp.Diff(wantReasons, want.Rows.Reasons); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(mapreduce.Located{Key: "one.csv", Row: 10, Offset: 52, Reason: rows.WrongColumns}, want.Rows.Sample[0]); diff != "" {
		t.Error(diff)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		plan := o.plan(1+random.Int64N(700), "one.csv", "two.csv")
		var outputs []mapreduce.Output
		for rest := plan; len(rest) > 0; {
			n := 1 + random.IntN(min(5, len(rest)))
			outputs = append(outputs, mapped(t, o, rest[:n]...))
			rest = rest[n:]
		}
		outputs = append(outputs, outputs[:random.IntN(len(outputs))]...)
		random.Shuffle(len(outputs), func(i, j int) { outputs[i], outputs[j] = outputs[j], outputs[i] })

		flat, upper := newTotal(t, len(plan)), newTotal(t, len(plan))
		add(t, flat, outputs...)
		lower := newTotal(t, len(plan))
		add(t, lower, outputs[:len(outputs)/2]...)
		level, err := lower.Output([]mapreduce.File{{Key: "f"}})
		if err != nil {
			t.Fatal(err)
		}
		add(t, upper, level)
		add(t, upper, outputs...) // Those of the level are known.
		for name, total := range map[string]*mapreduce.Total[int64, int64]{"flat": flat, "tree": upper} {
			got := document(t, total, plan, mapreduce.Tolerances{})
			if got.Run.Planned != len(plan) || got.Run.Counted != len(plan) || got.Run.Objects != 2 || got.Run.Bytes != want.Run.Bytes {
				t.Fatalf("%s: %+v", name, got.Run)
			}
			got.Run = want.Run
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s in %d splits (-one batch +many):\n%s", name, len(plan), diff)
			}
		}
		if flat.Duplicates == 0 && len(outputs) > len(plan) {
			t.Fatal("no duplicates are seen")
		}
	}
}

func TestMissingSplits(t *testing.T) {
	o := two()
	plan := o.plan(100, "one.csv", "two.csv")
	lost := 1
	run := func(count, percentage string) mapreduce.Document {
		total := newTotal(t, len(plan))
		for i, split := range plan {
			if i != lost {
				add(t, total, mapped(t, o, split))
			}
		}
		return document(t, total, plan, mapreduce.Tolerances{Splits: tolerance(t, count, percentage), Rows: tolerance(t, "", "100")})
	}
	d := run("", "")
	if d.Outcome != mapreduce.Failed || d.Cause != fmt.Sprintf("1 of %d splits are missing", len(plan)) {
		t.Errorf("a split is missing: %s, %s", d.Outcome, d.Cause)
	}
	if d := run("1", ""); d.Outcome != mapreduce.Succeeded || d.Run.Counted != len(plan)-1 {
		t.Errorf("a split may be missing: %s, %s", d.Outcome, d.Cause)
	}
	numbers := map[string]int{}
	for _, bad := range d.Rows.Sample {
		if bad.Row > 0 {
			numbers[bad.Key]++
		}
	}
	// Nobody knows how many lines the missing one has, but before it, and in the
	// next object, that does not matter.
	first := 0
	for _, bad := range d.Rows.Sample {
		if bad.Key == "one.csv" && bad.Offset < 200 {
			first++
		}
	}
	if numbers["one.csv"] != first || first == 0 || first == len(d.Rows.Sample) {
		t.Errorf("rows have numbers: %+v", d.Rows.Sample)
	}
	lost = 0
	if d = run("0", "100"); d.Outcome != mapreduce.Failed {
		t.Error("none may be missing, but it succeeded")
	}
}

func TestTolerance(t *testing.T) {
	line := func(good, bad int) objects {
		return objects{"x.csv": text("a\n" + strings.Repeat("1\n", good) + strings.Repeat("x\n", bad))}
	}
	for _, c := range []struct {
		count, percentage string
		good, bad         int
		want              mapreduce.Outcome
	}{
		{"", "", 10, 0, mapreduce.Succeeded},
		{"", "", 10, 1, mapreduce.Failed},
		{"3", "", 0, 3, mapreduce.Succeeded},
		{"3", "", 9999, 4, mapreduce.Failed},
		{"", "0.1", 999, 1, mapreduce.Succeeded},
		{"", "0.1", 998, 1, mapreduce.Failed},
		{"", "33.333333333", 2, 1, mapreduce.Failed},
		{"", "33.333333334", 2, 1, mapreduce.Succeeded},
		{"", "33.333333333333336", 2, 1, mapreduce.Succeeded}, // 100.0 / 3, as the stack writes it
		{"", "100", 0, 5, mapreduce.Succeeded},
		{"", "0", 10, 1, mapreduce.Failed},
		{"", "0", 10, 0, mapreduce.Succeeded},
		{"2", "10", 18, 2, mapreduce.Succeeded},
		{"1", "10", 18, 2, mapreduce.Failed},
		{"2", "9.9", 18, 2, mapreduce.Failed},
	} {
		o := line(c.good, c.bad)
		plan := o.plan(500, "x.csv")
		total := newTotal(t, len(plan))
		for _, split := range plan {
			add(t, total, mapped(t, o, split))
		}
		d := document(t, total, plan, mapreduce.Tolerances{Rows: tolerance(t, c.count, c.percentage)})
		if d.Outcome != c.want || (d.Cause == "") != (c.want == mapreduce.Succeeded) || d.Rows.Read != int64(c.good+c.bad) {
			t.Errorf("%d bad of %d, with %q and %q tolerated: %s, %s", c.bad, c.good+c.bad, c.count, c.percentage, d.Outcome, d.Cause)
		}
	}
	for _, c := range [][2]string{{"-1", ""}, {"x", ""}, {"1.5", ""}, {"", "-1"}, {"", "100.1"}, {"", "1e1"}, {"", "1."}, {"", "1/2"}, {"", " 1"}, {"", "101"}} {
		if _, err := mapreduce.ParseTolerance(c[0], c[1]); err == nil {
			t.Errorf("%q: no error", c)
		}
	}
}

func TestInvalidBatches(t *testing.T) {
	good := mapreduce.Split{Object: mapreduce.Object{Key: "k", Size: 9, Format: rows.CSV}, End: 9}
	for name, change := range map[string]func(*mapreduce.Batch){
		"no run":        func(b *mapreduce.Batch) { b.Input.Run = "" },
		"no items":      func(b *mapreduce.Batch) { b.Items = nil },
		"no key":        func(b *mapreduce.Batch) { b.Items[0].Key = "" },
		"no format":     func(b *mapreduce.Batch) { b.Items[0].Format = "" },
		"index":         func(b *mapreduce.Batch) { b.Items[0].Index = -1 },
		"large index":   func(b *mapreduce.Batch) { b.Items[0].Index = mapreduce.MaxSplits },
		"before it":     func(b *mapreduce.Batch) { b.Items[0].Start = -1 },
		"behind it":     func(b *mapreduce.Batch) { b.Items[0].End = 10 },
		"backwards":     func(b *mapreduce.Batch) { b.Items[0].Start, b.Items[0].End = 5, 4 },
		"a split twice": func(b *mapreduce.Batch) { b.Items = append(b.Items, b.Items[0]) },
	} {
		batch := mapreduce.Batch{Input: mapreduce.BatchInput{Run: "r"}, Items: []mapreduce.Split{good}}
		change(&batch)
		var invalid *mapreduce.InvalidBatchError
		if _, err := sum.MapBatch(t.Context(), batch, nil); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	good := mapreduce.Output{Run: "run", Splits: []mapreduce.Counted{{Index: 1, Lines: 5}}, Partial: "7"}
	for name, change := range map[string]func(*mapreduce.Output){
		"another run":    func(o *mapreduce.Output) { o.Run = "other" },
		"no such split":  func(o *mapreduce.Output) { o.Splits = []mapreduce.Counted{{Index: 2}} },
		"negative split": func(o *mapreduce.Output) { o.Splits = []mapreduce.Counted{{Index: -1}} },
		"negative lines": func(o *mapreduce.Output) { o.Splits = []mapreduce.Counted{{Lines: -1}} },
		"no partial":     func(o *mapreduce.Output) { o.Partial = "" },
		"other partial":  func(o *mapreduce.Output) { o.Partial = `{"x":1}` },
	} {
		total := newTotal(t, 2)
		output := good
		change(&output)
		if err := total.Add(output); err == nil {
			t.Errorf("%s: no error", name)
		}
		add(t, total, good) // What was refused is not counted.
		if d, _ := total.Output(nil); d.Partial != "7" || len(d.Splits) != 1 {
			t.Errorf("%s: the total is %+v", name, d)
		}
	}
	total := newTotal(t, 2)
	add(t, total, good)
	both := mapreduce.Output{Run: "run", Splits: []mapreduce.Counted{{Index: 0}, {Index: 1, Lines: 5}}, Partial: "8"}
	if err := total.Add(both); !errors.Is(err, mapreduce.ErrOverlap) {
		t.Errorf("counted in part: %v", err)
	}
	if _, err := mapreduce.NewTotal(sum, "run", mapreduce.MaxSplits+1); err == nil {
		t.Error("a total of too many splits")
	}
}

func TestDocumentHoldsThePlan(t *testing.T) {
	o := two()
	plan := o.plan(500, "one.csv")
	for name, wrong := range map[string][]mapreduce.Split{
		"short": plan[:2], "long": append(plan[:len(plan):len(plan)], mapreduce.Split{Index: len(plan)}), "order": {plan[1], plan[0]},
	} {
		if _, err := newTotal(t, len(plan)).Document(inOrder(wrong), nil, mapreduce.Tolerances{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	broken := errors.New("broken")
	failing := func(yield func(mapreduce.Split, error) bool) { yield(mapreduce.Split{}, broken) }
	if _, err := newTotal(t, 1).Document(failing, nil, mapreduce.Tolerances{}); !errors.Is(err, broken) {
		t.Errorf("a plan that cannot be read: %v", err)
	}
}

func TestCut(t *testing.T) {
	plan := mapreduce.Cut(nil, mapreduce.Object{Key: "a", Size: 10, Format: rows.CSV}, 4)
	plan = mapreduce.Cut(plan, mapreduce.Object{Key: "b", Size: 10, Format: rows.JSON}, 4)
	plan = mapreduce.Cut(plan, mapreduce.Object{Key: "c", Format: rows.JSONLines}, 4)
	plan = mapreduce.Cut(plan, mapreduce.Object{Key: "d", Size: 4, Format: rows.JSONLines}, 4)
	got := ""
	for _, s := range plan {
		got += fmt.Sprintf("%d:%s%d-%d ", s.Index, s.Key, s.Start, s.End)
	}
	if want := "0:a0-4 1:a4-8 2:a8-10 3:b0-10 4:c0-0 5:d0-4 "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestErrorsOfJobAndSource(t *testing.T) {
	o := objects{"x.csv": "a\n1\n2\n"}
	odd := sum
	odd.Parse = func([][]byte) (int64, error) { return 0, errors.New("it holds Ada Lovelace") }
	output, err := odd.MapBatch(t.Context(), mapreduce.Batch{Input: mapreduce.BatchInput{Run: "r"}, Items: o.plan(99, "x.csv")}, o.source)
	if err != nil || output.Rows.Reasons[rows.Refused] != 2 {
		t.Errorf("rows that the job refuses: %+v, %v", output, err)
	}
	if text, _ := json.Marshal(output); strings.Contains(string(text), "Ada") {
		t.Errorf("the output quotes an error of the job: %s", text)
	}
	missing := mapreduce.Batch{Input: mapreduce.BatchInput{Run: "r"}, Items: o.plan(99, "x.csv")}
	missing.Items[0].Key = "y.csv"
	if _, err := sum.MapBatch(t.Context(), missing, o.source); err == nil {
		t.Error("a source that is not there: no error")
	}
}
