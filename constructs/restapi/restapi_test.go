package restapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/restapi"
	"refstack/constructs/userpool"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// newAPI makes an API with the methods of a small service.
func newAPI(t *testing.T, props restapi.Props) (*restapi.RestApi, awscdk.Stack) {
	t.Helper()
	stack := cdktest.NewStack(t)
	props.UserPool = userpool.New(stack, "Users", nil).UserPool
	api := restapi.New(stack, "Shop", &props)
	function := newFunction(stack)
	api.Method("POST", "/items", function, &restapi.MethodProps{
		Model: map[string]any{
			"type": "object", "required": []string{"name"},
			"properties": map[string]any{"name": map[string]any{"type": "string", "maxLength": 100}},
		},
		OptionalHeaders: []string{"Idempotency-Key"},
	})
	api.Method("PUT", "/items/{id}", function, &restapi.MethodProps{RequiredHeaders: []string{"If-Match"}, RequiredQuery: []string{"part"}, OptionalQuery: []string{"dry"}})
	api.Method("GET", "/items/{id}", function, nil)
	return api, stack
}

func newFunction(stack awscdk.Stack) awslambda.Function {
	return awslambda.NewFunction(stack, jsii.String("Items"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromInline(jsii.String("exports.handler = async () => {}")),
	})
}

func ref(id string) map[string]any { return map[string]any{"Ref": id} }

func TestStageIsRegionalLoggedTracedAndThrottled(t *testing.T) {
	_, stack := newAPI(t, restapi.Props{Description: "Items"})
	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::ApiGateway::RestApi", map[string]any{
		"Description":           "Items",
		"EndpointConfiguration": map[string]any{"Types": []any{"REGIONAL"}},
	})
	template.Has("AWS::ApiGateway::Stage", map[string]any{
		"TracingEnabled": true,
		"AccessLogSetting": map[string]any{
			"DestinationArn": map[string]any{"Fn::GetAtt": []any{template.ID("AWS::Logs::LogGroup", "ShopAccessLogs"), "Arn"}},
			"Format":         assertions.Match_StringLikeRegexp(jsii.String(`"requestId":"\$context\.requestId"`)),
		},
		"MethodSettings": []any{map[string]any{
			"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "ERROR", "DataTraceEnabled": false,
			"MetricsEnabled": false, "ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200,
		}},
	})
	template.HasResource("AWS::Logs::LogGroup", map[string]any{
		"Properties": map[string]any{"RetentionInDays": 30}, "DeletionPolicy": "Delete",
	})
	// API Gateway finds its own log group made, and makes none that stays.
	execution := template.ID("AWS::Logs::LogGroup", "ShopExecutionLogs")
	template.HasResource("AWS::Logs::LogGroup", map[string]any{
		"Properties": map[string]any{
			"RetentionInDays": 30,
			"LogGroupName":    map[string]any{"Fn::Join": []any{"", []any{"API-Gateway-Execution-Logs_", ref(template.ID("AWS::ApiGateway::RestApi", "Shop")), "/v1"}}},
		},
		"DeletionPolicy": "Delete",
	})
	template.HasResource("AWS::ApiGateway::Stage", map[string]any{"DependsOn": assertions.Match_ArrayWith(&[]any{execution})})
	// The account's log role is everybody's.
	template.Count("AWS::ApiGateway::Account", 0)
	template.Count("AWS::WAFv2::WebACL", 0)
}

func TestAccessLogIsJSONWithoutSecrets(t *testing.T) {
	_, stack := newAPI(t, restapi.Props{})
	template := cdktest.TemplateOf(t, stack)
	stage := template.Resource(template.ID("AWS::ApiGateway::Stage", "Shop"))["Properties"].(map[string]any)
	format := stage["AccessLogSetting"].(map[string]any)["Format"].(string)
	var fields map[string]string
	if err := json.Unmarshal([]byte(format), &fields); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"authorizer.claims", "querystring", "path}", "header", "apiKey", "body", "identity.user"} {
		if strings.Contains(format, secret) {
			t.Errorf("the access log has %s: %s", secret, format)
		}
	}
}

func TestEveryMethodAsksForAToken(t *testing.T) {
	_, stack := newAPI(t, restapi.Props{AllowedOrigins: []string{"https://app.example.com"}})
	template := cdktest.TemplateOf(t, stack)
	authorizer, validator := template.ID("AWS::ApiGateway::Authorizer", "Shop"), template.ID("AWS::ApiGateway::RequestValidator", "Shop")
	template.Has("AWS::ApiGateway::RequestValidator", map[string]any{"ValidateRequestBody": true, "ValidateRequestParameters": true})
	methods := 0
	for id, resource := range template.JSON["Resources"].(map[string]any) {
		resource := resource.(map[string]any)
		if resource["Type"] != "AWS::ApiGateway::Method" {
			continue
		}
		properties := resource["Properties"].(map[string]any)
		if properties["HttpMethod"] == "OPTIONS" {
			if properties["AuthorizationType"] != "NONE" || properties["Integration"].(map[string]any)["Type"] != "MOCK" {
				t.Errorf("%s is no plain preflight", id)
			}
			continue
		}
		methods++
		if properties["AuthorizationType"] != "COGNITO_USER_POOLS" ||
			properties["AuthorizerId"].(map[string]any)["Ref"] != authorizer ||
			properties["RequestValidatorId"].(map[string]any)["Ref"] != validator {
			t.Errorf("%s is open or not validated: %v", id, properties)
		}
	}
	if methods != 3 {
		t.Errorf("there are %d methods, want 3", methods)
	}
}

func TestMethods(t *testing.T) {
	_, stack := newAPI(t, restapi.Props{})
	template := cdktest.TemplateOf(t, stack)
	model := template.ID("AWS::ApiGateway::Model", "Shop")
	template.Has("AWS::ApiGateway::Model", map[string]any{
		"ContentType": "application/json",
		"Schema": map[string]any{
			"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": []any{"name"},
			"properties": map[string]any{"name": map[string]any{"type": "string", "maxLength": 100}},
		},
	})
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "POST", "ApiKeyRequired": false,
		"RequestModels":     map[string]any{"application/json": ref(model)},
		"RequestParameters": map[string]any{"method.request.header.Idempotency-Key": false},
	})
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "PUT", "ApiKeyRequired": false,
		"RequestParameters": map[string]any{
			"method.request.header.If-Match": true, "method.request.querystring.part": true, "method.request.querystring.dry": false,
		},
	})
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "GET", "ResourceId": ref(template.ID("AWS::ApiGateway::Resource", "ShopApiitemsid")),
	})
	// One permission a method, and none for the console.
	template.Count("AWS::Lambda::Permission", 3)
}

func TestErrorsOfAPIGatewayAreProblems(t *testing.T) {
	_, stack := newAPI(t, restapi.Props{AllowedOrigins: []string{"https://app.example.com", "http://localhost:3000"}})
	template := cdktest.TemplateOf(t, stack)
	seen := map[string]any{}
	for id, resource := range template.JSON["Resources"].(map[string]any) {
		resource := resource.(map[string]any)
		if resource["Type"] != "AWS::ApiGateway::GatewayResponse" {
			continue
		}
		properties := resource["Properties"].(map[string]any)
		seen[properties["ResponseType"].(string)] = properties["StatusCode"]
		body := properties["ResponseTemplates"].(map[string]any)["application/json"].(string)
		body = strings.ReplaceAll(body, "$context.error.messageString", `"Invalid request body"`)
		var document struct {
			Type, Title, Detail, RequestID string
			Status                         int
		}
		if err := json.Unmarshal([]byte(body), &document); err != nil || document.Type == "" || document.Title == "" || document.Detail == "" || document.RequestID != "$context.requestId" {
			t.Errorf("%s answers no problem document (%v): %s", id, err, body)
		}
		parameters := properties["ResponseParameters"].(map[string]any)
		for header, want := range map[string]string{
			"Content-Type": "'application/problem+json'", "Access-Control-Allow-Origin": "'https://app.example.com'", "Vary": "'Origin'", "Cache-Control": "'no-store'", "X-Content-Type-Options": "'nosniff'",
		} {
			if got := parameters["gatewayresponse.header."+header]; got != want {
				t.Errorf("%s: %s is %v, want %s", id, header, got, want)
			}
		}
		if got := parameters["gatewayresponse.header.WWW-Authenticate"]; (got == "'Bearer'") != (properties["StatusCode"] == "401") {
			t.Errorf("%s: WWW-Authenticate is %v", id, got)
		}
	}
	for response, status := range map[string]any{
		"UNAUTHORIZED": "401", "EXPIRED_TOKEN": "401", "ACCESS_DENIED": "403", "MISSING_AUTHENTICATION_TOKEN": "404",
		"BAD_REQUEST_BODY": "400", "BAD_REQUEST_PARAMETERS": "400", "REQUEST_TOO_LARGE": "413", "UNSUPPORTED_MEDIA_TYPE": "415",
		"THROTTLED": "429", "QUOTA_EXCEEDED": "429", "WAF_FILTERED": "403", "INTEGRATION_TIMEOUT": "504", "INTEGRATION_FAILURE": "502",
		"DEFAULT_4XX": nil, "DEFAULT_5XX": nil,
	} {
		if got, ok := seen[response]; !ok || got != status {
			t.Errorf("%s answers %v, want %v", response, got, status)
		}
	}
}

func TestOriginsAreNamed(t *testing.T) {
	_, stack := newAPI(t, restapi.Props{AllowedOrigins: []string{"https://app.example.com"}})
	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "OPTIONS",
		"Integration": map[string]any{"IntegrationResponses": []any{assertions.Match_ObjectLike(&map[string]any{
			"ResponseParameters": map[string]any{
				"method.response.header.Access-Control-Allow-Origin":  "'https://app.example.com'",
				"method.response.header.Access-Control-Allow-Headers": "'Authorization,Content-Type,Idempotency-Key,If-Match'",
			},
		})}},
	})
	if text, _ := json.Marshal(template.JSON); strings.Contains(string(text), `Access-Control-Allow-Origin":"'*'"`) {
		t.Error("some answer is for every origin")
	}
	_, stack = newAPI(t, restapi.Props{})
	if text, _ := json.Marshal(cdktest.TemplateOf(t, stack).JSON); strings.Contains(string(text), "Access-Control") || strings.Contains(string(text), "OPTIONS") {
		t.Error("without origins there is CORS")
	}
}

func TestURL(t *testing.T) {
	api, stack := newAPI(t, restapi.Props{})
	for _, path := range []string{"", "/items"} {
		awscdk.NewCfnOutput(stack, jsii.String("Url"+strings.TrimPrefix(path, "/")), &awscdk.CfnOutputProps{Value: api.URL(path)})
	}
	outputs := cdktest.TemplateOf(t, stack).JSON["Outputs"].(map[string]any)
	for id, end := range map[string]string{"Url": `"}]]}}`, "Urlitems": `"},"/items"]]}}`} {
		if text, _ := json.Marshal(outputs[id]); !strings.HasSuffix(string(text), end) {
			t.Errorf("%s is %s", id, text)
		}
	}
}

// TestChangedModelIsDeployed makes two APIs that differ in a model alone.
func TestChangedModelIsDeployed(t *testing.T) {
	deployment := func(maxLength int) string {
		stack := cdktest.NewStack(t)
		api := restapi.New(stack, "Shop", &restapi.Props{UserPool: userpool.New(stack, "Users", nil).UserPool})
		api.Method("POST", "/items", newFunction(stack), &restapi.MethodProps{Model: map[string]any{"type": "string", "maxLength": maxLength}})
		return cdktest.TemplateOf(t, stack).ID("AWS::ApiGateway::Deployment", "Shop")
	}
	before, same, changed := deployment(10), deployment(10), deployment(20)
	if before == changed {
		t.Error("a changed model makes no new deployment: the stage would keep the old one")
	}
	if before != same {
		t.Error("the same model makes a new deployment")
	}
}

func TestFirewall(t *testing.T) {
	api, stack := newAPI(t, restapi.Props{Firewall: true, FirewallRate: 500})
	if api.WebAcl == nil {
		t.Fatal("there is no firewall")
	}
	template := cdktest.TemplateOf(t, stack)
	rule := func(name string) any {
		return assertions.Match_ObjectLike(&map[string]any{
			"Name": name, "OverrideAction": map[string]any{"None": map[string]any{}},
			"Statement": map[string]any{"ManagedRuleGroupStatement": map[string]any{"VendorName": "AWS", "Name": name}},
		})
	}
	template.Has("AWS::WAFv2::WebACL", map[string]any{
		"Scope":         "REGIONAL",
		"DefaultAction": map[string]any{"Allow": map[string]any{}},
		"Rules": []any{
			assertions.Match_ObjectLike(&map[string]any{
				"Name": "RatePerAddress", "Priority": 0, "Action": map[string]any{"Block": map[string]any{}},
				"Statement": map[string]any{"RateBasedStatement": map[string]any{"AggregateKeyType": "IP", "Limit": 500, "EvaluationWindowSec": 300}},
			}),
			rule("AWSManagedRulesAmazonIpReputationList"),
			assertions.Match_ObjectLike(&map[string]any{
				"Name": "AWSManagedRulesCommonRuleSet",
				"Statement": map[string]any{"ManagedRuleGroupStatement": map[string]any{
					"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet",
					"RuleActionOverrides": []any{
						map[string]any{"Name": "SizeRestrictions_BODY", "ActionToUse": map[string]any{"Count": map[string]any{}}},
						map[string]any{"Name": "CrossSiteScripting_BODY", "ActionToUse": map[string]any{"Count": map[string]any{}}},
						map[string]any{"Name": "GenericLFI_BODY", "ActionToUse": map[string]any{"Count": map[string]any{}}},
						map[string]any{"Name": "GenericRFI_BODY", "ActionToUse": map[string]any{"Count": map[string]any{}}},
						map[string]any{"Name": "EC2MetaDataSSRF_BODY", "ActionToUse": map[string]any{"Count": map[string]any{}}},
					},
				}},
			}),
			rule("AWSManagedRulesKnownBadInputsRuleSet"),
		},
	})
	template.Has("AWS::WAFv2::WebACLAssociation", map[string]any{
		"WebACLArn": map[string]any{"Fn::GetAtt": []any{template.ID("AWS::WAFv2::WebACL", "Shop"), "Arn"}},
		"ResourceArn": map[string]any{"Fn::Join": []any{"", []any{
			"arn:", ref("AWS::Partition"), ":apigateway:", ref("AWS::Region"), "::/restapis/", ref(template.ID("AWS::ApiGateway::RestApi", "Shop")),
			"/stages/", ref(template.ID("AWS::ApiGateway::Stage", "Shop")),
		}}},
	})
}

func TestAlarms(t *testing.T) {
	stack := cdktest.NewStack(t)
	topic := alarmtopic.New(stack, "Alarms", nil).Topic
	restapi.New(stack, "Shop", &restapi.Props{
		UserPool: userpool.New(stack, "Users", nil).UserPool, AlarmTopic: topic, MaxLatencyMillis: 800,
	}).Method("GET", "/", newFunction(stack), nil)
	template := cdktest.TemplateOf(t, stack)
	actions := []any{ref(template.ID("AWS::SNS::Topic", "Alarms"))}
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"Namespace": "AWS/ApiGateway", "MetricName": "5XXError", "Statistic": "Sum", "Threshold": 1, "AlarmActions": actions,
	})
	template.Has("AWS::CloudWatch::Alarm", map[string]any{
		"Namespace": "AWS/ApiGateway", "MetricName": "Latency", "ExtendedStatistic": "p99", "Threshold": 800, "AlarmActions": actions,
	})
}

func TestUsagePlanAsksForKeys(t *testing.T) {
	api, stack := newAPI(t, restapi.Props{UsagePlan: &restapi.UsagePlan{RequestsPerDay: 50}, AllowedOrigins: []string{"https://app.example.com"}})
	if api.ApiKey == nil {
		t.Fatal("there is no key")
	}
	template := cdktest.TemplateOf(t, stack)
	plan, key := template.ID("AWS::ApiGateway::UsagePlan", "Shop"), template.ID("AWS::ApiGateway::ApiKey", "Shop")
	template.Has("AWS::ApiGateway::UsagePlan", map[string]any{
		"Throttle":  map[string]any{"RateLimit": 10, "BurstLimit": 20},
		"Quota":     map[string]any{"Limit": 50, "Period": "DAY"},
		"ApiStages": []any{map[string]any{"ApiId": ref(template.ID("AWS::ApiGateway::RestApi", "Shop")), "Stage": ref(template.ID("AWS::ApiGateway::Stage", "Shop")), "Throttle": map[string]any{}}},
	})
	template.Has("AWS::ApiGateway::UsagePlanKey", map[string]any{"KeyId": ref(key), "KeyType": "API_KEY", "UsagePlanId": ref(plan)})
	for _, method := range []string{"POST", "PUT", "GET"} {
		template.Has("AWS::ApiGateway::Method", map[string]any{"HttpMethod": method, "ApiKeyRequired": true})
	}
	// Pages of other origins may send the key.
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "OPTIONS",
		"Integration": map[string]any{"IntegrationResponses": []any{assertions.Match_ObjectLike(&map[string]any{
			"ResponseParameters": map[string]any{
				"method.response.header.Access-Control-Allow-Headers": "'Authorization,Content-Type,Idempotency-Key,If-Match,X-Api-Key'",
			},
		})}},
	})
}

func TestLogRoleOnRequest(t *testing.T) {
	_, stack := newAPI(t, restapi.Props{LogRole: true, Retain: true, RatePerSecond: 5, Burst: 7})
	template := cdktest.TemplateOf(t, stack)
	role := template.ID("AWS::IAM::Role", "ShopLogRole")
	template.HasResource("AWS::IAM::Role", map[string]any{
		"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
		"Properties": map[string]any{
			"AssumeRolePolicyDocument": map[string]any{"Statement": []any{map[string]any{
				"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": "apigateway.amazonaws.com"},
			}}},
			"ManagedPolicyArns": assertions.Match_Absent(),
			"Policies": []any{map[string]any{"PolicyDocument": map[string]any{"Statement": []any{map[string]any{
				"Effect": "Allow",
				"Action": []any{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
					"logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents"},
				"Resource": map[string]any{"Fn::Join": []any{"", []any{"arn:", ref("AWS::Partition"), ":logs:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":*"}}},
			}}}}},
		},
	})
	template.HasResource("AWS::ApiGateway::Account", map[string]any{
		"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
		"DependsOn":  []any{template.ID("AWS::ApiGateway::RestApi", "Shop")},
		"Properties": map[string]any{"CloudWatchRoleArn": map[string]any{"Fn::GetAtt": []any{role, "Arn"}}},
	})
	// A stage with logs is refused as long as the account has no role.
	template.HasResource("AWS::ApiGateway::Stage", map[string]any{
		"DependsOn": assertions.Match_ArrayWith(&[]any{template.ID("AWS::ApiGateway::Account", "Shop")}),
	})
	template.HasResource("AWS::Logs::LogGroup", map[string]any{
		"Properties": map[string]any{"RetentionInDays": 365}, "DeletionPolicy": "Retain",
	})
	template.Has("AWS::ApiGateway::Stage", map[string]any{"MethodSettings": []any{assertions.Match_ObjectLike(&map[string]any{
		"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 7,
	})}})
}

func TestBadProps(t *testing.T) {
	cdktest.Panics(t, "restapi: UserPool is required: no method is open to everybody", func() { restapi.New(cdktest.NewStack(t), "Shop", nil) })
	for want, props := range map[string]restapi.Props{
		`restapi: AllowedOrigins must be such as https://app.example.com, got "*"`:                        {AllowedOrigins: []string{"*"}},
		`restapi: AllowedOrigins must be such as https://app.example.com, got "https://app.example.com/"`: {AllowedOrigins: []string{"https://app.example.com/"}},
		`restapi: AllowedOrigins must be such as https://app.example.com, got "http://app.example.com"`:   {AllowedOrigins: []string{"http://app.example.com"}},
		`restapi: AllowedOrigins must be such as https://app.example.com, got "app.example.com"`:          {AllowedOrigins: []string{"https://a.example.com", "app.example.com"}},
		`restapi: AllowedOrigins must be such as https://app.example.com, got "https://*.example.com"`:    {AllowedOrigins: []string{"https://*.example.com"}},
		`restapi: AllowedOrigins must be such as https://app.example.com, got "https://App.example.com"`:  {AllowedOrigins: []string{"https://App.example.com"}},
		"restapi: RatePerSecond and Burst must be at least 1, got -1 and 200":                             {RatePerSecond: -1},
		"restapi: RatePerSecond and Burst must be at least 1, got 100 and -1":                             {Burst: -1},
		"restapi: UsagePlan must hold positive numbers, got {RatePerSecond:-1 Burst:0 RequestsPerDay:0}":  {UsagePlan: &restapi.UsagePlan{RatePerSecond: -1}},
		"restapi: UsagePlan must hold positive numbers, got {RatePerSecond:0 Burst:-1 RequestsPerDay:0}":  {UsagePlan: &restapi.UsagePlan{Burst: -1}},
		"restapi: MaxLatencyMillis must be from 1 to 900000, where API Gateway ends a stream, got -1":     {MaxLatencyMillis: -1},
		"restapi: UsagePlan must hold positive numbers, got {RatePerSecond:0 Burst:0 RequestsPerDay:-1}":  {UsagePlan: &restapi.UsagePlan{RequestsPerDay: -1}},
		"restapi: FirewallRate must be at least 10, got 9":                                                {FirewallRate: 9},
		"restapi: MaxLatencyMillis must be from 1 to 900000, where API Gateway ends a stream, got 900001": {MaxLatencyMillis: 900_001},
	} {
		cdktest.Panics(t, want, func() { newAPI(t, props) })
	}
}

func TestSignedRequests(t *testing.T) {
	stack := cdktest.NewStack(t)
	api := restapi.New(stack, "Shop", &restapi.Props{Signed: true})
	api.Integrate("POST", "/orders", awsapigateway.NewMockIntegration(nil), nil)
	template := cdktest.TemplateOf(t, stack)
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "POST", "AuthorizationType": "AWS_IAM", "AuthorizerId": assertions.Match_Absent(),
		"RequestValidatorId": assertions.Match_AnyValue(),
	})
	template.Count("AWS::ApiGateway::Authorizer", 0)
	cdktest.Panics(t, "restapi: UserPool must not be set where requests are Signed", func() {
		pool := awscognito.UserPool_FromUserPoolId(stack, jsii.String("Pool"), jsii.String("us-east-1_x"))
		restapi.New(stack, "Both", &restapi.Props{Signed: true, UserPool: pool})
	})
}
