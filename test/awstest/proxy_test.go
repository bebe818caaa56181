package awstest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/google/go-cmp/cmp"

	"refstack/test/awstest"
)

// start returns a stand-in with the buckets "plain" and "versioned", a proxy to
// it, and a client of the proxy that is configured as a function's is.
func start(t *testing.T, options ...func(*s3.Options)) (*awstest.S3, *awstest.Proxy, *s3.Client) {
	t.Helper()
	fake := awstest.StartS3(t)
	fake.CreateBucket("plain", false)
	fake.CreateBucket("versioned", true)
	proxy := awstest.StartProxy(t, fake.URL)
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "ASIATEST")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_SESSION_TOKEN", "test")
	t.Setenv("AWS_ENDPOINT_URL_S3", proxy.URL)
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithLogger(logging.Nop{}))
	if err != nil {
		t.Fatal(err)
	}
	return fake, proxy, s3.NewFromConfig(cfg, options...)
}

func noRetry(o *s3.Options) { o.RetryMaxAttempts = 1 }

func put(bucket, key, body string) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)}
}

func get(bucket, key string) *s3.GetObjectInput {
	return &s3.GetObjectInput{Bucket: &bucket, Key: &key}
}

// record is what the tests compare of a call.
func record(call awstest.Call) string {
	s := fmt.Sprintf("%d %s:", call.Status, call.Operation)
	for _, action := range call.Actions {
		s += fmt.Sprintf(" %s(%s)", action, strings.TrimPrefix(call.Resource, "arn:aws:s3:::"))
	}
	for _, other := range call.Others {
		s += fmt.Sprintf(" %s(%s)", other.Action, strings.TrimPrefix(other.Resource, "arn:aws:s3:::"))
	}
	return s
}

func records(calls []awstest.Call) []string {
	var all []string
	for _, call := range calls {
		all = append(all, record(call))
	}
	return all
}

func TestS3Operations(t *testing.T) {
	fake, proxy, client := start(t, noRetry)
	ctx := t.Context()
	version := fake.Put("versioned", "k", []byte("one"), nil)
	etag := ""
	var upload *string

	steps := []struct {
		want string
		do   func() error
	}{
		{"200 PutObject: s3:PutObject(plain/a)", func() error {
			out, err := client.PutObject(ctx, put("plain", "a", "x"))
			etag = *out.ETag
			return err
		}},
		{"200 PutObject: s3:PutObject(plain/a) s3:GetObject(plain/a)", func() error {
			in := put("plain", "a", "y")
			in.IfMatch = &etag
			_, err := client.PutObject(ctx, in)
			return err
		}},
		{"200 PutObject: s3:PutObject(plain/new)", func() error {
			in := put("plain", "new", "y")
			in.IfNoneMatch = new("*")
			_, err := client.PutObject(ctx, in)
			return err
		}},
		{"200 PutObject: s3:PutObject(plain/t) s3:PutObjectAcl(plain/t) s3:PutObjectTagging(plain/t)", func() error {
			in := put("plain", "t", "x")
			in.ACL, in.Tagging = types.ObjectCannedACLPrivate, new("a=b")
			_, err := client.PutObject(ctx, in)
			return err
		}},
		{"200 GetObject: s3:GetObject(plain/a)", func() error {
			_, err := client.GetObject(ctx, get("plain", "a"))
			return err
		}},
		{"206 GetObject: s3:GetObject(plain/a)", func() error {
			in := get("plain", "a")
			in.Range = new("bytes=0-0")
			_, err := client.GetObject(ctx, in)
			return err
		}},
		{"200 GetObject: s3:GetObjectVersion(versioned/k)", func() error {
			in := get("versioned", "k")
			in.VersionId = &version
			_, err := client.GetObject(ctx, in)
			return err
		}},
		{"200 HeadObject: s3:GetObject(plain/a)", func() error {
			_, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: new("plain"), Key: new("a")})
			return err
		}},
		{"200 HeadObject: s3:GetObjectVersion(versioned/k)", func() error {
			_, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: new("versioned"), Key: new("k"), VersionId: &version})
			return err
		}},
		{"200 CopyObject: s3:PutObject(plain/copy) s3:GetObject(plain/a)", func() error {
			_, err := client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: new("plain"), Key: new("copy"), CopySource: new("plain/a")})
			return err
		}},
		{"200 ListObjectsV2: s3:ListBucket(plain)", func() error {
			_, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: new("plain"), Prefix: new("a")})
			return err
		}},
		{"200 ListObjects: s3:ListBucket(plain)", func() error {
			_, err := client.ListObjects(ctx, &s3.ListObjectsInput{Bucket: new("plain")})
			return err
		}},
		{"200 ListObjectVersions: s3:ListBucketVersions(versioned)", func() error {
			_, err := client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: new("versioned")})
			return err
		}},
		{"200 HeadBucket: s3:ListBucket(plain)", func() error {
			_, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: new("plain")})
			return err
		}},
		{"200 ListBuckets: s3:ListAllMyBuckets(*)", func() error {
			_, err := client.ListBuckets(ctx, &s3.ListBucketsInput{})
			return err
		}},
		{"200 CreateMultipartUpload: s3:PutObject(plain/big)", func() error {
			out, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: new("plain"), Key: new("big")})
			upload = out.UploadId
			return err
		}},
		{"200 UploadPart: s3:PutObject(plain/big)", func() error {
			_, err := client.UploadPart(ctx, &s3.UploadPartInput{Bucket: new("plain"), Key: new("big"), UploadId: upload, PartNumber: new(int32(1)), Body: strings.NewReader("part")})
			return err
		}},
		{"204 AbortMultipartUpload: s3:AbortMultipartUpload(plain/big)", func() error {
			_, err := client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: new("plain"), Key: new("big"), UploadId: upload})
			return err
		}},
		{"204 DeleteObject: s3:DeleteObject(plain/a)", func() error {
			_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: new("plain"), Key: new("a")})
			return err
		}},
		{"204 DeleteObject: s3:DeleteObjectVersion(versioned/k)", func() error {
			_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: new("versioned"), Key: new("k"), VersionId: &version})
			return err
		}},
		{"200 DeleteObjects: s3:DeleteObject(plain/new) s3:DeleteObject(plain/copy)", func() error {
			_, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: new("plain"), Delete: &types.Delete{
				Objects: []types.ObjectIdentifier{{Key: new("new")}, {Key: new("copy")}},
			}})
			return err
		}},
	}
	for i, step := range steps {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.want, err)
		}
		calls := proxy.Calls()
		if len(calls) != i+1 {
			t.Fatalf("%s: %d calls after %d steps", step.want, len(calls), i+1)
		}
		call := calls[i]
		if got := record(call); got != step.want || call.Service != "s3" || call.Unsigned {
			t.Errorf("got  %s\nwant %s", got, step.want)
		}
	}
	if got := fake.Keys("plain"); !slices.Equal(got, []string{"t"}) {
		t.Errorf("keys are %q", got)
	}
}

// What the stand-in would do wrongly it refuses, and the call is recorded all the same.
func TestS3WhatTheStandInHasNot(t *testing.T) {
	fake, proxy, client := start(t, noRetry)
	ctx := t.Context()
	version := fake.Put("versioned", "k", []byte("body"), nil)
	fake.Put("plain", "k", []byte("body"), nil)
	for want, do := range map[string]func() error{
		"501 PutObjectTagging: s3:PutObjectTagging(plain/k)": func() error {
			_, err := client.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: new("plain"), Key: new("k"), Tagging: &types.Tagging{TagSet: []types.Tag{}}})
			return err
		},
		"501 GetObjectAttributes: s3:GetObject(plain/k) s3:GetObjectAttributes(plain/k)": func() error {
			_, err := client.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: new("plain"), Key: new("k"), ObjectAttributes: []types.ObjectAttributes{"ETag"}})
			return err
		},
		"501 GetObject: s3:GetObject(plain/k)": func() error {
			in := get("plain", "k")
			in.IfUnmodifiedSince = new(time.Now())
			_, err := client.GetObject(ctx, in)
			return err
		},
		"501 CopyObject: s3:PutObject(plain/c) s3:GetObjectVersion(versioned/k)": func() error {
			_, err := client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: new("plain"), Key: new("c"), CopySource: new("versioned/k?versionId=" + version)})
			return err
		},
		"501 CopyObject: s3:PutObject(plain/r) s3:GetObject(plain/k)": func() error {
			_, err := client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: new("plain"), Key: new("r"), CopySource: new("plain/k"), MetadataDirective: "REPLACE"})
			return err
		},
		"501 Unknown:GET /plain:": func() error {
			_, err := client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: new("plain")})
			return err
		},
		"501 Unknown:GET /plain/k:": func() error {
			_, err := client.GetObjectAcl(ctx, &s3.GetObjectAclInput{Bucket: new("plain"), Key: new("k")})
			return err
		},
	} {
		if err := do(); err == nil {
			t.Errorf("%s: no error", want)
		}
		calls := proxy.Calls()
		if got := record(calls[len(calls)-1]); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if body, _, ok := fake.Get("plain", "k"); !ok || string(body) != "body" {
		t.Errorf("the object is %q, %t", body, ok)
	}
}

func TestKeys(t *testing.T) {
	fake, proxy, client := start(t)
	ctx := t.Context()
	keys := []string{
		"with space.jpg", "a+b.jpg", "100%.jpg", "%41.jpg", "写真/猫.jpg", "a/../b", "a/./b", "../b", "a//b", "/lead", "trail/",
		"?query=1", "#fragment", "a&b=c;d,e:f@g", "quote'\"<>", "~tilde*star(paren)!", "back\\slash", "tab\tkey", "..", "é\u0301",
	}
	for _, key := range keys {
		before := len(proxy.Calls())
		if _, err := client.PutObject(ctx, put("plain", key, key)); err != nil {
			t.Errorf("%q: %v", key, err)
			continue
		}
		out, err := client.GetObject(ctx, get("plain", key))
		if err != nil {
			t.Errorf("%q: %v", key, err)
			continue
		}
		body, _ := io.ReadAll(out.Body)
		if string(body) != key {
			t.Errorf("%q: body is %q", key, body)
		}
		if body, _, ok := fake.Get("plain", key); !ok || string(body) != key {
			t.Errorf("%q is stored under another key", key)
		}
		if _, err := client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: new("versioned"), Key: &key, CopySource: new("plain/" + urlPath(key))}); err != nil {
			t.Errorf("copy %q: %v", key, err)
		}
		if _, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: new("versioned"), Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: &key}}}}); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
		want := []string{
			"200 PutObject: s3:PutObject(plain/" + key + ")",
			"200 GetObject: s3:GetObject(plain/" + key + ")",
			"200 CopyObject: s3:PutObject(versioned/" + key + ") s3:GetObject(plain/" + key + ")",
			"200 DeleteObjects: s3:DeleteObject(versioned/" + key + ")",
		}
		if diff := cmp.Diff(want, records(proxy.Calls()[before:])); diff != "" {
			t.Errorf("%q: %s", key, diff)
		}
	}
	slices.Sort(keys)
	if got := fake.Keys("plain"); !slices.Equal(got, keys) {
		t.Errorf("got  %q\nwant %q", got, keys)
	}
}

// urlPath encodes all but the slashes, as a CopySource must be.
func urlPath(key string) string {
	var b strings.Builder
	for _, c := range []byte(key) {
		if c == '/' || c >= 'a' && c <= 'z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func TestS3Helpers(t *testing.T) {
	fake, _, client := start(t)
	first := fake.Put("versioned", "k", []byte("one"), map[string]string{"content-type": "image/png", "x-amz-meta-owner": "me"})
	second := fake.Put("versioned", "k", []byte("two"), nil)
	if first == "" || second == "" || first == second {
		t.Errorf("versions are %q and %q", first, second)
	}
	in := get("versioned", "k")
	in.VersionId = &first
	out, err := client.GetObject(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(out.Body)
	if string(body) != "one" || *out.ContentType != "image/png" || out.Metadata["owner"] != "me" {
		t.Errorf("got %q of %s, %v", body, *out.ContentType, out.Metadata)
	}
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: new("plain"), Key: new("k"), Body: strings.NewReader("x"), ContentType: new("image/webp"), CacheControl: new("max-age=1"),
	}); err != nil {
		t.Fatal(err)
	}
	if _, metadata, ok := fake.Get("plain", "k"); !ok || metadata["Content-Type"] != "image/webp" || metadata["Cache-Control"] != "max-age=1" || metadata["X-Amz-Security-Token"] != "" {
		t.Errorf("got %v, %t", metadata, ok)
	}
	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: new("plain"), Key: new("k")})
	if err != nil || *head.CacheControl != "max-age=1" {
		t.Errorf("got %v, %v", head, err)
	}
	// Part of an object does not come with the checksum of the whole.
	fake.Put("plain", "k", []byte("body"), map[string]string{"Cache-Control": "no-store"})
	ranged := get("plain", "k")
	ranged.Range = new("bytes=1-2")
	if out, err = client.GetObject(t.Context(), ranged); err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(out.Body); string(body) != "od" || err != nil || *out.CacheControl != "no-store" {
		t.Errorf("got %q, %v", body, err)
	}
	for _, bucket := range []string{"plain", "versioned"} {
		fake.Delete(bucket, "k")
		fake.Delete(bucket, "never there")
		if _, _, ok := fake.Get(bucket, "k"); ok || len(fake.Keys(bucket)) != 0 {
			t.Errorf("%s: the object is still there", bucket)
		}
	}
}

func TestConditionalPut(t *testing.T) {
	_, _, client := start(t, noRetry)
	in := put("plain", "k", "one")
	in.IfNoneMatch = new("*")
	out, err := client.PutObject(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(*s3.PutObjectInput){
		func(in *s3.PutObjectInput) { in.IfNoneMatch = new("*") },
		func(in *s3.PutObjectInput) { in.IfMatch = new(`"00000000000000000000000000000000"`) },
	} {
		in := put("plain", "k", "two")
		change(in)
		_, err := client.PutObject(t.Context(), in)
		var apiErr smithy.APIError
		if !errors.As(err, &apiErr) || apiErr.ErrorCode() != "PreconditionFailed" {
			t.Errorf("got %v", err)
		}
	}
	in = put("plain", "k", "two")
	in.IfMatch = out.ETag
	if _, err := client.PutObject(t.Context(), in); err != nil {
		t.Error(err)
	}
}

func TestFaultStatus(t *testing.T) {
	fake, proxy, client := start(t)
	// The SDK tries again after SlowDown: each try is a call.
	left := 2
	proxy.Fault(func(call awstest.Call) *awstest.Fault {
		if call.Operation != "PutObject" || left == 0 {
			return nil
		}
		left--
		return &awstest.Fault{Status: 503, Code: "SlowDown"}
	})
	if _, err := client.PutObject(t.Context(), put("plain", "k", "x")); err != nil {
		t.Fatal(err)
	}
	want := []string{"503 PutObject: s3:PutObject(plain/k)", "503 PutObject: s3:PutObject(plain/k)", "200 PutObject: s3:PutObject(plain/k)"}
	if diff := cmp.Diff(want, records(proxy.Calls())); diff != "" {
		t.Error(diff)
	}

	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{Status: 403, Code: "AccessDenied"} })
	_, err := client.PutObject(t.Context(), put("plain", "other", "x"))
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) || apiErr.ErrorCode() != "AccessDenied" {
		t.Errorf("got %v", err)
	}
	if _, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: new("plain"), Key: new("k")}); err == nil {
		t.Error("HEAD passed")
	}
	if _, _, ok := fake.Get("plain", "other"); ok {
		t.Error("a failed call had its effect")
	}
	proxy.Fault(nil)
	if _, err := client.GetObject(t.Context(), get("plain", "k")); err != nil {
		t.Error(err)
	}
}

func TestFaultAfterEffect(t *testing.T) {
	for name, fault := range map[string]awstest.Fault{
		"error":        {AfterEffect: true, Status: 500, Code: "InternalError"},
		"cut":          {AfterEffect: true, CutAfter: -1},
		"late and cut": {AfterEffect: true, CutAfter: -1, Delay: time.Millisecond},
	} {
		fake, proxy, client := start(t, noRetry)
		proxy.Fault(func(awstest.Call) *awstest.Fault { return &fault })
		if _, err := client.PutObject(t.Context(), put("plain", "k", "x")); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, _, ok := fake.Get("plain", "k"); !ok {
			t.Errorf("%s: no effect", name)
		}
		if call := proxy.Calls()[0]; call.Status != fault.Status {
			t.Errorf("%s: status is %d", name, call.Status)
		}
	}
}

func TestFaultCut(t *testing.T) {
	fake, proxy, client := start(t, noRetry)
	body := bytes.Repeat([]byte("0123456789"), 100_000)
	fake.Put("plain", "k", body, nil)

	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{CutAfter: 12_345} })
	out, err := client.GetObject(t.Context(), get("plain", "k"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(out.Body)
	if len(got) != 12_345 || !bytes.Equal(got, body[:12_345]) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}

	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{CutAfter: int64(len(body))} })
	if out, err = client.GetObject(t.Context(), get("plain", "k")); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(out.Body); len(got) != len(body) || err != nil {
		t.Errorf("a body that is no longer than the cut: got %d bytes, %v", len(got), err)
	}

	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{CutAfter: -1} })
	if _, err := client.PutObject(t.Context(), put("plain", "new", string(body))); err == nil {
		t.Error("no error")
	}
	if _, _, ok := fake.Get("plain", "new"); ok {
		t.Error("a call that was cut had its effect")
	}
}

func TestFaultDelay(t *testing.T) {
	fake, proxy, client := start(t, noRetry)
	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{Delay: 50 * time.Millisecond} })
	began := time.Now()
	if _, err := client.PutObject(t.Context(), put("plain", "k", "x")); err != nil || time.Since(began) < 50*time.Millisecond {
		t.Errorf("%v after %s", err, time.Since(began))
	}

	// A caller that gives up before the delay is over.
	arrived := make(chan struct{})
	proxy.Fault(func(awstest.Call) *awstest.Fault {
		close(arrived)
		return &awstest.Fault{Delay: time.Hour}
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: new("plain"), Key: new("k")}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, _, ok := fake.Get("plain", "k"); !ok {
		t.Error("a call that was given up had its effect")
	}
	// The proxy closes although the hour is not over: the cleanup would hang.
}

func TestUnsigned(t *testing.T) {
	fake, proxy, _ := start(t)
	fake.Put("plain", "k", []byte("x"), nil)
	response, err := http.Get(proxy.URL + "/plain/k")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	call := proxy.Calls()[0]
	if response.StatusCode != 403 || !call.Unsigned || call.Status != 403 || call.Operation != "Unknown:GET /plain/k" {
		t.Errorf("got %d, %+v", response.StatusCode, call)
	}
}

func TestPresigned(t *testing.T) {
	fake, proxy, client := start(t)
	fake.Put("plain", "k", []byte("x"), nil)
	signed, err := s3.NewPresignClient(client).PresignGetObject(t.Context(), get("plain", "k"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(signed.URL)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := records(proxy.Calls()); response.StatusCode != 200 || got[0] != "200 GetObject: s3:GetObject(plain/k)" {
		t.Errorf("got %d, %v", response.StatusCode, got)
	}
}

func TestUnknownService(t *testing.T) {
	_, proxy, _ := start(t)
	request, _ := http.NewRequest(http.MethodPost, proxy.URL+"/", strings.NewReader("{}"))
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/codestar/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if call := proxy.Calls()[0]; call.Service != "codestar" || call.Operation != "Unknown:POST /" || call.Unsigned {
		t.Errorf("got %+v", call)
	}
}

// signed returns a request of S3 that no SDK would send.
func signed(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
	return request
}

// Bodies go through in both directions without being collected: the first bytes
// arrive while the last are not sent yet.
func TestStreaming(t *testing.T) {
	arrived, returned := make(chan struct{}), make(chan struct{})
	backend := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadFull(r.Body, make([]byte, 4)); err != nil {
			t.Error(err)
		}
		close(arrived)
		tail, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, "first")
		_ = http.NewResponseController(w).Flush()
		<-returned
		_, _ = w.Write(tail)
	})
	proxy := awstest.StartProxy(t, backend)
	reader, writer := io.Pipe()
	go func() {
		_, _ = writer.Write([]byte("head"))
		<-arrived
		_, _ = writer.Write([]byte("tail"))
		writer.Close()
	}()
	response, err := http.DefaultClient.Do(signed(t, http.MethodPut, proxy.URL+"/b/k", reader))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	first := make([]byte, 5)
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "first" {
		t.Fatalf("got %q, %v", first, err)
	}
	close(returned)
	if rest, err := io.ReadAll(response.Body); string(rest) != "tail" || err != nil {
		t.Errorf("got %q, %v", rest, err)
	}
}

// A body whose length nobody told ends early when it is cut, and only then.
func TestFaultCutOfAStream(t *testing.T) {
	backend := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "12")
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "34")
	})
	for cut, want := range map[int64]error{3: io.ErrUnexpectedEOF, 4: nil, 5: nil} {
		proxy := awstest.StartProxy(t, backend)
		proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{CutAfter: cut} })
		response, err := http.DefaultClient.Do(signed(t, http.MethodGet, proxy.URL+"/b/k", nil))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != want || string(body) != "1234"[:min(cut, 4)] {
			t.Errorf("cut after %d: got %q, %v", cut, body, err)
		}
	}
}

// Paths that no bucket and key make are not taken for others.
func TestPathsThatAreUnknown(t *testing.T) {
	fake, proxy, _ := start(t)
	fake.Put("plain", "k", nil, nil)
	for _, path := range []string{"//k", "//plain/k", "/plain/k?acl", "/plain/k?versionId=1&tagging&acl", "/plain?policy", "/plain/k?select&select-type=2"} {
		response, err := http.DefaultClient.Do(signed(t, http.MethodGet, proxy.URL+path, nil))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	for _, call := range proxy.Calls() {
		if !strings.HasPrefix(call.Operation, "Unknown:GET /") || call.Actions != nil {
			t.Errorf("%s: got %s", call.Path, record(call))
		}
	}
}

func TestParallelCalls(t *testing.T) {
	fake, proxy, client := start(t)
	seen := 0
	proxy.Fault(func(awstest.Call) *awstest.Fault { seen++; return nil })
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if _, err := client.PutObject(t.Context(), put("plain", fmt.Sprint(i), "x")); err != nil {
				t.Error(err)
			}
			proxy.Calls()
		})
	}
	wg.Wait()
	if len(proxy.Calls()) != 50 || seen != 50 || len(fake.Keys("plain")) != 50 {
		t.Errorf("%d calls, %d faults asked for, %d keys", len(proxy.Calls()), seen, len(fake.Keys("plain")))
	}
}

func TestBackendIsGone(t *testing.T) {
	proxy := awstest.StartProxy(t, "http://127.0.0.1:1")
	response, err := http.DefaultClient.Do(signed(t, http.MethodGet, proxy.URL+"/b/k", nil))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusBadGateway || proxy.Calls()[0].Status != http.StatusBadGateway {
		t.Errorf("got %d", response.StatusCode)
	}
}
