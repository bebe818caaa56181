package resizer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"refstack/lambdas/internal/s3error"
)

// S3 is what the function asks of Amazon S3.
type S3 interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	DeleteObject(context.Context, *s3.DeleteObjectInput, ...func(*s3.Options)) (*s3.DeleteObjectOutput, error)
}

// errGone means that the upload was deleted before its turn came.
var errGone = errors.New("the object is gone")

// tooLargeError means that an object is larger than the limit; it was not read.
type tooLargeError struct{ size int64 }

func (e *tooLargeError) Error() string { return fmt.Sprintf("%d bytes", e.size) }

// fetch reads the version that the upload announced, which is the current one
// unless another came in the meantime. A deleted object is gone even where the
// bucket still holds the version: nobody wants to see it any more.
func fetch(ctx context.Context, client S3, u Upload, maxBytes int64) ([]byte, Stamp, error) {
	object, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &u.Bucket, Key: &u.Key})
	if err == nil && object.VersionId != nil && u.Stamp.VersionID != "" && *object.VersionId != u.Stamp.VersionID {
		object.Body.Close()
		object, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: &u.Bucket, Key: &u.Key, VersionId: &u.Stamp.VersionID})
	}
	if s3error.IsMissing(err) {
		return nil, Stamp{}, errGone
	}
	if err != nil {
		return nil, Stamp{}, fmt.Errorf("reading the upload: %w", err)
	}
	defer object.Body.Close()

	stamp := u.Stamp
	stamp.ETag = strings.Trim(aws.ToString(object.ETag), `"`)
	stamp.VersionID = aws.ToString(object.VersionId)
	if object.ContentLength == nil || *object.ContentLength < 0 {
		return nil, stamp, errors.New("reading the upload: S3 did not tell its size")
	}
	if *object.ContentLength > maxBytes {
		return nil, stamp, &tooLargeError{*object.ContentLength}
	}
	content := make([]byte, *object.ContentLength)
	if _, err := io.ReadFull(object.Body, content); err != nil {
		return nil, stamp, fmt.Errorf("reading the upload: %w", err)
	}
	return content, stamp, nil
}

// objects are those that the function writes. Each carries the stamp of the
// upload it was made from, and is replaced by that of a later version only.
type objects struct {
	client S3
	bucket string
}

// object is one that the function wrote earlier.
type object struct {
	etag  string
	stamp Stamp
}

const (
	metaSequencer = "source-sequencer"
	metaTime      = "source-time"
	metaETag      = "source-etag"
	metaVersionID = "source-version-id"
)

func (s Stamp) metadata() map[string]string {
	m := map[string]string{
		metaSequencer: s.Sequencer,
		metaTime:      s.Time.UTC().Format(time.RFC3339Nano),
		metaETag:      s.ETag,
		metaVersionID: s.VersionID,
	}
	for name, value := range m {
		if value == "" {
			delete(m, name)
		}
	}
	return m
}

func stampOf(metadata map[string]string) Stamp {
	at, _ := time.Parse(time.RFC3339Nano, metadata[metaTime]) // Another's object has no time, and is older than all.
	return Stamp{
		Sequencer: metadata[metaSequencer],
		Time:      at,
		ETag:      metadata[metaETag],
		VersionID: metadata[metaVersionID],
	}
}

// find returns the object at key, or nil.
func (o objects) find(ctx context.Context, key string) (*object, error) {
	head, err := o.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &o.bucket, Key: &key})
	if s3error.IsMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for an earlier rendition: %w", err)
	}
	return &object{etag: aws.ToString(head.ETag), stamp: stampOf(head.Metadata)}, nil
}

// content is what put writes beside the stamp.
type content struct {
	body         []byte
	contentType  string
	cacheControl string
}

// maxTries bounds how often put and remove try again when others write the same
// key: each time one of them has won, so nothing hangs, but time is limited.
const maxTries = 5

// put writes c to key unless what is there is of the same or a later version,
// and tells whether it wrote. earlier is what find said, perhaps long ago: S3
// itself compares, in the moment of writing.
func (o objects) put(ctx context.Context, key string, earlier *object, c content, stamp Stamp) (bool, error) {
	for range maxTries {
		if earlier != nil && !earlier.stamp.Before(stamp) {
			return false, nil
		}
		input := &s3.PutObjectInput{
			Bucket:      &o.bucket,
			Key:         &key,
			Body:        bytes.NewReader(c.body),
			ContentType: &c.contentType,
			Metadata:    stamp.metadata(),
		}
		if c.cacheControl != "" {
			input.CacheControl = &c.cacheControl
		}
		if earlier == nil {
			any := "*"
			input.IfNoneMatch = &any
		} else {
			input.IfMatch = &earlier.etag
		}
		_, err := o.client.PutObject(ctx, input)
		if err == nil {
			return true, nil
		}
		if !s3error.IsConflict(err) && !(earlier != nil && s3error.IsMissing(err)) {
			return false, fmt.Errorf("writing a rendition: %w", err)
		}
		if earlier, err = o.find(ctx, key); err != nil {
			return false, err
		}
	}
	return false, fmt.Errorf("writing a rendition: others wrote it %d times meanwhile", maxTries)
}

// remove deletes the object at key if outdated says so of its stamp, and
// returns what is left there, or nil.
func (o objects) remove(ctx context.Context, key string, outdated func(Stamp) bool) (*object, error) {
	for range maxTries {
		found, err := o.find(ctx, key)
		if err != nil || found == nil || !outdated(found.stamp) {
			return found, err
		}
		_, err = o.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &o.bucket, Key: &key, IfMatch: &found.etag})
		if err == nil || s3error.IsMissing(err) {
			return nil, nil
		}
		if !s3error.IsConflict(err) {
			return nil, fmt.Errorf("removing an earlier rendition: %w", err)
		}
	}
	return nil, fmt.Errorf("removing an earlier rendition: others wrote it %d times meanwhile", maxTries)
}
