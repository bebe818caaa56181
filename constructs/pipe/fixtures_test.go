package pipe_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsamazonmq"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsmsk"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsredshift"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsredshiftserverless"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssagemaker"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// services makes what pipes connect, each with its name as construct ID.
type services struct{ stack awscdk.Stack }

func (s services) key(id string) awskms.Key { return awskms.NewKey(s.stack, jsii.String(id), nil) }

func (s services) queue(id string) awssqs.Queue {
	return awssqs.NewQueue(s.stack, jsii.String(id), &awssqs.QueueProps{Encryption: awssqs.QueueEncryption_SQS_MANAGED})
}

func (s services) fifo(id string) awssqs.Queue {
	return awssqs.NewQueue(s.stack, jsii.String(id), &awssqs.QueueProps{Fifo: jsii.Bool(true)})
}

func (s services) lockedQueue(id string) awssqs.Queue {
	return awssqs.NewQueue(s.stack, jsii.String(id), &awssqs.QueueProps{EncryptionMasterKey: s.key(id + "Key")})
}

func (s services) table(id string, stream awsdynamodb.StreamViewType, key awskms.IKey) awsdynamodb.Table {
	return awsdynamodb.NewTable(s.stack, jsii.String(id), &awsdynamodb.TableProps{
		PartitionKey:  &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
		Stream:        stream,
		EncryptionKey: key,
	})
}

func (s services) stream(id string) awskinesis.Stream {
	return awskinesis.NewStream(s.stack, jsii.String(id), &awskinesis.StreamProps{Encryption: awskinesis.StreamEncryption_MANAGED})
}

func (s services) lockedStream(id string) awskinesis.Stream {
	return awskinesis.NewStream(s.stack, jsii.String(id), &awskinesis.StreamProps{EncryptionKey: s.key(id + "Key")})
}

func (s services) function(id string) awslambda.Function {
	return awslambda.NewFunction(s.stack, jsii.String(id), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("index.handler"), Code: awslambda.Code_FromInline(jsii.String("x")),
	})
}

func (s services) machine(id string, kind awsstepfunctions.StateMachineType) awsstepfunctions.StateMachine {
	return awsstepfunctions.NewStateMachine(s.stack, jsii.String(id), &awsstepfunctions.StateMachineProps{
		StateMachineType: kind,
		DefinitionBody:   awsstepfunctions.DefinitionBody_FromString(jsii.String(`{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}`)),
	})
}

func (s services) topic(id string, key awskms.IKey) awssns.Topic {
	return awssns.NewTopic(s.stack, jsii.String(id), &awssns.TopicProps{MasterKey: key})
}

func (s services) bus(id string) awsevents.EventBus {
	return awsevents.NewEventBus(s.stack, jsii.String(id), nil)
}

func (s services) logGroup(id string) awslogs.LogGroup {
	return awslogs.NewLogGroup(s.stack, jsii.String(id), nil)
}

func (s services) destination(id string) awsevents.ApiDestination {
	connection := awsevents.NewConnection(s.stack, jsii.String(id+"Connection"), &awsevents.ConnectionProps{
		Authorization: awsevents.Authorization_ApiKey(jsii.String("x-api-key"), awscdk.SecretValue_SecretsManager(jsii.String("key"), nil)),
	})
	return awsevents.NewApiDestination(s.stack, jsii.String(id), &awsevents.ApiDestinationProps{
		Connection: connection, Endpoint: jsii.String("https://example.com/orders/*"),
	})
}

func (s services) api(id string) awsapigateway.RestApi {
	api := awsapigateway.NewRestApi(s.stack, jsii.String(id), nil)
	api.Root().AddMethod(jsii.String("POST"), awsapigateway.NewMockIntegration(nil), nil)
	return api
}

func (s services) firehose(id string) awskinesisfirehose.DeliveryStream {
	bucket := awss3.NewBucket(s.stack, jsii.String(id+"Bucket"), nil)
	return awskinesisfirehose.NewDeliveryStream(s.stack, jsii.String(id), &awskinesisfirehose.DeliveryStreamProps{
		Destination: awskinesisfirehose.NewS3Bucket(bucket, nil),
	})
}

func (s services) vpc(id string) awsec2.Vpc {
	return awsec2.NewVpc(s.stack, jsii.String(id), &awsec2.VpcProps{
		MaxAzs: jsii.Number(2), NatGateways: jsii.Number(0),
		SubnetConfiguration: &[]*awsec2.SubnetConfiguration{{Name: jsii.String("Isolated"), SubnetType: awsec2.SubnetType_PRIVATE_ISOLATED}},
	})
}

func (s services) secret(id string) awssecretsmanager.Secret {
	return awssecretsmanager.NewSecret(s.stack, jsii.String(id), nil)
}

func (s services) lockedSecret(id string) awssecretsmanager.Secret {
	return awssecretsmanager.NewSecret(s.stack, jsii.String(id), &awssecretsmanager.SecretProps{EncryptionKey: s.key(id + "Key")})
}

func (s services) broker(id, engine string) awsamazonmq.CfnBroker {
	return awsamazonmq.NewCfnBroker(s.stack, jsii.String(id), &awsamazonmq.CfnBrokerProps{
		BrokerName: jsii.String("broker"), DeploymentMode: jsii.String("SINGLE_INSTANCE"), EngineType: jsii.String(engine),
		HostInstanceType: jsii.String("mq.t3.micro"), PubliclyAccessible: jsii.Bool(false),
	})
}

func (s services) msk(id string) awsmsk.CfnServerlessCluster {
	return awsmsk.NewCfnServerlessCluster(s.stack, jsii.String(id), &awsmsk.CfnServerlessClusterProps{
		ClusterName:          jsii.String("cluster"),
		ClientAuthentication: map[string]any{"sasl": map[string]any{"iam": map[string]any{"enabled": true}}},
		VpcConfigs:           []any{map[string]any{"subnetIds": []any{"subnet-1"}}},
	})
}

func (s services) cluster(id string) awsecs.Cluster {
	return awsecs.NewCluster(s.stack, jsii.String(id), &awsecs.ClusterProps{Vpc: s.vpc(id + "Vpc")})
}

func (s services) task(id string, logs bool) awsecs.FargateTaskDefinition {
	task := awsecs.NewFargateTaskDefinition(s.stack, jsii.String(id), nil)
	options := &awsecs.ContainerDefinitionOptions{Image: awsecs.ContainerImage_FromRegistry(jsii.String("example"), nil)}
	if logs {
		options.Logging = awsecs.LogDriver_AwsLogs(&awsecs.AwsLogDriverProps{StreamPrefix: jsii.String("x")})
	}
	task.AddContainer(jsii.String("main"), options)
	return task
}

func (s services) jobs() (awsbatch.IJobQueue, awsbatch.IJobDefinition) {
	arn := func(kind string) *string { return jsii.String("arn:aws:batch:us-east-1:123456789012:" + kind) }
	return awsbatch.JobQueue_FromJobQueueArn(s.stack, jsii.String("JobQueue"), arn("job-queue/q")),
		awsbatch.EcsJobDefinition_FromJobDefinitionArn(s.stack, jsii.String("JobDefinition"), arn("job-definition/d:1"))
}

func (s services) workgroup(id string) awsredshiftserverless.CfnWorkgroup {
	return awsredshiftserverless.NewCfnWorkgroup(s.stack, jsii.String(id), &awsredshiftserverless.CfnWorkgroupProps{WorkgroupName: jsii.String("w")})
}

func (s services) redshift(id string) awsredshift.CfnCluster {
	return awsredshift.NewCfnCluster(s.stack, jsii.String(id), &awsredshift.CfnClusterProps{
		ClusterType: jsii.String("single-node"), DbName: jsii.String("d"), MasterUsername: jsii.String("u"), NodeType: jsii.String("ra3.large"),
	})
}

func (s services) pipeline(id string) awssagemaker.CfnPipeline {
	return awssagemaker.NewCfnPipeline(s.stack, jsii.String(id), &awssagemaker.CfnPipelineProps{
		PipelineName: jsii.String("train"), RoleArn: jsii.String("role"), PipelineDefinition: map[string]any{"PipelineDefinitionBody": "{}"},
	})
}

// grants are what the role of the pipe at a path may do, each action with each
// resource, sorted. What it refers to has the path of its construct.
func grants(template *cdktest.Template, pipePath string) []string {
	names := paths(template)
	var found []string
	for id, resource := range template.JSON["Resources"].(map[string]any) {
		fields := resource.(map[string]any)
		if fields["Type"] != "AWS::IAM::Role" || names[id] != pipePath+"/Role" {
			continue
		}
		for _, policy := range fields["Properties"].(map[string]any)["Policies"].([]any) {
			document := policy.(map[string]any)["PolicyDocument"].(map[string]any)
			for _, s := range document["Statement"].([]any) {
				statement := s.(map[string]any)
				for _, action := range listOf(statement["Action"]) {
					for _, on := range listOf(statement["Resource"]) {
						line := fmt.Sprint(action, " ", show(on, names))
						if condition := statement["Condition"]; condition != nil {
							line += " if " + show(condition, names)
						}
						if statement["Effect"] != "Allow" {
							line = "NOT " + line
						}
						found = append(found, line)
					}
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// paths maps logical IDs to construct paths within the stack.
func paths(template *cdktest.Template) map[string]string {
	names := map[string]string{}
	for id, resource := range template.JSON["Resources"].(map[string]any) {
		metadata, _ := resource.(map[string]any)["Metadata"].(map[string]any)
		path, _ := metadata["aws:cdk:path"].(string)
		_, path, _ = strings.Cut(path, "/")
		names[id] = strings.TrimSuffix(path, "/Resource")
	}
	return names
}

func listOf(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

// show writes a value of a template in one line.
func show(value any, names map[string]string) string {
	name := func(id any) string {
		if path := names[fmt.Sprint(id)]; path != "" {
			return path
		}
		return fmt.Sprint(id)
	}
	switch value := value.(type) {
	case map[string]any:
		for key, argument := range value {
			switch key {
			case "Ref":
				return name(argument)
			case "Fn::GetAtt":
				return name(argument.([]any)[0]) + "." + fmt.Sprint(argument.([]any)[1])
			case "Fn::Join":
				var out strings.Builder
				for _, part := range argument.([]any)[1].([]any) {
					out.WriteString(show(part, names))
				}
				return out.String()
			default:
				return key + "(" + show(argument, names) + ")"
			}
		}
	case []any:
		var parts []string
		for _, part := range value {
			parts = append(parts, show(part, names))
		}
		return strings.Join(parts, ",")
	}
	return fmt.Sprint(value)
}
