package pipes

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/loggroup"
	"refstack/constructs/nag"
	"refstack/constructs/pipe"
)

// ecs runs a container for each message, which finds the order in its
// environment.
func (c *catalogue) ecs(scope constructs.Construct) pipe.Target {
	own := c.containers()
	cluster := awsecs.NewCluster(scope, jsii.String("Cluster"), &awsecs.ClusterProps{
		Vpc: own.vpc, ContainerInsightsV2: awsecs.ContainerInsights_ENHANCED,
	})
	logs := loggroup.New(scope, "TaskLogs", c.props.Production)
	task := awsecs.NewFargateTaskDefinition(scope, jsii.String("Task"), &awsecs.FargateTaskDefinitionProps{
		Cpu: jsii.Number(256), MemoryLimitMiB: jsii.Number(512),
		RuntimePlatform: &awsecs.RuntimePlatform{CpuArchitecture: c.processor(), OperatingSystemFamily: awsecs.OperatingSystemFamily_LINUX()},
		TaskRole:        serviceRole(scope, "TaskRole", "ecs-tasks.amazonaws.com"),
		ExecutionRole:   executionRole(scope, own.images, logs),
	})
	task.AddContainer(jsii.String("main"), &awsecs.ContainerDefinitionOptions{
		Image:                  awsecs.ContainerImage_FromEcrRepository(own.images, jsii.String("latest")),
		ReadonlyRootFilesystem: jsii.Bool(true),
		User:                   jsii.String(nobody),
		Logging:                awsecs.LogDriver_AwsLogs(&awsecs.AwsLogDriverProps{LogGroup: logs, StreamPrefix: jsii.String("task")}),
	})
	return pipe.ToECSTask(cluster, task, &pipe.ECSTaskProps{
		Container:      "main",
		Environment:    map[string]string{"ORDER": "$.body.id"},
		SecurityGroups: []awsec2.ISecurityGroup{own.group},
	})
}

// batch submits a job for each message, with the order in its command.
func (c *catalogue) batch(scope constructs.Construct) pipe.Target {
	own := c.containers()
	environment := awsbatch.NewFargateComputeEnvironment(scope, jsii.String("Environment"), &awsbatch.FargateComputeEnvironmentProps{
		Vpc: own.vpc, MaxvCpus: jsii.Number(4),
		VpcSubnets:     &awsec2.SubnetSelection{SubnetType: awsec2.SubnetType_PRIVATE_ISOLATED},
		SecurityGroups: &[]awsec2.ISecurityGroup{own.group},
	})
	queue := awsbatch.NewJobQueue(scope, jsii.String("Jobs"), &awsbatch.JobQueueProps{
		ComputeEnvironments: &[]*awsbatch.OrderedComputeEnvironment{{ComputeEnvironment: environment, Order: jsii.Number(1)}},
	})
	logs := loggroup.New(scope, "JobLogs", c.props.Production)
	definition := awsbatch.NewEcsJobDefinition(scope, jsii.String("Job"), &awsbatch.EcsJobDefinitionProps{
		RetryAttempts: jsii.Number(3),
		Timeout:       awscdk.Duration_Minutes(jsii.Number(10)),
		Container: awsbatch.NewEcsFargateContainerDefinition(scope, jsii.String("Container"), &awsbatch.EcsFargateContainerDefinitionProps{
			Image: awsecs.ContainerImage_FromEcrRepository(own.images, jsii.String("latest")),
			Cpu:   jsii.Number(0.25), Memory: awscdk.Size_Mebibytes(jsii.Number(512)),
			FargateCpuArchitecture: c.processor(),
			Command:                jsii.Strings("order", "Ref::order"),
			ReadonlyRootFilesystem: jsii.Bool(true),
			User:                   jsii.String(nobody),
			JobRole:                serviceRole(scope, "JobRole", "ecs-tasks.amazonaws.com"),
			ExecutionRole:          executionRole(scope, own.images, logs),
			Logging:                awsecs.LogDriver_AwsLogs(&awsecs.AwsLogDriverProps{LogGroup: logs, StreamPrefix: jsii.String("job")}),
		}),
	})
	return pipe.ToBatchJob(queue, definition, &pipe.BatchJobProps{Name: "order", Parameters: map[string]string{"order": "$.body.id"}})
}

// nobody is the user that owns nothing.
const nobody = "65534"

// processor is that of the functions.
func (c *catalogue) processor() awsecs.CpuArchitecture {
	if *c.props.Architecture.Name() == *awslambda.Architecture_X86_64().Name() {
		return awsecs.CpuArchitecture_X86_64()
	}
	return awsecs.CpuArchitecture_ARM64()
}

// executionRole starts containers: it fetches their image, and writes their logs.
func executionRole(scope constructs.Construct, images awsecr.IRepository, logs awslogs.ILogGroup) awsiam.Role {
	role := serviceRole(scope, "ExecutionRole", "ecs-tasks.amazonaws.com")
	allow(role, []*string{jsii.String("*")}, "ecr:GetAuthorizationToken")
	allow(role, []*string{images.RepositoryArn()}, "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
	allow(role, []*string{logs.LogGroupArn()}, "logs:CreateLogStream", "logs:PutLogEvents")
	nag.Suppress(role.Node().FindChild(jsii.String("DefaultPolicy")), nag.Suppression{
		Rule:      "AwsSolutions-IAM5",
		Reason:    "Signing in to ECR is for the whole registry: there is no resource to name.",
		AppliesTo: []string{"Resource::*"},
	})
	return role
}
