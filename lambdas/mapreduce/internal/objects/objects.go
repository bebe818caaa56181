// Package objects reads and writes what a run keeps in S3. Of its input it reads
// the version that was planned, and no other.
package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
	"refstack/lambdas/internal/s3error"
	"refstack/lambdas/internal/turn"
)

// Client is what a run asks of Amazon S3.
type Client interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// NewClient makes a client that asks again rather than wait for the function's
// timeout.
func NewClient(config aws.Config) *s3.Client {
	config = config.Copy()
	config.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.ResponseHeaderTimeout = 5 * time.Second
	})
	return s3.NewFromConfig(config, func(o *s3.Options) {
		o.DisableLogOutputChecksumValidationSkipped = true // S3 has none for a part of an object.
	})
}

// reserve is the time kept for an answer: a function that Lambda ends answers
// nothing, and its environment is gone.
const reserve = time.Second

// InTime ends ctx a little before Lambda ends the function.
func InTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

// InputChangedError means that the version which a run works on is gone or has
// been replaced. It is of no use to try again.
type InputChangedError struct{}

func (e *InputChangedError) Error() string {
	return "the input was overwritten or deleted after the run had begun"
}

// InputError means that S3 did not answer as it should. Its text goes into logs and
// messages, and leaves out the URL that network errors quote: the key of an object
// may name a person.
type InputError struct {
	Doing string
	Err   error
}

func (e *InputError) Error() string { return e.Doing + ": " + turn.Text(e.Err) }

// Unwrap gives what the client said.
func (e *InputError) Unwrap() error { return e.Err }

// Open returns the bytes [from, to) of an object.
func Open(ctx context.Context, client Client, object mapreduce.Object, from, to int64) (io.ReadCloser, error) {
	input := &s3.GetObjectInput{
		Bucket: &object.Bucket, Key: &object.Key,
		Range: new(fmt.Sprintf("bytes=%d-%d", from, to-1)),
	}
	pin(object, &input.VersionId, &input.IfMatch)
	output, err := client.GetObject(ctx, input)
	if isGone(err) {
		return nil, &InputChangedError{}
	}
	if err != nil {
		return nil, &InputError{"reading the input", err}
	}
	return output.Body, nil
}

// pin sets the condition that names the object's version. The version "null" is
// one that is overwritten.
func pin(object mapreduce.Object, versionID, ifMatch **string) {
	if object.VersionID != "" {
		*versionID = &object.VersionID
	}
	if object.ETag != "" && (object.VersionID == "" || object.VersionID == "null") {
		*ifMatch = new(`"` + object.ETag + `"`)
	}
}

// Find completes an object, of which bucket and key are known, with its size, and
// with its version unless that is asked for. The content type is S3's.
func Find(ctx context.Context, client Client, object mapreduce.Object) (found mapreduce.Object, contentType string, err error) {
	input := &s3.HeadObjectInput{Bucket: &object.Bucket, Key: &object.Key}
	if object.VersionID != "" {
		input.VersionId = &object.VersionID
	}
	head, err := client.HeadObject(ctx, input)
	if isGone(err) {
		return object, "", &InputChangedError{}
	}
	if err != nil {
		return object, "", &InputError{"looking at the input", err}
	}
	etag := strings.Trim(aws.ToString(head.ETag), `"`)
	if object.ETag != "" && object.ETag != etag {
		return object, "", &InputChangedError{}
	}
	object.ETag = etag
	if object.VersionID == "" {
		object.VersionID = aws.ToString(head.VersionId)
	}
	if head.ContentLength == nil {
		return object, "", errors.New("looking at the input: S3 did not tell its size")
	}
	object.Size = *head.ContentLength
	return object, aws.ToString(head.ContentType), nil
}

// Source gives the rows of an object.
func Source(client Client) mapreduce.Source {
	return func(split mapreduce.Split) (rows.Source, error) {
		if split.Bucket == "" {
			return nil, &mapreduce.InvalidBatchError{Detail: "an item has no bucket"}
		}
		return &source{client, split.Object}, nil
	}
}

type source struct {
	client Client
	object mapreduce.Object
}

func (s *source) Size() int64 { return s.object.Size }

func (s *source) Open(ctx context.Context, from, to int64) (io.ReadCloser, error) {
	return Open(ctx, s.client, s.object, from, to)
}

// isGone tells of an object or a version that is not there, or not the one that a
// condition names. HEAD has no body to say which, and answers 404, or 405 for a
// version that marks a deletion.
func isGone(err error) bool {
	return s3error.Is(err, "NoSuchKey", "NoSuchVersion", "NotFound", "PreconditionFailed", "MethodNotAllowed", "InvalidRange")
}
