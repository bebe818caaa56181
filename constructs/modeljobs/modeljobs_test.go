package modeljobs_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/modelendpoint"
	"refstack/constructs/modeljobs"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func ref(id string) map[string]any { return map[string]any{"Ref": id} }
func att(id, name string) map[string]any {
	return map[string]any{"Fn::GetAtt": []any{id, name}}
}

func TestJobs(t *testing.T) {
	stack := cdktest.NewStack(t)
	topic := alarmtopic.New(stack, "Alarms", nil).Topic
	modeljobs.New(stack, "Jobs", &modeljobs.Props{
		Model: modelendpoint.Bedrock(&modelendpoint.BedrockProps{Model: "amazon.nova-lite-v1:0"}), MaxConcurrency: 20,
		Deadline: 2 * time.Hour, AlarmTopic: topic,
	})
	template := cdktest.TemplateOf(t, stack)
	jobs := template.ID("AWS::DynamoDB::GlobalTable", "Jobs")
	queue, failed := template.ID("AWS::SQS::Queue", "JobsQueue"), template.ID("AWS::SQS::Queue", "JobsFailedQueue")
	work, bury := template.ID("AWS::Lambda::Function", "JobsWork"), template.ID("AWS::Lambda::Function", "JobsBury")

	template.Has("AWS::DynamoDB::GlobalTable", map[string]any{
		"KeySchema": []any{
			map[string]any{"AttributeName": "owner", "KeyType": "HASH"}, map[string]any{"AttributeName": "job", "KeyType": "RANGE"},
		},
		"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
		"StreamSpecification":     map[string]any{"StreamViewType": "NEW_IMAGE"},
	})
	template.Has("AWS::Lambda::Function", map[string]any{"Timeout": 120, "Environment": map[string]any{"Variables": map[string]any{
		"JOBS_TABLE": ref(jobs), "JOBS_QUEUE_URL": ref(queue), "JOB_DEADLINE": "2h0m0s", "JOB_RETENTION": "168h0m0s",
		"MODEL_ENDPOINT": "bedrock", "MODEL_ID": "amazon.nova-lite-v1:0",
	}}})
	template.Has("AWS::Lambda::Function", map[string]any{"Timeout": 30, "Environment": map[string]any{"Variables": map[string]any{
		"JOBS_TABLE": ref(jobs), "JOB_RETENTION": "168h0m0s",
	}}})
	// One job an invocation, so that the concurrency is the model's.
	template.Has("AWS::Lambda::EventSourceMapping", map[string]any{
		"FunctionName": ref(work), "EventSourceArn": att(queue, "Arn"), "BatchSize": 1,
		"ScalingConfig": map[string]any{"MaximumConcurrency": 20}, "FunctionResponseTypes": []any{"ReportBatchItemFailures"},
	})
	template.Has("AWS::Lambda::EventSourceMapping", map[string]any{"FunctionName": ref(bury), "EventSourceArn": att(failed, "Arn")})
	template.Has("AWS::SQS::Queue", map[string]any{
		"RedrivePolicy": map[string]any{"deadLetterTargetArn": att(failed, "Arn"), "maxReceiveCount": 5}, "VisibilityTimeout": 720,
	})
	template.Count("AWS::SQS::Queue", 3)
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"MetricName": "Invocations", "Namespace": "AWS/Lambda", "Threshold": 1, "Statistic": "Sum",
		"Dimensions": []any{map[string]any{"Name": "FunctionName", "Value": ref(bury)}}, "AlarmActions": []any{ref(template.ID("AWS::SNS::Topic", "Alarms"))},
	})
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"MetricName": "Jobs", "Namespace": "GenAi", "Threshold": 1, "Statistic": "Sum",
		"Dimensions":   []any{map[string]any{"Name": "FunctionName", "Value": ref(work)}, map[string]any{"Name": "Outcome", "Value": "failed"}},
		"AlarmActions": []any{ref(template.ID("AWS::SNS::Topic", "Alarms"))},
	})
	// Half of the deadline is left to find out why jobs wait.
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"MetricName": "ApproximateAgeOfOldestMessage", "Threshold": 3600,
		"Dimensions": []any{map[string]any{"Name": "QueueName", "Value": att(queue, "QueueName")}},
	})

	allow := func(action, resource any) map[string]any {
		return map[string]any{"Effect": "Allow", "Action": action, "Resource": resource}
	}
	template.Has("AWS::IAM::Policy", map[string]any{
		"Roles": []any{ref(template.ID("AWS::IAM::Role", "JobsWork"))},
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
			allow("dynamodb:UpdateItem", att(jobs, "Arn")),
			allow([]any{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"}, att(queue, "Arn")),
		})},
	})
	template.Has("AWS::IAM::Policy", map[string]any{
		"Roles":          []any{ref(template.ID("AWS::IAM::Role", "JobsBury"))},
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{allow("dynamodb:UpdateItem", att(jobs, "Arn"))})},
	})
}

func TestDefaults(t *testing.T) {
	stack := cdktest.NewStack(t)
	jobs := modeljobs.New(stack, "Jobs", &modeljobs.Props{Model: modelendpoint.Bedrock(nil)})
	if jobs.Deadline != time.Hour {
		t.Errorf("a job may wait for %s", jobs.Deadline)
	}
	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::Lambda::EventSourceMapping", map[string]any{"BatchSize": 1, "ScalingConfig": map[string]any{"MaximumConcurrency": 5}})
	template.HasResource("AWS::DynamoDB::GlobalTable", map[string]any{"DeletionPolicy": "Delete"})
}

func TestRetain(t *testing.T) {
	stack := cdktest.NewStack(t)
	modeljobs.New(stack, "Jobs", &modeljobs.Props{Model: modelendpoint.Bedrock(nil), Retain: true})
	template := cdktest.TemplateOf(t, stack)
	template.HasResource("AWS::DynamoDB::GlobalTable", map[string]any{"DeletionPolicy": "Retain"})
	for _, id := range []string{"JobsWork", "JobsBury"} {
		if got := template.Resource(template.ID("AWS::Logs::LogGroup", id))["DeletionPolicy"]; got != "Retain" {
			t.Errorf("the log of %s: %v", id, got)
		}
	}
}

func TestBadProps(t *testing.T) {
	stack := cdktest.NewStack(t)
	model := modelendpoint.Bedrock(nil)
	for want, props := range map[string]*modeljobs.Props{
		"modeljobs: Model is required":                                                                        nil,
		"modeljobs: MaxConcurrency must be from 2 to 1000, got 1":                                             {Model: model, MaxConcurrency: 1},
		"modeljobs: Deadline must be whole seconds from 2m to less than the 4 days of the queue, got 96h0m0s": {Model: model, Deadline: 96 * time.Hour, Retention: 200 * time.Hour},
		"modeljobs: Deadline must be whole seconds from 2m to less than the 4 days of the queue, got 1m0s":    {Model: model, Deadline: time.Minute},
		"modeljobs: Retention must be whole hours and longer than the Deadline of 1h0m0s, got 1h0m0s":         {Model: model, Retention: time.Hour},
		"modeljobs: Retention must be whole hours and longer than the Deadline of 1h0m0s, got 1h30m0s":        {Model: model, Retention: 90 * time.Minute},
	} {
		cdktest.Panics(t, want, func() { modeljobs.New(stack, "Jobs", props) })
	}
}
