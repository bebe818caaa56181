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
