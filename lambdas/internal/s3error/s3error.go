// Package s3error tells what an error of S3 means to a program.
package s3error

import (
	"errors"
	"slices"

	"github.com/aws/smithy-go"
)

// IsMissing tells of an object or a version that is not there.
func IsMissing(err error) bool { return Is(err, "NoSuchKey", "NotFound", "NoSuchVersion") }

// IsConflict tells of a condition that did not hold, or of another write to the
// same key in the same moment.
func IsConflict(err error) bool { return Is(err, "PreconditionFailed", "ConditionalRequestConflict") }

// Is tells whether S3 answered with one of these codes.
func Is(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}
