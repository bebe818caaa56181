// Package eventrule starts executions of a state machine for events of the account's
// default bus. What cannot be delivered is kept.
package eventrule

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
	"refstack/constructs/statemachine"
	"refstack/constructs/workqueue"
)

// Props configure an EventRule.
type Props struct {
	// Pattern chooses events. Required.
	Pattern map[string]any
	// StateMachine is started by its alias with each of them. Required.
	StateMachine *statemachine.StateMachine
	// InputPath chooses the part of the event that is the input. Defaults to all of
	// it.
	InputPath string
	// Description says what the rule is for. Defaults to nothing.
	Description string
	// AlarmTopic is told of events that were not delivered. Defaults to an alarm
	// that tells nobody.
	AlarmTopic awssns.ITopic
}

// EventRule is a rule with its role, and with a queue of what it could not
// deliver.
type EventRule struct {
	Construct       constructs.Construct
	Rule            awsevents.CfnRule
	Role            awsiam.Role
	DeadLetterQueue awssqs.Queue
}

// How often, and for how long, a delivery is tried: as EventBridge does by
// default, for a day.
const (
	attempts = 185
	maxAge   = 24 * time.Hour
)

// New makes an EventRule.
func New(scope constructs.Construct, id string, props *Props) *EventRule {
	if props == nil || len(props.Pattern) == 0 || props.StateMachine == nil {
		panic("eventrule: Pattern and StateMachine are required")
	}
	p := *props
	this := constructs.NewConstruct(scope, jsii.String(id))

	dead := workqueue.NewDeadLetterQueue(this, p.AlarmTopic)
	nag.Suppress(dead, nag.Suppression{Rule: "AwsSolutions-SQS3", Reason: "It is the dead-letter queue of a rule."})
	role := awsiam.NewRole(this, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": dead.Stack().Account()}},
		}),
	})
	// What the alias points to stays the same while its events start it.
	alias := p.StateMachine.Alias.Ref()
	grant := awsiam.Grant_AddToPrincipal(&awsiam.GrantOnPrincipalOptions{
		Grantee: role, Actions: jsii.Strings("states:StartExecution"), ResourceArns: &[]*string{alias},
	})
	target := &awsevents.CfnRule_TargetProperty{
		Id: jsii.String("Target"), Arn: alias, RoleArn: role.RoleArn(),
		DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: dead.QueueArn()},
		RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{
			MaximumRetryAttempts: jsii.Number(attempts), MaximumEventAgeInSeconds: jsii.Number(maxAge.Seconds()),
		},
	}
	if p.InputPath != "" {
		target.InputPath = jsii.String(p.InputPath)
	}
	rule := awsevents.NewCfnRule(this, jsii.String("Rule"), &awsevents.CfnRuleProps{
		EventPattern: p.Pattern, State: jsii.String("ENABLED"), Targets: []any{target},
	})
	if p.Description != "" {
		rule.SetDescription(jsii.String(p.Description))
	}
	grant.ApplyBefore(rule)
	dead.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AllowRule"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sqs:SendMessage"),
		Resources:  &[]*string{dead.QueueArn()},
		Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": rule.AttrArn()}},
	}))
	return &EventRule{Construct: this, Rule: rule, Role: role, DeadLetterQueue: dead}
}
