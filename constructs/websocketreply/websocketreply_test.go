package websocketreply_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/modelendpoint"
	"refstack/constructs/modeljobs"
	"refstack/constructs/userpool"
	"refstack/constructs/websocketreply"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func ref(id string) map[string]any { return map[string]any{"Ref": id} }
func att(id, name string) map[string]any {
	return map[string]any{"Fn::GetAtt": []any{id, name}}
}

func newTemplate(t *testing.T) *cdktest.Template {
	t.Helper()
	stack := cdktest.NewStack(t)
	users := userpool.New(stack, "Users", nil)
	websocketreply.New(stack, "WebSocket", &websocketreply.Props{
		Jobs:     modeljobs.New(stack, "Jobs", &modeljobs.Props{Model: modelendpoint.Bedrock(nil)}),
		UserPool: users.UserPool, Client: users.Client,
		AlarmTopic: alarmtopic.New(stack, "Alarms", nil).Topic, Retain: true,
	})
	return cdktest.TemplateOf(t, stack)
}

func TestConnectAsksForAToken(t *testing.T) {
	template := newTemplate(t)
	api := template.ID("AWS::ApiGatewayV2::Api", "WebSocket")
	template.Has("AWS::ApiGatewayV2::Authorizer", map[string]any{"ApiId": ref(api), "AuthorizerType": "REQUEST", "IdentitySource": []any{}})
	template.Has("AWS::ApiGatewayV2::Route", map[string]any{
		"RouteKey": "$connect", "AuthorizationType": "CUSTOM", "AuthorizerId": ref(template.ID("AWS::ApiGatewayV2::Authorizer", "WebSocket")),
	})
	// A client cannot send anything, and the other route has no authorization to ask for.
	template.Count("AWS::ApiGatewayV2::Route", 2)
	template.Has("AWS::ApiGatewayV2::Route", map[string]any{"RouteKey": "$disconnect"})
	template.Has("AWS::Lambda::Function", map[string]any{"Environment": map[string]any{"Variables": map[string]any{
		"TOKEN_ISSUER":   map[string]any{"Fn::Join": []any{"", []any{"https://", att(template.ID("AWS::Cognito::UserPool", "Users"), "ProviderName")}}},
		"TOKEN_AUDIENCE": ref(template.ID("AWS::Cognito::UserPoolClient", "Users")),
	}}})
}

func TestStageIsLoggedAndThrottled(t *testing.T) {
	template := newTemplate(t)
	template.Has("AWS::ApiGatewayV2::Stage", map[string]any{
		"StageName": "v1", "AutoDeploy": true,
		"DefaultRouteSettings": map[string]any{
			"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200, "LoggingLevel": "ERROR", "DataTraceEnabled": false, "DetailedMetricsEnabled": assertions.Match_Absent(),
		},
		"AccessLogSettings": map[string]any{"DestinationArn": att(template.ID("AWS::Logs::LogGroup", "WebSocketAccessLogs"), "Arn")},
	})
	errors := template.ID("AWS::Logs::LogGroup", "WebSocketExecutionLogs")
	template.HasResource("AWS::ApiGatewayV2::Stage", map[string]any{"DependsOn": []any{errors}})
	template.Has("AWS::Logs::LogGroup", map[string]any{
		"LogGroupName":    map[string]any{"Fn::Join": []any{"", []any{"/aws/apigateway/", ref(template.ID("AWS::ApiGatewayV2::Api", "WebSocket")), "/v1"}}},
		"RetentionInDays": 365,
	})
	stage := template.Resource(template.ID("AWS::ApiGatewayV2::Stage", "WebSocket"))["Properties"].(map[string]any)
	format := stage["AccessLogSettings"].(map[string]any)["Format"].(string)
	var fields map[string]string
	if err := json.Unmarshal([]byte(format), &fields); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{"querystring", "header", "body", "authorizer.principal", "authorizer.owner"} {
		if strings.Contains(format, secret) {
			t.Errorf("the access log has %s: %s", secret, format)
		}
	}
}

func TestPush(t *testing.T) {
	template := newTemplate(t)
	connections := template.ID("AWS::DynamoDB::GlobalTable", "WebSocketConnections")
	jobs := template.ID("AWS::DynamoDB::GlobalTable", "Jobs")
	push := template.ID("AWS::Lambda::Function", "WebSocketPush")
	template.Has("AWS::Lambda::EventSourceMapping", map[string]any{
		"FunctionName": ref(push), "EventSourceArn": att(jobs, "StreamArn"),
		"FilterCriteria": map[string]any{"Filters": []any{map[string]any{
			"Pattern": `{"dynamodb":{"NewImage":{"status":{"S":["succeeded","failed","expired"]}}},"eventName":["INSERT","MODIFY"]}`,
		}}},
	})
	api := ref(template.ID("AWS::ApiGatewayV2::Api", "WebSocket"))
	variables := template.Resource(push)["Properties"].(map[string]any)["Environment"].(map[string]any)["Variables"].(map[string]any)
	want := map[string]any{
		"CONNECTIONS_TABLE": ref(connections),
		"JOBS_PATH":         "/jobs",
		"CONNECTIONS_ENDPOINT": map[string]any{"Fn::Join": []any{"", []any{
			"https://", api, ".execute-api.", ref("AWS::Region"), ".", ref("AWS::URLSuffix"), "/v1",
		}}},
	}
	if diff := cmp.Diff(want, variables); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	statement := func(role string, actions any, resource any) {
		t.Helper()
		template.Has("AWS::IAM::Policy", map[string]any{
			"Roles": []any{ref(template.ID("AWS::IAM::Role", role))},
			"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
				map[string]any{"Effect": "Allow", "Action": actions, "Resource": resource},
			})},
		})
	}
	statement("WebSocketPush", []any{"dynamodb:DeleteItem", "dynamodb:Query"}, att(connections, "Arn"))
	statement("WebSocketPush", "execute-api:ManageConnections", map[string]any{"Fn::Join": []any{"", []any{
		"arn:", ref("AWS::Partition"), ":execute-api:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":", api, "/v1/POST/@connections/*",
	}}})
	statement("WebSocketConnect", []any{"dynamodb:DeleteItem", "dynamodb:PutItem"}, att(connections, "Arn"))
	template.Has("AWS::DynamoDB::GlobalTable", map[string]any{
		"KeySchema": []any{
			map[string]any{"AttributeName": "owner", "KeyType": "HASH"}, map[string]any{"AttributeName": "connection", "KeyType": "RANGE"},
		},
		"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
	})
}

func TestBadProps(t *testing.T) {
	stack := cdktest.NewStack(t)
	cdktest.Panics(t, "websocketreply: Jobs, UserPool and Client are required", func() { websocketreply.New(stack, "WebSocket", nil) })
	users := userpool.New(stack, "Users", nil)
	jobs := modeljobs.New(stack, "Jobs", &modeljobs.Props{Model: modelendpoint.Bedrock(nil)})
	cdktest.Panics(t, "websocketreply: RatePerSecond and Burst must be at least 1, got -1 and 200", func() {
		websocketreply.New(stack, "WebSocket", &websocketreply.Props{Jobs: jobs, UserPool: users.UserPool, Client: users.Client, RatePerSecond: -1})
	})
}
