package turn

import (
	"errors"
	"testing"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		`Get "https://b.s3.amazonaws.com/alice?X-Amz-Signature=s": EOF`:                                                                                     `Get "URL": EOF`,
		`User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/alice smith.jpg" because`: `User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: s3:GetObject on resource: ARN because`,
		`no access to arn:aws-cn:s3:::b/alice.jpg today`:                                                                                                    `no access to ARN today`,
		`a plain error`: `a plain error`,
	} {
		if got := Text(errors.New(text)); got != want {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}
