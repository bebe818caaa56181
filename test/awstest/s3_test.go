package awstest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestS3DeletesOnCondition(t *testing.T) {
	for _, bucket := range []string{"plain", "versioned"} {
		fake, proxy, client := start(t, noRetry)
		fake.Put(bucket, "a b/ü", []byte("first"), nil)
		head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: new("a b/ü")})
		if err != nil {
			t.Fatal(err)
		}
		fake.Put(bucket, "a b/ü", []byte("second"), nil)
		remove := func(key string, etag *string) int {
			_, _ = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, IfMatch: etag})
			calls := proxy.Calls()
			return calls[len(calls)-1].Status
		}
		if status := remove("a b/ü", head.ETag); status != 412 {
			t.Errorf("%s: deleting another's object: %d, want 412", bucket, status)
		}
		if _, _, ok := fake.Get(bucket, "a b/ü"); !ok {
			t.Fatalf("%s: it is deleted all the same", bucket)
		}
		if status := remove("nothing", head.ETag); status != 404 {
			t.Errorf("%s: deleting what is not there: %d, want 404", bucket, status)
		}
		head, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: new("a b/ü")})
		if err != nil {
			t.Fatal(err)
		}
		if status := remove("a b/ü", head.ETag); status != 204 {
			t.Errorf("%s: deleting one's own object: %d, want 204", bucket, status)
		}
		if _, _, ok := fake.Get(bucket, "a b/ü"); ok {
			t.Errorf("%s: it is still there", bucket)
		}
	}
}

func TestS3ReadsOnCondition(t *testing.T) {
	for _, bucket := range []string{"plain", "versioned"} {
		fake, proxy, client := start(t, noRetry)
		version := fake.Put(bucket, "k", []byte("first"), nil)
		head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: new("k")})
		if err != nil {
			t.Fatal(err)
		}
		if got := head.VersionId; (got == nil) != (bucket == "plain") || got != nil && *got != version {
			t.Errorf("%s: the version is %v, want %q", bucket, got, version)
		}
		read := func(key string, versionID *string) int {
			out, err := client.GetObject(t.Context(), &s3.GetObjectInput{
				Bucket: &bucket, Key: &key, VersionId: versionID, IfMatch: head.ETag, Range: new("bytes=1-2"),
			})
			if err == nil {
				out.Body.Close()
			}
			calls := proxy.Calls()
			return calls[len(calls)-1].Status
		}
		if status := read("k", nil); status != 206 {
			t.Errorf("%s: reading what the condition names: %d, want 206", bucket, status)
		}
		fake.Put(bucket, "k", []byte("second"), nil)
		if status := read("k", nil); status != 412 {
			t.Errorf("%s: reading another's object: %d, want 412", bucket, status)
		}
		if status := read("nothing", nil); status != 404 {
			t.Errorf("%s: reading what is not there: %d, want 404", bucket, status)
		}
		if version != "" {
			if status := read("k", &version); status != 206 {
				t.Errorf("%s: reading the earlier version: %d, want 206", bucket, status)
			}
			earlier, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: new("k"), VersionId: &version})
			if err != nil || *earlier.ETag != *head.ETag || *earlier.ContentLength != 5 {
				t.Errorf("looking at the earlier version: %+v, %v", earlier, err)
			}
		}
	}
}

func TestS3CountsVersions(t *testing.T) {
	fake, _, _ := start(t, noRetry)
	for _, body := range []string{"first", "second"} {
		fake.Put("versioned", "k", []byte(body), nil)
	}
	fake.Put("versioned", "kk", []byte("other"), nil)
	if n := fake.Versions("versioned", "k"); n != 2 {
		t.Errorf("%d versions, want 2", n)
	}
}
