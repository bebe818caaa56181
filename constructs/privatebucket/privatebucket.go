// Package privatebucket makes S3 buckets that are private, encrypted, versioned
// and logged, and that clean up after themselves.
package privatebucket

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Props configure a PrivateBucket.
type Props struct {
	// AccessLogs receives the server access logs, under the bucket's path in
	// the construct tree. Required; NewAccessLogs makes one.
	AccessLogs awss3.IBucket
	// EncryptionKey encrypts the objects. Defaults to keys that S3 manages
	// (SSE-S3), which cost nothing.
	EncryptionKey awskms.IKey
	// NoncurrentDays is how long an overwritten or deleted object can be
	// brought back. Defaults to 30 days.
	NoncurrentDays int
	// LifecycleRules are added to those that every bucket has. Defaults to
	// none.
	LifecycleRules []*awss3.LifecycleRule
	// EventBridge has the bucket send all its events to EventBridge, where rules
	// choose among them. Defaults to sending none.
	EventBridge bool
	// Retain keeps the bucket and its objects when the stack is deleted.
	// Defaults to deleting both.
	Retain bool
}

// PrivateBucket is an S3 bucket with the defaults of this repository.
type PrivateBucket struct {
	Construct constructs.Construct
	Bucket    awss3.Bucket
}

// New makes a PrivateBucket.
func New(scope constructs.Construct, id string, props *Props) *PrivateBucket {
	if props == nil || props.AccessLogs == nil {
		panic("privatebucket: AccessLogs is required: pass the bucket of NewAccessLogs")
	}
	p := *props
	if p.NoncurrentDays == 0 {
		p.NoncurrentDays = 30
	}
	if p.NoncurrentDays < 1 {
		panic(fmt.Sprintf("privatebucket: NoncurrentDays must be at least 1, got %d", p.NoncurrentDays))
	}

	this := constructs.NewConstruct(scope, jsii.String(id))
	bucketProps := defaults(p.NoncurrentDays, p.Retain)
	bucketProps.ServerAccessLogsBucket = p.AccessLogs
	bucketProps.ServerAccessLogsPrefix = jsii.String(*this.Node().Path() + "/")
	*bucketProps.LifecycleRules = append(*bucketProps.LifecycleRules, p.LifecycleRules...)
	if p.EncryptionKey != nil {
		bucketProps.Encryption = awss3.BucketEncryption_KMS
		bucketProps.EncryptionKey = p.EncryptionKey
		bucketProps.BucketKeyEnabled = jsii.Bool(true)
	}
	bucket := awss3.NewBucket(this, jsii.String("Bucket"), bucketProps)
	if p.EventBridge {
		sendEvents(bucket)
	}
	return &PrivateBucket{Construct: this, Bucket: bucket}
}

// sendEvents sets a property: the CDK's own way to EventBridge is a custom
// resource that may reconfigure every bucket of the account.
func sendEvents(bucket awss3.Bucket) {
	bucket.Node().DefaultChild().(awss3.CfnBucket).SetNotificationConfiguration(&awss3.CfnBucket_NotificationConfigurationProperty{
		EventBridgeConfiguration: &awss3.CfnBucket_EventBridgeConfigurationProperty{EventBridgeEnabled: jsii.Bool(true)},
	})
	bucket.Node().AddValidation(&onlyEventBridge{bucket})
}

// onlyEventBridge fails the synth when a user calls AddEventNotification on the
// bucket: the custom resource behind it would overwrite the property.
type onlyEventBridge struct{ bucket awss3.Bucket }

func (v *onlyEventBridge) Validate() *[]*string {
	if v.bucket.Node().TryFindChild(jsii.String("Notifications")) == nil {
		return &[]*string{}
	}
	return jsii.Strings("privatebucket: AddEventNotification would end what the bucket sends to EventBridge: add a rule there instead")
}

// AccessLogsProps configure the bucket that NewAccessLogs makes.
type AccessLogsProps struct {
	// ExpireDays is how long a log is kept. Defaults to 90 days.
	ExpireDays int
	// Retain keeps the bucket and its logs when the stack is deleted. Defaults
	// to deleting both.
	Retain bool
}

// NewAccessLogs makes the bucket that receives the server access logs of a
// stack's other buckets. Props may be nil.
func NewAccessLogs(scope constructs.Construct, id string, props *AccessLogsProps) *PrivateBucket {
	var p AccessLogsProps
	if props != nil {
		p = *props
	}
	if p.ExpireDays == 0 {
		p.ExpireDays = 90
	}
	if p.ExpireDays < 1 {
		panic(fmt.Sprintf("privatebucket: ExpireDays must be at least 1, got %d", p.ExpireDays))
	}

	this := constructs.NewConstruct(scope, jsii.String(id))
	// In an app without this feature flag the CDK would let S3 write logs by an
	// ACL, which a bucket that enforces its ownership cannot have.
	this.Node().SetContext(jsii.String("@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy"), true)
	bucketProps := defaults(1, p.Retain)
	*bucketProps.LifecycleRules = append(*bucketProps.LifecycleRules, &awss3.LifecycleRule{
		Id:         jsii.String("ExpireLogs"),
		Expiration: awscdk.Duration_Days(jsii.Number(p.ExpireDays)),
	})
	bucket := awss3.NewBucket(this, jsii.String("Bucket"), bucketProps)
	return &PrivateBucket{Construct: this, Bucket: bucket}
}

func defaults(noncurrentDays int, retain bool) *awss3.BucketProps {
	props := &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		Versioned:         jsii.Bool(true),
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id:                                  jsii.String("CleanUp"),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(7)),
			NoncurrentVersionExpiration:         awscdk.Duration_Days(jsii.Number(noncurrentDays)),
			ExpiredObjectDeleteMarker:           jsii.Bool(true),
		}},
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	}
	if !retain {
		props.RemovalPolicy = awscdk.RemovalPolicy_DESTROY
		props.AutoDeleteObjects = jsii.Bool(true)
	}
	return props
}
