package reducing_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/mapreduce/games"
	"refstack/lambdas/mapreduce/internal/reducing"
	"refstack/test/awstest"
)

const (
	mapRun  = "runs/by-hand-1/map/ad9b5f27-090b-3ac6-9beb-243cd77144a7/"
	planKey = "runs/by-hand-1/plan.jsonl"
	result  = "results/by-hand-1.json"
)

type fixtures struct {
	t     testing.TB
	s3    *awstest.S3
	proxy *awstest.Proxy
	env   map[string]string
}

// start puts the files of testdata where the result writer puts them.
func start(t testing.TB) *fixtures {
	t.Helper()
	f := &fixtures{t: t, s3: awstest.StartS3(t), env: map[string]string{
		"WORK_BUCKET": "work", "RESULT_BUCKET": "results", "RESULT_PREFIX": "results/", "MAX_FILES": "10",
		"TOLERATED_BAD_ROWS": "1", "TOLERATED_FAILURES_PERCENTAGE": "34",
	}}
	f.s3.CreateBucket("work", true)
	f.s3.CreateBucket("results", true)
	f.proxy = awstest.StartProxy(t, f.s3.URL)
	for _, name := range []string{"manifest.json", "SUCCEEDED_0.jsonl", "SUCCEEDED_1.jsonl", "FAILED_0.jsonl"} {
		f.s3.Put("work", mapRun+name, []byte(f.read(name)), nil)
	}
	f.s3.Put("work", planKey, []byte(f.read("plan.jsonl")), nil)
	return f
}

func (f *fixtures) read(name string) string {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}

func (f *fixtures) handle(event string) (string, error) {
	f.t.Helper()
	config, err := reducing.ConfigFromEnv(func(name string) string { return f.env[name] })
	if err != nil {
		f.t.Fatal(err)
	}
	client := s3.New(s3.Options{
		BaseEndpoint: &f.proxy.URL, Region: "us-east-1", UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
	})
	var e reducing.Event
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		f.t.Fatal(err)
	}
	answer, err := reducing.New(client, games.Job, config).Handle(f.t.Context(), e)
	if err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text) + "\n", nil
}

func (f *fixtures) want(event, fixture string) {
	f.t.Helper()
	got, err := f.handle(f.read(event))
	if err != nil {
		f.t.Fatal(err)
	}
	if diff := cmp.Diff(f.read(fixture), got); diff != "" {
		f.t.Errorf("%s: %s", fixture, diff)
	}
}

func (f *fixtures) wantDocument() {
	f.t.Helper()
	document, _, _ := f.s3.Get("results", result)
	if diff := cmp.Diff(f.read("document.json"), string(document)+"\n"); diff != "" {
		f.t.Error(diff)
	}
}

func TestEndOfARun(t *testing.T) {
	f := start(t)
	f.want("event.json", "summary.json")
	f.wantDocument()
	f.want("event.json", "summary.json") // Once more, as after a timeout.
	f.wantDocument()
}

func TestFailuresAsAnArray(t *testing.T) {
	f := start(t)
	line := strings.TrimSpace(f.read("FAILED_0.jsonl"))
	f.s3.Put("work", mapRun+"FAILED_0.jsonl", []byte("[\n"+line+",\n{\"Status\":\"PENDING\",\"Input\":\"{}\"}]"), nil)
	f.want("event.json", "summary.json")
	document, _, _ := f.s3.Get("results", result)
	if !regexp.MustCompile(`"InputChangedError": 1,\s+"PENDING": 1`).Match(document) {
		t.Errorf("the failures are not told: %s", document)
	}
}

func TestTolerances(t *testing.T) {
	for name, c := range map[string]struct {
		env   map[string]string
		cause string
	}{
		"rows":   {map[string]string{"TOLERATED_BAD_ROWS": "0"}, "1 of 6 rows are bad"},
		"splits": {map[string]string{"TOLERATED_FAILURES_PERCENTAGE": "33.3"}, "1 of 3 splits are missing"},
		"both":   {map[string]string{"TOLERATED_BAD_ROWS": "", "TOLERATED_FAILURES": "0"}, "1 of 3 splits are missing\n1 of 6 rows are bad"},
	} {
		f := start(t)
		for key, value := range c.env {
			f.env[key] = value
		}
		answer, err := f.handle(f.read("event.json"))
		var summary reducing.Summary
		if err := errors.Join(err, json.Unmarshal([]byte(answer), &summary)); err != nil {
			t.Fatal(err)
		}
		if summary.Outcome != mapreduce.Failed || summary.Cause != c.cause {
			t.Errorf("%s: %+v", name, summary)
		}
		// The document is there all the same: it has the sample.
		if document, _, ok := f.s3.Get("results", result); !ok || !strings.Contains(string(document), `"outcome": "failed"`) {
			t.Errorf("%s: the document is %s", name, document)
		}
	}
}

func TestTree(t *testing.T) {
	f := start(t)
	f.env["MAX_FILES"] = "1"
	answer, err := f.handle(f.read("event.json"))
	if err != nil {
		t.Fatal(err)
	}
	if got := regexp.MustCompile(`[0-9a-f]{32}`).ReplaceAllString(answer, "LEVEL"); got != f.read("tree.json") {
		t.Errorf("the answer is %s", got)
	}
	var summary reducing.Summary
	if err := json.Unmarshal([]byte(answer), &summary); err != nil {
		t.Fatal(err)
	}
	files, _, _ := f.s3.Get(summary.Files.Bucket, summary.Files.Key)
	if want := fmt.Sprintf("{\"Key\":\"%[1]sSUCCEEDED_0.jsonl\",\"Size\":1}\n{\"Key\":\"%[1]sSUCCEEDED_1.jsonl\",\"Size\":1}\n", mapRun); string(files) != want {
		t.Errorf("the files are %s", files)
	}
	if keys := f.s3.Keys("results"); len(keys) > 0 {
		t.Errorf("there is a result before the end: %v", keys)
	}
}

// level reduces some of the files and returns the line of its result file.
func (f *fixtures) level(names ...string) string {
	f.t.Helper()
	event := reducing.Event{Input: reducing.LevelInput{Run: "by-hand-1", Splits: 3}}
	for _, name := range names {
		event.Items = append(event.Items, mapreduce.File{Key: mapRun + name})
	}
	text, err := json.Marshal(event)
	if err != nil {
		f.t.Fatal(err)
	}
	answer, err := f.handle(string(text))
	if err != nil {
		f.t.Fatal(err)
	}
	if len(answer) > 1000 {
		f.t.Errorf("a level returns %d bytes", len(answer))
	}
	return answer
}

func TestLevels(t *testing.T) {
	f := start(t)
	if _, err := f.handle(f.read("level-event.json")); err != nil {
		t.Fatal(err)
	}
	// Split 1 is in both files: two levels that each have one overlap.
	for name, lines := range map[string]string{
		"one level":         f.level("SUCCEEDED_0.jsonl", "SUCCEEDED_1.jsonl"),
		"overlapping":       f.level("SUCCEEDED_0.jsonl") + f.level("SUCCEEDED_1.jsonl"),
		"twice":             f.level("SUCCEEDED_1.jsonl") + f.level("SUCCEEDED_0.jsonl") + f.level("SUCCEEDED_1.jsonl"),
		"mixed with leaves": f.level("SUCCEEDED_0.jsonl") + f.read("SUCCEEDED_1.jsonl"),
	} {
		f.s3.Put("work", mapRun+"SUCCEEDED_2.jsonl", []byte(lines), nil)
		f.s3.Put("work", mapRun+"manifest.json", []byte(fmt.Sprintf(
			`{"DestinationBucket":"work","ResultFiles":{"FAILED":[{"Key":"%[1]sFAILED_0.jsonl"}],"PENDING":[],"SUCCEEDED":[{"Key":"%[1]sSUCCEEDED_2.jsonl","Size":1}]}}`, mapRun)), nil)
		f.s3.Delete("results", result)
		if _, err := f.handle(f.read("event.json")); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f.wantDocument()

		// A level above: the files of the levels are reduced in their turn.
		f.s3.Put("work", mapRun+"SUCCEEDED_3.jsonl", []byte(f.level("SUCCEEDED_2.jsonl")+f.level("SUCCEEDED_1.jsonl")), nil)
		f.s3.Put("work", mapRun+"manifest.json", []byte(fmt.Sprintf(
			`{"DestinationBucket":"work","ResultFiles":{"FAILED":[{"Key":"%[1]sFAILED_0.jsonl"}],"PENDING":[],"SUCCEEDED":[{"Key":"%[1]sSUCCEEDED_3.jsonl","Size":1}]}}`, mapRun)), nil)
		f.s3.Delete("results", result)
		if _, err := f.handle(f.read("event.json")); err != nil {
			t.Fatalf("%s, two levels: %v", name, err)
		}
		f.wantDocument()
	}
}

// TestALateReduceChangesNothing lets a reduce of fewer splits end after one of more.
func TestALateReduceChangesNothing(t *testing.T) {
	f := start(t)
	counted := func(splits int) string {
		return strings.Replace(f.read("document.json"), `"counted": 2`, fmt.Sprintf(`"counted": %d`, splits), 1)
	}
	another := func(old, new string) string { return strings.Replace(counted(3), old, new, 1) }
	for there, kept := range map[string]bool{
		counted(3): true, counted(2) + "\n": false, counted(1): false, "{": false,
		another(`"planned": 3`, `"planned": 4`): false, another(`"bytes": 90`, `"bytes": 91`): false, another(`games.csv",`+"\n      \"v", `older.csv",`+"\n      \"v"): false,
	} {
		f.s3.Put("results", result, []byte(there), nil)
		f.want("event.json", "summary.json")
		document, _, _ := f.s3.Get("results", result)
		if (string(document) == there) != kept {
			t.Errorf("in place of %s there is %s", there, document)
		}
	}
	// Another one writes between the look and the write.
	f.s3.Delete("results", result)
	meanwhile := 2
	f.proxy.Fault(func(call awstest.Call) *awstest.Fault {
		if call.Operation == "PutObject" && meanwhile > 0 {
			meanwhile--
			f.s3.Put("results", result, []byte(counted(3-meanwhile)), nil)
		}
		return nil
	})
	f.want("event.json", "summary.json")
	if document, _, _ := f.s3.Get("results", result); string(document) != counted(3) {
		t.Errorf("a later document was overwritten: %s", document)
	}
}

func TestEventsThatAskForNothing(t *testing.T) {
	f := start(t)
	f.s3.Put("work", "elsewhere.json", []byte(strings.Replace(f.read("manifest.json"), `"work"`, `"results"`, 1)), nil)
	for name, event := range map[string]string{
		"elsewhere":   strings.Replace(f.read("event.json"), mapRun+"manifest.json", "elsewhere.json", 1),
		"empty":       `{}`,
		"both":        strings.Replace(f.read("event.json"), `"plan": {`, `"Items":[{"Key":"k"}],"plan": {`, 1),
		"no plan":     `{"manifest":{"Bucket":"work","Key":"k"}}`,
		"no run":      `{"BatchInput":{"splits":3},"Items":[{"Key":"k"}]}`,
		"no splits":   `{"BatchInput":{"run":"r"},"Items":[{"Key":"k"}]}`,
		"no manifest": strings.Replace(f.read("event.json"), "manifest.json", "SUCCEEDED_0.jsonl", 1),
	} {
		_, err := f.handle(event)
		if _, ok := err.(*reducing.InvalidEventError); !ok {
			t.Errorf("%s: %T, %v", name, err, err)
		}
	}
}

// TestFilesThatAreWrong holds that nothing is left out in silence.
func TestFilesThatAreWrong(t *testing.T) {
	line := start(t).read("SUCCEEDED_0.jsonl")
	for name, content := range map[string]string{
		"an array":        "[" + line + "]",
		"uncompacted":     `{"ExecutionArn":"arn","Output":"{}","Status":"SUCCEEDED"}`,
		"cut off":         line[:len(line)/2],
		"another run":     strings.Replace(line, "by-hand-1", "by-hand-2", 1),
		"another bucket":  `{"run":"by-hand-1","document":{"bucket":"input","key":"x"}}`,
		"a missing level": `{"run":"by-hand-1","document":{"bucket":"work","key":"x"}}`,
		"other batches": strings.Replace(line, `"lines":4}]`, `"lines":4},{"index":2,"lines":4}]`, 1) +
			strings.Replace(line, `"lines":4}]`, `"lines":4},{"index":0,"lines":3}]`, 1),
		"an unknown column": strings.Replace(line, `count`, `counts`, 1),
	} {
		f := start(t)
		f.s3.Put("work", mapRun+"SUCCEEDED_0.jsonl", []byte(content), nil)
		f.s3.Put("work", mapRun+"SUCCEEDED_1.jsonl", nil, nil) // It has one of the splits, too.
		if answer, err := f.handle(f.read("event.json")); err == nil {
			t.Errorf("%s: no error, but %s", name, answer)
		}
		if keys := f.s3.Keys("results"); len(keys) > 0 {
			t.Errorf("%s: there is a result", name)
		}
	}
	for _, missing := range []string{mapRun + "manifest.json", mapRun + "SUCCEEDED_1.jsonl", mapRun + "FAILED_0.jsonl", planKey} {
		f := start(t)
		f.s3.Delete("work", missing)
		if _, err := f.handle(f.read("event.json")); err == nil {
			t.Errorf("%s is missing: no error", missing)
		}
	}
}

func TestConfigFromEnv(t *testing.T) {
	good := start(t).env
	for name, values := range map[string][]string{
		"WORK_BUCKET": {""}, "RESULT_BUCKET": {""}, "MAX_FILES": {"", "0", "x"}, "TOLERATED_BAD_ROWS": {"x", "-1"},
		"TOLERATED_FAILURES": {"x"}, "TOLERATED_FAILURES_PERCENTAGE": {"101", "x"}, "TOLERATED_BAD_ROWS_PERCENTAGE": {"-1"},
	} {
		for _, value := range values {
			_, err := reducing.ConfigFromEnv(func(other string) string {
				if other == name {
					return value
				}
				return good[other]
			})
			if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(name, "_PERCENTAGE")) {
				t.Errorf("%s=%q: %v", name, value, err)
			}
		}
	}
}
