package gofunction_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/gofunction"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

const entry = "constructs/gofunction/testdata/orders"

func arn(id string) map[string]any { return map[string]any{"Fn::GetAtt": []any{id, "Arn"}} }

func TestDefaults(t *testing.T) {
	stack := cdktest.NewStack(t)
	gofunction.New(stack, "Resize", &gofunction.Props{Entry: entry})
	template := cdktest.TemplateOf(t, stack)
	logs := template.ID("AWS::Logs::LogGroup", "Resize")
	role := template.ID("AWS::IAM::Role", "Resize")
	template.Has("AWS::Lambda::Function", map[string]any{
		"Runtime":       "provided.al2023",
		"Handler":       "bootstrap",
		"Architectures": []any{"arm64"},
		"MemorySize":    256,
		"Timeout":       10,
		"TracingConfig": map[string]any{"Mode": "Active"},
		"LoggingConfig": map[string]any{"LogFormat": "JSON", "SystemLogLevel": "INFO", "LogGroup": map[string]any{"Ref": logs}},
		"Role":          arn(role),

		"ReservedConcurrentExecutions": assertions.Match_Absent(),
		"Environment":                  assertions.Match_Absent(),
		"Description":                  assertions.Match_Absent(),
	})
	template.HasResource("AWS::Logs::LogGroup", map[string]any{
		"Properties": map[string]any{"RetentionInDays": 30}, "DeletionPolicy": "Delete",
	})
	template.Has("AWS::IAM::Role", map[string]any{"ManagedPolicyArns": assertions.Match_Absent()})
	template.Has("AWS::IAM::Policy", map[string]any{
		"Roles": []any{map[string]any{"Ref": role}},
		"PolicyDocument": map[string]any{"Statement": []any{
			map[string]any{"Effect": "Allow", "Action": []any{"logs:CreateLogStream", "logs:PutLogEvents"}, "Resource": arn(logs)},
			map[string]any{"Effect": "Allow", "Action": []any{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, "Resource": "*"},
		}},
	})
}

func TestPropsReachTheTemplate(t *testing.T) {
	stack := cdktest.NewStack(t)
	variables := map[string]string{"BUCKET": "images"}
	gofunction.New(stack, "Resize", &gofunction.Props{
		Entry:               entry,
		Description:         "Makes thumbnails",
		Environment:         variables,
		MemoryMiB:           1769,
		Timeout:             90 * time.Second,
		ReservedConcurrency: 7,
		Architecture:        awslambda.Architecture_X86_64(),
		Retain:              true,
	})
	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::Lambda::Function", map[string]any{
		"Description":                  "Makes thumbnails",
		"Environment":                  map[string]any{"Variables": map[string]any{"BUCKET": "images"}},
		"MemorySize":                   1769,
		"Timeout":                      90,
		"ReservedConcurrentExecutions": 7,
		"Architectures":                []any{"x86_64"},
	})
	template.HasResource("AWS::Logs::LogGroup", map[string]any{
		"Properties": map[string]any{"RetentionInDays": 365}, "DeletionPolicy": "Retain",
	})
}

func TestAlarms(t *testing.T) {
	stack := cdktest.NewStack(t)
	topic := alarmtopic.New(stack, "Alarms", nil).Topic
	gofunction.New(stack, "Resize", &gofunction.Props{Entry: entry, Timeout: 20 * time.Second, AlarmTopic: topic})
	template := cdktest.TemplateOf(t, stack)
	function := template.ID("AWS::Lambda::Function", "Resize")
	actions := []any{map[string]any{"Ref": template.ID("AWS::SNS::Topic", "Alarms")}}
	for metric, want := range map[string]map[string]any{
		"Errors":    {"Statistic": "Sum", "Threshold": 1},
		"Throttles": {"Statistic": "Sum", "Threshold": 1},
		"Duration":  {"Statistic": "Maximum", "Threshold": 16_000},
	} {
		want["Namespace"], want["MetricName"] = "AWS/Lambda", metric
		want["Dimensions"] = []any{map[string]any{"Name": "FunctionName", "Value": map[string]any{"Ref": function}}}
		want["AlarmActions"] = actions
		template.Has("AWS::CloudWatch::Alarm", want)
	}
	template.Count("AWS::CloudWatch::Alarm", 3)
}

func TestBadProps(t *testing.T) {
	for want, props := range map[string]*gofunction.Props{
		`gofunction: Entry is required, such as "lambdas/orders/create"`:                        nil,
		`gofunction: Entry "constructs/gofunction/testdata/crop" is not a folder of the module`: {Entry: "constructs/gofunction/testdata/crop"},
		"gofunction: MemoryMiB must be from 128 to 10240, got 127":                              {Entry: entry, MemoryMiB: 127},
		"gofunction: MemoryMiB must be from 128 to 10240, got 10241":                            {Entry: entry, MemoryMiB: 10241},
		"gofunction: Timeout must be whole seconds from 1s to 15m, got 15m1s":                   {Entry: entry, Timeout: 901 * time.Second},
		"gofunction: Timeout must be whole seconds from 1s to 15m, got 1.5s":                    {Entry: entry, Timeout: 1500 * time.Millisecond},
		"gofunction: Timeout must be whole seconds from 1s to 15m, got -1s":                     {Entry: entry, Timeout: -time.Second},
		"gofunction: ReservedConcurrency must be at least 1, or 0 for no reservation, got -1":   {Entry: entry, ReservedConcurrency: -1},
	} {
		cdktest.Panics(t, want, func() { gofunction.New(cdktest.NewStack(t), "Resize", props) })
	}
}

func TestTwoFunctionsShareNoRole(t *testing.T) {
	stack := cdktest.NewStack(t)
	for _, id := range []string{"A", "B"} {
		gofunction.New(stack, id, &gofunction.Props{Entry: entry})
	}
	cdktest.TemplateOf(t, stack).Count("AWS::IAM::Role", 2)
}
