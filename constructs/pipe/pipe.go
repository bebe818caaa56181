// Package pipe makes EventBridge Pipes: the glue between two services as
// configuration rather than as a function that only carries. Every source,
// enrichment and target that pipes have is a function named for its service,
// which knows what the pipe's role must be allowed, and on which resource:
//
//	pipe.New(stack, "Outbox", &pipe.Props{
//		Source: pipe.FromTableStream(orders, &pipe.StreamProps{DeadLetterQueue: failed}),
//		Filter: []any{map[string]any{"eventName": []string{"INSERT"}}},
//		Target: pipe.ToEventBus(bus, nil),
//	})
//
// What a filter lets through and what a template makes of it can be tried without
// AWS, by Match and Render.
package pipe

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/loggroup"
)

// LogLevel is how much a pipe tells of itself. Payloads are never logged.
type LogLevel string

// The levels of a pipe's log.
const (
	LogErrors LogLevel = "ERROR"
	LogInfo   LogLevel = "INFO"
	LogTrace  LogLevel = "TRACE"
)

// Props configure a Pipe.
type Props struct {
	// Source is where events come from, made by a From function. Required.
	Source Source
	// Filter is up to five event patterns, as JSON text or as values that become
	// JSON. An event that matches none of them goes no further, costs nothing, and
	// is gone: a queue deletes it. Defaults to letting everything through.
	Filter []any
	// Enrichment adds to the events before they go on, made by an Enrich function.
	// It gets the batch, and what it returns is the batch from there on. Defaults
	// to none.
	Enrichment Enrichment
	// EnrichmentTransform is the input template for the enrichment. Defaults to
	// the event as it came.
	EnrichmentTransform string
	// Target is where events go, made by a To function. Required.
	Target Target
	// Transform is the input template for the target, applied to each record.
	// Required for API destinations and APIs. Defaults to the event as it came.
	Transform string

	// BatchSize is how many records go through together, up to what the target
	// takes at once. Defaults to 10 records, or fewer if the target or the
	// enrichment takes fewer.
	BatchSize int
	// BatchingWindow is how long to wait for a batch to fill, in whole seconds up
	// to 5 minutes. Defaults to not waiting.
	BatchingWindow time.Duration

	// Description is shown in the console. Defaults to none.
	Description string
	// LogLevel is what the pipe's log tells. Defaults to LogErrors.
	LogLevel LogLevel
	// AlarmTopic is told when executions of the pipe fail or are throttled.
	// Defaults to alarms that tell nobody.
	AlarmTopic awssns.ITopic
	// Retain keeps the log group when the stack is deleted, and its events for a
	// year. Defaults to deleting it with the stack, and events after a month.
	Retain bool
}

// Pipe is an EventBridge pipe with its role, log and alarms.
type Pipe struct {
	Construct constructs.Construct
	Pipe      awspipes.CfnPipe
	// Role is what the pipe acts as. It may do what the pipe's parts need, and
	// nothing else.
	Role     awsiam.Role
	LogGroup awslogs.LogGroup
}

// New makes a Pipe.
func New(scope constructs.Construct, id string, props *Props) *Pipe {
	p := props.withDefaults()
	this := constructs.NewConstruct(scope, jsii.String(id))

	logGroup := loggroup.New(this, "LogGroup", p.Retain)
	role := newRole(this, append(p.permissions(), writeTo(logGroup)...))

	source := &awspipes.CfnPipe_PipeSourceParametersProperty{FilterCriteria: p.filterCriteria()}
	p.Source.configure(source, batch{size: jsii.Number(p.BatchSize), window: seconds(p.BatchingWindow)})
	pipeProps := &awspipes.CfnPipeProps{
		Description:      optional(p.Description),
		RoleArn:          role.RoleArn(),
		Source:           p.Source.arn,
		SourceParameters: source,
		Target:           p.Target.arn,
		LogConfiguration: &awspipes.CfnPipe_PipeLogConfigurationProperty{
			Level:                        jsii.String(string(p.LogLevel)),
			CloudwatchLogsLogDestination: &awspipes.CfnPipe_CloudwatchLogsLogDestinationProperty{LogGroupArn: logGroup.LogGroupArn()},
		},
	}
	if parameters := (awspipes.CfnPipe_PipeTargetParametersProperty{InputTemplate: optional(p.Transform)}); p.Target.configure != nil || p.Transform != "" {
		if p.Target.configure != nil {
			p.Target.configure(&parameters)
		}
		pipeProps.TargetParameters = &parameters
	}
	if p.Enrichment.arn != nil {
		pipeProps.Enrichment = p.Enrichment.arn
		if p.Enrichment.http != nil || p.EnrichmentTransform != "" {
			pipeProps.EnrichmentParameters = &awspipes.CfnPipe_PipeEnrichmentParametersProperty{
				HttpParameters: p.Enrichment.httpParameters(),
				InputTemplate:  optional(p.EnrichmentTransform),
			}
		}
	}
	pipe := &Pipe{
		Construct: this,
		Pipe:      awspipes.NewCfnPipe(this, jsii.String("Pipe"), pipeProps),
		Role:      role,
		LogGroup:  logGroup,
	}
	// Pipes checks what the role may do when it makes the pipe. The policy is part
	// of the role; this also waits for what a user adds to it.
	pipe.Pipe.Node().AddDependency(role)
	pipe.addAlarms(p.AlarmTopic)
	return pipe
}

// addAlarms watches executions that failed, whole or in part, and those that
// were held back since too many ran at once.
func (p *Pipe) addAlarms(topic awssns.ITopic) {
	alarmtopic.NewAlarm(p.Construct, "Failures", topic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("Executions of the pipe failed: its log group has the errors. What fails to the last goes to the dead-letter queue of the source."),
		Metric: awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Label:      jsii.String("Executions that failed, failed in part, or took longer than 5 minutes"),
			Expression: jsii.String("failed + partly + late"),
			Period:     awscdk.Duration_Minutes(jsii.Number(5)),
			UsingMetrics: &map[string]awscloudwatch.IMetric{
				"failed": p.Metric("ExecutionFailed"),
				"partly": p.Metric("ExecutionPartiallyFailed"),
				"late":   p.Metric("ExecutionTimeout"),
			},
		}),
		Threshold: jsii.Number(1),
	})
	alarmtopic.NewAlarm(p.Construct, "Throttles", topic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("Executions of the pipe were throttled: the pipes of this account and Region run 1000 at once, unless AWS raised that."),
		Metric:           p.Metric("ExecutionThrottled"),
		Threshold:        jsii.Number(1),
	})
}

// Metric is one of the pipe's own, as a sum over 5 minutes, such as
// TargetStageFailed: see the user guide for their names.
func (p *Pipe) Metric(name string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     jsii.String("AWS/EventBridge/Pipes"),
		MetricName:    jsii.String(name),
		DimensionsMap: &map[string]*string{"PipeName": p.Pipe.Ref()},
		Statistic:     awscloudwatch.Stats_SUM(),
		Period:        awscdk.Duration_Minutes(jsii.Number(5)),
	})
}

// optional is nil where s is empty, which CloudFormation takes for unset.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return jsii.String(s)
}

// seconds is nil for no time at all.
func seconds(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	return jsii.Number(d.Seconds())
}
