package pipe_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/pipe"
	"refstack/test/cdktest"
)

// network is what it takes to reach brokers in a VPC.
var network = []string{
	"ec2:CreateNetworkInterface *", "ec2:DeleteNetworkInterface *", "ec2:DescribeNetworkInterfaces *",
	"ec2:DescribeSecurityGroups *", "ec2:DescribeSubnets *", "ec2:DescribeVpcs *",
}

// log is what every pipe's role may do.
var log = []string{"logs:CreateLogStream Pipe/LogGroup.Arn", "logs:PutLogEvents Pipe/LogGroup.Arn"}

// part is a source, an enrichment or a target with the grants that it needs.
type part struct {
	name string
	make func(s services) any
	arn  string
	want []string
}

var parts = []part{
	{"FromQueue", func(s services) any { return pipe.FromQueue(s.queue("In")) }, "In.Arn", []string{
		"sqs:ReceiveMessage In.Arn", "sqs:DeleteMessage In.Arn", "sqs:GetQueueAttributes In.Arn",
	}},
	{"FromQueue under a key", func(s services) any { return pipe.FromQueue(s.lockedQueue("In")) }, "In.Arn", []string{
		"sqs:ReceiveMessage In.Arn", "sqs:DeleteMessage In.Arn", "sqs:GetQueueAttributes In.Arn", "kms:Decrypt InKey.Arn",
	}},
	{"FromQueue under the key of AWS", func(s services) any {
		return pipe.FromQueue(awssqs.NewQueue(s.stack, jsii.String("In"), &awssqs.QueueProps{Encryption: awssqs.QueueEncryption_KMS_MANAGED}))
	}, "In.Arn", []string{
		"sqs:ReceiveMessage In.Arn", "sqs:DeleteMessage In.Arn", "sqs:GetQueueAttributes In.Arn",
	}},
	{"FromTableStream", func(s services) any {
		return pipe.FromTableStream(s.table("In", awsdynamodb.StreamViewType_NEW_IMAGE, nil), &pipe.StreamProps{DeadLetterQueue: s.queue("Dead")})
	}, "In.StreamArn", []string{
		"dynamodb:DescribeStream In.StreamArn", "dynamodb:GetRecords In.StreamArn", "dynamodb:GetShardIterator In.StreamArn",
		"dynamodb:ListStreams In.StreamArn", "sqs:SendMessage Dead.Arn",
	}},
	{"FromTableStream under keys", func(s services) any {
		return pipe.FromTableStream(s.table("In", awsdynamodb.StreamViewType_NEW_IMAGE, s.key("InKey")), &pipe.StreamProps{DeadLetterQueue: s.lockedQueue("Dead")})
	}, "In.StreamArn", []string{
		"dynamodb:DescribeStream In.StreamArn", "dynamodb:GetRecords In.StreamArn", "dynamodb:GetShardIterator In.StreamArn",
		"dynamodb:ListStreams In.StreamArn", "sqs:SendMessage Dead.Arn",
		"kms:Decrypt InKey.Arn", "kms:Decrypt DeadKey.Arn", "kms:GenerateDataKey DeadKey.Arn",
	}},
	{"FromKinesisStream", func(s services) any {
		return pipe.FromKinesisStream(s.stream("In"), &pipe.StreamProps{DeadLetterQueue: s.queue("Dead")})
	}, "In.Arn", []string{
		"kinesis:DescribeStream In.Arn", "kinesis:DescribeStreamSummary In.Arn", "kinesis:GetRecords In.Arn", "kinesis:GetShardIterator In.Arn",
		"kinesis:ListShards In.Arn", "kinesis:ListStreams In.Arn", "kinesis:SubscribeToShard In.Arn", "sqs:SendMessage Dead.Arn",
	}},
	{"FromKinesisStream under a key", func(s services) any {
		return pipe.FromKinesisStream(s.lockedStream("In"), &pipe.StreamProps{DeadLetterQueue: s.queue("Dead")})
	}, "In.Arn", []string{
		"kinesis:DescribeStream In.Arn", "kinesis:DescribeStreamSummary In.Arn", "kinesis:GetRecords In.Arn", "kinesis:GetShardIterator In.Arn",
		"kinesis:ListShards In.Arn", "kinesis:ListStreams In.Arn", "kinesis:SubscribeToShard In.Arn", "sqs:SendMessage Dead.Arn", "kms:Decrypt InKey.Arn",
	}},
	{"FromActiveMQ", func(s services) any {
		return pipe.FromActiveMQ(s.broker("In", "ACTIVEMQ"), &pipe.BrokerProps{Queue: "orders", Secret: s.secret("User")})
	}, "In.Arn", slices.Concat(network, []string{
		"mq:DescribeBroker In.Arn", "secretsmanager:GetSecretValue User",
	})},
	{"FromRabbitMQ under a key", func(s services) any {
		return pipe.FromRabbitMQ(s.broker("In", "RABBITMQ"), &pipe.BrokerProps{Queue: "orders", Secret: s.lockedSecret("User")})
	}, "In.Arn", slices.Concat(network, []string{
		"mq:DescribeBroker In.Arn", "secretsmanager:GetSecretValue User", "kms:Decrypt UserKey.Arn",
	})},
	{"FromMSK by IAM", func(s services) any {
		return pipe.FromMSK(s.msk("In"), &pipe.KafkaProps{Topic: "orders", ConsumerGroup: "pipe"})
	}, "In.Arn", slices.Concat(network, []string{
		"kafka:DescribeClusterV2 In.Arn", "kafka:GetBootstrapBrokers In.Arn",
		"kafka-cluster:Connect In.Arn", "kafka-cluster:DescribeClusterDynamicConfiguration In.Arn",
		"kafka-cluster:DescribeTopic Fn::Select(0,Fn::Split(:cluster/,In.Arn)):topic/Fn::Select(1,Fn::Split(:cluster/,In.Arn))/orders",
		"kafka-cluster:ReadData Fn::Select(0,Fn::Split(:cluster/,In.Arn)):topic/Fn::Select(1,Fn::Split(:cluster/,In.Arn))/orders",
		"kafka-cluster:AlterGroup Fn::Select(0,Fn::Split(:cluster/,In.Arn)):group/Fn::Select(1,Fn::Split(:cluster/,In.Arn))/pipe",
		"kafka-cluster:DescribeGroup Fn::Select(0,Fn::Split(:cluster/,In.Arn)):group/Fn::Select(1,Fn::Split(:cluster/,In.Arn))/pipe",
	})},
	{"FromMSK by password", func(s services) any {
		return pipe.FromMSK(s.msk("In"), &pipe.KafkaProps{Topic: "orders", Authentication: pipe.KafkaScram512, Secret: s.secret("User")})
	}, "In.Arn", slices.Concat(network, []string{
		"kafka:DescribeClusterV2 In.Arn", "kafka:GetBootstrapBrokers In.Arn", "secretsmanager:GetSecretValue User",
	})},
	{"FromKafka on the internet", func(s services) any {
		return pipe.FromKafka(&pipe.KafkaProps{Topic: "orders", BootstrapServers: []string{"a.example.com:9096"}, Secret: s.secret("User")})
	}, "smk://a.example.com:9096", []string{"secretsmanager:GetSecretValue User"}},
	{"FromKafka in a network", func(s services) any {
		vpc := s.vpc("Vpc")
		return pipe.FromKafka(&pipe.KafkaProps{
			Topic: "orders", BootstrapServers: []string{"a.example.com:9096"}, Secret: s.secret("User"), RootCertificate: s.secret("Root"),
			Subnets:        *vpc.IsolatedSubnets(),
			SecurityGroups: []awsec2.ISecurityGroup{awsec2.NewSecurityGroup(s.stack, jsii.String("Group"), &awsec2.SecurityGroupProps{Vpc: vpc})},
		})
	}, "smk://a.example.com:9096", slices.Concat(network, []string{"secretsmanager:GetSecretValue User", "secretsmanager:GetSecretValue Root"})},

	{"EnrichWithFunction", func(s services) any { return pipe.EnrichWithFunction(s.function("Mid")) }, "Mid.Arn", []string{"lambda:InvokeFunction Mid.Arn"}},
	{"EnrichWithStateMachine", func(s services) any {
		return pipe.EnrichWithStateMachine(s.machine("Mid", awsstepfunctions.StateMachineType_EXPRESS))
	}, "Mid", []string{"states:StartSyncExecution Mid"}},
	{"EnrichWithStateMachine under a key", func(s services) any {
		return pipe.EnrichWithStateMachine(s.machine("Mid", awsstepfunctions.StateMachineType_EXPRESS)).UnderKey(s.key("MidKey"))
	}, "Mid", []string{"states:StartSyncExecution Mid", "kms:Decrypt MidKey.Arn", "kms:GenerateDataKey MidKey.Arn"}},
	{"EnrichWithAPI", func(s services) any { return pipe.EnrichWithAPI(s.api("Mid"), &pipe.APIProps{Method: "GET"}) },
		"arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:Mid/Mid/DeploymentStage.prod/GET/", []string{
			"execute-api:Invoke arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:Mid/Mid/DeploymentStage.prod/GET/",
		}},
	{"EnrichWithAPIDestination", func(s services) any { return pipe.EnrichWithAPIDestination(s.destination("Mid"), nil) }, "Mid/ApiDestination.Arn", []string{
		"events:InvokeApiDestination Mid/ApiDestination.ArnForPolicy",
	}},

	{"ToAPIDestination", func(s services) any {
		return pipe.ToAPIDestination(s.destination("Out"), &pipe.HTTPProps{PathParameters: []string{"$.body.id"}})
	}, "Out/ApiDestination.Arn", []string{"events:InvokeApiDestination Out/ApiDestination.ArnForPolicy"}},
	{"ToAPI", func(s services) any {
		return pipe.ToAPI(s.api("Out"), &pipe.APIProps{Stage: "v1", Path: "/orders/*", PathParameters: []string{"$.body.id"}})
	}, "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:Out/v1/POST/orders/*", []string{
		"execute-api:Invoke arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:Out/v1/POST/orders/*",
	}},
	{"ToFunction", func(s services) any { return pipe.ToFunction(s.function("Out"), nil) }, "Out.Arn", []string{"lambda:InvokeFunction Out.Arn"}},
	{"ToBatchJob", func(s services) any { queue, definition := s.jobs(); return pipe.ToBatchJob(queue, definition, nil) },
		"arn:aws:batch:us-east-1:123456789012:job-queue/q", []string{
			"batch:SubmitJob arn:aws:batch:us-east-1:123456789012:job-queue/q", "batch:SubmitJob arn:aws:batch:us-east-1:123456789012:job-definition/d:1",
		}},
	{"ToLogGroup", func(s services) any { return pipe.ToLogGroup(s.logGroup("Out"), nil) }, "Out.Arn", []string{
		"logs:CreateLogStream Out.Arn", "logs:PutLogEvents Out.Arn",
	}},
	{"ToECSTask", func(s services) any { return pipe.ToECSTask(s.cluster("Out"), s.task("Task", true), nil) }, "Out.Arn", []string{
		"ecs:RunTask Task if ArnEquals(ecs:cluster(Out.Arn))",
		"iam:PassRole Task/TaskRole.Arn if StringEquals(iam:PassedToService(ecs-tasks.amazonaws.com))",
		"iam:PassRole Task/ExecutionRole.Arn if StringEquals(iam:PassedToService(ecs-tasks.amazonaws.com))",
	}},
	{"ToECSTask without an execution role", func(s services) any { return pipe.ToECSTask(s.cluster("Out"), s.task("Task", false), nil) }, "Out.Arn", []string{
		"ecs:RunTask Task if ArnEquals(ecs:cluster(Out.Arn))",
		"iam:PassRole Task/TaskRole.Arn if StringEquals(iam:PassedToService(ecs-tasks.amazonaws.com))",
	}},
	{"ToEventBus", func(s services) any { return pipe.ToEventBus(s.bus("Out"), nil) }, "Out.Arn", []string{"events:PutEvents Out.Arn"}},
	{"ToFirehose", func(s services) any { return pipe.ToFirehose(s.firehose("Out")) }, "Out.Arn", []string{
		"firehose:PutRecord Out.Arn", "firehose:PutRecordBatch Out.Arn",
	}},
	{"ToKinesisStream", func(s services) any { return pipe.ToKinesisStream(s.stream("Out"), "$.body.id") }, "Out.Arn", []string{
		"kinesis:PutRecord Out.Arn", "kinesis:PutRecords Out.Arn",
	}},
	{"ToKinesisStream under a key", func(s services) any { return pipe.ToKinesisStream(s.lockedStream("Out"), "$.body.id") }, "Out.Arn", []string{
		"kinesis:PutRecord Out.Arn", "kinesis:PutRecords Out.Arn", "kms:GenerateDataKey OutKey.Arn",
	}},
	{"ToRedshift", func(s services) any {
		return pipe.ToRedshift(s.workgroup("Out"), &pipe.RedshiftProps{Database: "d", SQL: []string{"CALL f()"}, Secret: s.secret("User")})
	}, "Out.Workgroup.WorkgroupArn", []string{
		"redshift-data:BatchExecuteStatement Out.Workgroup.WorkgroupArn", "secretsmanager:GetSecretValue User",
	}},
	{"ToRedshiftCluster", func(s services) any {
		return pipe.ToRedshiftCluster(s.redshift("Out"), &pipe.RedshiftProps{Database: "d", SQL: []string{"CALL f()"}, Secret: s.lockedSecret("User")})
	}, "arn:AWS::Partition:redshift:AWS::Region:AWS::AccountId:cluster:Out", []string{
		"redshift-data:BatchExecuteStatement arn:AWS::Partition:redshift:AWS::Region:AWS::AccountId:cluster:Out",
		"secretsmanager:GetSecretValue User", "kms:Decrypt UserKey.Arn",
	}},
	{"ToSageMakerPipeline", func(s services) any { return pipe.ToSageMakerPipeline(s.pipeline("Out"), nil) },
		"arn:AWS::Partition:sagemaker:AWS::Region:AWS::AccountId:pipeline/Out", []string{
			"sagemaker:StartPipelineExecution arn:AWS::Partition:sagemaker:AWS::Region:AWS::AccountId:pipeline/Out",
		}},
	{"ToTopic", func(s services) any { return pipe.ToTopic(s.topic("Out", nil)) }, "Out", []string{"sns:Publish Out"}},
	{"ToTopic under a key", func(s services) any { return pipe.ToTopic(s.topic("Out", s.key("OutKey"))) }, "Out", []string{
		"sns:Publish Out", "kms:Decrypt OutKey.Arn", "kms:GenerateDataKey OutKey.Arn",
	}},
	{"ToQueue", func(s services) any { return pipe.ToQueue(s.queue("Out"), nil) }, "Out.Arn", []string{"sqs:SendMessage Out.Arn"}},
	{"ToQueue under a key", func(s services) any { return pipe.ToQueue(s.lockedQueue("Out"), nil) }, "Out.Arn", []string{
		"sqs:SendMessage Out.Arn", "kms:Decrypt OutKey.Arn", "kms:GenerateDataKey OutKey.Arn",
	}},
	{"ToStateMachine, standard", func(s services) any {
		return pipe.ToStateMachine(s.machine("Out", awsstepfunctions.StateMachineType_STANDARD), nil)
	}, "Out", []string{"states:StartExecution Out"}},
	{"ToStateMachine, express", func(s services) any {
		return pipe.ToStateMachine(s.machine("Out", awsstepfunctions.StateMachineType_EXPRESS), nil)
	}, "Out", []string{"states:StartSyncExecution Out"}},
	{"ToStateMachine, express, without waiting", func(s services) any {
		return pipe.ToStateMachine(s.machine("Out", awsstepfunctions.StateMachineType_EXPRESS), &pipe.InvocationProps{Invocation: pipe.FireAndForget})
	}, "Out", []string{"states:StartExecution Out"}},
	{"ToStateMachine under a key", func(s services) any {
		return pipe.ToStateMachine(s.machine("Out", awsstepfunctions.StateMachineType_STANDARD), nil).UnderKey(s.key("OutKey"))
	}, "Out", []string{"states:StartExecution Out", "kms:Decrypt OutKey.Arn", "kms:GenerateDataKey OutKey.Arn"}},
	{"ToStateMachine from elsewhere", func(s services) any {
		arn := jsii.String("arn:aws:states:us-east-1:123456789012:stateMachine:m")
		return pipe.ToStateMachine(awsstepfunctions.StateMachine_FromStateMachineArn(s.stack, jsii.String("Out"), arn), nil)
	}, "arn:aws:states:us-east-1:123456789012:stateMachine:m", []string{"states:StartExecution arn:aws:states:us-east-1:123456789012:stateMachine:m"}},
}

// TestGrants puts each part into a pipe between a queue and a bus, and holds the
// role to what the part needs, and to nothing else.
func TestGrants(t *testing.T) {
	for _, c := range parts {
		t.Run(c.name, func(t *testing.T) {
			stack := cdktest.NewStack(t)
			made := c.make(services{stack})
			newPipe(services{stack}, made)
			want, property := slices.Concat(c.want, log), "Source"
			switch made.(type) {
			case pipe.Enrichment:
				property = "Enrichment"
			case pipe.Target:
				property = "Target"
			}
			if property != "Source" {
				want = append(want, "sqs:ReceiveMessage Begin.Arn", "sqs:DeleteMessage Begin.Arn", "sqs:GetQueueAttributes Begin.Arn")
			}
			if property != "Target" {
				want = append(want, "events:PutEvents End.Arn")
			}
			template := cdktest.TemplateOf(t, stack)

			if property != "Target" { // The goldens of the stack Pipes have each target.
				cdktest.Golden(t, strings.ReplaceAll(c.name, " ", "-"), template.JSON)
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, grants(template, "Pipe")); diff != "" {
				t.Errorf("grants (-want +got):\n%s", diff)
			}
			properties := template.Resource(template.ID("AWS::Pipes::Pipe", "Pipe"))["Properties"].(map[string]any)
			if got := show(properties[property], paths(template)); got != c.arn {
				t.Errorf("%s is %s, want %s", property, got, c.arn)
			}
		})
	}
}
