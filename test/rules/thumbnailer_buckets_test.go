package rules

const (
	uploads       = "Uploads/Bucket"
	uploadsPolicy = "Uploads/Bucket/Policy"
)

var bucketMutants = []mutant{
	one("bucket-private", uploads, "Properties PublicAccessBlockConfiguration", gone),
	one("bucket-private", uploads, "Properties PublicAccessBlockConfiguration BlockPublicAcls", false),
	one("bucket-private", uploads, "Properties PublicAccessBlockConfiguration BlockPublicPolicy", gone),
	one("bucket-private", uploads, "Properties PublicAccessBlockConfiguration IgnorePublicAcls", gone),
	one("bucket-private", uploads, "Properties PublicAccessBlockConfiguration RestrictPublicBuckets", false),
	one("bucket-private", uploads, "Properties OwnershipControls", gone),
	one("bucket-private", uploads, "Properties OwnershipControls Rules 0 ObjectOwnership", "ObjectWriter"),
	one("bucket-encryption", uploads, "Properties BucketEncryption", gone),
	one("bucket-encryption", uploads, "Properties BucketEncryption ServerSideEncryptionConfiguration 0 ServerSideEncryptionByDefault SSEAlgorithm", "aws:kms"),
	one("bucket-tls", uploadsPolicy, "Properties PolicyDocument Statement s3:*", gone).elsewhere(uploads),
	one("bucket-tls", uploadsPolicy, "Properties PolicyDocument Statement s3:* Resource 1", gone).elsewhere(uploads),
	one("bucket-tls", uploadsPolicy, "Properties PolicyDocument Statement s3:* Resource 0", gone).elsewhere(uploads),
	one("bucket-tls", uploadsPolicy, "Properties PolicyDocument Statement s3:* Condition Bool aws:SecureTransport", true).elsewhere(uploads),
	one("bucket-versioning", uploads, "Properties VersioningConfiguration", gone),
	one("bucket-versioning", uploads, "Properties VersioningConfiguration Status", "Suspended"),
	one("bucket-lifecycle", uploads, "Properties LifecycleConfiguration", gone),
	one("bucket-lifecycle", uploads, "Properties LifecycleConfiguration Rules CleanUp AbortIncompleteMultipartUpload", gone),
	one("bucket-lifecycle", uploads, "Properties LifecycleConfiguration Rules CleanUp NoncurrentVersionExpiration", gone),
	one("bucket-lifecycle", uploads, "Properties LifecycleConfiguration Rules CleanUp Status", "Disabled"),
	one("bucket-lifecycle", uploads, "Properties LifecycleConfiguration Rules CleanUp Prefix", "tmp/"),

	one("bucket-access-logs", uploads, "Properties LoggingConfiguration", gone),
	one("bucket-access-logs", uploads, "Properties LoggingConfiguration DestinationBucketName", "another"),
	one("bucket-access-logs", uploads, "Properties LoggingConfiguration LogFilePrefix", "elsewhere/"),
	{
		name: "a bucket that logs into itself",
		plant: func(m *mutable) {
			m.set(uploads, "Properties LoggingConfiguration DestinationBucketName", m.ref(uploads))
		},
		want: []string{"bucket-access-logs " + uploads},
	},
	{
		name: "an empty reason for no access logs",
		plant: func(m *mutable) {
			m.set(uploads, "Properties LoggingConfiguration", gone)
			m.set(uploads, "Metadata cdk_nag", obj{"rules_to_suppress": []any{obj{"id": "AwsSolutions-S1", "reason": "none"}}})
		},
		want: []string{"bucket-access-logs " + uploads},
	},
	{
		name: "logs that S3 may not write",
		plant: func(m *mutable) {
			m.set("AccessLogs/Bucket/Policy", "Properties PolicyDocument Statement s3:PutObject", gone)
		},
		want: []string{"bucket-access-logs " + uploads},
	},

	one("bucket-notifications", uploads, "Properties NotificationConfiguration EventBridgeConfiguration", obj{"EventBridgeEnabled": true}),
	one("bucket-notifications", uploads, "Properties NotificationConfiguration LambdaConfigurations", []any{obj{}}),
	one("bucket-notifications", uploads, "Properties NotificationConfiguration TopicConfigurations", []any{obj{}}),
	one("bucket-notifications", uploads, "Properties NotificationConfiguration QueueConfigurations 0 Queue", "arn:aws:sqs:eu-west-1:111122223333:another"),
	one("bucket-notifications", uploads, "DependsOn", gone),
	one("bucket-notifications", workPolicy, "Properties PolicyDocument Statement AllowNotifications", gone).elsewhere(uploads),
	one("bucket-notifications", workPolicy, "Properties PolicyDocument Statement AllowNotifications Condition StringEquals aws:SourceAccount", "111122223333").elsewhere(uploads).And("service-principals " + workPolicy),
	{
		name: "a queue under a key that S3 may not use",
		plant: func(m *mutable) {
			m.set(work, "Properties SqsManagedSseEnabled", gone)
			m.set(work, "Properties KmsMasterKeyId", m.ARN("Alarms/Key"))
		},
		want: []string{"bucket-notifications " + uploads},
	},
}
