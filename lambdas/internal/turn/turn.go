// Package turn gives the parts of a batch their turns: an even share of the time
// each, so that a slow one cannot starve those behind it, and a fault that is
// its own alone.
package turn

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"refstack/lambdas/internal/rescue"
)

// reserve is the time kept for answering Lambda before it ends the function:
// an invocation that is cut off fails its whole batch.
const reserve = time.Second

// Take runs work, which is the first of so many that are left. Work that panics,
// or for which no time is left, fails.
func Take(ctx context.Context, left int, work func(context.Context) error) (err error) {
	if deadline, ok := ctx.Deadline(); ok {
		share := (time.Until(deadline) - reserve) / time.Duration(left)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("no time left for it: %w", err)
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = rescue.Error(fault)
		}
	}()
	return work(ctx)
}

var (
	anyURL    = regexp.MustCompile(`https?://[^\s"]+`)
	anyObject = regexp.MustCompile(`"arn:[a-z-]+:s3:::[^"]*"|arn:[a-z-]+:s3:::\S+`)
)

// Text is the text of err for the log, without the URLs that network errors
// quote, and without the ARNs of objects that S3 quotes where it denies access:
// the key of an object may name a person, and a query may hold a token.
func Text(err error) string {
	return anyObject.ReplaceAllString(anyURL.ReplaceAllString(err.Error(), "URL"), "ARN")
}
