package alarmtopic_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func metric() awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String("Orders"), MetricName: jsii.String("Lost"),
	})
}

func TestTopicIsEncryptedAndOpenToAlarmsOfThisAccountOnly(t *testing.T) {
	stack := cdktest.NewStack(t)
	alarmtopic.New(stack, "Alarms", nil)
	template := cdktest.TemplateOf(t, stack)

	key := template.ID("AWS::KMS::Key", "Alarms")
	topic := template.ID("AWS::SNS::Topic", "Alarms")
	template.Has("AWS::KMS::Key", map[string]any{"EnableKeyRotation": true})
	template.Has("AWS::SNS::Topic", map[string]any{
		"KmsMasterKeyId": map[string]any{"Fn::GetAtt": []any{key, "Arn"}},
	})
	sameAccount := map[string]any{"aws:SourceAccount": map[string]any{"Ref": "AWS::AccountId"}}
	template.Has("AWS::SNS::TopicPolicy", map[string]any{
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
			map[string]any{
				"Sid":       "AllowPublishThroughSSLOnly",
				"Effect":    "Deny",
				"Principal": "*",
				"Action":    "sns:Publish",
				"Resource":  map[string]any{"Ref": topic},
				"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			},
			map[string]any{
				"Sid":       "AllowAlarms",
				"Effect":    "Allow",
				"Principal": map[string]any{"Service": "cloudwatch.amazonaws.com"},
				"Action":    "sns:Publish",
				"Resource":  map[string]any{"Ref": topic},
				"Condition": map[string]any{
					"StringEquals": sameAccount,
					"ArnLike": map[string]any{"aws:SourceArn": map[string]any{"Fn::Join": []any{"", []any{
						"arn:", map[string]any{"Ref": "AWS::Partition"}, ":cloudwatch:", map[string]any{"Ref": "AWS::Region"},
						":", map[string]any{"Ref": "AWS::AccountId"}, ":alarm:*",
					}}}},
				},
			},
		})},
	})
	template.Has("AWS::KMS::Key", map[string]any{
		"KeyPolicy": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
			map[string]any{
				"Sid":       "AllowAlarms",
				"Effect":    "Allow",
				"Principal": map[string]any{"Service": "cloudwatch.amazonaws.com"},
				"Action":    []any{"kms:Decrypt", "kms:GenerateDataKey*"},
				"Resource":  "*",
				"Condition": map[string]any{"StringEquals": sameAccount},
			},
		})},
	})
	template.Count("AWS::SNS::Subscription", 0)
}

func TestEmailIsSubscribed(t *testing.T) {
	stack := cdktest.NewStack(t)
	alarmtopic.New(stack, "Alarms", &alarmtopic.Props{Email: "ops@example.com"})
	cdktest.TemplateOf(t, stack).Has("AWS::SNS::Subscription", map[string]any{
		"Protocol": "email", "Endpoint": "ops@example.com",
	})
}

func TestEmailMustBeAnAddress(t *testing.T) {
	cdktest.Panics(t, "alarmtopic: Email must be an address such as ops@example.com, got ops", func() {
		alarmtopic.New(cdktest.NewStack(t), "Alarms", &alarmtopic.Props{Email: "ops"})
	})
}

func TestAlarmTellsTheTopicBothWays(t *testing.T) {
	stack := cdktest.NewStack(t)
	topic := alarmtopic.New(stack, "Alarms", nil).Topic
	props := &awscloudwatch.AlarmProps{Metric: metric(), Threshold: jsii.Number(1)}
	alarmtopic.NewAlarm(stack, "Lost", topic, props)
	if props.EvaluationPeriods != nil {
		t.Error("NewAlarm changed its caller's props")
	}

	template := cdktest.TemplateOf(t, stack)
	actions := []any{map[string]any{"Ref": template.ID("AWS::SNS::Topic", "Alarms")}}
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"AlarmActions":       actions,
		"OKActions":          actions,
		"EvaluationPeriods":  1,
		"Threshold":          1,
		"ComparisonOperator": "GreaterThanOrEqualToThreshold",
		"TreatMissingData":   "notBreaching",
	})
}

func TestAlarmKeepsWhatItsPropsSay(t *testing.T) {
	stack := cdktest.NewStack(t)
	alarmtopic.NewAlarm(stack, "Alive", nil, &awscloudwatch.AlarmProps{
		Metric:             metric(),
		Threshold:          jsii.Number(1),
		EvaluationPeriods:  jsii.Number(3),
		ComparisonOperator: awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD,
		TreatMissingData:   awscloudwatch.TreatMissingData_BREACHING,
	})
	cdktest.TemplateOf(t, stack).Has("AWS::CloudWatch::Alarm", map[string]any{
		"AlarmActions":       assertions.Match_Absent(),
		"EvaluationPeriods":  3,
		"ComparisonOperator": "LessThanThreshold",
		"TreatMissingData":   "breaching",
	})
}
