package planning_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/mapreduce/internal/objects"
	"refstack/lambdas/mapreduce/internal/planning"
	"refstack/test/awstest"
)

// fixture is a file of testdata, with the version and the ETag of the object.
func fixture(t testing.TB, name, version, etag string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("VERSION", version, "ETAG", etag).Replace(string(text))
}

func start(t testing.TB) (*awstest.S3, objects.Client) {
	t.Helper()
	fake := awstest.StartS3(t)
	fake.CreateBucket("input", true)
	fake.CreateBucket("work", true)
	return fake, newClient(fake.URL)
}

func newClient(url string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &url, Region: "us-east-1", UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
	})
}

var config = planning.Config{WorkBucket: "work", SplitBytes: 1024, BatchBytes: 2048, MaxBatchBytes: 100_000}

func event(t testing.TB, text string) (e planning.Event) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestPlanOfAnObject(t *testing.T) {
	fake, client := start(t)
	content := "Game Number,Game Length\n" + strings.Repeat("1,30\n", 300)
	version := fake.Put("input", "games.csv", []byte(content), nil)
	etag := fmt.Sprintf("%x", md5.Sum([]byte(content)))

	planner := planning.New(client, config)
	for range 2 { // A second call returns the same plan.
		plan, err := planner.Handle(t.Context(), event(t, fixture(t, "event.json", version, etag)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.MarshalIndent(plan, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fixture(t, "plan.json", version, etag), string(got)+"\n"); diff != "" {
			t.Error(diff)
		}
		lines, _, _ := fake.Get(plan.Plan.Bucket, plan.Plan.Key)
		if diff := cmp.Diff(fixture(t, "plan.jsonl", version, etag), string(lines)); diff != "" {
			t.Error(diff)
		}
		if versions := fake.Versions(plan.Plan.Bucket, plan.Plan.Key); versions != 1 {
			t.Errorf("the plan was written %d times", versions)
		}
	}
}

// TestOneRunHasOnePlan lets objects come between two calls: the maps of the first
// one's plan may be at work.
func TestOneRunHasOnePlan(t *testing.T) {
	fake, client := start(t)
	planner := planning.New(client, config)
	fake.Put("input", "games/1.csv", []byte("a\n"), nil)
	first, err := planner.Handle(t.Context(), event(t, fixture(t, "prefix.json", "", "")))
	if err != nil {
		t.Fatal(err)
	}
	fake.Put("input", "games/2.csv", make([]byte, 5000), nil)
	second, err := planner.Handle(t.Context(), event(t, fixture(t, "prefix.json", "", "")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" || first.Splits != 1 {
		t.Errorf("the second plan is another: %s", diff)
	}
	// An object that nobody gave the version of is overwritten.
	byHand := planning.Event{Run: "by-hand", Bucket: "input", Key: "games/1.csv"}
	first, err = planner.Handle(t.Context(), byHand)
	if err != nil {
		t.Fatal(err)
	}
	fake.Put("input", "games/1.csv", []byte("b\n"), nil)
	second, err = planner.Handle(t.Context(), byHand)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second plan is another: %s", diff)
	}
}

func TestItemsPerBatch(t *testing.T) {
	fake, client := start(t)
	fake.Put("input", "uneven/large.csv", make([]byte, 4*1024), nil)
	for n := range 300 {
		fake.Put("input", fmt.Sprintf("small/%d.csv", n), make([]byte, 10), nil)
		fake.Put("input", fmt.Sprintf("uneven/%d.csv", n), make([]byte, 10), nil)
		if n < 4 {
			fake.Put("input", fmt.Sprintf("medium/%d.csv", n), make([]byte, 700), nil)
			fake.Put("input", fmt.Sprintf("large/%d.json", n), make([]byte, 90_000), nil)
			fake.Put("input", fmt.Sprintf("empty/%d.csv", n), nil, nil)
		}
	}
	for prefix, want := range map[string]int{"small/": 100, "medium/": 2, "large/": 1, "empty/": 100, "uneven/": 2} {
		plan, err := planning.New(client, config).Handle(t.Context(), planning.Event{Run: prefix[:3], Bucket: "input", Prefix: prefix})
		if err != nil || plan.ItemsPerBatch != want {
			t.Errorf("%s: %d items a batch, want %d: %v", prefix, plan.ItemsPerBatch, want, err)
		}
	}
}

// TestWhatIsHidden holds that names are hidden below the prefix, and that a prefix may
// itself be named as its user likes.
func TestWhatIsHidden(t *testing.T) {
	fake, client := start(t)
	for _, key := range []string{
		"_a/.b/1.csv", "_a/.b/c_/2.csv", "_a/.b/_c/3.csv", "_a/.b/c/.d/4.csv", "_a/.b/.5.csv", "_a/.b/d/",
		"_a/.b_6.csv", "_a/.b.7.csv", "_a/.b_8/_9.csv", "_b/_c.csv",
	} {
		fake.Put("input", key, nil, nil)
	}
	for i, c := range []struct {
		prefix string
		want   int
	}{{"_a/.b/", 2}, {"_a/.b", 4}, {"_a/.", 4}, {"_a/", 0}, {"_", 0}, {"_b/_", 1}} {
		plan, err := planning.New(client, config).Handle(t.Context(), planning.Event{Run: fmt.Sprint(i), Bucket: "input", Prefix: c.prefix})
		if plan.Objects != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d objects, want %d: %v", c.prefix, plan.Objects, c.want, err)
		}
	}
}

// TestManyNames holds that objects which are looked at together keep their order.
func TestManyNames(t *testing.T) {
	fake, client := start(t)
	var names strings.Builder
	for n := range 130 {
		key := fmt.Sprintf("%d.csv", n)
		fake.Put("input", key, make([]byte, n), nil)
		fmt.Fprintf(&names, "s3://input/%s\n", key)
	}
	fake.Put("input", "all.manifest", []byte(names.String()), nil)
	plan, err := planning.New(client, config).Handle(t.Context(), planning.Event{Run: "r", Bucket: "input", Key: "all.manifest"})
	if err != nil || plan.Objects != 130 || plan.Bytes != 129*130/2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	index := 0
	for split, err := range objects.Lines[mapreduce.Split](t.Context(), client, plan.Plan) {
		if err != nil || split.Index != index || split.Key != fmt.Sprintf("%d.csv", index) || split.End != int64(index) || split.VersionID == "" {
			t.Errorf("split %d is %+v, %v", index, split, err)
		}
		index++
	}
}

// large is a bucket with an object that nobody wants to store.
type large struct {
	objects.Client
	size int64
}

func (l large) HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	return &s3.HeadObjectOutput{ContentLength: &l.size, ETag: new(`"x"`)}, nil
}

func TestBoundOfAPlan(t *testing.T) {
	_, client := start(t)
	for size, want := range map[int64]bool{
		1024 * mapreduce.MaxSplits: true, 1024*mapreduce.MaxSplits + 1: false, 1 << 60: false,
	} {
		plan, err := planning.New(large{client, size}, config).Handle(t.Context(), planning.Event{Run: fmt.Sprint(size), Bucket: "input", Key: "k.csv"})
		var invalid *planning.InvalidInputError
		if want && (err != nil || plan.Splits != mapreduce.MaxSplits) || !want && !errors.As(err, &invalid) {
			t.Errorf("%d bytes: %d splits, %v", size, plan.Splits, err)
		}
	}
}

// TestArraysThatNoMapperCanRead holds the bound of what is read by one mapper.
func TestArraysThatNoMapperCanRead(t *testing.T) {
	_, client := start(t)
	for size, want := range map[int64]bool{config.MaxBatchBytes: true, config.MaxBatchBytes + 1: false} {
		_, err := planning.New(large{client, size}, config).Handle(t.Context(), planning.Event{Run: fmt.Sprint(size), Bucket: "input", Key: "k.json"})
		var invalid *planning.InvalidInputError
		if want && err != nil || !want && (!errors.As(err, &invalid) || !strings.Contains(err.Error(), "JSON Lines")) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// encoding is a bucket that lists its keys encoded, if asked.
type encoding struct{ objects.Client }

func (encoding) ListObjectsV2(_ context.Context, input *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	return &s3.ListObjectsV2Output{
		EncodingType: input.EncodingType,
		Contents:     []types.Object{{Key: new("d/a%01b+c%2B%25.csv"), ETag: new(`"x"`), Size: new(int64(5))}},
	}, nil
}

// TestKeysThatXMLCannotHave holds that lists are asked for, and read, URL-encoded.
func TestKeysThatXMLCannotHave(t *testing.T) {
	_, client := start(t)
	plan, err := planning.New(encoding{client}, config).Handle(t.Context(), planning.Event{Run: "r", Bucket: "input", Prefix: "d/"})
	if err != nil {
		t.Fatal(err)
	}
	for split, err := range objects.Lines[mapreduce.Split](t.Context(), client, plan.Plan) {
		if err != nil || split.Key != "d/a\x01b c+%.csv" {
			t.Errorf("the key is %q, %v", split.Key, err)
		}
	}
}

// TestErrorsAreNamed holds that errors of S3 are no fault of the input, and that
// nothing lies around those that the state machine names.
func TestErrorsAreNamed(t *testing.T) {
	fake, _ := start(t)
	proxy := awstest.StartProxy(t, fake.URL)
	client := newClient(proxy.URL)
	fake.Put("input", "a.csv", []byte("a\n"), nil)
	fake.Put("input", "a.manifest", []byte("s3://input/a.csv\n"), nil)
	for operation, events := range map[string][]planning.Event{
		"HeadObject":    {{Run: "h", Bucket: "input", Key: "a.csv"}, {Run: "m", Bucket: "input", Key: "a.manifest"}},
		"GetObject":     {{Run: "g", Bucket: "input", Key: "a.manifest"}},
		"ListObjectsV2": {{Run: "l", Bucket: "input", Prefix: "a"}},
		"PutObject":     {{Run: "p", Bucket: "input", Key: "a.csv"}},
	} {
		proxy.Fault(func(call awstest.Call) *awstest.Fault {
			if call.Operation == operation {
				return &awstest.Fault{Status: 503, Code: "SlowDown"}
			}
			return nil
		})
		for _, event := range events {
			_, err := planning.New(client, config).Handle(t.Context(), event)
			var invalid *planning.InvalidInputError
			var changed *objects.InputChangedError
			if err == nil || errors.As(err, &invalid) || errors.As(err, &changed) {
				t.Errorf("%s fails: %v", operation, err)
			}
		}
	}
	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{CutAfter: -1} })
	for _, event := range []planning.Event{{Run: "q", Bucket: "input", Key: "alice.csv"}, {Run: "q", Bucket: "input", Prefix: "alice/"}} {
		if _, err := planning.New(client, config).Handle(t.Context(), event); err == nil || strings.Contains(err.Error(), "alice") {
			t.Errorf("S3 does not answer, and the error tells the key: %v", err)
		}
	}
	proxy.Fault(nil)
	_, err := planning.New(client, config).Handle(t.Context(), planning.Event{Run: "n", Bucket: "input", Key: "none.csv"})
	if _, ok := err.(*objects.InputChangedError); !ok {
		t.Errorf("an object that is not there: %T, %v", err, err)
	}
}

// TestListsThatBreakOff holds that a list which S3 does not give to its end is read
// again, and is not called malformed.
func TestListsThatBreakOff(t *testing.T) {
	fake, _ := start(t)
	proxy := awstest.StartProxy(t, fake.URL)
	var file bytes.Buffer
	compressor := gzip.NewWriter(&file)
	for i := range 100 {
		fmt.Fprintf(compressor, "\"input\",\"%x.csv\"\n", md5.Sum([]byte{byte(i)}))
	}
	compressor.Close()
	fake.Put("input", "1.csv.gz", file.Bytes(), nil)
	fake.Put("input", "i/manifest.json", []byte(`{"sourceBucket":"input","fileFormat":"CSV","fileSchema":"Bucket, Key","files":[{"key":"1.csv.gz"}]}`), nil)
	fake.Put("input", "a.manifest", []byte("s3://input/1.csv\ns3://input/2.csv\n"), nil)
	for _, c := range []struct {
		key   string
		read  int // The call of GetObject that breaks off.
		after int64
	}{{"i/manifest.json", 1, 30}, {"i/manifest.json", 2, 5}, {"i/manifest.json", 2, 500}, {"a.manifest", 1, 20}} {
		reads := 0
		proxy.Fault(func(call awstest.Call) *awstest.Fault {
			if call.Operation == "GetObject" {
				if reads++; reads == c.read {
					return &awstest.Fault{CutAfter: c.after}
				}
			}
			return nil
		})
		_, err := planning.New(newClient(proxy.URL), config).Handle(t.Context(), planning.Event{Run: "r", Bucket: "input", Key: c.key})
		var invalid *planning.InvalidInputError
		if err == nil || errors.As(err, &invalid) || reads < c.read {
			t.Errorf("%+v: %v after %d reads", c, err, reads)
		}
	}
}

func TestConfigFromEnv(t *testing.T) {
	good := map[string]string{"WORK_BUCKET": "work", "SPLIT_BYTES": "1024", "BATCH_BYTES": "2048", "MAX_BATCH_BYTES": "100000"}
	c, err := planning.ConfigFromEnv(func(name string) string { return good[name] })
	if err != nil || c != config {
		t.Errorf("%+v, %v", c, err)
	}
	for name, values := range map[string][]string{
		"WORK_BUCKET": {""}, "SPLIT_BYTES": {"", "x", "0", "-1", "1023", "1e6"}, "BATCH_BYTES": {"", "1", "1023", "100001"}, "MAX_BATCH_BYTES": {"", "0", "2047"},
	} {
		for _, value := range values {
			_, err := planning.ConfigFromEnv(func(other string) string {
				if other == name {
					return value
				}
				return good[other]
			})
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s=%q: %v", name, value, err)
			}
		}
	}
}
