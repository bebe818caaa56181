package nag_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func TestSuppressionsAddUp(t *testing.T) {
	stack := cdktest.NewStack(t)
	bucket := awss3.NewBucket(stack, jsii.String("Bucket"), nil)
	nag.Suppress(bucket, nag.Suppression{Rule: "AwsSolutions-S1", Reason: "It holds nothing yet."})
	nag.Suppress(bucket.Node().DefaultChild(), nag.Suppression{
		Rule: "AwsSolutions-IAM5", Reason: "A test of both kinds.", AppliesTo: []string{"Resource::*", "/^Action::s3:.*$/"},
	})
	cdktest.TemplateOf(t, stack).HasResource("AWS::S3::Bucket", map[string]any{
		"Metadata": map[string]any{"cdk_nag": map[string]any{"rules_to_suppress": []any{
			map[string]any{"id": "AwsSolutions-S1", "reason": "It holds nothing yet."},
			map[string]any{
				"id":         "AwsSolutions-IAM5",
				"reason":     "A test of both kinds.",
				"applies_to": []any{"Resource::*", map[string]any{"regex": "/^Action::s3:.*$/"}},
			},
		}}},
	})
}

func TestSuppressNeedsAResource(t *testing.T) {
	stack := cdktest.NewStack(t)
	cdktest.Panics(t, "nag: Test/Empty has no CloudFormation resource", func() {
		nag.Suppress(constructs.NewConstruct(stack, jsii.String("Empty")), nag.Suppression{Rule: "AwsSolutions-S1", Reason: "None."})
	})
}
