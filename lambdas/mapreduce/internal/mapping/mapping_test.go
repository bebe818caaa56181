package mapping_test

import (
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
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/mapreduce/games"
	"refstack/lambdas/mapreduce/internal/mapping"
	"refstack/lambdas/mapreduce/internal/objects"
	"refstack/test/awstest"
)

const content = "Game Number,Game Length\n1,30\n" + "2,long\n3,45.000\n4,5,6\n5,245.500\n"

func start(t testing.TB) (*awstest.S3, *awstest.Proxy, objects.Client) {
	t.Helper()
	fake := awstest.StartS3(t)
	fake.CreateBucket("input", true)
	fake.CreateBucket("plain", false)
	proxy := awstest.StartProxy(t, fake.URL)
	return fake, proxy, s3.New(s3.Options{
		BaseEndpoint: &proxy.URL, Region: "us-east-1", UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
	})
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func batch(t testing.TB, bucket, version string) (b mapreduce.Batch) {
	t.Helper()
	text := strings.NewReplacer("VERSION", version, "ETAG", fmt.Sprintf("%x", md5.Sum([]byte(content)))).Replace(fixture(t, "event.json"))
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		t.Fatal(err)
	}
	for i := range b.Items {
		b.Items[i].Bucket = bucket
	}
	return b
}

func TestBatch(t *testing.T) {
	fake, proxy, client := start(t)
	for _, bucket := range []string{"input", "plain"} {
		version := fake.Put(bucket, "games.csv", []byte(content), nil)
		output, err := mapping.New(client, games.Job)(t.Context(), batch(t, bucket, version))
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.MarshalIndent(output, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fixture(t, "output.json"), string(got)+"\n"); diff != "" {
			t.Errorf("%s: %s", bucket, diff)
		}
	}
	for _, call := range proxy.Calls() {
		if call.Operation != "GetObject" {
			t.Errorf("a mapper calls %s", call.Operation)
		}
	}
}

func TestInputThatChanged(t *testing.T) {
	fake, _, client := start(t)
	version := fake.Put("input", "games.csv", []byte(content), nil)
	fake.Put("plain", "games.csv", []byte(strings.ReplaceAll(content, "30", "31")), nil)
	for name, b := range map[string]mapreduce.Batch{
		"overwritten":     batch(t, "plain", ""),
		"no such version": batch(t, "input", strings.Replace(version, "3/60", "3/61", 1)),
		"deleted":         func() mapreduce.Batch { b := batch(t, "plain", ""); b.Items[0].Key = "gone.csv"; return b }(),
		"shorter than known": func() mapreduce.Batch {
			b := batch(t, "plain", "")
			b.Items[0].ETag = ""
			b.Items[0].Size, b.Items[0].Start, b.Items[0].End = 9000, 8000, 9000
			b.Items = b.Items[:1]
			return b
		}(),
	} {
		_, err := mapping.New(client, games.Job)(t.Context(), b)
		if _, ok := err.(*objects.InputChangedError); !ok {
			t.Errorf("%s: %T, %v", name, err, err)
		}
	}
}

func TestOtherErrors(t *testing.T) {
	fake, proxy, client := start(t)
	version := fake.Put("input", "games.csv", []byte(content), nil)
	var changed *objects.InputChangedError
	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{Status: 503, Code: "SlowDown"} })
	if _, err := mapping.New(client, games.Job)(t.Context(), batch(t, "input", version)); err == nil || errors.As(err, &changed) {
		t.Errorf("S3 is slow: %v", err)
	}
	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{CutAfter: -1} })
	if _, err := mapping.New(client, games.Job)(t.Context(), batch(t, "input", version)); err == nil || strings.Contains(err.Error(), "games.csv") {
		t.Errorf("S3 does not answer, and the error tells the key: %v", err)
	}
	proxy.Fault(nil)
	// Rows of Distributed Map's own CSV reader are no splits.
	var rows mapreduce.Batch
	if err := json.Unmarshal([]byte(`{"BatchInput":{"run":"r"},"Items":[{"Game Number":"1","Game Length":"30"}]}`), &rows); err != nil {
		t.Fatal(err)
	}
	nowhere := batch(t, "", version)
	for name, b := range map[string]mapreduce.Batch{"rows": rows, "no bucket": nowhere, "nothing": {}} {
		_, err := mapping.New(client, games.Job)(t.Context(), b)
		if _, ok := err.(*mapreduce.InvalidBatchError); !ok {
			t.Errorf("%s: %T, %v", name, err, err)
		}
	}
}
