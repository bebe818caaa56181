package pipe_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/pipe"
	"refstack/test/cdktest"
)

type obj = map[string]any

func TestDefaults(t *testing.T) {
	stack := cdktest.NewStack(t)
	s := services{stack}
	pipe.New(stack, "Pipe", &pipe.Props{Source: pipe.FromQueue(s.queue("In")), Target: pipe.ToQueue(s.queue("Out"), nil)})
	template := cdktest.TemplateOf(t, stack)

	logGroup := template.ID("AWS::Logs::LogGroup", "PipeLogGroup")
	role := template.ID("AWS::IAM::Role", "PipeRole")
	template.HasResource("AWS::Pipes::Pipe", obj{
		// The role has its policy inside, and is there first.
		"DependsOn": []any{role},
		"Properties": obj{
			"RoleArn": obj{"Fn::GetAtt": []any{role, "Arn"}},
			"SourceParameters": obj{
				"SqsQueueParameters": obj{"BatchSize": 10, "MaximumBatchingWindowInSeconds": assertions.Match_Absent()},
				"FilterCriteria":     assertions.Match_Absent(),
			},
			"TargetParameters": assertions.Match_Absent(),
			"Enrichment":       assertions.Match_Absent(),
			"LogConfiguration": obj{
				"Level":                        "ERROR",
				"IncludeExecutionData":         assertions.Match_Absent(),
				"CloudwatchLogsLogDestination": obj{"LogGroupArn": obj{"Fn::GetAtt": []any{logGroup, "Arn"}}},
			},
			"Name": assertions.Match_Absent(),
		},
	})
	template.HasResource("AWS::Logs::LogGroup", obj{"DeletionPolicy": "Delete", "Properties": obj{"RetentionInDays": 30}})
	arn := obj{"Fn::Join": []any{"", []any{"arn:", obj{"Ref": "AWS::Partition"}, ":pipes:", obj{"Ref": "AWS::Region"}, ":", obj{"Ref": "AWS::AccountId"}, ":pipe/*"}}}
	template.Has("AWS::IAM::Role", obj{
		"AssumeRolePolicyDocument": obj{"Statement": []any{obj{
			"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": obj{"Service": "pipes.amazonaws.com"},
			"Condition": obj{"StringEquals": obj{"aws:SourceAccount": obj{"Ref": "AWS::AccountId"}}, "ArnLike": obj{"aws:SourceArn": arn}},
		}}},
		"ManagedPolicyArns": assertions.Match_Absent(),
	})
	template.Count("AWS::IAM::Policy", 0)
}

func TestEverythingSet(t *testing.T) {
	stack := cdktest.NewStack(t)
	s := services{stack}
	pipe.New(stack, "Pipe", &pipe.Props{
		Source: pipe.FromKinesisStream(s.stream("In"), &pipe.StreamProps{
			DeadLetterQueue: s.queue("Dead"), StartingTime: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)),
			ParallelizationFactor: 10, MaxRetries: 3, MaxRecordAge: time.Minute,
		}),
		Filter:              []any{`{"data": {"n": [{"numeric": [">", 5]}]}}`, obj{"partitionKey": []any{obj{"prefix": "<a"}}}},
		Enrichment:          pipe.EnrichWithFunction(s.function("Mid")),
		EnrichmentTransform: `{"n": <$.data.n>}`,
		Target:              pipe.ToEventBus(s.bus("Out"), &pipe.EventBusProps{DetailType: "Order placed", Source: "$.shop"}),
		Transform:           `{"m": <$.n>}`,
		BatchSize:           5, BatchingWindow: 5 * time.Minute,
		Description: "All of it", LogLevel: pipe.LogTrace, Retain: true,
	})
	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::Pipes::Pipe", obj{
		"Description": "All of it",
		"SourceParameters": obj{
			"FilterCriteria": obj{"Filters": []any{
				obj{"Pattern": `{"data": {"n": [{"numeric": [">", 5]}]}}`}, obj{"Pattern": `{"partitionKey":[{"prefix":"<a"}]}`},
			}},
			"KinesisStreamParameters": obj{
				"BatchSize": 5, "MaximumBatchingWindowInSeconds": 300, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": "2026-01-02T02:04:05Z",
				"DeadLetterConfig": obj{"Arn": obj{"Fn::GetAtt": []any{template.ID("AWS::SQS::Queue", "Dead"), "Arn"}}}, "MaximumRecordAgeInSeconds": 60,
				"MaximumRetryAttempts": 3, "OnPartialBatchItemFailure": "AUTOMATIC_BISECT", "ParallelizationFactor": 10,
			},
		},
		"Enrichment":           obj{"Fn::GetAtt": []any{template.ID("AWS::Lambda::Function", "Mid"), "Arn"}},
		"EnrichmentParameters": obj{"InputTemplate": `{"n": <$.data.n>}`},
		"TargetParameters": obj{
			"InputTemplate": `{"m": <$.n>}`, "EventBridgeEventBusParameters": obj{"DetailType": "Order placed", "Source": "$.shop"},
		},
		"LogConfiguration": obj{"Level": "TRACE", "IncludeExecutionData": assertions.Match_Absent()},
	})
	template.HasResource("AWS::Logs::LogGroup", obj{"DeletionPolicy": "Retain", "Properties": obj{"RetentionInDays": 365}})
}

func TestStreamDefaults(t *testing.T) {
	stack := cdktest.NewStack(t)
	s := services{stack}
	pipe.New(stack, "Table", &pipe.Props{
		Source: pipe.FromTableStream(s.table("In", awsdynamodb.StreamViewType_NEW_IMAGE, nil), &pipe.StreamProps{DeadLetterQueue: s.queue("Dead")}),
		Filter: []any{obj{"eventName": []string{"INSERT"}}},
		Target: pipe.ToFunction(s.function("Out"), nil),
	})
	pipe.New(stack, "Stream", &pipe.Props{
		Source: pipe.FromKinesisStream(s.stream("Stream1"), &pipe.StreamProps{DeadLetterQueue: s.queue("Dead1"), StartingPosition: pipe.Latest}),
		Target: pipe.ToFunction(s.function("Out1"), &pipe.InvocationProps{Invocation: pipe.FireAndForget}),
	})
	template := cdktest.TemplateOf(t, stack)
	for parameters, position := range map[string]string{"DynamoDBStreamParameters": "TRIM_HORIZON", "KinesisStreamParameters": "LATEST"} {
		template.Has("AWS::Pipes::Pipe", obj{"SourceParameters": obj{parameters: obj{
			"BatchSize": 10, "StartingPosition": position, "MaximumRecordAgeInSeconds": 86400, "MaximumRetryAttempts": 10,
			"OnPartialBatchItemFailure": "AUTOMATIC_BISECT", "ParallelizationFactor": 1,
		}}})
	}
	for _, invocation := range []string{"REQUEST_RESPONSE", "FIRE_AND_FORGET"} {
		template.Has("AWS::Pipes::Pipe", obj{"TargetParameters": obj{"LambdaFunctionParameters": obj{"InvocationType": invocation}}})
	}
}

// TestParameters holds what CloudFormation is told of each part.
func TestParameters(t *testing.T) {
	secret := obj{"Ref": assertions.Match_StringLikeRegexp(jsii.String("^User"))}
	root := obj{"Ref": assertions.Match_StringLikeRegexp(jsii.String("^Root"))}
	kafka := func(way pipe.KafkaAuthentication) func(s services) any {
		return func(s services) any {
			return pipe.FromKafka(&pipe.KafkaProps{Topic: "orders", BootstrapServers: []string{"a:1"}, Authentication: way, Secret: s.secret("User")})
		}
	}
	for name, c := range map[string]struct {
		make func(s services) any
		want obj
	}{
		"ActiveMQ": {
			func(s services) any {
				return pipe.FromActiveMQ(s.broker("In", "ACTIVEMQ"), &pipe.BrokerProps{Queue: "orders", Secret: s.secret("User")})
			},
			obj{"SourceParameters": obj{"ActiveMQBrokerParameters": obj{"QueueName": "orders", "Credentials": obj{"BasicAuth": secret}, "BatchSize": 10}}},
		},
		"RabbitMQ": {
			func(s services) any {
				return pipe.FromRabbitMQ(s.broker("In", "RABBITMQ"), &pipe.BrokerProps{Queue: "orders", Secret: s.secret("User"), VirtualHost: "/shop"})
			},
			obj{"SourceParameters": obj{"RabbitMQBrokerParameters": obj{"QueueName": "orders", "VirtualHost": "/shop", "Credentials": obj{"BasicAuth": secret}}}},
		},
		"MSK by IAM": {
			func(s services) any {
				return pipe.FromMSK(s.msk("In"), &pipe.KafkaProps{Topic: "orders", ConsumerGroup: "pipe", StartingPosition: pipe.Latest})
			},
			obj{"SourceParameters": obj{"ManagedStreamingKafkaParameters": obj{
				"TopicName": "orders", "ConsumerGroupID": "pipe", "StartingPosition": "LATEST", "Credentials": assertions.Match_Absent(), "BatchSize": 10,
			}}},
		},
		"MSK by password": {
			func(s services) any {
				return pipe.FromMSK(s.msk("In"), &pipe.KafkaProps{Topic: "orders", Authentication: pipe.KafkaScram512, Secret: s.secret("User")})
			},
			obj{"SourceParameters": obj{"ManagedStreamingKafkaParameters": obj{"StartingPosition": "TRIM_HORIZON", "Credentials": obj{"SaslScram512Auth": secret}}}},
		},
		"MSK by certificate": {
			func(s services) any {
				return pipe.FromMSK(s.msk("In"), &pipe.KafkaProps{Topic: "orders", Authentication: pipe.KafkaCertificate, Secret: s.secret("User")})
			},
			obj{"SourceParameters": obj{"ManagedStreamingKafkaParameters": obj{"Credentials": obj{"ClientCertificateTlsAuth": secret}}}},
		},
		"Kafka": {
			func(s services) any {
				vpc := s.vpc("Vpc")
				return pipe.FromKafka(&pipe.KafkaProps{
					Topic: "orders", ConsumerGroup: "pipe", BootstrapServers: []string{"a.example.com:9096", "b.example.com:9096"}, Secret: s.secret("User"),
					RootCertificate: s.secret("Root"), Subnets: *vpc.IsolatedSubnets(),
					SecurityGroups: []awsec2.ISecurityGroup{awsec2.SecurityGroup_FromSecurityGroupId(s.stack, jsii.String("Group"), jsii.String("sg-1"), nil)},
				})
			},
			obj{
				"Source": "smk://a.example.com:9096",
				"SourceParameters": obj{"SelfManagedKafkaParameters": obj{
					"TopicName": "orders", "ConsumerGroupID": "pipe", "StartingPosition": "TRIM_HORIZON", "AdditionalBootstrapServers": []any{"b.example.com:9096"},
					"Credentials": obj{"SaslScram512Auth": secret}, "ServerRootCaCertificate": root, "BatchSize": 10,
					"Vpc": obj{"Subnets": []any{assertions.Match_AnyValue(), assertions.Match_AnyValue()}, "SecurityGroup": []any{"sg-1"}},
				}},
			},
		},
		"Kafka by SCRAM 256":   {kafka(pipe.KafkaScram256), obj{"SourceParameters": obj{"SelfManagedKafkaParameters": obj{"Credentials": obj{"SaslScram256Auth": secret}, "AdditionalBootstrapServers": assertions.Match_Absent(), "Vpc": assertions.Match_Absent()}}}},
		"Kafka by password":    {kafka(pipe.KafkaPlain), obj{"SourceParameters": obj{"SelfManagedKafkaParameters": obj{"Credentials": obj{"BasicAuth": secret}}}}},
		"Kafka by certificate": {kafka(pipe.KafkaCertificate), obj{"SourceParameters": obj{"SelfManagedKafkaParameters": obj{"Credentials": obj{"ClientCertificateTlsAuth": secret}}}}},
		"an API as enrichment": {
			func(s services) any {
				return pipe.EnrichWithAPI(s.api("Mid"), &pipe.APIProps{Path: "/a/*", PathParameters: []string{"$.body.id"}, Headers: map[string]string{"x": "y"}, Query: map[string]string{"q": "$.body.q"}})
			},
			obj{
				"EnrichmentParameters": obj{"HttpParameters": obj{"PathParameterValues": []any{"$.body.id"}, "HeaderParameters": obj{"x": "y"}, "QueryStringParameters": obj{"q": "$.body.q"}}},
				"SourceParameters":     obj{"SqsQueueParameters": obj{"BatchSize": 1}},
			},
		},
		"an API destination": {
			func(s services) any {
				return pipe.ToAPIDestination(s.destination("Out"), &pipe.HTTPProps{PathParameters: []string{"1"}, Headers: map[string]string{"x": "$.body.x"}, Query: map[string]string{"q": "z"}})
			},
			obj{
				"TargetParameters": obj{"InputTemplate": template, "HttpParameters": obj{"PathParameterValues": []any{"1"}, "HeaderParameters": obj{"x": "$.body.x"}, "QueryStringParameters": obj{"q": "z"}}},
				"SourceParameters": obj{"SqsQueueParameters": obj{"BatchSize": 1}},
			},
		},
		"a job": {
			func(s services) any {
				queue, definition := s.jobs()
				return pipe.ToBatchJob(queue, definition, &pipe.BatchJobProps{Parameters: map[string]string{"id": "$.body.id"}, Attempts: 3})
			},
			obj{
				"TargetParameters": obj{"BatchJobParameters": obj{
					"JobName": "pipe", "JobDefinition": "arn:aws:batch:us-east-1:123456789012:job-definition/d:1", "Parameters": obj{"id": "$.body.id"}, "RetryStrategy": obj{"Attempts": 3},
				}},
				"SourceParameters": obj{"SqsQueueParameters": obj{"BatchSize": 1}},
			},
		},
		"a task": {
			func(s services) any {
				return pipe.ToECSTask(s.cluster("Out"), s.task("Task", true), &pipe.ECSTaskProps{
					Container: "main", Command: []string{"run", "$.body.id"}, Environment: map[string]string{"B": "$.body.b", "A": "a"},
					SecurityGroups: []awsec2.ISecurityGroup{awsec2.SecurityGroup_FromSecurityGroupId(s.stack, jsii.String("Group"), jsii.String("sg-1"), nil)},
				})
			},
			obj{
				"TargetParameters": obj{"EcsTaskParameters": obj{
					"TaskDefinitionArn": obj{"Ref": assertions.Match_StringLikeRegexp(jsii.String("^Task"))}, "LaunchType": "FARGATE", "TaskCount": 1,
					"NetworkConfiguration": obj{"AwsvpcConfiguration": obj{
						"AssignPublicIp": "DISABLED", "SecurityGroups": []any{"sg-1"}, "Subnets": []any{assertions.Match_AnyValue(), assertions.Match_AnyValue()},
					}},
					"Overrides": obj{"ContainerOverrides": []any{obj{
						"Name": "main", "Command": []any{"run", "$.body.id"}, "Environment": []any{obj{"Name": "A", "Value": "a"}, obj{"Name": "B", "Value": "$.body.b"}},
					}}},
				}},
				"SourceParameters": obj{"SqsQueueParameters": obj{"BatchSize": 1}},
			},
		},
		"Redshift": {
			func(s services) any {
				return pipe.ToRedshift(s.workgroup("Out"), &pipe.RedshiftProps{Database: "d", SQL: []string{"CALL f()", "$.body.sql"}, Secret: s.secret("User"), StatementName: "$.messageId", WithEvent: true})
			},
			obj{
				"TargetParameters": obj{"RedshiftDataParameters": obj{
					"Database": "d", "Sqls": []any{"CALL f()", "$.body.sql"}, "SecretManagerArn": secret, "StatementName": "$.messageId", "WithEvent": true,
				}},
				"SourceParameters": obj{"SqsQueueParameters": obj{"BatchSize": 1}},
			},
		},
		"SageMaker": {
			func(s services) any {
				return pipe.ToSageMakerPipeline(s.pipeline("Out"), map[string]string{"b": "$.body.b", "a": "x"})
			},
			obj{
				"TargetParameters": obj{"SageMakerPipelineParameters": obj{"PipelineParameterList": []any{
					obj{"Name": "a", "Value": "x"}, obj{"Name": "b", "Value": "$.body.b"},
				}}},
				"SourceParameters": obj{"SqsQueueParameters": obj{"BatchSize": 1}},
			},
		},
		"a FIFO queue": {
			func(s services) any {
				return pipe.ToQueue(s.fifo("Out"), &pipe.QueueProps{MessageGroup: "$.body.g", MessageDeduplication: "$.messageId"})
			},
			obj{"TargetParameters": obj{"SqsQueueParameters": obj{"MessageGroupId": "$.body.g", "MessageDeduplicationId": "$.messageId"}}},
		},
		"a stream": {
			func(s services) any { return pipe.ToKinesisStream(s.stream("Out"), "$.body.id") },
			obj{"TargetParameters": obj{"KinesisStreamParameters": obj{"PartitionKey": "$.body.id"}}},
		},
		"a log group": {
			func(s services) any {
				return pipe.ToLogGroup(s.logGroup("Out"), &pipe.LogGroupProps{Stream: "$.body.shop", Timestamp: "$.body.at"})
			},
			obj{"TargetParameters": obj{"CloudWatchLogsParameters": obj{"LogStreamName": "$.body.shop", "Timestamp": "$.body.at"}}},
		},
		"a standard state machine": {
			func(s services) any {
				return pipe.ToStateMachine(s.machine("Out", awsstepfunctions.StateMachineType_STANDARD), nil)
			},
			obj{"TargetParameters": obj{"StepFunctionStateMachineParameters": obj{"InvocationType": "FIRE_AND_FORGET"}}},
		},
		"an express state machine": {
			func(s services) any {
				return pipe.ToStateMachine(s.machine("Out", awsstepfunctions.StateMachineType_EXPRESS), nil)
			},
			obj{"TargetParameters": obj{"StepFunctionStateMachineParameters": obj{"InvocationType": "REQUEST_RESPONSE"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			stack := cdktest.NewStack(t)
			newPipe(services{stack}, c.make(services{stack}))
			cdktest.TemplateOf(t, stack).Has("AWS::Pipes::Pipe", c.want)
		})
	}
}

// template is one that every target takes.
const template = `{"id": <$.body.id>}`

// newPipe puts a part into a pipe between a queue and a bus.
func newPipe(s services, part any) {
	props := &pipe.Props{Transform: template}
	switch part := part.(type) {
	case pipe.Source:
		props.Source = part
	case pipe.Enrichment:
		props.Enrichment = part
	case pipe.Target:
		props.Target = part
	}
	if _, ok := part.(pipe.Source); !ok {
		props.Source = pipe.FromQueue(s.queue("Begin"))
	}
	if _, ok := part.(pipe.Target); !ok {
		props.Target = pipe.ToEventBus(s.bus("End"), nil)
	}
	pipe.New(s.stack, "Pipe", props)
}

func TestAlarms(t *testing.T) {
	stack := cdktest.NewStack(t)
	s := services{stack}
	topic := alarmtopic.New(stack, "Alarms", nil).Topic
	pipe.New(stack, "Pipe", &pipe.Props{Source: pipe.FromQueue(s.queue("In")), Target: pipe.ToQueue(s.queue("Out"), nil), AlarmTopic: topic})
	template := cdktest.TemplateOf(t, stack)
	actions := []any{obj{"Ref": template.ID("AWS::SNS::Topic", "Alarms")}}
	dimensions := []any{obj{"Name": "PipeName", "Value": obj{"Ref": template.ID("AWS::Pipes::Pipe", "Pipe")}}}
	for _, metric := range []string{"ExecutionFailed", "ExecutionPartiallyFailed", "ExecutionTimeout"} {
		template.Has("AWS::CloudWatch::Alarm", obj{
			"Threshold": 1, "AlarmActions": actions, "EvaluationPeriods": 1,
			"Metrics": assertions.Match_ArrayWith(&[]any{assertions.Match_ObjectLike(&obj{"MetricStat": obj{
				"Stat": "Sum", "Period": 300, "Metric": obj{"Namespace": "AWS/EventBridge/Pipes", "MetricName": metric, "Dimensions": dimensions},
			}})}),
		})
	}
	template.Has("AWS::CloudWatch::Alarm", obj{"Metrics": assertions.Match_ArrayWith(&[]any{assertions.Match_ObjectLike(&obj{"Expression": "failed + partly + late"})})})
	template.Has("AWS::CloudWatch::Alarm", obj{
		"Namespace": "AWS/EventBridge/Pipes", "MetricName": "ExecutionThrottled", "Dimensions": dimensions, "Statistic": "Sum", "Threshold": 1, "AlarmActions": actions,
	})
}
