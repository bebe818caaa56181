package s3error_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"

	"refstack/lambdas/internal/s3error"
)

func TestCodes(t *testing.T) {
	for code, want := range map[string]struct{ missing, conflict bool }{
		"NoSuchKey": {missing: true}, "NotFound": {missing: true}, "NoSuchVersion": {missing: true},
		"PreconditionFailed": {conflict: true}, "ConditionalRequestConflict": {conflict: true},
		"AccessDenied": {}, "": {},
	} {
		err := fmt.Errorf("reading: %w", &smithy.GenericAPIError{Code: code})
		if got := s3error.IsMissing(err); got != want.missing {
			t.Errorf("%s is missing: %t", code, got)
		}
		if got := s3error.IsConflict(err); got != want.conflict {
			t.Errorf("%s is a conflict: %t", code, got)
		}
	}
	if err := errors.New("NoSuchKey"); s3error.IsMissing(err) || s3error.IsConflict(err) || s3error.IsMissing(nil) {
		t.Error("an error that is not of S3 has a code")
	}
}
