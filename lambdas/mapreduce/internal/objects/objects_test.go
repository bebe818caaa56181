package objects_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
	"refstack/lambdas/mapreduce/games"
	"refstack/lambdas/mapreduce/internal/mapping"
	"refstack/lambdas/mapreduce/internal/objects"
	"refstack/lambdas/mapreduce/internal/planning"
	"refstack/lambdas/mapreduce/internal/reducing"
)

// silent is an S3 that does not answer.
type silent struct{ objects.Client }

func (silent) GetObject(ctx context.Context, _ *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (silent) HeadObject(ctx context.Context, _ *s3.HeadObjectInput, _ ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Each of the functions says that it has failed a second before Lambda would end it.
func TestTimeIsLeftToAnswer(t *testing.T) {
	object := mapreduce.Object{Bucket: "input", Key: "games.csv", Size: 9, Format: rows.CSV}
	for name, handle := range map[string]func(context.Context) error{
		"planner": func(ctx context.Context) error {
			_, err := planning.New(silent{}, planning.Config{WorkBucket: "work"}).Handle(ctx, planning.Event{Run: "r", Bucket: "input", Key: "games.csv"})
			return err
		},
		"mapper": func(ctx context.Context) error {
			_, err := mapping.New(silent{}, games.Job)(ctx, mapreduce.Batch{
				Input: mapreduce.BatchInput{Run: "r"}, Items: []mapreduce.Split{{Object: object, End: 9}},
			})
			return err
		},
		"reducer": func(ctx context.Context) error {
			_, err := reducing.New(silent{}, games.Job, reducing.Config{}).Handle(ctx, reducing.Event{
				Plan: reducing.Plan{Run: "r", Splits: 1, Plan: mapreduce.Location{Bucket: "work", Key: "plan"}}, Manifest: &reducing.Manifest{Bucket: "work", Key: "manifest"},
			})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := handle(ctx)
				deadline, _ := ctx.Deadline()
				if left := time.Until(deadline); !errors.Is(err, context.DeadlineExceeded) || left != time.Second {
					t.Errorf("%v, with %s left", err, left)
				}
			})
		})
	}
}
