package pollingreply_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"

	"refstack/constructs/modelendpoint"
	"refstack/constructs/modeljobs"
	"refstack/constructs/pollingreply"
	"refstack/constructs/restapi"
	"refstack/constructs/userpool"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func TestPolling(t *testing.T) {
	stack := cdktest.NewStack(t)
	api := restapi.New(stack, "Shop", &restapi.Props{
		UserPool: userpool.New(stack, "Users", nil).UserPool, AllowedOrigins: []string{"https://a.example.com", "https://b.example.com"},
	})
	jobs := modeljobs.New(stack, "Jobs", &modeljobs.Props{Model: modelendpoint.Bedrock(nil), Deadline: 30 * time.Minute})
	pollingreply.New(stack, "Polling", &pollingreply.Props{Api: api, Jobs: jobs, Path: "/work"})

	template := cdktest.TemplateOf(t, stack)
	table := template.ID("AWS::DynamoDB::GlobalTable", "Jobs")
	template.Has("AWS::ApiGateway::Resource", map[string]any{"PathPart": "work"})
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "GET", "AuthorizationType": "COGNITO_USER_POOLS",
		"ResourceId": map[string]any{"Ref": template.ID("AWS::ApiGateway::Resource", "ShopApiworkid")},
	})
	template.Has("AWS::Lambda::Function", map[string]any{"Environment": map[string]any{"Variables": map[string]any{
		"JOBS_TABLE": map[string]any{"Ref": table}, "JOB_DEADLINE": "30m0s", "ALLOWED_ORIGINS": "https://a.example.com,https://b.example.com",
	}}})
	template.Has("AWS::IAM::Policy", map[string]any{
		"Roles": []any{map[string]any{"Ref": template.ID("AWS::IAM::Role", "Polling")}},
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{
			"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": map[string]any{"Fn::GetAtt": []any{table, "Arn"}},
		}})},
	})
}

func TestBadProps(t *testing.T) {
	cdktest.Panics(t, "pollingreply: Api and Jobs are required", func() { pollingreply.New(cdktest.NewStack(t), "Polling", nil) })
}
