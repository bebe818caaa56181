package test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"refstack/test/awstest"
	"refstack/test/cdktest"
	"refstack/test/lambdatest"
)

// genaiFunctions are the functions of the architecture: what the logical ID of each
// begins with, by the name of its folder.
var genaiFunctions = map[string]string{
	"answer": "AnswerFunction", "stream": "StreamFunction",
	"work": "JobsWork", "bury": "JobsBury", "jobs": "Polling",
	"authorize": "WebSocketAuthorize", "connect": "WebSocketConnect", "push": "WebSocketPush",
	"authorizeiot": "IoTAuthorize", "publish": "IoTPublish",
}

// genaiNames name what the template refers to as the tests do.
func genaiNames(template *cdktest.Template) map[string]string {
	return map[string]string{
		template.ID("AWS::DynamoDB::GlobalTable", "Jobs"):                 "jobs",
		template.ID("AWS::DynamoDB::GlobalTable", "WebSocketConnections"): "connections",
		template.ID("AWS::DynamoDB::GlobalTable", "Cache"):                "cache",
		template.ID("AWS::SQS::Queue", "JobsQueue"):                       "jobs",
		template.ID("AWS::SQS::Queue", "JobsFailedQueue"):                 "dead",
		template.ID("AWS::SQS::Queue", "JobsPushDeadLetters"):             "unsent",
		template.ID("AWS::SQS::Queue", "JobsPublishDeadLetters"):          "unpublished",
		template.ID("AWS::ApiGatewayV2::Api", "WebSocket"):                "abcdef123",
		template.ID("AWS::ApiGateway::RestApi", "Rest"):                   "rest",
		template.ID("AWS::ApiGateway::Stage", "Rest"):                     "v1",
		template.ID("AWS::Cognito::UserPool", "Users") + ".ProviderName":  "cognito-idp.us-east-1.amazonaws.com/us-east-1_abc",
		template.ID("AWS::Cognito::UserPoolClient", "Users"):              "client",
	}
}

// startGenAi starts a function of the assembly, by the name of its folder, with the
// variables of the template and another timeout. What env says besides is where
// things are in a test: it takes the place of a variable that the stack sets, or is
// of AWS's SDK or of the model.
func startGenAi(t testing.TB, name string, timeout time.Duration, env ...map[string]string) *lambdatest.Function {
	t.Helper()
	template := templateOf(t, "GenAi")
	id := template.ID("AWS::Lambda::Function", genaiFunctions[name])
	variables, err := awstest.EnvironmentOf(template.JSON, id, genaiNames(template))
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{}
	for _, some := range env {
		for variable, value := range some {
			if _, ok := variables[variable]; !ok && !strings.HasPrefix(variable, "AWS_") && !strings.HasPrefix(variable, "MODEL_") {
				t.Fatalf("the stack sets no %s for %s", variable, name)
			}
			set[variable] = value
		}
	}
	return startFunction(t, template, id, genaiNames(template), set, timeout)
}

// What the role of a function grants to Lambda, or to what no test can play.
var (
	grantedForLambda = map[string]string{
		"logs:CreateLogStream":     "Lambda writes what the function prints.",
		"logs:PutLogEvents":        "Lambda writes what the function prints.",
		"xray:PutTraceSegments":    "Lambda sends the trace.",
		"xray:PutTelemetryRecords": "Lambda sends the trace.",
	}
	grantedForQueue = map[string]string{
		"sqs:ReceiveMessage":     "The event source mapping polls with the function's role.",
		"sqs:DeleteMessage":      "The event source mapping deletes what succeeded.",
		"sqs:GetQueueAttributes": "The event source mapping scales by the queue's length.",
	}
	grantedForStream = map[string]string{
		"dynamodb:DescribeStream":   "The event source mapping reads with the function's role.",
		"dynamodb:GetRecords":       "The event source mapping reads with the function's role.",
		"dynamodb:GetShardIterator": "The event source mapping reads with the function's role.",
		"dynamodb:ListStreams":      "Lambda makes no event source mapping without it.",
		"sqs:SendMessage":           "Lambda tells of what it has given up.",
	}
	grantedForModel = map[string]string{
		"bedrock:InvokeModel": "The model on loopback is not behind the proxy that records.",
	}
)

// checkGenAiRole holds the calls of a function against its role, both ways.
func checkGenAiRole(t *testing.T, name string, proxies []*awstest.Proxy, exempt ...map[string]string) {
	t.Helper()
	template := templateOf(t, "GenAi")
	role, err := awstest.RoleOf(template.JSON, template.ID("AWS::Lambda::Function", genaiFunctions[name]), genaiNames(template))
	if err != nil {
		t.Fatal(err)
	}
	var calls []awstest.Call
	for _, proxy := range proxies {
		calls = append(calls, proxy.Calls()...)
	}
	all := maps.Clone(grantedForLambda)
	for _, some := range exempt {
		maps.Copy(all, some)
	}
	awstest.CheckRole(t, role, calls, all)
}

// genaiTables is a template with the tables of the architecture.
var genaiTables = map[string]any{"Resources": map[string]any{
	"Jobs":        genaiTable("owner", "job", true),
	"Connections": genaiTable("owner", "connection", false),
}}

func genaiTable(partition, sort string, streams bool) map[string]any {
	properties := map[string]any{
		"AttributeDefinitions": []any{
			map[string]any{"AttributeName": partition, "AttributeType": "S"},
			map[string]any{"AttributeName": sort, "AttributeType": "S"},
		},
		"KeySchema": []any{
			map[string]any{"AttributeName": partition, "KeyType": "HASH"},
			map[string]any{"AttributeName": sort, "KeyType": "RANGE"},
		},
		"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
	}
	if streams {
		properties["StreamSpecification"] = map[string]any{"StreamViewType": "NEW_IMAGE"}
	}
	return map[string]any{"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}
}

type invocation = func(context.Context, []byte) ([]byte, error)
