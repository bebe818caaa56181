package thumbnailer

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3notifications"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/nag"
	"refstack/constructs/privatebucket"
)

// buckets are the two ends of the architecture, the user's own or new ones.
type buckets struct {
	uploads, renditions awss3.IBucket
	// ownUploads is the upload bucket where this stack made it.
	ownUploads awss3.Bucket
}

func newBuckets(stack awscdk.Stack, p Props) *buckets {
	b := &buckets{uploads: p.UploadBucket, renditions: p.RenditionBucket}
	if b.uploads != nil && b.renditions != nil {
		return b
	}
	logs := privatebucket.NewAccessLogs(stack, "AccessLogs", &privatebucket.AccessLogsProps{Retain: p.Production})
	if b.uploads == nil {
		b.ownUploads = privatebucket.New(stack, "Uploads", &privatebucket.Props{
			AccessLogs: logs.Bucket,
			Retain:     p.Production,
		}).Bucket
		b.uploads = b.ownUploads
	}
	if b.renditions == nil {
		b.renditions = privatebucket.New(stack, "Renditions", &privatebucket.Props{
			AccessLogs: logs.Bucket,
			Retain:     p.Production,
			LifecycleRules: []*awss3.LifecycleRule{{
				Id:         jsii.String("ExpireRejected"),
				Prefix:     jsii.String(p.rejectedPrefix()),
				Expiration: awscdk.Duration_Days(jsii.Number(90)),
			}},
		}).Bucket
	}
	return b
}

// notify has the upload bucket tell the queue of new objects.
func (b *buckets) notify(queue awssqs.Queue, p Props) {
	if b.ownUploads == nil {
		// The notifications would belong to the stack of the bucket, which would
		// need the queue of this one, while this one needs the bucket. So the bucket
		// is imported here, by its ARN.
		bucket := awss3.Bucket_FromBucketArn(queue.Stack(), jsii.String("UploadBucket"), b.uploads.BucketArn())
		for _, suffix := range p.UploadSuffixes {
			bucket.AddEventNotification(awss3.EventType_OBJECT_CREATED,
				awss3notifications.NewSqsDestination(queue),
				&awss3.NotificationKeyFilter{Prefix: jsii.String(p.UploadPrefix), Suffix: jsii.String(suffix)})
		}
		return
	}

	// AddEventNotification would bring a custom resource: one more function,
	// which may reconfigure every bucket of the account. A bucket of our own
	// takes the configuration as a property, if the queue lets it in before it
	// exists, and so before it has a name.
	stack := awscdk.Stack_Of(queue)
	queue.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AllowNotifications"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("s3.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sqs:SendMessage"),
		Resources:  &[]*string{queue.QueueArn()},
		Conditions: &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()},
			"ArnLike":      map[string]any{"aws:SourceArn": stack.FormatArn(&awscdk.ArnComponents{Service: jsii.String("s3"), Region: jsii.String(""), Account: jsii.String(""), Resource: jsii.String("*")})},
		},
	}))
	var configurations []any
	for _, suffix := range p.UploadSuffixes {
		configurations = append(configurations, notification(queue, p.UploadPrefix, suffix))
	}
	bucket := b.ownUploads.Node().DefaultChild().(awss3.CfnBucket)
	bucket.SetNotificationConfiguration(&awss3.CfnBucket_NotificationConfigurationProperty{QueueConfigurations: configurations})
	bucket.Node().AddDependency(queue.Node().FindChild(jsii.String("Policy")))
	b.ownUploads.Node().AddValidation(&onlyOurNotifications{b.ownUploads})
}

func notification(queue awssqs.Queue, prefix, suffix string) *awss3.CfnBucket_QueueConfigurationProperty {
	config := &awss3.CfnBucket_QueueConfigurationProperty{
		Event: jsii.String("s3:ObjectCreated:*"),
		Queue: queue.QueueArn(),
	}
	var rules []any
	if prefix != "" {
		rules = append(rules, &awss3.CfnBucket_FilterRuleProperty{Name: jsii.String("prefix"), Value: jsii.String(prefix)})
	}
	if suffix != "" {
		rules = append(rules, &awss3.CfnBucket_FilterRuleProperty{Name: jsii.String("suffix"), Value: jsii.String(suffix)})
	}
	if len(rules) > 0 {
		config.Filter = &awss3.CfnBucket_NotificationFilterProperty{S3Key: &awss3.CfnBucket_S3KeyFilterProperty{Rules: rules}}
	}
	return config
}

// onlyOurNotifications fails the synth when a user calls AddEventNotification
// on the upload bucket: the custom resource behind it would overwrite the
// notifications that this stack lives on.
type onlyOurNotifications struct{ bucket awss3.Bucket }

func (v *onlyOurNotifications) Validate() *[]*string {
	if v.bucket.Node().TryFindChild(jsii.String("Notifications")) == nil {
		return &[]*string{}
	}
	return jsii.Strings("thumbnailer: AddEventNotification on the upload bucket would replace the thumbnailer's own notifications: pass a bucket of yours as UploadBucket, and add to that")
}

// grant allows what the function does and no more.
func (b *buckets) grant(role awsiam.Role, p Props) {
	allow := func(resources []*string, actions ...string) {
		role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions:   jsii.Strings(actions...),
			Resources: &resources,
		}))
	}
	var renditions []*string
	for _, r := range p.Renditions {
		renditions = append(renditions, b.renditions.ArnForObjects(jsii.String(p.renditionPrefix(r)+"*")))
	}
	rejected := b.renditions.ArnForObjects(jsii.String(p.rejectedPrefix() + "*"))
	allow([]*string{b.uploads.ArnForObjects(jsii.String(p.UploadPrefix + "*"))}, "s3:GetObject", "s3:GetObjectVersion")
	allow(append(renditions, rejected), "s3:GetObject", "s3:PutObject")
	// A rendition may change its file format, and so its key.
	allow(renditions, "s3:DeleteObject")
	// S3 answers 404 for a missing object to those who may list its bucket,
	// and 403 to others.
	allow([]*string{b.uploads.BucketArn(), b.renditions.BucketArn()}, "s3:ListBucket")
	if key := b.uploads.EncryptionKey(); key != nil {
		key.GrantDecrypt(role)
	}
	if key := b.renditions.EncryptionKey(); key != nil {
		key.GrantEncryptDecrypt(role)
	}
	nag.Suppress(role.Node().FindChild(jsii.String("DefaultPolicy")), nag.Suppression{
		Rule:      "AwsSolutions-IAM5",
		Reason:    "Any object may be uploaded under the prefix, and becomes objects of the same key under the renditions' prefixes.",
		AppliesTo: []string{`/^Resource::.+\/.*\*$/`},
	})
}

// alarmOnRejections tells of many uploads that cannot become thumbnails: a few
// are the uploaders' business, many may be a fault of ours.
func alarmOnRejections(stack awscdk.Stack, resize awslambda.Function, topic awssns.ITopic, p Props) {
	alarmtopic.NewAlarm(stack, "Rejections", topic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("10 or more uploads in 5 minutes could not become thumbnails: the rendition bucket has the reasons under " + p.rejectedPrefix()),
		Metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("Thumbnailer"),
			MetricName:    jsii.String("Rejected"),
			DimensionsMap: &map[string]*string{"FunctionName": resize.FunctionName()},
			Statistic:     awscloudwatch.Stats_SUM(),
			Period:        awscdk.Duration_Minutes(jsii.Number(5)),
		}),
		Threshold: jsii.Number(10),
	})
}
