package pipes

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/loggroup"
	"refstack/constructs/nag"
	"refstack/constructs/pipe"
	"refstack/constructs/privatebucket"
)

// firehose is by CloudFormation's own type: the CDK's gives the role every
// action on objects there is.
func (c *catalogue) firehose(scope constructs.Construct) pipe.Target {
	bucket := privatebucket.New(scope, "Records", &privatebucket.Props{
		AccessLogs: privatebucket.NewAccessLogs(scope, "AccessLogs", &privatebucket.AccessLogsProps{Retain: c.props.Production}).Bucket,
		Retain:     c.props.Production,
	}).Bucket
	errors := loggroup.New(scope, "DeliveryErrors", c.props.Production)
	errorStream := awslogs.NewLogStream(scope, jsii.String("DeliveryErrorStream"), &awslogs.LogStreamProps{
		LogGroup: errors, RemovalPolicy: c.removal(),
	})
	role := serviceRole(scope, "DeliveryRole", "firehose.amazonaws.com")
	allow(role, []*string{bucket.BucketArn()}, "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
	allow(role, []*string{bucket.ArnForObjects(jsii.String("*"))}, "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
	allow(role, []*string{errors.LogGroupArn()}, "logs:PutLogEvents")
	policy := role.Node().FindChild(jsii.String("DefaultPolicy"))
	nag.Suppress(policy, nag.Suppression{
		Rule:      "AwsSolutions-IAM5",
		Reason:    "Firehose names the objects that it writes, all through this bucket.",
		AppliesTo: []string{`/^Resource::<ToFirehoseRecords.+\.Arn>\/\*$/`},
	})

	stream := awskinesisfirehose.NewCfnDeliveryStream(scope, jsii.String("DeliveryStream"), &awskinesisfirehose.CfnDeliveryStreamProps{
		DeliveryStreamType: jsii.String("DirectPut"),
		DeliveryStreamEncryptionConfigurationInput: &awskinesisfirehose.CfnDeliveryStream_DeliveryStreamEncryptionConfigurationInputProperty{
			KeyType: jsii.String("AWS_OWNED_CMK"),
		},
		ExtendedS3DestinationConfiguration: &awskinesisfirehose.CfnDeliveryStream_ExtendedS3DestinationConfigurationProperty{
			BucketArn:         bucket.BucketArn(),
			RoleArn:           role.RoleArn(),
			CompressionFormat: jsii.String("GZIP"),
			CloudWatchLoggingOptions: &awskinesisfirehose.CfnDeliveryStream_CloudWatchLoggingOptionsProperty{
				Enabled: jsii.Bool(true), LogGroupName: errors.LogGroupName(), LogStreamName: errorStream.LogStreamName(),
			},
		},
	})
	// Firehose checks what its role may do when it makes the stream.
	stream.Node().AddDependency(policy)
	return pipe.ToFirehose(stream)
}
