package pipe

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsredshift"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsredshiftserverless"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssagemaker"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawssagemaker"
	"github.com/aws/jsii-runtime-go"
)

// BatchJobProps configure the jobs of AWS Batch that a pipe submits.
type BatchJobProps struct {
	// Name is the name of the jobs; it may be a path into the event. Defaults to
	// "pipe".
	Name string
	// Parameters take the places of Ref::name in the command of the job definition.
	// Each may be a path into the event: the job gets nothing else of it. Defaults
	// to none.
	Parameters map[string]string
	// Attempts is how often a job is tried, from 1 to 10. Defaults to what the job
	// definition says.
	Attempts int
}

// ToBatchJob submits a job of AWS Batch for each record. Props may be nil.
func ToBatchJob(queue awsbatch.IJobQueue, definition awsbatch.IJobDefinition, props *BatchJobProps) Target {
	var p BatchJobProps
	if props != nil {
		p = *props
	}
	if p.Name == "" {
		p.Name = "pipe"
	}
	if p.Attempts < 0 || p.Attempts > 10 {
		panic(fmt.Sprintf("pipe: Attempts of ToBatchJob must be from 1 to 10, got %d", p.Attempts))
	}
	parameters := &awspipes.CfnPipe_PipeTargetBatchJobParametersProperty{
		JobDefinition: definition.JobDefinitionArn(),
		JobName:       dynamic("Name of ToBatchJob", p.Name),
		Parameters:    dynamicValues("Parameters", "ToBatchJob", p.Parameters),
	}
	if p.Attempts > 0 {
		parameters.RetryStrategy = &awspipes.CfnPipe_BatchRetryStrategyProperty{Attempts: jsii.Number(p.Attempts)}
	}
	return Target{
		name: "ToBatchJob",
		arn:  queue.JobQueueArn(),
		permissions: []permission{{
			actions:   []string{"batch:SubmitJob"},
			resources: []*string{queue.JobQueueArn(), definition.JobDefinitionArn()},
		}},
		maxBatch:  1,
		configure: func(into *awspipes.CfnPipe_PipeTargetParametersProperty) { into.BatchJobParameters = parameters },
	}
}

// ECSTaskProps configure the Fargate tasks that a pipe runs.
type ECSTaskProps struct {
	// Container is the name of the container that Command and Environment are for.
	// Required where one of these is set.
	Container string
	// Command takes the place of the container's own; each word may be a path into
	// the event. Defaults to the container's own.
	Command []string
	// Environment adds variables to the container; each value may be a path into
	// the event. Defaults to none.
	Environment map[string]string
	// Subnets are where tasks run. Defaults to the private subnets of the cluster's
	// network, or the isolated ones where there are no others.
	Subnets *awsec2.SubnetSelection
	// SecurityGroups are those of the tasks. Defaults to the network's own.
	SecurityGroups []awsec2.ISecurityGroup
}

// ToECSTask runs a Fargate task for each record, without an address on the
// internet. The task definition must be complete, with the containers that give it
// its roles. Props may be nil.
func ToECSTask(cluster awsecs.ICluster, definition awsecs.ITaskDefinition, props *ECSTaskProps) Target {
	var p ECSTaskProps
	if props != nil {
		p = *props
	}
	if p.Container == "" && len(p.Command)+len(p.Environment) > 0 {
		panic("pipe: Container of ToECSTask is required, since Command or Environment is set for it")
	}
	subnets := cluster.Vpc().SelectSubnets(p.Subnets).SubnetIds
	checkCount("Subnets", "ToECSTask", len(*subnets))
	checkCount("SecurityGroups", "ToECSTask", len(p.SecurityGroups))
	network := &awspipes.CfnPipe_AwsVpcConfigurationProperty{
		AssignPublicIp: jsii.String("DISABLED"),
		Subnets:        subnets,
	}
	if len(p.SecurityGroups) > 0 {
		network.SecurityGroups = &[]*string{}
		for _, group := range p.SecurityGroups {
			*network.SecurityGroups = append(*network.SecurityGroups, group.SecurityGroupId())
		}
	}
	parameters := &awspipes.CfnPipe_PipeTargetEcsTaskParametersProperty{
		TaskDefinitionArn:    definition.TaskDefinitionArn(),
		LaunchType:           jsii.String("FARGATE"),
		TaskCount:            jsii.Number(1),
		NetworkConfiguration: &awspipes.CfnPipe_NetworkConfigurationProperty{AwsvpcConfiguration: network},
		Overrides:            p.overrides(),
	}
	return Target{
		name: "ToECSTask",
		arn:  cluster.ClusterArn(),
		permissions: []permission{
			{
				actions:    []string{"ecs:RunTask"},
				resources:  []*string{definition.TaskDefinitionArn()},
				conditions: map[string]any{"ArnEquals": map[string]any{"ecs:cluster": cluster.ClusterArn()}},
			},
			{
				actions:    []string{"iam:PassRole"},
				resources:  rolesOf(definition),
				conditions: map[string]any{"StringEquals": map[string]any{"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
			},
		},
		maxBatch:  1,
		configure: func(into *awspipes.CfnPipe_PipeTargetParametersProperty) { into.EcsTaskParameters = parameters },
	}
}

func (p ECSTaskProps) overrides() any {
	if p.Container == "" {
		return nil
	}
	container := &awspipes.CfnPipe_EcsContainerOverrideProperty{Name: jsii.String(p.Container), Command: texts(p.Command)}
	for _, word := range p.Command {
		dynamic("Command of ToECSTask", word)
	}
	var variables []any
	for _, name := range slices.Sorted(maps.Keys(p.Environment)) {
		variables = append(variables, &awspipes.CfnPipe_EcsEnvironmentVariableProperty{
			Name: jsii.String(name), Value: dynamic(fmt.Sprintf("Environment[%q] of ToECSTask", name), p.Environment[name]),
		})
	}
	if len(variables) > 0 {
		container.Environment = variables
	}
	return &awspipes.CfnPipe_EcsTaskOverrideProperty{ContainerOverrides: []any{container}}
}

// rolesOf are what a task runs as, and what starts it.
func rolesOf(definition awsecs.ITaskDefinition) []*string {
	roles := []*string{definition.TaskRole().RoleArn()}
	var execution awsiam.IRole = definition.ExecutionRole()
	if execution != nil {
		roles = append(roles, execution.RoleArn())
	}
	return roles
}

// RedshiftProps configure the statements that a pipe runs by the Redshift Data
// API.
type RedshiftProps struct {
	// Database is the name of the database. Required.
	Database string
	// SQL are up to 40 statements, run in one transaction. Each may be a path into the
	// event that holds a statement, and nothing in between: call a stored procedure
	// to have values of the event, or let an enrichment write the statement.
	// Required.
	SQL []string
	// Secret holds username and password of a user of the database. Required.
	Secret awssecretsmanager.ISecret
	// StatementName names the batch of statements; it may be a path into the event.
	// Defaults to none.
	StatementName string
	// WithEvent sends an event to the default event bus when the statements are
	// done. Defaults to none.
	WithEvent bool
}

// ToRedshift runs SQL in a workgroup of Redshift Serverless for each record.
func ToRedshift(workgroup awsredshiftserverless.CfnWorkgroup, props *RedshiftProps) Target {
	return toRedshift("ToRedshift", workgroup.AttrWorkgroupWorkgroupArn(), props)
}

// ToRedshiftCluster runs SQL in a provisioned Redshift cluster for each record.
func ToRedshiftCluster(cluster awsredshift.CfnCluster, props *RedshiftProps) Target {
	arn := awscdk.Stack_Of(cluster).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("redshift"), Resource: jsii.String("cluster"), ResourceName: cluster.Ref(), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
	return toRedshift("ToRedshiftCluster", arn, props)
}

func toRedshift(name string, arn *string, props *RedshiftProps) Target {
	var p RedshiftProps
	if props != nil {
		p = *props
	}
	require("Database of "+name, p.Database, `"analytics"`)
	checkLength("Database", name, p.Database)
	checkLength("StatementName", name, p.StatementName)
	if len(p.SQL) == 0 {
		panic("pipe: SQL of " + name + ` is required, such as "CALL load_orders()"`)
	}
	if n := len(p.SQL); n > 40 {
		panic(fmt.Sprintf("pipe: SQL of %s must be at most 40 statements, got %d", name, n))
	}
	for _, statement := range p.SQL {
		dynamic("SQL of "+name, statement)
		checkLength("SQL", name, statement)
	}
	if p.Secret == nil {
		panic("pipe: Secret of " + name + " is required: it holds username and password of a user of the database")
	}
	parameters := &awspipes.CfnPipe_PipeTargetRedshiftDataParametersProperty{
		Database:         jsii.String(p.Database),
		Sqls:             texts(p.SQL),
		SecretManagerArn: p.Secret.SecretArn(),
		StatementName:    dynamic("StatementName of "+name, p.StatementName),
		WithEvent:        jsii.Bool(p.WithEvent),
	}
	return Target{
		name:        name,
		arn:         arn,
		permissions: append([]permission{allow(arn, "redshift-data:BatchExecuteStatement")}, readSecret(p.Secret)...),
		maxBatch:    1,
		configure:   func(into *awspipes.CfnPipe_PipeTargetParametersProperty) { into.RedshiftDataParameters = parameters },
	}
}

// ToSageMakerPipeline starts a SageMaker pipeline for each record: an
// awssagemaker.CfnPipeline, or one by its name. Parameters are those of the
// pipeline; each value may be a path into the event. Parameters may be nil.
func ToSageMakerPipeline(pipeline interfacesawssagemaker.IPipelineRef, parameters map[string]string) Target {
	arn := awssagemaker.CfnPipeline_ArnForPipeline(pipeline)
	checkCount("parameters", "ToSageMakerPipeline", len(parameters))
	dynamicValues("parameters", "ToSageMakerPipeline", parameters)
	for _, value := range parameters {
		checkLength("parameters", "ToSageMakerPipeline", value)
	}
	t := Target{
		name:        "ToSageMakerPipeline",
		arn:         arn,
		permissions: []permission{allow(arn, "sagemaker:StartPipelineExecution")},
		maxBatch:    1,
	}
	if len(parameters) > 0 {
		var list []any
		for _, name := range slices.Sorted(maps.Keys(parameters)) {
			list = append(list, &awspipes.CfnPipe_SageMakerPipelineParameterProperty{Name: jsii.String(name), Value: jsii.String(parameters[name])})
		}
		t.configure = func(into *awspipes.CfnPipe_PipeTargetParametersProperty) {
			into.SageMakerPipelineParameters = &awspipes.CfnPipe_PipeTargetSageMakerPipelineParametersProperty{PipelineParameterList: list}
		}
	}
	return t
}

// dynamicValues checks parameters, each of which may take its value from the
// event, and is nil for none.
func dynamicValues(field, of string, values map[string]string) any {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if strings.TrimSpace(values[name]) == "" {
			panic(fmt.Sprintf("pipe: %s[%q] of %s must not be empty", field, name, of))
		}
		dynamic(fmt.Sprintf("%s[%q] of %s", field, name, of), values[name])
	}
	return unlessEmpty(values)
}

// texts is nil for an empty list, which CloudFormation takes for unset.
func texts(values []string) *[]*string {
	if len(values) == 0 {
		return nil
	}
	return jsii.Strings(values...)
}

// unlessEmpty is nil for no values.
func unlessEmpty(values map[string]string) any {
	if len(values) == 0 {
		return nil
	}
	return values
}
