// Package loggroup makes CloudWatch log groups that do not grow, and cost,
// forever.
package loggroup

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// New makes a log group. If retain is set it outlives the stack and keeps events
// for a year; otherwise it goes with the stack, and events after a month.
func New(scope constructs.Construct, id string, retain bool) awslogs.LogGroup {
	props := &awslogs.LogGroupProps{
		Retention:     awslogs.RetentionDays_ONE_MONTH,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	}
	if retain {
		props.Retention = awslogs.RetentionDays_ONE_YEAR
		props.RemovalPolicy = awscdk.RemovalPolicy_RETAIN
	}
	return awslogs.NewLogGroup(scope, jsii.String(id), props)
}
