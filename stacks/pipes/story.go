package pipes

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/gofunction"
	"refstack/constructs/pipe"
	"refstack/constructs/table"
	"refstack/constructs/workqueue"
)

// What events on the bus say of themselves, and what rules choose them by.
const (
	eventSource = "shop.orders"
	detailType  = "Order placed"
)

// Filter lets new orders out of the table's stream, and no changes of old ones.
func Filter() map[string]any {
	return map[string]any{
		"eventName": []string{"INSERT"},
		"dynamodb":  map[string]any{"NewImage": map[string]any{"id": map[string]any{"S": []any{map[string]any{"exists": true}}}}},
	}
}

// tellStory makes the parts from the table to the queue.
func (s *Pipes) tellStory(p Props) {
	topic := s.Alarms.Topic
	s.Orders = table.New(s.Stack, "Orders", &table.Props{PartitionKey: "id", Stream: true, AlarmTopic: topic, Retain: p.Production})
	s.Enrich = gofunction.New(s.Stack, "Enrich", &gofunction.Props{
		Entry:        "lambdas/pipes/enrich",
		Description:  "Adds up new orders on their way to the event bus",
		Timeout:      10 * time.Second,
		Architecture: p.Architecture,
		AlarmTopic:   topic,
		Retain:       p.Production,
	})
	s.alarmOnRejections()
	s.Bus = awsevents.NewEventBus(s.Stack, jsii.String("Bus"), &awsevents.EventBusProps{
		Description: jsii.String("What happens in the shop"),
	})
	s.Outbox = pipe.New(s.Stack, "Outbox", &pipe.Props{
		Description: "New orders become events",
		Source: pipe.FromTableStream(s.Orders.Table, &pipe.StreamProps{
			DeadLetterQueue: workqueue.NewStreamDeadLetters(s.Stack, "Outbox", "New orders did not become events", topic),
		}),
		Filter:     []any{Filter()},
		Enrichment: pipe.EnrichWithFunction(s.Enrich.Function),
		Target:     pipe.ToEventBus(s.Bus, &pipe.EventBusProps{Source: eventSource, DetailType: detailType}),
		AlarmTopic: topic,
		Retain:     p.Production,
	})

	s.Placed = workqueue.New(s.Stack, "Placed", &workqueue.Props{AlarmTopic: topic, VisibilityTimeout: visibility})
	awsevents.NewRule(s.Stack, jsii.String("PlacedRule"), &awsevents.RuleProps{
		Description:  jsii.String("New orders go to who works on them"),
		EventBus:     s.Bus,
		EventPattern: &awsevents.EventPattern{Source: jsii.Strings(eventSource), DetailType: jsii.Strings(detailType)},
		Targets: &[]awsevents.IRuleTarget{awseventstargets.NewSqsQueue(s.Placed.Queue, &awseventstargets.SqsQueueProps{
			DeadLetterQueue: s.Placed.DeadLetterQueue,
			MaxEventAge:     awscdk.Duration_Hours(jsii.Number(24)),
			RetryAttempts:   jsii.Number(185),
		})},
	})
}

// alarmOnRejections tells of the first record that is no order: nobody will hear
// of it otherwise.
func (s *Pipes) alarmOnRejections() {
	alarmtopic.NewAlarm(s.Stack, "Rejections", s.Alarms.Topic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("Items of the table are no orders, and became no events: the log of the enrichment has their eventId and the reason."),
		Metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("Pipes"),
			MetricName:    jsii.String("Rejected"),
			DimensionsMap: &map[string]*string{"FunctionName": s.Enrich.Function.FunctionName()},
			Statistic:     awscloudwatch.Stats_SUM(),
			Period:        awscdk.Duration_Minutes(jsii.Number(5)),
		}),
		Threshold: jsii.Number(1),
	})
}
