package workqueue_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/workqueue"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func newFunction(stack awscdk.Stack, timeout awscdk.Duration) awslambda.Function {
	return awslambda.NewFunction(stack, jsii.String("Worker"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromInline(jsii.String("exports.handler = async () => {}")),
		Timeout: timeout,
	})
}

func arn(id string) map[string]any { return map[string]any{"Fn::GetAtt": []any{id, "Arn"}} }

func TestDeadLettersAreKeptAndAlarmed(t *testing.T) {
	stack := cdktest.NewStack(t)
	topic := alarmtopic.New(stack, "Alarms", nil).Topic
	workqueue.New(stack, "Work", &workqueue.Props{AlarmTopic: topic})
	template := cdktest.TemplateOf(t, stack)
	queue := template.ID("AWS::SQS::Queue", "WorkQueue")
	dead := template.ID("AWS::SQS::Queue", "WorkDeadLetterQueue")

	template.Has("AWS::SQS::Queue", map[string]any{
		"RedrivePolicy":          map[string]any{"deadLetterTargetArn": arn(dead), "maxReceiveCount": 5},
		"MessageRetentionPeriod": 4 * 24 * 3600,
		"SqsManagedSseEnabled":   true,
	})
	template.Has("AWS::SQS::Queue", map[string]any{
		"RedrivePolicy":          assertions.Match_Absent(),
		"MessageRetentionPeriod": 14 * 24 * 3600,
		"SqsManagedSseEnabled":   true,
	})
	for _, id := range []string{queue, dead} {
		template.Has("AWS::SQS::QueuePolicy", map[string]any{
			"Queues": []any{map[string]any{"Ref": id}},
			"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{
				"Effect":    "Deny",
				"Principal": map[string]any{"AWS": "*"},
				"Action":    "sqs:*",
				"Resource":  arn(id),
				"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			}})},
		})
	}

	actions := []any{map[string]any{"Ref": template.ID("AWS::SNS::Topic", "Alarms")}}
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"MetricName":   "ApproximateNumberOfMessagesVisible",
		"Dimensions":   []any{map[string]any{"Name": "QueueName", "Value": map[string]any{"Fn::GetAtt": []any{dead, "QueueName"}}}},
		"Statistic":    "Maximum",
		"Threshold":    1,
		"AlarmActions": actions,
	})
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"MetricName":   "ApproximateAgeOfOldestMessage",
		"Dimensions":   []any{map[string]any{"Name": "QueueName", "Value": map[string]any{"Fn::GetAtt": []any{queue, "QueueName"}}}},
		"Statistic":    "Maximum",
		"Threshold":    3600,
		"AlarmActions": actions,
	})
}

func TestConsumeAgreesWithTheFunction(t *testing.T) {
	tests := map[string]struct {
		timeout    awscdk.Duration
		props      *workqueue.ConsumerProps
		visibility int
		mapping    map[string]any
	}{
		"the timeout of a function": {
			timeout:    awscdk.Duration_Minutes(jsii.Number(1)),
			visibility: 6 * 60,
			mapping: map[string]any{
				"BatchSize":                      10,
				"MaximumBatchingWindowInSeconds": assertions.Match_Absent(),
				"ScalingConfig":                  map[string]any{"MaximumConcurrency": 10},
			},
		},
		"Lambda's default timeout": {visibility: 6 * 3, mapping: map[string]any{"BatchSize": 10}},
		"a batching window": {
			timeout:    awscdk.Duration_Seconds(jsii.Number(30)),
			props:      &workqueue.ConsumerProps{BatchSize: 100, BatchingWindow: 20 * time.Second, MaxConcurrency: 2},
			visibility: 6*30 + 20,
			mapping: map[string]any{
				"BatchSize":                      100,
				"MaximumBatchingWindowInSeconds": 20,
				"ScalingConfig":                  map[string]any{"MaximumConcurrency": 2},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			stack := cdktest.NewStack(t)
			queue := workqueue.New(stack, "Work", nil)
			queue.Consume(newFunction(stack, test.timeout), test.props)
			template := cdktest.TemplateOf(t, stack)

			id := template.ID("AWS::SQS::Queue", "WorkQueue")
			template.Has("AWS::SQS::Queue", map[string]any{"VisibilityTimeout": test.visibility})
			template.Has("AWS::Lambda::EventSourceMapping", test.mapping)
			template.Has("AWS::Lambda::EventSourceMapping", map[string]any{
				"EventSourceArn":        arn(id),
				"FunctionName":          map[string]any{"Ref": template.ID("AWS::Lambda::Function", "Worker")},
				"FunctionResponseTypes": []any{"ReportBatchItemFailures"},
			})
			template.Has("AWS::IAM::Policy", map[string]any{
				"PolicyDocument": map[string]any{"Statement": []any{map[string]any{
					"Effect":   "Allow",
					"Action":   []any{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
					"Resource": arn(id),
				}}},
			})
		})
	}
}

func TestPropsReachTheTemplate(t *testing.T) {
	stack := cdktest.NewStack(t)
	workqueue.New(stack, "Work", &workqueue.Props{MaxReceiveCount: 7, Retention: 2 * time.Hour, MaxAge: 30 * time.Minute})
	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::SQS::Queue", map[string]any{
		"RedrivePolicy":          map[string]any{"deadLetterTargetArn": arn(template.ID("AWS::SQS::Queue", "WorkDeadLetterQueue")), "maxReceiveCount": 7},
		"MessageRetentionPeriod": 7200,
	})
	template.Has("AWS::CloudWatch::Alarm", map[string]any{"MetricName": "ApproximateAgeOfOldestMessage", "Threshold": 1800})
}

func TestBadProps(t *testing.T) {
	for want, props := range map[string]workqueue.Props{
		"workqueue: MaxReceiveCount must be from 3 to 1000, got 2":                             {MaxReceiveCount: 2},
		"workqueue: MaxReceiveCount must be from 3 to 1000, got 1001":                          {MaxReceiveCount: 1001},
		"workqueue: Retention must be from 1m to less than 14 days, got 336h0m0s":              {Retention: 14 * 24 * time.Hour},
		"workqueue: Retention must be from 1m to less than 14 days, got 59s":                   {Retention: 59 * time.Second},
		"workqueue: VisibilityTimeout must be whole seconds up to 12h, got 12h0m1s":            {VisibilityTimeout: 12*time.Hour + time.Second},
		"workqueue: VisibilityTimeout must be whole seconds up to 12h, got -1s":                {VisibilityTimeout: -time.Second},
		"workqueue: MaxAge must be from 1m to less than the Retention of 96h0m0s, got 96h0m0s": {MaxAge: 96 * time.Hour},
		"workqueue: MaxAge must be from 1m to less than the Retention of 30m0s, got 1h0m0s":    {Retention: 30 * time.Minute},
	} {
		cdktest.Panics(t, want, func() { workqueue.New(cdktest.NewStack(t), "Work", &props) })
	}
	for want, props := range map[string]workqueue.ConsumerProps{
		"workqueue: BatchSize must be from 1 to 10000, got -1":               {BatchSize: -1},
		"workqueue: BatchSize must be from 1 to 10000, got 10001":            {BatchSize: 10001, BatchingWindow: time.Second},
		"workqueue: BatchSize 11 needs a BatchingWindow of at least 1s":      {BatchSize: 11},
		"workqueue: BatchingWindow must be whole seconds up to 5m, got 5m1s": {BatchingWindow: 301 * time.Second},
		"workqueue: BatchingWindow must be whole seconds up to 5m, got 1.5s": {BatchingWindow: 1500 * time.Millisecond},
		"workqueue: MaxConcurrency must be from 2 to 1000, got 1":            {MaxConcurrency: 1},
		"workqueue: MaxConcurrency must be from 2 to 1000, got 1001":         {MaxConcurrency: 1001},
	} {
		stack := cdktest.NewStack(t)
		queue := workqueue.New(stack, "Work", nil)
		cdktest.Panics(t, want, func() { queue.Consume(newFunction(stack, nil), &props) })
	}
}

func TestDeadLettersOfAConsumer(t *testing.T) {
	stack := cdktest.NewStack(t)
	failed := workqueue.New(stack, "Failed", nil)
	work := workqueue.New(stack, "Work", &workqueue.Props{DeadLetters: failed})
	if work.DeadLetterQueue != failed.Queue {
		t.Error("dead letters go elsewhere")
	}
	template := cdktest.TemplateOf(t, stack)
	template.Count("AWS::SQS::Queue", 3)
	template.Has("AWS::SQS::Queue", map[string]any{
		"RedrivePolicy":          map[string]any{"deadLetterTargetArn": arn(template.ID("AWS::SQS::Queue", "FailedQueue")), "maxReceiveCount": 5},
		"MessageRetentionPeriod": 4 * 24 * 3600,
	})
	template.Has("AWS::SQS::Queue", map[string]any{
		"RedrivePolicy":          map[string]any{"deadLetterTargetArn": arn(template.ID("AWS::SQS::Queue", "FailedDeadLetterQueue")), "maxReceiveCount": 5},
		"MessageRetentionPeriod": 14 * 24 * 3600,
	})
}

func TestVisibilityTimeout(t *testing.T) {
	stack := cdktest.NewStack(t)
	workqueue.New(stack, "Own", &workqueue.Props{VisibilityTimeout: 2 * time.Minute})
	cdktest.TemplateOf(t, stack).Has("AWS::SQS::Queue", map[string]any{
		"VisibilityTimeout": 120, "RedrivePolicy": assertions.Match_AnyValue(),
	})
}
