package distmap_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/mapreduce/local"
	"refstack/test/awstest"
	"refstack/test/distmap"
	"refstack/test/lambdatest"
)

var binaries = lambdatest.NewBinaries("../../lambdas/mapreduce/planner", "../../lambdas/mapreduce/mapper", "../../lambdas/mapreduce/reducer")

func TestMain(m *testing.M) { binaries.Main(m) }

// running are the functions at work on buckets.
type running struct {
	t  testing.TB
	s3 *awstest.S3
	// proxies are between the functions and S3, by the name of the function.
	proxies      map[string]*awstest.Proxy
	plan, reduce *lambdatest.Function
	mappers      []*lambdatest.Function
	machine      distmap.Machine
}

func start(t testing.TB, env map[string]string) *running {
	t.Helper()
	r := &running{t: t, s3: awstest.StartS3(t), proxies: map[string]*awstest.Proxy{}}
	r.s3.CreateBucket("input", true)
	r.s3.CreateBucket("plain", false)
	r.s3.CreateBucket("work", true)
	r.s3.CreateBucket("results", true)
	for _, name := range []string{"planner", "mapper", "reducer"} {
		r.proxies[name] = awstest.StartProxy(t, r.s3.URL)
	}
	r.plan = r.function("planner", nil, map[string]string{"SPLIT_BYTES": "100000", "BATCH_BYTES": "200000", "MAX_BATCH_BYTES": "1000000"}, env)
	r.reduce = r.function("reducer", nil, map[string]string{
		"RESULT_BUCKET": "results", "RESULT_PREFIX": "results/", "MAX_FILES": "1000",
	}, env)
	for range 2 {
		r.mappers = append(r.mappers, r.function("mapper", nil))
	}
	r.machine = distmap.Machine{
		S3: r.s3, WorkBucket: "work", Plan: r.plan.Invoke, Reduce: r.reduce.Invoke, FilesPerBatch: 4,
		Map: func(ctx context.Context, batch, _ int, input []byte) ([]byte, error) {
			return r.mappers[batch%len(r.mappers)].Invoke(ctx, input)
		},
	}
	return r
}

// function starts one behind proxy, which defaults to that of its kind.
func (r *running) function(name string, proxy *awstest.Proxy, envs ...map[string]string) *lambdatest.Function {
	r.t.Helper()
	if proxy == nil {
		proxy = r.proxies[name]
	}
	all := map[string]string{"AWS_ENDPOINT_URL_S3": proxy.URL, "AWS_MAX_ATTEMPTS": "1", "WORK_BUCKET": "work"}
	for _, env := range envs {
		for key, value := range env {
			all[key] = value
		}
	}
	return lambdatest.Start(r.t, binaries.Path(r.t, name), &lambdatest.Options{
		Env: all, MemoryMiB: 128, Timeout: time.Minute, FunctionName: name,
	})
}

// put drops an object and returns the planner's event for it.
func (r *running) put(bucket, key, content string) map[string]any {
	r.t.Helper()
	version := r.s3.Put(bucket, key, []byte(content), nil)
	event := map[string]any{"run": fmt.Sprintf("run-%d", rand.Uint64()), "bucket": bucket, "key": key}
	if version != "" {
		event["versionId"] = version
	}
	return event
}

// run runs the machine, and returns the document.
func (r *running) run(event map[string]any) (map[string]any, distmap.Summary) {
	r.t.Helper()
	_, summary, err := r.machine.Run(r.t.Context(), event)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.document(summary), summary
}

func (r *running) document(summary distmap.Summary) map[string]any {
	r.t.Helper()
	text, _, ok := r.s3.Get(summary.Result.Bucket, summary.Result.Key)
	if !ok {
		r.t.Fatalf("there is no result at %v", summary.Result)
	}
	return parse(r.t, text)
}

// parse keeps numbers as they are written.
func parse(t testing.TB, text []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var document map[string]any
	if err := decoder.Decode(&document); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return document
}

// locally is the document of the same content on this machine.
func locally(t testing.TB, name, content string) map[string]any {
	t.Helper()
	file := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := local.Command(t.Context(), "mapreduce", []string{"-tolerated-bad-rows-percentage", "100", file}, &stdout, &stderr); code != 0 {
		t.Fatalf("code %d: %s", code, &stderr)
	}
	return parse(t, stdout.Bytes())
}

// same holds two documents to each other, but for what they say of the run.
func same(t testing.TB, want, got map[string]any) {
	t.Helper()
	for _, part := range []string{"job", "rows", "result"} {
		if diff := cmp.Diff(want[part], got[part]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", part, diff)
		}
	}
}

// million has a million games, and rows of every bad kind between them.
var million = sync.OnceValue(func() string {
	random := rand.New(rand.NewPCG(6, 7))
	var content strings.Builder
	content.WriteString("Game Number,Game Length\n")
	for i := range 1_000_000 {
		length := random.IntN(300)
		switch i % 10 {
		case 3:
			fmt.Fprintf(&content, "%d,%d.%d\n", i, length, random.IntN(1000))
		case 7:
			fmt.Fprintf(&content, "\"%d\",\"%d\"\r\n", i, length)
		default:
			fmt.Fprintf(&content, "%d,%d\n", i, length)
		}
		switch i % 50_000 {
		case 777:
			content.WriteString("1,\"2\n")
		case 7777:
			content.WriteString("1\n")
		case 17777:
			content.WriteString("\n")
		case 27777:
			content.WriteString("x,1\n")
		case 37777:
			content.WriteString("Game Number,Game Length\n")
		}
	}
	return content.String()
})

const tolerant = "TOLERATED_BAD_ROWS_PERCENTAGE"

// awk calculates the result anew, from the rows that are plain numbers.
const awk = `
NR > 1 { gsub(/["\r]/, "") }
NR > 1 && /^[0-9]+,[0-9]+(\.[0-9]+)?$/ && $0 != "1,2" || plain[NR] {
	n++; s += $2 * 1000; if (n == 1 || $2 < least) least = $2; if ($2 > most) most = $2
	class = int($2 / 10); h[class > 24 ? 24 : class]++
}
END {
	printf "%d %.0f %s %s", n, s, least, most
	for (i = 0; i < 25; i++) printf " %d", h[i]
}`

func TestAMillionRows(t *testing.T) {
	content := million()
	r := start(t, map[string]string{tolerant: "0.01"})
	document, summary := r.run(r.put("input", "games.csv", content))
	if summary.Outcome != "succeeded" || summary.Splits.Planned < 100 || summary.Splits.Counted != summary.Splits.Planned {
		t.Errorf("the summary is %+v", summary)
	}
	same(t, locally(t, "games.csv", content), document)

	calculate := exec.Command("awk", "-F,", awk)
	// A row whose quote is never closed is bad to us, and to awk a number.
	calculate.Stdin = strings.NewReader(strings.ReplaceAll(content, "1,\"2\n", "bad\n"))
	output, err := calculate.Output()
	if err != nil {
		t.Fatal(err)
	}
	result := document["result"].(map[string]any)
	sum, _, _ := strings.Cut(fmt.Sprint(result["sum"]), ".")
	_, fraction, _ := strings.Cut(fmt.Sprint(result["sum"]), ".")
	got := fmt.Sprintf("%v %s%s %v %v", result["count"], sum, (fraction + "000")[:3], result["min"], result["max"])
	histogram := make([]string, 25)
	for i := range histogram {
		histogram[i] = "0"
	}
	for _, class := range result["histogram"].([]any) {
		from, _ := class.(map[string]any)["from"].(json.Number).Int64()
		histogram[from/10] = fmt.Sprint(class.(map[string]any)["count"])
	}
	if got += " " + strings.Join(histogram, " "); got != string(output) {
		t.Errorf("the functions say\n%s\nawk says\n%s", got, output)
	}
}

// TestDisturbedRuns lets a tenth of the batches fail once, come twice, and die
// half way, and holds the result to that of an undisturbed run.
func TestDisturbedRuns(t *testing.T) {
	content := million()
	r := start(t, map[string]string{tolerant: "0.01"})
	want := locally(t, "games.csv", content)

	sick := awstest.StartProxy(t, r.s3.URL)
	sick.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{Status: 503, Code: "SlowDown"} })
	failing := r.function("mapper", sick)

	deadly := awstest.StartProxy(t, r.s3.URL)
	var half context.CancelFunc
	reads := 0
	deadly.Fault(func(awstest.Call) *awstest.Fault {
		if reads++; reads%2 == 1 {
			return &awstest.Fault{CutAfter: 50_000} // The mapper reads on from there …
		}
		half() // … and is killed.
		return &awstest.Fault{Delay: time.Minute}
	})
	dying := r.function("mapper", deadly)

	var disturbing sync.Mutex
	disturbed := map[string]int{}
	healthy := r.machine.Map
	r.machine.Map = func(ctx context.Context, batch, attempt int, input []byte) ([]byte, error) {
		kind := ""
		if attempt == 0 {
			kind = map[int]string{1: "fails once", 4: "dies half way"}[batch%10]
		}
		if kind == "" {
			return healthy(ctx, batch, attempt, input)
		}
		disturbing.Lock()
		defer disturbing.Unlock()
		function := failing
		if kind == "dies half way" {
			function = dying
			ctx, half = context.WithCancel(ctx)
			defer half()
		}
		output, err := function.Invoke(ctx, input)
		if err == nil {
			t.Errorf("batch %d, which %s, succeeds", batch, kind)
		}
		disturbed[kind]++
		return output, err
	}
	r.machine.Change = func(m *distmap.Map) {
		m.Writer.PerFile = 7
		m.Twice = func(batch int) bool { return batch%10 == 8 }
	}
	for _, files := range []string{"1000", "3"} {
		r.reduce = r.function("reducer", nil, map[string]string{
			"RESULT_BUCKET": "results", "RESULT_PREFIX": "results/", "MAX_FILES": files, tolerant: "0.01",
		})
		r.machine.Reduce = r.reduce.Invoke
		document, summary := r.run(r.put("input", "games.csv", content))
		if summary.Splits.Duplicates == 0 || disturbed["fails once"] < 5 || disturbed["dies half way"] < 5 {
			t.Errorf("the run was not disturbed: %+v, %v", summary.Splits, disturbed)
		}
		same(t, want, document)
	}
}

func TestRedrive(t *testing.T) {
	content := million()
	r := start(t, map[string]string{tolerant: "0.01"})
	healthy := r.machine.Map
	broken := true
	r.machine.Map = func(ctx context.Context, batch, attempt int, input []byte) ([]byte, error) {
		if broken && batch%6 == 2 {
			return nil, errors.New("the function is throttled")
		}
		return healthy(ctx, batch, attempt, input)
	}
	event := r.put("input", "games.csv", content)
	plan, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	run, _, err := r.machine.Run(t.Context(), event)
	if !errors.Is(err, distmap.ErrThreshold) {
		t.Fatalf("the map ends with %v", err)
	}
	broken = false
	manifest, err := run.Redrive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Planning again, as after a retry, is the same plan.
	planned, err := r.plan.Invoke(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := r.machine.End(t.Context(), planned, manifest)
	if err != nil {
		t.Fatal(err)
	}
	same(t, locally(t, "games.csv", content), r.document(summary))
}

// TestSlowStorage holds that a function answers, and is not ended. That it does so in
// time, a test in virtual time holds: a busy machine may take the second that is left.
func TestSlowStorage(t *testing.T) {
	r := start(t, nil)
	event := r.put("input", "games.csv", "Game Number,Game Length\n1,30\n")
	if _, summary := r.run(event); summary.Outcome != "succeeded" {
		t.Fatalf("%+v", summary)
	}
	planned, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	for name, input := range map[string]string{
		"planner": string(planned),
		"mapper":  `{"BatchInput":{"run":"r"},"Items":[{"index":0,"bucket":"input","key":"games.csv","format":"csv","size":9,"start":0,"end":9}]}`,
		"reducer": `{"plan":{"run":"r","splits":1,"plan":{"bucket":"work","key":"k"}},"manifest":{"Bucket":"work","Key":"k"}}`,
	} {
		r.proxies[name].Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{Delay: time.Minute} })
		function := lambdatest.Start(t, binaries.Path(t, name), &lambdatest.Options{
			Env: map[string]string{
				"AWS_ENDPOINT_URL_S3": r.proxies[name].URL, "WORK_BUCKET": "work", "SPLIT_BYTES": "100000", "BATCH_BYTES": "200000", "MAX_BATCH_BYTES": "1000000",
				"RESULT_BUCKET": "results", "MAX_FILES": "10",
			},
			Timeout: 3 * time.Second, Grace: 30 * time.Second,
		})
		var invoke *lambdatest.InvokeError
		if _, err := function.Invoke(t.Context(), []byte(input)); !errors.As(err, &invoke) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFailuresThatAreTolerated(t *testing.T) {
	r := start(t, map[string]string{tolerant: "0.01", "TOLERATED_FAILURES": "4"})
	healthy := r.machine.Map
	lost := 2
	r.machine.Map = func(ctx context.Context, batch, attempt int, input []byte) ([]byte, error) {
		if batch < lost {
			return nil, errors.New("it always fails")
		}
		return healthy(ctx, batch, attempt, input)
	}
	r.machine.Change = func(m *distmap.Map) { m.ToleratedFailures = 100 }
	document, summary := r.run(r.put("input", "games.csv", million()))
	if summary.Outcome != "succeeded" || summary.Splits.Planned-summary.Splits.Counted != 4 {
		t.Errorf("4 of 4 splits may be missing: %+v", summary)
	}
	if diff := cmp.Diff(map[string]any{"Lambda.Unknown": json.Number("2")}, document["run"].(map[string]any)["failures"]); diff != "" {
		t.Errorf("failures: %s", diff)
	}
	lost = 3
	if document, summary = r.run(r.put("input", "games.csv", million())); summary.Outcome != "failed" || document["outcome"] != "failed" ||
		summary.Cause != fmt.Sprintf("6 of %d splits are missing", summary.Splits.Planned) {
		t.Errorf("6 of 4 splits may be missing: %+v", summary)
	}
}
