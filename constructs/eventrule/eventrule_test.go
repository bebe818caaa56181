package eventrule_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/asl"
	"refstack/constructs/eventrule"
	"refstack/constructs/statemachine"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func newMachine(stack awscdk.Stack) *statemachine.StateMachine {
	return statemachine.New(stack, "Job", &statemachine.Props{StartAt: "Done", States: asl.State{"Done": asl.State{"Type": "Succeed"}}})
}

func props(stack awscdk.Stack) *eventrule.Props {
	return &eventrule.Props{
		Pattern: map[string]any{"source": []string{"aws.s3"}}, StateMachine: newMachine(stack), InputPath: "$.detail", Description: "Starts jobs",
	}
}

func arn(id string) map[string]any { return map[string]any{"Fn::GetAtt": []any{id, "Arn"}} }

func like(m map[string]any) assertions.Matcher { return assertions.Match_ObjectLike(&m) }

func TestRule(t *testing.T) {
	stack := cdktest.NewStack(t)
	eventrule.New(stack, "Start", props(stack))
	template := cdktest.TemplateOf(t, stack)
	role, dead, rule := template.ID("AWS::IAM::Role", "Start"), template.ID("AWS::SQS::Queue", "Start"), template.ID("AWS::Events::Rule", "Start")
	alias := map[string]any{"Ref": template.ID("AWS::StepFunctions::StateMachineAlias", "Job")}
	policy := template.ID("AWS::IAM::Policy", "Start")
	template.HasResource("AWS::Events::Rule", map[string]any{
		"DependsOn": []any{policy},
		"Properties": map[string]any{
			"State": "ENABLED", "Description": "Starts jobs", "EventBusName": assertions.Match_Absent(),
			"EventPattern": map[string]any{"source": []any{"aws.s3"}},
			"Targets": []any{map[string]any{
				"Id": "Target", "Arn": alias, "RoleArn": arn(role), "InputPath": "$.detail",
				"DeadLetterConfig": map[string]any{"Arn": arn(dead)},
				"RetryPolicy":      map[string]any{"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400},
			}},
		},
	})
	template.Has("AWS::IAM::Policy", map[string]any{"PolicyDocument": like(map[string]any{"Statement": []any{
		map[string]any{"Effect": "Allow", "Action": "states:StartExecution", "Resource": alias},
	}})})
	template.Has("AWS::IAM::Role", map[string]any{"AssumeRolePolicyDocument": like(map[string]any{"Statement": []any{like(map[string]any{
		"Principal": map[string]any{"Service": "events.amazonaws.com"},
		"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": map[string]any{"Ref": "AWS::AccountId"}}},
	})}})})
	template.Has("AWS::SQS::Queue", map[string]any{"MessageRetentionPeriod": 14 * 24 * 3600, "SqsManagedSseEnabled": true})
	template.Has("AWS::SQS::QueuePolicy", map[string]any{"PolicyDocument": like(map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{
		"Sid": "AllowRule", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn(dead),
		"Principal": map[string]any{"Service": "events.amazonaws.com"},
		"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": arn(rule)}},
	}})})})
	template.Has("AWS::CloudWatch::Alarm", map[string]any{"MetricName": "ApproximateNumberOfMessagesVisible", "Threshold": 1})
}

func TestBadProps(t *testing.T) {
	stack := cdktest.NewStack(t)
	const want = "eventrule: Pattern and StateMachine are required"
	cdktest.Panics(t, want, func() { eventrule.New(stack, "A", nil) })
	good := props(stack)
	for _, change := range []func(p *eventrule.Props){
		func(p *eventrule.Props) { p.Pattern = nil },
		func(p *eventrule.Props) { p.StateMachine = nil },
	} {
		p := *good
		change(&p)
		cdktest.Panics(t, want, func() { eventrule.New(stack, "B", &p) })
	}
}

func ExampleNew() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Orders"), nil)
	rule := eventrule.New(stack, "Paid", &eventrule.Props{
		Pattern:      map[string]any{"source": []string{"shop"}, "detail-type": []string{"OrderPaid"}},
		StateMachine: newMachine(stack),
	})
	fmt.Println(*rule.Rule.Node().Path())
	// Output: Orders/Paid/Rule
}
