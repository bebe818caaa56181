// Package gofunction makes a Lambda function out of a Go program of this
// module: compiled once for all functions of a synth, reproducibly, without
// Docker; with a role that allows nothing yet, JSON logs that expire, tracing
// and alarms.
package gofunction

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/loggroup"
	"refstack/constructs/nag"
)

// Props configure a GoFunction.
type Props struct {
	// Entry is the folder of the function's main package, from the module's
	// root: "lambdas/orders/create". Required.
	Entry string
	// Description is shown in the Lambda console. Defaults to none.
	Description string
	// Environment holds the function's environment variables; it is no place
	// for secrets. Defaults to none.
	Environment map[string]string
	// MemoryMiB is the function's memory, and with it its share of CPU: 1769
	// are one whole core. From 128 to 10240. Defaults to 256 MiB.
	MemoryMiB int
	// Timeout ends an invocation that takes longer, in whole seconds up to 15
	// minutes. Defaults to 10 seconds.
	Timeout time.Duration
	// ReservedConcurrency caps the executions that run at once, and takes that
	// many out of the account's limit. Defaults to no reservation.
	ReservedConcurrency int
	// Architecture is the processor that runs the function. Defaults to arm64,
	// which costs a fifth less for the same time.
	Architecture awslambda.Architecture
	// AlarmTopic is told when the function fails, is throttled or comes near
	// its timeout. Defaults to alarms that tell nobody.
	AlarmTopic awssns.ITopic
	// Retain keeps the log group when the stack is deleted, and its events for
	// a year. Defaults to deleting it with the stack, and events after a month.
	Retain bool
}

// GoFunction is a Lambda function written in Go.
type GoFunction struct {
	Construct constructs.Construct
	Function  awslambda.Function
	// Role is the function's own: grant it what the code calls and no more.
	Role     awsiam.Role
	LogGroup awslogs.LogGroup
}

// New makes a GoFunction. Where the CDK CLI does not ask for the assets of the
// stack (cdk list, cdk destroy, or cdk diff --exclusively of another) nothing is built.
func New(scope constructs.Construct, id string, props *Props) *GoFunction {
	p := props.withDefaults()
	this := constructs.NewConstruct(scope, jsii.String(id))

	logGroup := loggroup.New(this, "LogGroup", p.Retain)
	role := awsiam.NewRole(this, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
	})
	logGroup.GrantWrite(role)

	functionProps := &awslambda.FunctionProps{
		Runtime:          awslambda.Runtime_PROVIDED_AL2023(),
		Handler:          jsii.String("bootstrap"),
		Code:             code(this, p.Entry, p.Architecture),
		Architecture:     p.Architecture,
		MemorySize:       jsii.Number(p.MemoryMiB),
		Timeout:          awscdk.Duration_Seconds(jsii.Number(p.Timeout.Seconds())),
		Environment:      environment(p.Environment),
		Role:             role,
		LogGroup:         logGroup,
		LoggingFormat:    awslambda.LoggingFormat_JSON,
		SystemLogLevelV2: awslambda.SystemLogLevel_INFO,
		Tracing:          awslambda.Tracing_ACTIVE,
	}
	if p.Description != "" {
		functionProps.Description = jsii.String(p.Description)
	}
	if p.ReservedConcurrency > 0 {
		functionProps.ReservedConcurrentExecutions = jsii.Number(p.ReservedConcurrency)
	}
	function := awslambda.NewFunction(this, jsii.String("Function"), functionProps)
	if policy := role.Node().TryFindChild(jsii.String("DefaultPolicy")); policy != nil {
		nag.Suppress(policy, nag.Suppression{
			Rule:      "AwsSolutions-IAM5",
			Reason:    "X-Ray has no resource-level permissions for the segments that a traced function writes.",
			AppliesTo: []string{"Resource::*"},
		})
	}

	addAlarms(this, function, p)
	return &GoFunction{Construct: this, Function: function, Role: role, LogGroup: logGroup}
}

func (props *Props) withDefaults() Props {
	if props == nil || props.Entry == "" {
		panic(`gofunction: Entry is required, such as "lambdas/orders/create"`)
	}
	p := *props
	if p.MemoryMiB == 0 {
		p.MemoryMiB = 256
	}
	if p.Timeout == 0 {
		p.Timeout = 10 * time.Second
	}
	if p.Architecture == nil {
		p.Architecture = awslambda.Architecture_ARM_64()
	}
	if p.MemoryMiB < 128 || p.MemoryMiB > 10240 {
		panic(fmt.Sprintf("gofunction: MemoryMiB must be from 128 to 10240, got %d", p.MemoryMiB))
	}
	if p.Timeout < time.Second || p.Timeout > 15*time.Minute || p.Timeout%time.Second != 0 {
		panic(fmt.Sprintf("gofunction: Timeout must be whole seconds from 1s to 15m, got %s", p.Timeout))
	}
	if p.ReservedConcurrency < 0 {
		panic(fmt.Sprintf("gofunction: ReservedConcurrency must be at least 1, or 0 for no reservation, got %d", p.ReservedConcurrency))
	}
	return p
}

// addAlarms watches what a function's owner must know of: that it fails, that
// it is not let run, and that it will soon be cut off.
func addAlarms(scope constructs.Construct, function awslambda.Function, p Props) {
	window := &awscloudwatch.MetricOptions{Period: awscdk.Duration_Minutes(jsii.Number(5))}
	alarmtopic.NewAlarm(scope, "Errors", p.AlarmTopic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String(p.Entry + " failed: look for its errors in the log group."),
		Metric:           function.MetricErrors(window),
		Threshold:        jsii.Number(1),
	})
	alarmtopic.NewAlarm(scope, "Throttles", p.AlarmTopic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String(p.Entry + " was throttled: the account or its reserved concurrency is at the limit."),
		Metric:           function.MetricThrottles(window),
		Threshold:        jsii.Number(1),
	})
	longest := *window
	longest.Statistic = awscloudwatch.Stats_MAXIMUM()
	alarmtopic.NewAlarm(scope, "Duration", p.AlarmTopic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String(fmt.Sprintf("%s took 80 %% of its timeout of %s or more.", p.Entry, p.Timeout)),
		Metric:           function.MetricDuration(&longest),
		Threshold:        jsii.Number(float64(p.Timeout.Milliseconds()) * 0.8),
	})
}

func environment(variables map[string]string) *map[string]*string {
	out := make(map[string]*string, len(variables))
	for name, value := range variables {
		out[name] = jsii.String(value)
	}
	return &out
}
