package workqueue

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/nag"
)

// NewDeadLetterQueue makes a queue in scope of what could not be delivered or
// done, for a person to look into, with an alarm at the first message.
func NewDeadLetterQueue(scope constructs.Construct, alarmTopic awssns.ITopic) awssqs.Queue {
	return newDeadLetters(scope, "DeadLetterQueue", "DeadLetters", alarmTopic,
		"Messages that failed every try wait in the dead-letter queue: find out why, mend it, redrive them.")
}

// NewStreamDeadLetters makes a queue in scope that is told which records of a
// stream its reader gave up, by their place and not by what they say, with an alarm
// at the first message. The id is the reader's, and what happened is how the alarm's
// description begins.
func NewStreamDeadLetters(scope constructs.Construct, id, happened string, alarmTopic awssns.ITopic) awssqs.Queue {
	dead := newDeadLetters(scope, id+"DeadLetters", id+"GivenUp", alarmTopic,
		happened+": the messages in the dead-letter queue say where in the stream they are, for a day.")
	nag.Suppress(dead, nag.Suppression{
		Rule:   "AwsSolutions-SQS3",
		Reason: "It is the dead-letter queue of a reader of a stream, which cdk-nag does not know.",
	})
	return dead
}

func newDeadLetters(scope constructs.Construct, queueID, alarmID string, alarmTopic awssns.ITopic, description string) awssqs.Queue {
	dead := awssqs.NewQueue(scope, jsii.String(queueID), &awssqs.QueueProps{
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      jsii.Bool(true),
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(deadLetterRetentionDays)),
	})
	alarmtopic.NewAlarm(scope, alarmID, alarmTopic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String(description),
		Metric:           dead.MetricApproximateNumberOfMessagesVisible(longest()),
		Threshold:        jsii.Number(1),
	})
	return dead
}
