package rules

var eventMutants = []mutant{
	one("rule-dead-letters", "PlacedRule", "Properties Targets 0 DeadLetterConfig", gone),
	one("rule-dead-letters", "PlacedRule", "Properties Targets 0 RetryPolicy", gone),
	one("rule-dead-letters", "PlacedRule", "Properties Targets 0 RetryPolicy MaximumRetryAttempts", gone),
	one("rule-targets", "PlacedRule", "Properties Targets", []any{}),
	one("rule-dead-letters", "Placed/DeadLetterQueue/Policy", "Properties PolicyDocument Statement sqs:SendMessage Condition", obj{"StringEquals": obj{"aws:SourceAccount": obj{"Ref": "AWS::AccountId"}}}).elsewhere("PlacedRule"),
	one("rule-targets", "PlacedRule", "Properties EventPattern", gone),
	one("rule-targets", "PlacedRule", "Properties State", "DISABLED"),
	one("connection-secrets", "ToApiDestination/Connection/Connection", "Properties AuthParameters ApiKeyAuthParameters ApiKeyValue", "hunter2"),
	one("destination-limits", "ToApiDestination/Destination/ApiDestination", "Properties InvocationEndpoint", "http://example.com/"),
	one("destination-limits", "ToApiDestination/Destination/ApiDestination", "Properties InvocationRateLimitPerSecond", gone),
	one("secret-generated", "ToApiDestination/ApiKey", "Properties SecretString", "hunter2"),
	one("secret-generated", "ToApiDestination/ApiKey", "Properties GenerateSecretString", gone),
	one("production-retains", "ToApiDestination/ApiKey", "DeletionPolicy", "Delete").in("prod"),
	one("no-physical-names", "ToApiDestination/Destination/ApiDestination", "Properties Name", "orders"),
}

var flowMutants = []mutant{
	one("stream-encryption", "ToKinesis/Stream", "Properties StreamEncryption", gone),
	one("stream-encryption", "ToFirehose/DeliveryStream", "Properties DeliveryStreamEncryptionConfigurationInput", gone),
	one("stream-on-demand", "ToKinesis/Stream", "Properties StreamModeDetails", gone),
	one("production-retains", "ToKinesis/Stream", "DeletionPolicy", "Delete").in("prod"),
	one("firehose-delivery", "ToFirehose/DeliveryStream", "Properties ExtendedS3DestinationConfiguration BucketARN", "arn:aws:s3:::elsewhere"),
	one("firehose-delivery", "ToFirehose/DeliveryStream", "Properties ExtendedS3DestinationConfiguration RoleARN", "arn:aws:iam::111122223333:role/f"),
	one("firehose-delivery", "ToFirehose/DeliveryStream", "Properties ExtendedS3DestinationConfiguration CloudWatchLoggingOptions Enabled", false),
	one("firehose-delivery", "ToFirehose/DeliveryStream", "DependsOn", gone),
	one("firehose-delivery", "ToFirehose/DeliveryRole/DefaultPolicy", "Properties PolicyDocument Statement s3:AbortMultipartUpload", gone).elsewhere("ToFirehose/DeliveryStream"),
	one("firehose-delivery", "ToFirehose/DeliveryRole/DefaultPolicy", "Properties PolicyDocument Statement logs:PutLogEvents", gone).elsewhere("ToFirehose/DeliveryStream"),
}

const (
	network   = "Network/Vpc"
	endpoints = "Network/Vpc/Endpoints"
)

var networkMutants = []mutant{
	one("network-closed", "Network/Vpc/IsolatedSubnet1/Subnet", "Properties MapPublicIpOnLaunch", true),
	{
		name:  "a way to the internet",
		plant: func(m *mutable) { m.add("Gateway", "AWS::EC2::InternetGateway", obj{}) },
		want:  []string{"network-closed Gateway"},
	},
	one("network-flow-logs", "Network/Vpc/FlowLog/FlowLog", "Properties TrafficType", "REJECT").elsewhere(network),
	one("network-flow-logs", "Network/Vpc/FlowLog/FlowLog", "Properties LogGroupName", "elsewhere"),
	one("network-flow-logs", "Network/FlowLogsRole/DefaultPolicy", "Properties PolicyDocument Statement logs:CreateLogStream", gone).elsewhere("Network/Vpc/FlowLog/FlowLog"),
	one("group-closed", endpoints, "Properties SecurityGroupIngress", []any{obj{"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp"}}),
	one("group-closed", endpoints, "Properties SecurityGroupEgress", gone),
	one("group-closed", "Network/Vpc/Containers", "Properties SecurityGroupEgress 0 IpProtocol", "-1"),
	{
		name: "a way in for everybody",
		plant: func(m *mutable) {
			m.add("In", "AWS::EC2::SecurityGroupIngress", obj{"GroupId": m.ref(endpoints), "CidrIp": "10.0.0.0/8", "IpProtocol": "tcp"})
		},
		want: []string{"group-closed In"},
	},
	one("endpoint-closed", "Network/Vpc/Ecr", "Properties SecurityGroupIds", gone),
	one("endpoint-closed", "Network/Vpc/Ecr", "Properties PrivateDnsEnabled", false),
	one("endpoint-closed", "Network/Vpc/S3", "Properties PolicyDocument", gone),
	one("endpoint-closed", "Network/Vpc/S3", "Properties PolicyDocument Statement s3:GetObject Resource", "*"),
	one("endpoint-closed", "Network/Vpc/S3", "Properties PolicyDocument Statement s3:GetObject Action", "*"),
}

var containerMutants = []mutant{
	one("images-scanned", "Images", "Properties ImageScanningConfiguration", gone),
	one("images-scanned", "Images", "Properties LifecyclePolicy", gone),
	one("production-retains", "Images", "DeletionPolicy", "Delete").in("prod"),
	one("cluster-insights", "ToEcs/Cluster", "Properties ClusterSettings 0 Value", "disabled"),
	one("cluster-insights", "ToEcs/Cluster", "Properties ClusterSettings", gone),
	one("container-safe", "ToEcs/Task", "Properties ContainerDefinitions 0 Image", "public.ecr.aws/x"),
	one("container-safe", "ToEcs/Task", "Properties ContainerDefinitions 0 ReadonlyRootFilesystem", gone),
	one("container-safe", "ToEcs/Task", "Properties ContainerDefinitions 0 Privileged", true),
	one("container-safe", "ToEcs/Task", "Properties ContainerDefinitions 0 User", gone),
	one("container-safe", "ToEcs/Task", "Properties ContainerDefinitions 0 LogConfiguration", gone),
	one("container-safe", "ToEcs/Task", "Properties ContainerDefinitions", gone),
	one("container-safe", "ToBatch/Job", "Properties ContainerProperties User", "root"),
	one("container-safe", "ToBatch/Job", "Properties ContainerProperties ReadonlyRootFilesystem", false),
	one("container-roles", "ToBatch/Job", "Properties ContainerProperties JobRoleArn", "arn:aws:iam::111122223333:role/j"),
	{
		name: "a container that runs as the role that starts it",
		plant: func(m *mutable) {
			m.set("ToBatch/Job", "Properties ContainerProperties JobRoleArn", m.ARN("ToBatch/ExecutionRole"))
		},
		want: []string{"container-roles ToBatch/Job"},
	},
	one("job-limits", "ToBatch/Job", "Properties Timeout", gone),
	one("job-limits", "ToBatch/Job", "Properties RetryStrategy", gone),
	one("compute-bounded", "ToBatch/Environment", "Properties ComputeResources Type", "EC2"),
	one("compute-bounded", "ToBatch/Environment", "Properties ComputeResources MaxvCpus", 1000.0),
	one("compute-bounded", "ToBatch/Environment", "Properties ComputeResources Subnets", []any{"subnet-1"}),
	one("compute-bounded", "ToBatch/Environment", "Properties ComputeResources SecurityGroupIds", gone),
	one("compute-bounded", "ToBatch/Jobs", "Properties ComputeEnvironmentOrder", []any{}),
	one("compute-bounded", "ToBatch/Jobs", "Properties ComputeEnvironmentOrder 0 ComputeEnvironment", "arn:aws:batch:us-east-1:111122223333:compute-environment/x"),
}

var warehouseMutants = []mutant{
	one("warehouse-closed", "ToRedshift/Workgroup", "Properties PubliclyAccessible", true),
	one("warehouse-closed", "ToRedshift/Workgroup", "Properties PubliclyAccessible", gone),
	one("warehouse-closed", "ToRedshift/Workgroup", "Properties EnhancedVpcRouting", false),
	one("warehouse-closed", "ToRedshift/Workgroup", "Properties ConfigParameters", gone),
	one("warehouse-closed", "ToRedshift/Workgroup", "Properties MaxCapacity", gone),
	one("warehouse-closed", "ToRedshift/Workgroup", "Properties NamespaceName", "elsewhere"),
	one("warehouse-password", "ToRedshift/Namespace", "Properties AdminUserPassword", "hunter2"),
	one("warehouse-password", "ToRedshift/Namespace", "Properties AdminUserPassword", gone),
	one("warehouse-password", "ToRedshift/Namespace", "Properties LogExports", []any{"userlog"}),
	one("production-retains", "ToRedshift/Namespace", "DeletionPolicy", "Delete").in("prod"),
	one("pipeline-role", "ToSageMaker/Pipeline", "Properties RoleArn", "arn:aws:iam::111122223333:role/s"),
	one("pipeline-role", "ToSageMaker/PipelineRole", "Properties AssumeRolePolicyDocument Statement sts:AssumeRole Principal Service", "ec2.amazonaws.com").elsewhere("ToSageMaker/Pipeline"),
}
