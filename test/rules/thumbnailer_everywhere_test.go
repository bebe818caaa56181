package rules

var everywhereMutants = []mutant{
	{
		name:  "a type without rules",
		plant: func(m *mutable) { m.add("Stream", "AWS::KinesisVideo::Stream", nil) },
		want:  []string{"known-types Stream"},
	},
	{
		name:  "a custom resource",
		plant: func(m *mutable) { m.add("Thing", "Custom::Thing", nil) },
		want:  []string{"known-types Thing"},
	},
	one("no-physical-names", "Uploads/Bucket", "Properties BucketName", "uploads"),
	one("no-physical-names", "Work/Queue", "Properties QueueName", "work"),
	one("no-physical-names", "Alarms/Topic", "Properties TopicName", "alarms"),
	one("no-physical-names", "Resize/Function", "Properties FunctionName", obj{"Fn::Sub": "${AWS::StackName}-resize"}),
	one("no-physical-names", "Resize/Role", "Properties RoleName", "resize"),
	one("no-physical-names", "Resize/LogGroup", "Properties LogGroupName", "/refstack/resize"),
	one("no-physical-names", "Resize/Errors", "Properties AlarmName", "errors"),
	{
		name:  "a key's alias",
		plant: func(m *mutable) { m.add("Alias", "AWS::KMS::Alias", obj{"AliasName": "alias/alarms"}) },
		want:  []string{"known-types Alias", "no-physical-names Alias"},
	},
	one("outputs", "Outputs", "Outputs", gone),
	one("outputs", "Outputs", "Outputs AlarmTopicArn Description", gone),
}

var lifetimeMutants = []mutant{
	one("production-retains", "Uploads/Bucket", "DeletionPolicy", "Delete").in("prod"),
	one("production-retains", "Uploads/Bucket", "DeletionPolicy", gone).in("prod"),
	one("production-retains", "Renditions/Bucket", "UpdateReplacePolicy", "Delete").in("prod"),
	one("production-retains", "AccessLogs/Bucket", "DeletionPolicy", "Delete").in("prod"),
	one("production-retains", "Resize/LogGroup", "DeletionPolicy", "Delete").in("prod"),
	one("production-retains", "Resize/LogGroup", "UpdateReplacePolicy", gone).in("prod"),
	{
		name:  "the key of a bucket is deleted",
		stage: "prod",
		plant: func(m *mutable) {
			m.set("Uploads/Bucket", "Properties BucketEncryption", obj{"ServerSideEncryptionConfiguration": []any{obj{
				"ServerSideEncryptionByDefault": obj{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": m.ARN("Alarms/Key")},
			}}})
		},
		want: []string{"production-retains Alarms/Key"},
	},
	one("development-deletes", "Uploads/Bucket", "DeletionPolicy", "Retain").in("dev"),
	one("development-deletes", "Uploads/Bucket", "UpdateReplacePolicy", "Retain").in("dev"),
	one("development-deletes", "Resize/LogGroup", "DeletionPolicy", "RetainExceptOnCreate").in("dev"),
	one("development-deletes", "Alarms/Key", "DeletionPolicy", "Retain").in("dev"),
	one("development-deletes", "Work/Queue", "DeletionPolicy", "Snapshot").in("dev"),
	one("bucket-emptying", "Uploads/Bucket", "Properties Tags", gone).in("dev"),
	one("bucket-emptying", "Uploads/Bucket", "Properties Tags 0 Value", "false").in("dev"),
	{
		name:  "a bucket without its emptier",
		stage: "dev",
		plant: func(m *mutable) {
			delete(m.resources(), m.id("Uploads/Bucket/AutoDeleteObjectsCustomResource/Default"))
		},
		want: []string{"bucket-emptying Uploads/Bucket"},
	},
	{
		name:  "an emptier in production",
		stage: "prod",
		plant: func(m *mutable) {
			m.add("Emptier", "Custom::S3AutoDeleteObjects", obj{"BucketName": m.ref("Uploads/Bucket")})
		},
		want: []string{"bucket-emptying Emptier"},
	},
	{
		name:  "the CDK's provider is exempt in development alone",
		stage: "prod",
		plant: func(m *mutable) {
			m.resources()["CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092"] = golden(m.t, m.stack, "dev").resources()["CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092"]
		},
		want: []string{"no-managed-policies CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092"},
	},
	{
		name:  "what is named like the CDK's provider is not exempt",
		stage: "dev",
		plant: func(m *mutable) {
			m.resources()["CustomS3AutoDeleteObjectsCustomResourceProviderRole"] = m.resources()["CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092"]
		},
		want: []string{"no-managed-policies CustomS3AutoDeleteObjectsCustomResourceProviderRole"},
	},
}
