package privatebucket_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3notifications"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/privatebucket"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func newBucket(stack awscdk.Stack, props privatebucket.Props) *privatebucket.PrivateBucket {
	props.AccessLogs = awss3.NewBucket(stack, jsii.String("Logs"), nil)
	return privatebucket.New(stack, "Uploads", &props)
}

func TestBucketIsPrivateEncryptedVersionedAndLogged(t *testing.T) {
	stack := cdktest.NewStack(t)
	newBucket(stack, privatebucket.Props{})
	template := cdktest.TemplateOf(t, stack)
	bucket := template.ID("AWS::S3::Bucket", "Uploads")
	template.Has("AWS::S3::Bucket", map[string]any{
		"PublicAccessBlockConfiguration": map[string]any{
			"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
		},
		"OwnershipControls":       map[string]any{"Rules": []any{map[string]any{"ObjectOwnership": "BucketOwnerEnforced"}}},
		"VersioningConfiguration": map[string]any{"Status": "Enabled"},
		"BucketEncryption": map[string]any{"ServerSideEncryptionConfiguration": []any{
			map[string]any{"ServerSideEncryptionByDefault": map[string]any{"SSEAlgorithm": "AES256"}},
		}},
		"LoggingConfiguration": map[string]any{"DestinationBucketName": map[string]any{"Ref": template.ID("AWS::S3::Bucket", "Logs")}, "LogFilePrefix": "Test/Uploads/"},
		"LifecycleConfiguration": map[string]any{"Rules": []any{map[string]any{
			"Id":                             "CleanUp",
			"Status":                         "Enabled",
			"AbortIncompleteMultipartUpload": map[string]any{"DaysAfterInitiation": 7},
			"NoncurrentVersionExpiration":    map[string]any{"NoncurrentDays": 30},
			"ExpiredObjectDeleteMarker":      true,
		}}},
	})
	template.Has("AWS::S3::BucketPolicy", map[string]any{
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{
			"Effect":    "Deny",
			"Principal": map[string]any{"AWS": "*"},
			"Action":    "s3:*",
			"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			"Resource": []any{
				map[string]any{"Fn::GetAtt": []any{bucket, "Arn"}},
				map[string]any{"Fn::Join": []any{"", []any{map[string]any{"Fn::GetAtt": []any{bucket, "Arn"}}, "/*"}}},
			},
		}})},
	})
}

func TestBucketGoesWithItsStackUnlessRetained(t *testing.T) {
	stack := cdktest.NewStack(t)
	newBucket(stack, privatebucket.Props{})
	template := cdktest.TemplateOf(t, stack)
	template.HasResource("AWS::S3::Bucket", map[string]any{"DeletionPolicy": "Delete"})
	template.Count("Custom::S3AutoDeleteObjects", 1)

	stack = cdktest.NewStack(t)
	newBucket(stack, privatebucket.Props{Retain: true})
	template = cdktest.TemplateOf(t, stack)
	template.HasResource("AWS::S3::Bucket", map[string]any{"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"})
	template.Count("Custom::S3AutoDeleteObjects", 0)
	template.Count("AWS::Lambda::Function", 0)
}

func TestBucketTakesAKeyAndFurtherRules(t *testing.T) {
	stack := cdktest.NewStack(t)
	rules := []*awss3.LifecycleRule{{Id: jsii.String("Archive"), Prefix: jsii.String("old/"), Expiration: awscdk.Duration_Days(jsii.Number(9))}}
	newBucket(stack, privatebucket.Props{
		EncryptionKey:  awskms.NewKey(stack, jsii.String("Key"), nil),
		NoncurrentDays: 3,
		LifecycleRules: rules,
	})
	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::S3::Bucket", map[string]any{
		"BucketEncryption": map[string]any{"ServerSideEncryptionConfiguration": []any{map[string]any{
			"BucketKeyEnabled": true,
			"ServerSideEncryptionByDefault": map[string]any{
				"SSEAlgorithm":   "aws:kms",
				"KMSMasterKeyID": map[string]any{"Fn::GetAtt": []any{template.ID("AWS::KMS::Key", "Key"), "Arn"}},
			},
		}}},
		"LifecycleConfiguration": map[string]any{"Rules": []any{
			assertions.Match_ObjectLike(&map[string]any{"NoncurrentVersionExpiration": map[string]any{"NoncurrentDays": 3}}),
			map[string]any{"Id": "Archive", "Status": "Enabled", "Prefix": "old/", "ExpirationInDays": 9},
		}},
	})
	if len(rules) != 1 {
		t.Error("New changed its caller's rules")
	}
}

func TestAccessLogsExpireAndAreNotLogged(t *testing.T) {
	stack := cdktest.NewStack(t)
	logs := privatebucket.NewAccessLogs(stack, "Logs", nil)
	privatebucket.New(stack, "Uploads", &privatebucket.Props{AccessLogs: logs.Bucket, Retain: true})
	template := cdktest.TemplateOf(t, stack)
	id := template.ID("AWS::S3::Bucket", "Logs")
	template.Has("AWS::S3::Bucket", map[string]any{
		"LoggingConfiguration": assertions.Match_Absent(),
		"LifecycleConfiguration": map[string]any{"Rules": assertions.Match_ArrayWith(&[]any{
			map[string]any{"Id": "ExpireLogs", "Status": "Enabled", "ExpirationInDays": 90},
		})},
	})
	template.Has("AWS::S3::Bucket", map[string]any{
		"LoggingConfiguration": map[string]any{"DestinationBucketName": map[string]any{"Ref": id}},
	})
	template.Has("AWS::S3::BucketPolicy", map[string]any{
		"Bucket": map[string]any{"Ref": id},
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{assertions.Match_ObjectLike(&map[string]any{
			"Effect":    "Allow",
			"Principal": map[string]any{"Service": "logging.s3.amazonaws.com"},
			"Action":    "s3:PutObject",
			"Condition": assertions.Match_ObjectLike(&map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": map[string]any{"Ref": "AWS::AccountId"}}}),
		})})},
	})
}

func TestBadProps(t *testing.T) {
	stack := cdktest.NewStack(t)
	cdktest.Panics(t, "privatebucket: AccessLogs is required", func() { privatebucket.New(stack, "A", nil) })
	cdktest.Panics(t, "privatebucket: NoncurrentDays must be at least 1, got -1", func() {
		newBucket(stack, privatebucket.Props{NoncurrentDays: -1})
	})
	cdktest.Panics(t, "privatebucket: ExpireDays must be at least 1, got -2", func() {
		privatebucket.NewAccessLogs(stack, "B", &privatebucket.AccessLogsProps{ExpireDays: -2})
	})
}

func TestEventBridgeNeedsNoCustomResource(t *testing.T) {
	stack := cdktest.NewStack(t)
	newBucket(stack, privatebucket.Props{EventBridge: true})
	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::S3::Bucket", map[string]any{"NotificationConfiguration": map[string]any{
		"EventBridgeConfiguration": map[string]any{"EventBridgeEnabled": true},
	}})
	template.Count("Custom::S3BucketNotifications", 0)
}

func TestAnotherNotificationWouldEndTheEvents(t *testing.T) {
	stack := cdktest.NewStack(t)
	bucket := newBucket(stack, privatebucket.Props{EventBridge: true})
	queue := awssqs.NewQueue(stack, jsii.String("Queue"), nil)
	bucket.Bucket.AddEventNotification(awss3.EventType_OBJECT_REMOVED, awss3notifications.NewSqsDestination(queue))
	cdktest.Panics(t, "privatebucket: AddEventNotification would end what the bucket sends to EventBridge", func() {
		awscdk.App_Of(stack).Synth(nil)
	})
}
