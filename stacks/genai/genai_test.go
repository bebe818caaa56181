package genai

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/modelendpoint"
	"refstack/test/cdktest"
)

func synth(t *testing.T, props *Props) *cdktest.Template {
	t.Helper()
	return cdktest.TemplateOf(t, New(cdktest.NewApp(t, nil), "GenAi", props).Stack)
}

func id(name string) map[string]any { return map[string]any{"Ref": name} }

func TestFormsReachTheirFunctions(t *testing.T) {
	template := synth(t, nil)
	answer, stream := template.ID("AWS::Lambda::Function", "AnswerFunction"), template.ID("AWS::Lambda::Function", "StreamFunction")
	for path, function := range map[string]string{"qa": answer, "stream": stream} {
		mode, invocations := any(assertions.Match_Absent()), "/invocations"
		if function == stream {
			mode, invocations = "STREAM", "/response-streaming-invocations"
		}
		template.Has("AWS::ApiGateway::Resource", map[string]any{"PathPart": path})
		template.Has("AWS::ApiGateway::Method", map[string]any{
			"HttpMethod": "POST", "ApiKeyRequired": true, "AuthorizationType": "COGNITO_USER_POOLS",
			"Integration": map[string]any{"Type": "AWS_PROXY", "ResponseTransferMode": mode, "Uri": map[string]any{"Fn::Join": []any{"", assertions.Match_ArrayWith(&[]any{
				map[string]any{"Fn::GetAtt": []any{function, "Arn"}}, invocations,
			})}}},
		})
	}
	// What a function may wait for is less than its caller waits.
	template.Has("AWS::Lambda::Function", map[string]any{"Timeout": 28, "Environment": map[string]any{"Variables": map[string]any{
		"MODEL_ENDPOINT": "bedrock", "MODEL_ID": modelendpoint.DefaultModel, "CACHE_TABLE": assertions.Match_Absent(),
	}}})
	template.Has("AWS::Lambda::Function", map[string]any{"Timeout": 300})
	template.Has("AWS::ApiGateway::Stage", map[string]any{"MethodSettings": []any{assertions.Match_ObjectLike(&map[string]any{
		"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": 40,
	})}})
	template.Count("AWS::ApiGateway::UsagePlan", 1)
}

// Each path into the queue says which task its jobs are of.
func TestJobsNameTheirTask(t *testing.T) {
	template := synth(t, nil)
	found := map[string]bool{}
	for _, resource := range template.JSON["Resources"].(map[string]any) {
		properties, _ := resource.(map[string]any)["Properties"].(map[string]any)
		integration, _ := properties["Integration"].(map[string]any)
		templates, _ := integration["RequestTemplates"].(map[string]any)
		text, _ := templates["application/json"].(string)
		for _, task := range []string{"qa", "content", "summary"} {
			if strings.Contains(text, "MessageAttribute.4.Name=task&MessageAttribute.4.Value.DataType=String&MessageAttribute.4.Value.StringValue="+task+"#end") {
				path := template.Resource(properties["ResourceId"].(map[string]any)["Ref"].(string))["Properties"].(map[string]any)
				parent := template.Resource(path["ParentId"].(map[string]any)["Ref"].(string))["Properties"].(map[string]any)
				found[parent["PathPart"].(string)+"/"+path["PathPart"].(string)+"="+task] = true
			}
		}
	}
	for _, want := range []string{"qa/jobs=qa", "content/jobs=content", "summary/jobs=summary"} {
		if !found[want] {
			t.Errorf("there is no %s in %v", want, found)
		}
	}
	if len(found) != 3 {
		t.Errorf("found %v", found)
	}
}

func TestCache(t *testing.T) {
	template := synth(t, &Props{CacheFor: 90 * time.Second})
	cache := template.ID("AWS::DynamoDB::GlobalTable", "Cache")
	template.Has("AWS::DynamoDB::GlobalTable", map[string]any{
		"KeySchema":               []any{map[string]any{"AttributeName": "key", "KeyType": "HASH"}},
		"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
	})
	template.Has("AWS::Lambda::Function", map[string]any{"Environment": map[string]any{"Variables": map[string]any{"CACHE_TABLE": id(cache), "CACHE_TTL": "1m30s"}}})
	template.Has("AWS::IAM::Policy", map[string]any{
		"Roles": []any{id(template.ID("AWS::IAM::Role", "AnswerRole"))},
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{
			"Effect": "Allow", "Action": []any{"dynamodb:GetItem", "dynamodb:PutItem"}, "Resource": map[string]any{"Fn::GetAtt": []any{cache, "Arn"}},
		}})},
	})
	synth(t, nil).Count("AWS::DynamoDB::GlobalTable", 1) // The jobs.
}

func TestReplies(t *testing.T) {
	for _, test := range []struct {
		props                          Props
		webSockets, authorizers, joins int
	}{
		{Props{}, 0, 0, 0},
		{Props{WebSocket: true}, 1, 0, 1},
		{Props{IoT: true}, 0, 1, 1},
		{Props{WebSocket: true, IoT: true}, 1, 1, 2},
	} {
		template := synth(t, &test.props)
		template.Count("AWS::ApiGatewayV2::Api", test.webSockets)
		template.Count("AWS::IoT::Authorizer", test.authorizers)
		template.Count("AWS::Lambda::EventSourceMapping", 2+test.joins) // Work and bury, and a reader of the stream each.
		outputs := template.JSON["Outputs"].(map[string]any)
		for name, want := range map[string]bool{"WebSocketUrl": test.props.WebSocket, "IotAuthorizer": test.props.IoT, "IotTopicPrefix": test.props.IoT, "Url": true, "ApiKeyId": true, "UserPoolClientId": true, "UserPoolId": true} {
			if _, got := outputs[name]; got != want {
				t.Errorf("%+v: output %s is there: %t", test.props, name, got)
			}
		}
	}
}

// API Gateway refuses a stage that logs before the account has the role for it.
func TestStagesWaitForTheLogRole(t *testing.T) {
	template := synth(t, &Props{WebSocket: true, LogRole: true})
	for stage, before := range map[string]string{
		template.ID("AWS::ApiGateway::Stage", "Rest"):        template.ID("AWS::ApiGateway::Account", "Rest"),
		template.ID("AWS::ApiGatewayV2::Stage", "WebSocket"): template.ID("AWS::ApiGateway::Stage", "Rest"),
	} {
		if depends, _ := template.Resource(stage)["DependsOn"].([]any); !slices.Contains(depends, any(before)) {
			t.Errorf("%s depends on %v, want %s among them", stage, depends, before)
		}
	}
}

func TestBudget(t *testing.T) {
	template := synth(t, &Props{MonthlyBudget: 50, AlarmEmail: "ops@example.com"})
	notice := func(kind string, percent int) map[string]any {
		return map[string]any{
			"Notification": map[string]any{"ComparisonOperator": "GREATER_THAN", "NotificationType": kind, "Threshold": percent},
			"Subscribers":  []any{map[string]any{"SubscriptionType": "EMAIL", "Address": "ops@example.com"}},
		}
	}
	template.Has("AWS::Budgets::Budget", map[string]any{
		"Budget": map[string]any{
			"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": map[string]any{"Amount": 50, "Unit": "USD"},
			"CostFilters": map[string]any{"Service": []any{"Amazon Bedrock"}},
		},
		"NotificationsWithSubscribers": []any{notice("ACTUAL", 80), notice("FORECASTED", 100)},
	})
}

func TestProductionKeepsDataAndIsGuarded(t *testing.T) {
	template := synth(t, &Props{Production: true, WebSocket: true, CacheFor: time.Hour})
	for _, prefix := range []string{"Jobs", "Cache", "WebSocketConnections"} {
		if got := template.Resource(template.ID("AWS::DynamoDB::GlobalTable", prefix))["DeletionPolicy"]; got != "Retain" {
			t.Errorf("%s: %v", prefix, got)
		}
	}
	template.Has("AWS::Cognito::UserPool", map[string]any{"MfaConfiguration": "ON"})
	template.Count("AWS::WAFv2::WebACLAssociation", 1)
	template = synth(t, nil)
	template.Count("AWS::WAFv2::WebACLAssociation", 0)
	template.Count("AWS::ApiGateway::Account", 0)
	template.Has("AWS::Cognito::UserPool", map[string]any{"MfaConfiguration": "OPTIONAL"})
}

func TestBringYourOwn(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	mine := awscdk.NewStack(app, jsii.String("Mine"), nil)
	pool := awscognito.UserPool_FromUserPoolId(mine, jsii.String("Pool"), jsii.String("eu-west-1_abc"))
	client := awscognito.UserPoolClient_FromUserPoolClientId(mine, jsii.String("Client"), jsii.String("client1"))
	stack := New(app, "GenAi", &Props{UserPool: pool, UserPoolClient: client, WebSocket: true}).Stack
	template := cdktest.TemplateOf(t, stack)
	template.Count("AWS::Cognito::UserPool", 0)
	template.Count("AWS::Cognito::UserPoolClient", 0)
	template.Has("AWS::Lambda::Function", map[string]any{"Environment": map[string]any{"Variables": map[string]any{"TOKEN_AUDIENCE": "client1"}}})
}

func TestBadProps(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	pool := awscognito.UserPool_FromUserPoolId(awscdk.NewStack(app, jsii.String("Mine"), nil), jsii.String("Pool"), jsii.String("eu-west-1_abc"))
	for want, props := range map[string]*Props{
		"genai: UserPool and UserPoolClient belong together":                                       {UserPool: pool},
		"genai: CacheFor must be whole seconds up to 24h, got 25h0m0s":                             {CacheFor: 25 * time.Hour},
		"genai: CacheFor must be whole seconds up to 24h, got 1.5s":                                {CacheFor: 1500 * time.Millisecond},
		"genai: MonthlyBudget needs an AlarmEmail, which it tells":                                 {MonthlyBudget: 5},
		"genai: MonthlyBudget must not be negative, got -5":                                        {MonthlyBudget: -5, AlarmEmail: "a@b.c"},
		"modeljobs: MaxConcurrency must be from 2 to 1000, got 1001":                               {MaxConcurrency: 1001},
		"restapi: AllowedOrigins must be such as https://app.example.com, got \"app.example.com\"": {AllowedOrigins: []string{"app.example.com"}},
	} {
		cdktest.Panics(t, want, func() { New(cdktest.NewApp(t, nil), "GenAi", props) })
	}
}

func TestTasksThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/own\n")
	t.Chdir(dir)
	cdktest.Panics(t, "genai: there are no tasks in lambdas/genai/tasks", func() { readTasks() })
	write("lambdas/genai/tasks/translate/task.json", `{"input": {`)
	cdktest.Panics(t, "genai: lambdas/genai/tasks/translate/task.json: unexpected end", func() { readTasks() })
	write("lambdas/genai/tasks/translate/task.json", `{"description": "x"}`)
	cdktest.Panics(t, "genai: lambdas/genai/tasks/translate/task.json: it has no input", func() { readTasks() })
	write("lambdas/genai/tasks/translate/task.json", `{"description": "x", "input": {"type": "object"}}`)
	if tasks := readTasks(); len(tasks) != 1 || tasks[0].path() != "/translate" || tasks[0].Description != "x" {
		t.Errorf("read %+v", tasks)
	}
}
