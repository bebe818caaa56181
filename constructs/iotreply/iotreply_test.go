package iotreply_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/iotreply"
	"refstack/constructs/modelendpoint"
	"refstack/constructs/modeljobs"
	"refstack/constructs/userpool"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func ref(id string) map[string]any { return map[string]any{"Ref": id} }
func att(id, name string) map[string]any {
	return map[string]any{"Fn::GetAtt": []any{id, name}}
}

func newReply(stack awscdk.Stack, prefix string) *iotreply.IotReply {
	users := userpool.New(stack, "Users", nil)
	return iotreply.New(stack, "IoT", &iotreply.Props{
		Jobs:     modeljobs.New(stack, "Jobs", &modeljobs.Props{Model: modelendpoint.Bedrock(nil)}),
		UserPool: users.UserPool, Client: users.Client, TopicPrefix: prefix,
	})
}

func TestReply(t *testing.T) {
	stack := cdktest.NewStack(t)
	if reply := newReply(stack, ""); reply.TopicPrefix != "Test/jobs" {
		t.Errorf("topics are below %s", reply.TopicPrefix)
	}
	template := cdktest.TemplateOf(t, stack)
	authorize, publish := template.ID("AWS::Lambda::Function", "IoTAuthorize"), template.ID("AWS::Lambda::Function", "IoTPublish")
	authorizer := template.ID("AWS::IoT::Authorizer", "IoT")

	template.Has("AWS::IoT::Authorizer", map[string]any{
		"AuthorizerFunctionArn": att(authorize, "Arn"), "SigningDisabled": true, "Status": "ACTIVE", "AuthorizerName": assertions.Match_Absent(),
	})
	template.Has("AWS::Lambda::Permission", map[string]any{
		"Action": "lambda:InvokeFunction", "Principal": "iot.amazonaws.com", "FunctionName": att(authorize, "Arn"), "SourceArn": att(authorizer, "Arn"),
	})
	variables := func(function string) any {
		return template.Resource(function)["Properties"].(map[string]any)["Environment"].(map[string]any)["Variables"]
	}
	want := map[string]any{
		"TOPIC_PREFIX":   "Test/jobs",
		"TOKEN_ISSUER":   map[string]any{"Fn::Join": []any{"", []any{"https://", att(template.ID("AWS::Cognito::UserPool", "Users"), "ProviderName")}}},
		"TOKEN_AUDIENCE": ref(template.ID("AWS::Cognito::UserPoolClient", "Users")),
	}
	if diff := cmp.Diff(any(want), variables(authorize)); diff != "" {
		t.Errorf("environment of authorize (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(any(map[string]any{"TOPIC_PREFIX": "Test/jobs", "JOBS_PATH": "/jobs"}), variables(publish)); diff != "" {
		t.Errorf("environment of publish (-want +got):\n%s", diff)
	}
	template.Has("AWS::IAM::Policy", map[string]any{
		"Roles": []any{ref(template.ID("AWS::IAM::Role", "IoTPublish"))},
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{
			"Effect": "Allow", "Action": "iot:Publish", "Resource": map[string]any{"Fn::Join": []any{"", []any{
				"arn:", ref("AWS::Partition"), ":iot:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":topic/Test/jobs/*",
			}}},
		}})},
	})
	template.Has("AWS::Lambda::EventSourceMapping", map[string]any{
		"FunctionName": ref(publish), "EventSourceArn": att(template.ID("AWS::DynamoDB::GlobalTable", "Jobs"), "StreamArn"),
		"FilterCriteria": map[string]any{"Filters": []any{map[string]any{
			"Pattern": `{"dynamodb":{"NewImage":{"status":{"S":["succeeded","failed","expired"]}}},"eventName":["INSERT","MODIFY"]}`,
		}}},
	})
}

func TestBadProps(t *testing.T) {
	cdktest.Panics(t, "iotreply: Jobs, UserPool and Client are required", func() { iotreply.New(cdktest.NewStack(t), "IoT", nil) })
	for _, prefix := range []string{"a/#", "+", "$aws/things", "a//b", "a/", "a/b/c/d/e/f/g", "a b"} {
		cdktest.Panics(t, "iotreply: TopicPrefix must be up to 6 names between slashes, of letters, digits, hyphens and underscores, got "+prefix,
			func() { newReply(cdktest.NewStack(t), prefix) })
	}
}
