// Package statemachine makes a Standard state machine out of a definition: with a
// role that allows nothing yet, a version and an alias, logs of everything but the
// data, tracing, a timeout and alarms.
package statemachine

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/asl"
	"refstack/constructs/loggroup"
	"refstack/constructs/nag"
)

// Props configure a StateMachine.
type Props struct {
	// StartAt names the first of States. Both are required.
	StartAt string
	States  asl.State
	// Comment says what the machine does. Defaults to nothing.
	Comment string
	// Timeout ends an execution that takes longer, in whole seconds up to a year.
	// Defaults to 1 hour.
	Timeout time.Duration
	// AlarmTopic is told when an execution fails, times out or is stopped, or is
	// throttled. Defaults to alarms that tell nobody.
	AlarmTopic awssns.ITopic
	// Retain keeps the log group when the stack is deleted, and its events for a
	// year; and older versions for the executions that began with them, which may
	// be redriven, until the machine is deleted. Defaults to deleting the log group
	// with the stack, events after a month, and a version when it is replaced.
	Retain bool
}

// StateMachine is a state machine whose query language is JSONata.
type StateMachine struct {
	Construct constructs.Construct
	Machine   awsstepfunctions.StateMachine
	// Role is the machine's own: grant it what its tasks call and no more.
	Role     awsiam.Role
	LogGroup awslogs.LogGroup
	// Version is of the definition as deployed: another definition replaces it.
	Version awsstepfunctions.CfnStateMachineVersion
	// Alias is what starts executions: it always points to the newest version.
	Alias awsstepfunctions.CfnStateMachineAlias
}

// New makes a StateMachine.
func New(scope constructs.Construct, id string, props *Props) *StateMachine {
	p := props.withDefaults()
	this := constructs.NewConstruct(scope, jsii.String(id))
	stack := awscdk.Stack_Of(this)

	logGroup := loggroup.New(this, "LogGroup", p.Retain)
	role := awsiam.NewRole(this, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("states.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
		}),
	})
	machine := awsstepfunctions.NewStateMachine(this, jsii.String("Machine"), &awsstepfunctions.StateMachineProps{
		DefinitionBody: awsstepfunctions.DefinitionBody_FromString(stack.ToJsonString(p.definition(), nil)),
		Role:           role,
		Logs: &awsstepfunctions.LogOptions{
			Destination:          logGroup,
			Level:                awsstepfunctions.LogLevel_ALL,
			IncludeExecutionData: jsii.Bool(false),
		},
		TracingEnabled: jsii.Bool(true),
	})
	nag.Suppress(role.Node().FindChild(jsii.String("DefaultPolicy")), nag.Suppression{
		Rule:      "AwsSolutions-IAM5",
		Reason:    "X-Ray and the delivery of logs have no resource-level permissions.",
		AppliesTo: []string{"Resource::*"},
	})

	version := awsstepfunctions.NewCfnStateMachineVersion(this, jsii.String("Version"), &awsstepfunctions.CfnStateMachineVersionProps{
		StateMachineArn:        machine.StateMachineArn(),
		StateMachineRevisionId: machine.StateMachineRevisionId(),
	})
	if p.Retain {
		version.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	}
	alias := awsstepfunctions.NewCfnStateMachineAlias(this, jsii.String("Alias"), &awsstepfunctions.CfnStateMachineAliasProps{
		Name:                 jsii.String("live"),
		RoutingConfiguration: []any{&awsstepfunctions.CfnStateMachineAlias_RoutingConfigurationVersionProperty{StateMachineVersionArn: version.Ref(), Weight: jsii.Number(100)}},
	})
	addAlarms(this, machine, p)
	return &StateMachine{Construct: this, Machine: machine, Role: role, LogGroup: logGroup, Version: version, Alias: alias}
}

// Allow lets the machine do actions on resources.
func (m *StateMachine) Allow(resources []*string, actions ...string) {
	m.Role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: &resources}))
}

// ExecutionARN is the ARN of all executions of the machine. A label is that of a
// Distributed Map, whose children it means.
func (m *StateMachine) ExecutionARN(label string) *string {
	name := *m.Machine.StateMachineName()
	if label != "" {
		name += "/" + label
	}
	return awscdk.Stack_Of(m.Construct).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("states"), Resource: jsii.String("execution"), ResourceName: jsii.String(name + ":*"),
		ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
}

const year = 365 * 24 * time.Hour

func (props *Props) withDefaults() Props {
	if props == nil || len(props.States) == 0 {
		panic("statemachine: States is required")
	}
	p := *props
	if p.Timeout == 0 {
		p.Timeout = time.Hour
	}
	if p.States[p.StartAt] == nil {
		panic(fmt.Sprintf("statemachine: StartAt must be one of States, got %q", p.StartAt))
	}
	if p.Timeout < time.Second || p.Timeout > year || p.Timeout%time.Second != 0 {
		panic(fmt.Sprintf("statemachine: Timeout must be whole seconds from 1s to a year, got %s", p.Timeout))
	}
	return p
}

func (p Props) definition() asl.State {
	definition := asl.State{
		"QueryLanguage": "JSONata", "StartAt": p.StartAt, "States": p.States, "TimeoutSeconds": p.Timeout.Seconds(),
	}
	if p.Comment != "" {
		definition["Comment"] = p.Comment
	}
	return definition
}

// addAlarms watches what a machine's owner must know of.
func addAlarms(scope constructs.Construct, machine awsstepfunctions.StateMachine, p Props) {
	window := &awscloudwatch.MetricOptions{Period: awscdk.Duration_Minutes(jsii.Number(5)), Statistic: awscloudwatch.Stats_SUM()}
	for _, alarm := range []struct {
		id, description string
		metric          awscloudwatch.Metric
	}{
		{"Failed", "An execution failed: its history in the console says where.", machine.MetricFailed(window)},
		{"TimedOut", fmt.Sprintf("An execution took longer than %s.", p.Timeout), machine.MetricTimedOut(window)},
		{"Aborted", "Somebody stopped an execution.", machine.MetricAborted(window)},
		{"Throttled", "Executions wait for the account's limit of state transitions.", machine.MetricThrottled(window)},
	} {
		alarmtopic.NewAlarm(scope, alarm.id, p.AlarmTopic, &awscloudwatch.AlarmProps{
			AlarmDescription: jsii.String(alarm.description), Metric: alarm.metric, Threshold: jsii.Number(1),
		})
	}
}
