package resizer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// fakeS3 is as much of S3 as the resizer sees, with a hook at which others can
// do something in between.
type fakeS3 struct {
	t *testing.T
	// before runs before a call, as "PutObject web/a.jpg"; an error fails it.
	before func(call string) error

	mu      sync.Mutex
	objects map[string]stored // by BUCKET/KEY
	serial  int
	open    int // bodies that were not closed yet
}

type stored struct {
	body     []byte
	etag     string
	metadata map[string]string
}

func newFakeS3(t *testing.T) *fakeS3 {
	f := &fakeS3{t: t, objects: map[string]stored{}, before: func(string) error { return nil }}
	t.Cleanup(func() {
		if f.open != 0 {
			t.Errorf("%d bodies were left open, and their connections with them", f.open)
		}
	})
	return f
}

// call is what every call begins with. S3 takes no longer key, not even to say
// that nothing is there.
func (f *fakeS3) call(operation, key string) error {
	if len(key) > maxKey {
		return fail("KeyTooLongError")
	}
	return f.before(operation + " " + key)
}

func fail(code string) error { return &smithy.GenericAPIError{Code: code} }

func (f *fakeS3) put(name string, body []byte, metadata map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.serial++
	f.objects[name] = stored{body: body, etag: fmt.Sprintf("%q", fmt.Sprint(f.serial)), metadata: metadata}
}

func (f *fakeS3) keys() map[string]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	keys := map[string]bool{}
	for name := range f.objects {
		keys[name] = true
	}
	return keys
}

func (f *fakeS3) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	if err := f.call("GetObject", *in.Key); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	object, ok := f.objects[*in.Bucket+"/"+*in.Key]
	if !ok {
		return nil, fail("NoSuchKey")
	}
	f.open++
	length := int64(len(object.body))
	return &s3.GetObjectOutput{Body: body{bytes.NewReader(object.body), f}, ContentLength: &length, ETag: &object.etag}, nil
}

type body struct {
	io.Reader
	f *fakeS3
}

func (b body) Close() error {
	b.f.mu.Lock()
	defer b.f.mu.Unlock()
	b.f.open--
	return nil
}

func (f *fakeS3) HeadObject(_ context.Context, in *s3.HeadObjectInput, _ ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	if err := f.call("HeadObject", *in.Key); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	object, ok := f.objects[*in.Bucket+"/"+*in.Key]
	if !ok {
		return nil, fail("NotFound")
	}
	return &s3.HeadObjectOutput{ETag: &object.etag, Metadata: object.metadata}, nil
}

func (f *fakeS3) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if err := f.call("PutObject", *in.Key); err != nil {
		return nil, err
	}
	name := *in.Bucket + "/" + *in.Key
	f.mu.Lock()
	object, ok := f.objects[name]
	f.mu.Unlock()
	switch {
	case in.IfMatch == nil && in.IfNoneMatch == nil:
		f.t.Errorf("%s was written without a condition", name)
	case in.IfNoneMatch != nil && ok, in.IfMatch != nil && ok && *in.IfMatch != object.etag:
		return nil, fail("PreconditionFailed")
	case in.IfMatch != nil && !ok:
		return nil, fail("NoSuchKey")
	}
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	f.put(name, body, in.Metadata)
	return &s3.PutObjectOutput{}, nil
}

func (f *fakeS3) DeleteObject(_ context.Context, in *s3.DeleteObjectInput, _ ...func(*s3.Options)) (*s3.DeleteObjectOutput, error) {
	if err := f.call("DeleteObject", *in.Key); err != nil {
		return nil, err
	}
	name := *in.Bucket + "/" + *in.Key
	f.mu.Lock()
	defer f.mu.Unlock()
	object, ok := f.objects[name]
	switch {
	case in.IfMatch == nil:
		f.t.Errorf("%s was deleted without a condition", name)
	case !ok:
		return nil, fail("NoSuchKey")
	case *in.IfMatch != object.etag:
		return nil, fail("PreconditionFailed")
	}
	delete(f.objects, name)
	return &s3.DeleteObjectOutput{}, nil
}
