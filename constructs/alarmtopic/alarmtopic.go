// Package alarmtopic gathers a stack's alarms in one place: an encrypted SNS
// topic that CloudWatch may publish to, and the function that makes an alarm
// publish there.
package alarmtopic

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Props configure an AlarmTopic.
type Props struct {
	// Email is subscribed to the topic; its owner must confirm the
	// subscription once, from the message that SNS sends. Defaults to no
	// subscription: alarms change state and nobody is told.
	Email string
}

// AlarmTopic is an SNS topic for CloudWatch alarms.
type AlarmTopic struct {
	Construct constructs.Construct
	// Topic receives a message when an alarm goes off and when it recovers.
	Topic awssns.Topic
	// Key encrypts the topic. CloudWatch cannot publish to a topic under the
	// key that AWS manages for SNS, so the topic needs one of its own, at
	// about $1 a month.
	Key awskms.Key
}

// New makes an AlarmTopic. Props may be nil.
func New(scope constructs.Construct, id string, props *Props) *AlarmTopic {
	var p Props
	if props != nil {
		p = *props
	}
	if p.Email != "" && !strings.Contains(p.Email, "@") && !*awscdk.Token_IsUnresolved(p.Email) {
		panic("alarmtopic: Email must be an address such as ops@example.com, got " + p.Email)
	}

	this := constructs.NewConstruct(scope, jsii.String(id))
	key := awskms.NewKey(this, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Encrypts the alarm topic " + *this.Node().Path()),
		EnableKeyRotation: jsii.Bool(true),
		PendingWindow:     awscdk.Duration_Days(jsii.Number(7)),
		// Messages are delivered at once or lost: no data outlives the key.
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	topic := awssns.NewTopic(this, jsii.String("Topic"), &awssns.TopicProps{
		MasterKey:  key,
		EnforceSSL: jsii.Bool(true),
	})
	allowCloudWatch(awscdk.Stack_Of(this), topic, key)
	if p.Email != "" {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(p.Email), nil))
	}
	return &AlarmTopic{Construct: this, Topic: topic, Key: key}
}

// allowCloudWatch lets the alarms of this account, and nobody else's, publish:
// a topic with a policy of its own has lost the default that would allow it.
func allowCloudWatch(stack awscdk.Stack, topic awssns.Topic, key awskms.Key) {
	cloudWatch := awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)
	sameAccount := map[string]any{"aws:SourceAccount": stack.Account()}
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AllowAlarms"),
		Principals: &[]awsiam.IPrincipal{cloudWatch},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{
			"StringEquals": sameAccount,
			"ArnLike": map[string]any{"aws:SourceArn": stack.FormatArn(&awscdk.ArnComponents{
				Service:      jsii.String("cloudwatch"),
				Resource:     jsii.String("alarm"),
				ResourceName: jsii.String("*"),
				ArnFormat:    awscdk.ArnFormat_COLON_RESOURCE_NAME,
			})},
		},
	}))
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AllowAlarms"),
		Principals: &[]awsiam.IPrincipal{cloudWatch},
		Actions:    jsii.Strings("kms:Decrypt", "kms:GenerateDataKey*"),
		Resources:  jsii.Strings("*"), // A key policy speaks of its own key alone.
		Conditions: &map[string]any{"StringEquals": sameAccount},
	}), nil)
}

// NewAlarm makes an alarm that publishes to topic when it goes off and when it
// recovers. Unless props say otherwise it goes off at the first period whose
// value reaches the threshold, and no data is no alarm. A nil topic leaves the
// alarm without an action.
func NewAlarm(scope constructs.Construct, id string, topic awssns.ITopic, props *awscloudwatch.AlarmProps) awscloudwatch.Alarm {
	p := *props
	if p.EvaluationPeriods == nil {
		p.EvaluationPeriods = jsii.Number(1)
	}
	if p.ComparisonOperator == "" {
		p.ComparisonOperator = awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
	}
	if p.TreatMissingData == "" {
		p.TreatMissingData = awscloudwatch.TreatMissingData_NOT_BREACHING
	}
	alarm := awscloudwatch.NewAlarm(scope, jsii.String(id), &p)
	if topic != nil {
		action := awscloudwatchactions.NewSnsAction(topic)
		alarm.AddAlarmAction(action)
		alarm.AddOkAction(action)
	}
	return alarm
}
