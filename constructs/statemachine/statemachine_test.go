package statemachine_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/asl"
	"refstack/constructs/statemachine"
	"refstack/test/awstest"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

var states = asl.State{"Done": asl.State{"Type": "Succeed"}}

func ref(id string) map[string]any             { return map[string]any{"Ref": id} }
func getAtt(id, name string) map[string]any    { return map[string]any{"Fn::GetAtt": []any{id, name}} }
func like(m map[string]any) assertions.Matcher { return assertions.Match_ObjectLike(&m) }

func TestMachine(t *testing.T) {
	stack := cdktest.NewStack(t)
	topic := alarmtopic.New(stack, "Alarms", nil).Topic
	machine := statemachine.New(stack, "Job", &statemachine.Props{StartAt: "Done", States: states, Comment: "Does nothing", AlarmTopic: topic})
	machine.Allow([]*string{jsii.String("arn:aws:sqs:::q"), machine.LogGroup.LogGroupArn()}, "sqs:SendMessage")
	template := cdktest.TemplateOf(t, stack)
	id, role := template.ID("AWS::StepFunctions::StateMachine", "Job"), template.ID("AWS::IAM::Role", "Job")

	definition, err := awstest.DefinitionOf(template.JSON, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"QueryLanguage": "JSONata", "Comment": "Does nothing", "StartAt": "Done", "TimeoutSeconds": 3600.0,
		"States": map[string]any{"Done": map[string]any{"Type": "Succeed"}},
	}
	if diff := cmp.Diff(want, definition); diff != "" {
		t.Errorf("the definition (-want +got):\n%s", diff)
	}
	template.Has("AWS::StepFunctions::StateMachine", map[string]any{
		"RoleArn":              getAtt(role, "Arn"),
		"TracingConfiguration": map[string]any{"Enabled": true},
		"LoggingConfiguration": map[string]any{
			"Level": "ALL", "IncludeExecutionData": false,
			"Destinations": []any{map[string]any{"CloudWatchLogsLogGroup": map[string]any{"LogGroupArn": getAtt(template.ID("AWS::Logs::LogGroup", "Job"), "Arn")}}},
		},
	})
	template.Has("AWS::IAM::Role", map[string]any{"AssumeRolePolicyDocument": like(map[string]any{"Statement": []any{map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": "states.amazonaws.com"},
		"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": ref("AWS::AccountId")}},
	}}})})
	for _, metric := range []string{"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled"} {
		template.Has("AWS::CloudWatch::Alarm", map[string]any{
			"Namespace": "AWS/States", "MetricName": metric, "Statistic": "Sum", "Threshold": 1,
			"Dimensions":   []any{map[string]any{"Name": "StateMachineArn", "Value": ref(id)}},
			"AlarmActions": []any{ref(template.ID("AWS::SNS::Topic", "Alarms"))},
		})
	}
}

// TestAChangeMakesAVersion holds what has CloudFormation make another version, and
// what becomes of the one before.
func TestAChangeMakesAVersion(t *testing.T) {
	for retain, policy := range map[bool]any{false: assertions.Match_Absent(), true: "Retain"} {
		stack := cdktest.NewStack(t)
		statemachine.New(stack, "Job", &statemachine.Props{StartAt: "Done", States: states, Retain: retain})
		template := cdktest.TemplateOf(t, stack)
		id := template.ID("AWS::StepFunctions::StateMachine", "Job")
		template.HasResource("AWS::StepFunctions::StateMachineVersion", map[string]any{
			"UpdateReplacePolicy": policy,
			"Properties":          map[string]any{"StateMachineArn": ref(id), "StateMachineRevisionId": getAtt(id, "StateMachineRevisionId")},
		})
		template.Has("AWS::StepFunctions::StateMachineAlias", map[string]any{
			"Name": "live",
			"RoutingConfiguration": []any{map[string]any{
				"StateMachineVersionArn": ref(template.ID("AWS::StepFunctions::StateMachineVersion", "Job")), "Weight": 100,
			}},
		})
	}
}

func TestExecutionARN(t *testing.T) {
	stack := cdktest.NewStack(t)
	machine := statemachine.New(stack, "Job", &statemachine.Props{StartAt: "Done", States: states})
	name := stack.Resolve(machine.Machine.StateMachineName())
	for label, want := range map[string][]any{"": {":execution:", name, ":*"}, "Map": {":execution:", name, "/Map:*"}} {
		got := stack.Resolve(machine.ExecutionARN(label)).(map[string]any)["Fn::Join"].([]any)[1].([]any)
		if diff := cmp.Diff(want, got[len(got)-3:]); diff != "" {
			t.Errorf("%q: %s", label, diff)
		}
	}
}

func TestBadProps(t *testing.T) {
	stack := cdktest.NewStack(t)
	cdktest.Panics(t, "statemachine: States is required", func() { statemachine.New(stack, "A", nil) })
	cdktest.Panics(t, `statemachine: StartAt must be one of States, got "Start"`, func() {
		statemachine.New(stack, "B", &statemachine.Props{StartAt: "Start", States: states})
	})
	for _, timeout := range []time.Duration{-time.Second, 366 * 24 * time.Hour, 1500 * time.Millisecond} {
		cdktest.Panics(t, "statemachine: Timeout must be whole seconds from 1s to a year, got "+timeout.String(), func() {
			statemachine.New(stack, "C", &statemachine.Props{StartAt: "Done", States: states, Timeout: timeout})
		})
	}
}
