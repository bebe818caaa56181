package objects

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/s3error"
)

// The keys of a run's objects in the bucket of work.
const workPrefix = "runs/"

// PlanKey is where a run's plan is.
func PlanKey(run string) string { return workPrefix + run + "/plan.jsonl" }

// FilesKey is where the files are listed that a further level reduces.
func FilesKey(run, level string) string {
	return workPrefix + run + "/levels/" + level + "/files.jsonl"
}

// ReducedKey is where a level's output is.
func ReducedKey(run, name string) string { return workPrefix + run + "/reduced/" + name + ".json" }

// Read opens an object of the run's own.
func Read(ctx context.Context, client Client, at mapreduce.Location) (io.ReadCloser, error) {
	output, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", at.Key, err)
	}
	return output.Body, nil
}

// ReadJSON reads one JSON document of the run's own, of at most limit bytes.
func ReadJSON(ctx context.Context, client Client, at mapreduce.Location, limit int64, into any) error {
	body, err := Read(ctx, client, at)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := json.NewDecoder(io.LimitReader(body, limit)).Decode(into); err != nil {
		return fmt.Errorf("reading %s: %w", at.Key, err)
	}
	return nil
}

// Lines reads the values of JSON Lines one by one.
func Lines[T any](ctx context.Context, client Client, at mapreduce.Location) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		body, err := Read(ctx, client, at)
		if err != nil {
			yield(none, err)
			return
		}
		defer body.Close()
		lines := json.NewDecoder(body)
		lines.DisallowUnknownFields()
		for {
			var value T
			err := lines.Decode(&value)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(none, fmt.Errorf("reading %s at byte %d: %w", at.Key, lines.InputOffset(), err))
				return
			}
			if !yield(value, nil) {
				return
			}
		}
	}
}

// Write stores an object of the run's own, in place of what was there.
func Write(ctx context.Context, client Client, at mapreduce.Location, content []byte, contentType string) error {
	_, err := client.PutObject(ctx, put(at, content, contentType))
	if err != nil {
		return fmt.Errorf("writing %s: %w", at.Key, err)
	}
	return nil
}

// WriteOnce is Write unless something is there. It tells whether it wrote.
func WriteOnce(ctx context.Context, client Client, at mapreduce.Location, content []byte, contentType string) (bool, error) {
	input := put(at, content, contentType)
	input.IfNoneMatch = new("*")
	_, err := client.PutObject(ctx, input)
	if s3error.IsConflict(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("writing %s: %w", at.Key, err)
	}
	return true, nil
}

// maxTries bounds how often Replace starts again when others write meanwhile:
// each time one of them has got through.
const maxTries = 5

// Replace stores an object in place of what is there, if older says so of that.
// It tells whether it wrote. S3 itself compares, in the moment of writing.
func Replace(ctx context.Context, client Client, at mapreduce.Location, content []byte, contentType string, older func(there []byte) bool) (bool, error) {
	for range maxTries {
		input := put(at, content, contentType)
		there, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key})
		switch {
		case s3error.IsMissing(err):
			input.IfNoneMatch = new("*")
		case err != nil:
			return false, fmt.Errorf("looking for an earlier %s: %w", at.Key, err)
		default:
			body, err := io.ReadAll(there.Body)
			there.Body.Close()
			if err != nil {
				return false, fmt.Errorf("looking for an earlier %s: %w", at.Key, err)
			}
			if !older(body) {
				return false, nil
			}
			input.IfMatch = there.ETag
		}
		_, err = client.PutObject(ctx, input)
		if err == nil {
			return true, nil
		}
		if !s3error.IsConflict(err) && !s3error.IsMissing(err) {
			return false, fmt.Errorf("writing %s: %w", at.Key, err)
		}
	}
	return false, fmt.Errorf("writing %s: others wrote it %d times meanwhile", at.Key, maxTries)
}

func put(at mapreduce.Location, content []byte, contentType string) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: &at.Bucket, Key: &at.Key, Body: bytes.NewReader(content), ContentType: &contentType}
}
