package table_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/table"
	"refstack/test/cdktest"
)

func newFunction(stack awscdk.Stack) awslambda.Function {
	return awslambda.NewFunction(stack, jsii.String("Tell"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromInline(jsii.String("exports.handler = async () => {}")),
	})
}

func TestConsume(t *testing.T) {
	stack := cdktest.NewStack(t)
	topic := alarmtopic.New(stack, "Alarms", nil).Topic
	jobs := table.New(stack, "Jobs", &table.Props{PartitionKey: "owner", Stream: true, AlarmTopic: topic})
	jobs.Consume("Tell", newFunction(stack), &table.ConsumerProps{
		Filter: map[string]any{"dynamodb": map[string]any{"NewImage": map[string]any{"status": map[string]any{"S": []string{"done"}}}}},
	})

	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::DynamoDB::GlobalTable", map[string]any{"StreamSpecification": map[string]any{"StreamViewType": "NEW_IMAGE"}})
	stream := map[string]any{"Fn::GetAtt": []any{template.ID("AWS::DynamoDB::GlobalTable", "Jobs"), "StreamArn"}}
	dead := template.ID("AWS::SQS::Queue", "JobsTellDeadLetters")
	deadArn := map[string]any{"Fn::GetAtt": []any{dead, "Arn"}}
	template.Has("AWS::Lambda::EventSourceMapping", map[string]any{
		"EventSourceArn":             stream,
		"StartingPosition":           "TRIM_HORIZON",
		"BatchSize":                  10,
		"BisectBatchOnFunctionError": true,
		"MaximumRetryAttempts":       5,
		"MaximumRecordAgeInSeconds":  3600,
		"FunctionResponseTypes":      []any{"ReportBatchItemFailures"},
		"DestinationConfig":          map[string]any{"OnFailure": map[string]any{"Destination": deadArn}},
		"FilterCriteria":             map[string]any{"Filters": []any{map[string]any{"Pattern": `{"dynamodb":{"NewImage":{"status":{"S":["done"]}}}}`}}},
	})
	template.Has("AWS::SQS::Queue", map[string]any{"MessageRetentionPeriod": 14 * 24 * 3600, "SqsManagedSseEnabled": true})
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"MetricName":   "ApproximateNumberOfMessagesVisible",
		"Threshold":    1,
		"Statistic":    "Maximum",
		"Dimensions":   []any{map[string]any{"Name": "QueueName", "Value": map[string]any{"Fn::GetAtt": []any{dead, "QueueName"}}}},
		"AlarmActions": []any{map[string]any{"Ref": template.ID("AWS::SNS::Topic", "Alarms")}},
	})
	// The function's role reads the stream and tells of what was given up, and no more.
	template.Has("AWS::IAM::Policy", map[string]any{"PolicyDocument": map[string]any{"Statement": []any{
		map[string]any{"Effect": "Allow", "Action": []any{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}, "Resource": stream},
		map[string]any{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": deadArn},
	}}})
}

func TestConsumeRefuses(t *testing.T) {
	stack := cdktest.NewStack(t)
	function := newFunction(stack)
	still := table.New(stack, "Still", &table.Props{PartitionKey: "owner"})
	cdktest.Panics(t, "table: Consume needs a table with Stream: true", func() { still.Consume("Tell", function, nil) })
	moving := table.New(stack, "Moving", &table.Props{PartitionKey: "owner", Stream: true})
	for want, props := range map[string]*table.ConsumerProps{
		"table: BatchSize must be from 1 to 10000, got 10001":                                     {BatchSize: 10001},
		"table: MaxAge must be whole seconds from 1m to the 24h that a stream lasts, got 25h0m0s": {MaxAge: 25 * time.Hour},
		"table: Retries must be from 1 to 10000, got -1":                                          {Retries: -1},
	} {
		cdktest.Panics(t, want, func() { moving.Consume("Tell", function, props) })
	}
}
