package alarmtopic_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
)

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Orders"), nil)
	dead := awssqs.NewQueue(stack, jsii.String("DeadOrders"), nil)

	alarms := alarmtopic.New(stack, "Alarms", &alarmtopic.Props{Email: "ops@example.com"})
	alarmtopic.NewAlarm(stack, "LostOrders", alarms.Topic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("An order failed every try."),
		Metric:           dead.MetricApproximateNumberOfMessagesVisible(nil),
		Threshold:        jsii.Number(1),
	})

	fmt.Println(*alarms.Topic.Node().Path())
	// Output: Orders/Alarms/Topic
}
