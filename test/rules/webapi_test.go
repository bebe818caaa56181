package rules

import "slices"

const (
	api       = "Web/Api"
	listItems = "Web/Api/Default/items/GET"
	postItem  = "Web/Api/Default/items/POST"
	putItem   = "Web/Api/Default/items/{id}/PUT"
	validator = "Web/Api/Validator"
	stage     = "Web/Api/DeploymentStage.v1"
	refusal   = "Web/Api/ProblemDEFAULT4XX"
	firewall  = "Web/WebAcl"
	guard     = "Web/WebAclAssociation"
	itemsRole = "ItemsFunction/Role/DefaultPolicy"
	account   = "Web/Account"
	logRole   = "Web/LogRole"
)

// with adds a method to the API, as a deployment wants it.
func (m *mutable) with(id string, properties obj) {
	properties["RestApiId"], properties["ResourceId"] = m.ref(api), m.ref("Web/Api/Default/items")
	m.add(id, methodType, properties)
	m.set("Web/Api/Deployment", "DependsOn +", id)
}

// preflight is a method as the CDK makes it for CORS, which answers with an
// origin and by a template.
func preflight(origin, template string) obj {
	return obj{
		"HttpMethod": "OPTIONS", "AuthorizationType": "NONE",
		"Integration": obj{"Type": "MOCK", "IntegrationResponses": []any{obj{
			"StatusCode":         "204",
			"ResponseParameters": obj{"method.response.header.Access-Control-Allow-Origin": origin, "method.response.header.Vary": "'Origin'"},
			"ResponseTemplates":  obj{"application/json": template},
		}}},
	}
}

// chosen is the template by which the CDK answers with one of several origins.
const chosen = `#if($origin == "https://b.example.com")
  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
#end`

var apiMutants = []mutant{
	one("api-regional", api, "Properties EndpointConfiguration", gone),
	one("api-regional", api, "Properties EndpointConfiguration Types", []any{"EDGE"}),
	one("api-problems", refusal, "Properties ResponseType", "THROTTLED").elsewhere(api),
	one("api-problems", "Web/Api/ProblemDEFAULT5XX", "Properties ResponseType", "THROTTLED").elsewhere(api),
	one("api-problems", refusal, "Properties ResponseParameters", gone),
	one("api-problems", "Web/Api/ProblemTHROTTLED", "Properties ResponseParameters gatewayresponse.header.Content-Type", "'application/json'"),
	{
		name:  "the problems of another API",
		plant: func(m *mutable) { m.set(refusal, "Properties RestApiId", "another") },
		want:  []string{"api-problems " + api},
	},
	one("api-origins", refusal, "Properties ResponseParameters gatewayresponse.header.Access-Control-Allow-Origin", "'*'"),
	one("api-origins", refusal, "Properties ResponseParameters gatewayresponse.header.access-control-allow-origin", "'https://*'"),
	one("api-origins", refusal, "Properties ResponseParameters gatewayresponse.header.Access-Control-Allow-Origin", "method.request.header.Origin"),
	{
		name:  "a preflight for every origin",
		plant: func(m *mutable) { m.with("Preflight", preflight("'*'", "")) },
		want:  []string{"api-origins Preflight"},
	},
	{
		name: "a preflight whose template lets every origin in",
		plant: func(m *mutable) {
			m.with("Preflight", preflight("'https://a.example.com'", `#set($context.responseOverride.header.Access-Control-Allow-Origin = "*")`))
		},
		want: []string{"api-origins Preflight"},
	},
	one("api-deployment", "Web/Api/Deployment", "DependsOn", gone),
	one("api-deployment", "Web/Api/Deployment", "DependsOn 0", gone),
	one("api-deployment", "Web/Api/Deployment", "Properties RestApiId", "another"),
	{
		name:  "no role for the logs of all APIs",
		plant: func(m *mutable) { m.add("Account", accountType, nil) },
		want:  []string{"api-account Account", "stage-log-role " + stage},
	},
	one("api-account", account, "Properties CloudWatchRoleArn", "arn:aws:iam::111122223333:role/another").in("dev-logrole").
		And("no-whole-resources "+logRole, "development-deletes "+logRole),
	one("api-account", account, "DeletionPolicy", "Delete").in("dev-logrole"),
	one("api-account", account, "UpdateReplacePolicy", gone).in("prod-origins"),
	one("api-account", logRole, "DeletionPolicy", gone).in("dev-logrole").elsewhere(account),
	one("api-account", logRole, "UpdateReplacePolicy", "Delete").in("prod-origins").elsewhere(account),
	one("api-account", logRole, "Properties Policies 0 PolicyDocument Statement 0 Action", []any{"logs:PutLogEvents"}).in("dev-logrole").elsewhere(account),
	one("api-account", logRole, "Properties Policies 0 PolicyDocument Statement 0 Effect", "Deny").in("dev-logrole").elsewhere(account),
	one("no-whole-resources", logRole, "Properties Policies 0 PolicyDocument Statement 0 Resource", "*").in("dev-logrole"),
	one("no-whole-resources", logRole, "Properties Policies 0 PolicyDocument Statement 0 Resource", "arn:aws:logs:*:*:*").in("prod-origins"),
	one("no-whole-services", logRole, "Properties Policies 0 PolicyDocument Statement 0 Action", "logs:*").in("dev-logrole"),
	one("service-principals", logRole, "Properties AssumeRolePolicyDocument Statement 0 Principal Service", "events.amazonaws.com").in("dev-logrole"),
	{
		name:  "a key with a name",
		plant: func(m *mutable) { m.add("Key", "AWS::ApiGateway::ApiKey", obj{"Name": "partner"}) },
		want:  []string{"no-physical-names Key"},
	},
}

var methodMutants = []mutant{
	one("method-authorization", listItems, "Properties AuthorizationType", "NONE"),
	one("method-authorization", listItems, "Properties AuthorizationType", gone),
	one("method-authorization", listItems, "Properties AuthorizerId", gone),
	one("method-authorization", listItems, "Properties AuthorizerId", "abc123"),
	{
		name:  "an authorizer that is none",
		plant: func(m *mutable) { m.set(listItems, "Properties AuthorizerId", m.ref(validator)) },
		want:  []string{"method-authorization " + listItems},
	},
	{
		name: "a preflight that calls something",
		plant: func(m *mutable) {
			method := preflight("'https://a.example.com'", "")
			method["Integration"].(obj)["Type"] = "HTTP"
			m.with("Preflight", method)
		},
		want: []string{"method-authorization Preflight", "method-validation Preflight"},
	},
	{
		name:  "a method other than OPTIONS that calls nothing",
		plant: func(m *mutable) { m.with("Health", obj{"HttpMethod": "GET", "Integration": obj{"Type": "MOCK"}}) },
		want:  []string{"method-authorization Health", "method-validation Health"},
	},

	one("authorizer-tokens", "Web/Authorizer", "Properties Type", "TOKEN"),
	one("authorizer-tokens", "Web/Authorizer", "Properties ProviderARNs", gone),
	{
		name: "the tokens of something else",
		plant: func(m *mutable) {
			m.set("Web/Authorizer", "Properties ProviderARNs", []any{m.ARN("ItemsFunction/Function")})
		},
		want: []string{"authorizer-tokens Web/Authorizer"},
	},

	one("method-validation", listItems, "Properties RequestValidatorId", gone),
	one("method-validation", listItems, "Properties RequestValidatorId", "abc123"),
	one("method-validation", postItem, "Properties RequestModels", gone),
	one("method-validation", putItem, "Properties RequestModels", obj{"text/plain": "Empty"}),
	one("method-validation", putItem, "Properties RequestModels application/json", "Empty"),
	one("method-validation", "Web/Api/Default/items/POSTModel", "Properties Schema", gone).elsewhere(postItem),
	{
		name:  "a method for everything, without a model",
		plant: func(m *mutable) { m.set(listItems, "Properties HttpMethod", "ANY") },
		want:  []string{"method-permission " + listItems, "method-validation " + listItems},
	},
	{
		name:  "a validator that ignores bodies",
		plant: func(m *mutable) { m.set(validator, "Properties ValidateRequestBody", false) },
		want:  everyMethod("method-validation"),
	},
	{
		name:  "a validator that ignores parameters",
		plant: func(m *mutable) { m.set(validator, "Properties ValidateRequestParameters", gone) },
		want:  everyMethod("method-validation"),
	},

	one("method-permission", permissionOfGet, "Properties SourceArn", obj{"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:another/*"}).elsewhere(listItems),
	one("method-permission", permissionOfGet, "Properties Action", "lambda:GetFunction").elsewhere(listItems),
	{
		name:  "no permission for a method",
		plant: func(m *mutable) { delete(m.resources(), m.id(permissionOfGet)) },
		want:  []string{"method-permission " + listItems},
	},
	{
		name:  "a permission for another path",
		plant: func(m *mutable) { m.set("Web/Api/Default/items", "Properties PathPart", "things") },
		want:  everyMethod("method-permission"),
	},
	{
		name:  "a permission for any API of anybody",
		plant: func(m *mutable) { m.set(permissionOfGet, "Properties SourceArn", gone) },
		want:  []string{"method-permission " + listItems, "service-principals " + permissionOfGet},
	},
	{
		name: "a method of another API",
		plant: func(m *mutable) {
			m.set(listItems, "Properties RestApiId", "another")
		},
		want: []string{"method-authorization " + listItems, "method-permission " + listItems},
	},

	one("usage-plans", listItems, "Properties ApiKeyRequired", true),
	{
		name: "a usage plan of another API, without limits",
		plant: func(m *mutable) {
			m.set(listItems, "Properties ApiKeyRequired", true)
			m.add("Plan", planType, obj{"ApiStages": []any{obj{"ApiId": "another", "Stage": m.ref(stage)}}})
		},
		want: []string{"usage-plans " + listItems, "usage-plans Plan"},
	},
}

const permissionOfGet = "Web/Api/Default/items/GET/ApiPermission.WebApiWebApi45915574.GET..items"

// everyMethod are the findings of a rule on all methods.
func everyMethod(rule string) []string {
	var found []string
	for _, path := range []string{"items/GET", "items/HEAD", "items/POST", "items/{id}/GET", "items/{id}/HEAD", "items/{id}/PUT", "items/{id}/DELETE"} {
		found = append(found, rule+" Web/Api/Default/"+path)
	}
	return found
}

var stageMutants = []mutant{
	one("stage-access-logs", stage, "Properties AccessLogSetting", gone),
	one("stage-access-logs", stage, "Properties AccessLogSetting DestinationArn", "arn:aws:logs:eu-west-1:111122223333:log-group:another"),
	one("stage-access-logs", stage, "Properties AccessLogSetting Format", "$context.requestId"),
	one("stage-access-logs", stage, "Properties AccessLogSetting Format", `{"requestId":$context.requestId,}`),
	one("stage-access-logs", stage, "Properties AccessLogSetting Format", `{"extended":"$context.extendedRequestId"}`),
	one("stage-access-logs", stage, "Properties AccessLogSetting Format", `{"id":"$context.requestId","user":"$context.authorizer.claims.sub"}`),
	one("stage-access-logs", stage, "Properties AccessLogSetting Format", `{"id":"$context.requestId","user":"${context.authorizer.principalId}"}`),
	one("stage-access-logs", stage, "Properties AccessLogSetting Format", `{"id":"$context.requestId","key":"$context.identity.apiKey"}`),
	one("stage-access-logs", stage, "Properties AccessLogSetting Format", `{"id":"$context.requestId","token":"$context.requestOverride.header.Authorization"}`),
	one("stage-access-logs", stage, "Properties AccessLogSetting Format", `{"id":"$context.requestId","query":"$method.request.querystring.q"}`),
	one("stage-access-logs", stage, "Properties AccessLogSetting Format", `{"id":"$context.requestId","body":"$input.body"}`),

	one("stage-execution-logs", "Web/ExecutionLogs", "Properties LogGroupName", gone).elsewhere(stage),
	one("stage-execution-logs", "Web/ExecutionLogs", "Properties LogGroupName", "API-Gateway-Execution-Logs_abc123/v1").elsewhere(stage).And("no-physical-names Web/ExecutionLogs"),
	{
		name: "a log group of API Gateway's that may come too late",
		plant: func(m *mutable) {
			depends := m.resource(stage)["DependsOn"].([]any)
			m.set(stage, "DependsOn", slices.DeleteFunc(depends, func(id any) bool { return id == m.id("Web/ExecutionLogs") }))
		},
		want: []string{"stage-execution-logs " + stage},
	},

	one("stage-data-trace", stage, "Properties MethodSettings 0 DataTraceEnabled", true),
	one("stage-data-trace", stage, "Properties MethodSettings 0 DataTraceEnabled", obj{"Ref": "Trace"}),
	one("stage-tracing", stage, "Properties TracingEnabled", gone),
	one("stage-tracing", stage, "Properties TracingEnabled", false),

	one("stage-throttling", stage, "Properties MethodSettings", gone),
	one("stage-throttling", stage, "Properties MethodSettings 0 ThrottlingRateLimit", gone),
	one("stage-throttling", stage, "Properties MethodSettings 0 ThrottlingBurstLimit", 0.0),
	one("stage-throttling", stage, "Properties MethodSettings 0 ThrottlingRateLimit", -1.0),
	one("stage-throttling", stage, "Properties MethodSettings 0 ResourcePath", "/items"),
	one("stage-throttling", stage, "Properties MethodSettings +", obj{"HttpMethod": "POST", "ResourcePath": "/items", "LoggingLevel": "INFO"}),

	{
		name:  "no firewall in production",
		stage: "prod",
		plant: func(m *mutable) { delete(m.resources(), m.id(guard)) },
		want:  []string{"stage-firewall " + stage},
	},
	{
		name:  "a firewall before another stage",
		stage: "prod",
		plant: func(m *mutable) {
			m.set(guard, "Properties ResourceArn", obj{"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/" + "${" + m.id(api) + "}/stages/v2"})
		},
		want: []string{"stage-firewall " + stage, "firewall-association " + guard},
	},

	one("stage-alarms", "Web/ServerErrors", "Properties MetricName", "4XXError").elsewhere(stage),
	one("stage-alarms", "Web/ServerErrors", "Properties Statistic", "Average").elsewhere(stage),
	one("stage-alarms", "Web/ServerErrors", "Properties Threshold", 50.0).elsewhere(stage),
	one("stage-alarms", "Web/ServerErrors", "Properties Dimensions 0 Value", "Web").elsewhere(stage),
	one("stage-alarms", "Web/ServerErrors", "Properties Dimensions 1", gone).elsewhere(stage),
	one("stage-alarms", "Web/ServerErrors", "Properties Dimensions 1 Value", "v2").elsewhere(stage),
	one("stage-alarms", "Web/Latency", "Properties MetricName", "IntegrationLatency").elsewhere(stage),
	one("stage-alarms", "Web/Latency", "Properties Threshold", 29_000.0).elsewhere(stage),
	one("stage-alarms", "Web/Latency", "Properties Threshold", 0.0).elsewhere(stage),
	one("stage-alarms", "Web/Latency", "Properties ExtendedStatistic", gone).elsewhere(stage),
	one("stage-alarms", "Web/Latency", "Properties ComparisonOperator", "LessThanThreshold").elsewhere(stage),
	one("alarm-actions", "Web/Latency", "Properties AlarmActions", gone),
	one("stage-alarms", api, "Properties Name", "renamed").elsewhere(stage),
	{
		name:  "a stage of another API",
		stage: "dev",
		plant: func(m *mutable) { m.set(stage, "Properties RestApiId", "another") },
		want:  append(everyMethod("method-permission"), "stage-alarms "+stage, "stage-execution-logs "+stage),
	},
	one("production-retains", "Web/AccessLogs", "DeletionPolicy", "Delete").in("prod"),
}

var firewallMutants = Under("prod", []mutant{
	one("firewall-rules", firewall, "Properties Scope", "CLOUDFRONT"),
	one("firewall-rules", firewall, "Properties Rules 0", gone),
	one("firewall-rules", firewall, "Properties Rules 0 Action", obj{"Count": obj{}}),
	one("firewall-rules", firewall, "Properties Rules 0 Statement RateBasedStatement ScopeDownStatement", obj{"GeoMatchStatement": obj{}}),
	one("firewall-rules", firewall, "Properties Rules 2", gone),
	one("firewall-rules", firewall, "Properties Rules 2 OverrideAction", obj{"Count": obj{}}),
	one("firewall-rules", firewall, "Properties Rules 2 Statement ManagedRuleGroupStatement VendorName", "F5"),
	one("firewall-rules", firewall, "Properties Rules 2 Statement ManagedRuleGroupStatement ScopeDownStatement", obj{"GeoMatchStatement": obj{}}),
	one("firewall-metrics", firewall, "Properties VisibilityConfig", gone),
	one("firewall-metrics", firewall, "Properties Rules 3 VisibilityConfig CloudWatchMetricsEnabled", false),
	one("no-physical-names", firewall, "Properties Name", "firewall"),
	{
		name:  "a firewall of another stack",
		plant: func(m *mutable) { m.set(guard, "Properties WebACLArn", obj{"Fn::ImportValue": "firewall"}) },
		want:  []string{"firewall-association " + guard},
	},
})

// acceptedOfWebAPI are changes of the WebApi goldens that break no rule.
var acceptedOfWebAPI = of("WebApi", []mutant{
	{
		name: "no log group for execution logs that are off",
		plant: func(m *mutable) {
			m.set(stage, "Properties MethodSettings 0 LoggingLevel", "OFF")
			m.set("Web/ExecutionLogs", "Properties LogGroupName", gone)
		},
	},
	one("", listItems, "Properties AuthorizerId", obj{"Fn::ImportValue": "authorizer"}),
	one("", listItems, "Properties AuthorizerId", obj{"Ref": "AuthorizerParameter"}),
	one("", listItems, "Properties AuthorizationType", "AWS_IAM"),
	one("", "Web/Authorizer", "Properties ProviderARNs", []any{"arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_abc"}),
	one("", refusal, "Properties ResponseParameters gatewayresponse.header.Access-Control-Allow-Origin", "'https://app.example.com'"),
	{
		name: "another name of the stage",
		plant: func(m *mutable) {
			m.set(stage, "Properties StageName", "v2")
			m.set("Web/ExecutionLogs", "Properties LogGroupName", obj{"Fn::Sub": "API-Gateway-Execution-Logs_${" + m.id(api) + "}/v2"})
		},
	},
	one("", stage, "Properties AccessLogSetting Format", `{"id":"$context.requestId","status":$context.status,"refused":"$context.authorizer.error"}`),
	one("", stage, "Properties AccessLogSetting Format", `{"id":"$context.requestId","agent":"$context.identity.userAgent","ip":"$context.identity.sourceIp"}`),
	one("", stage, "Properties MethodSettings 0 DataTraceEnabled", gone),
	one("", "Web/Latency", "Properties Threshold", 28_999.0),
	one("", "Web/ServerErrors", "Properties Dimensions 1 Value", "v1"),
	one("", permissionOfGet, "Properties SourceArn", obj{"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebApi27F67B01}/*"}),
	one("", "Users/UserPool", "Properties EnabledMfas", []any{"SMS_MFA", "EMAIL_OTP"}),
	one("", "Users/UserPool", "Properties MfaConfiguration", "ON"),
	one("", "Users/UserPool/Client", "Properties GenerateSecret", true),
	one("", "Users/UserPool/Client", "Properties AllowedOAuthFlows", []any{"code"}),
	one("", "Users/UserPool/Client", "Properties ExplicitAuthFlows", gone),
	one("", "Users/UserPool/Client", "Properties ExplicitAuthFlows", []any{"ALLOW_USER_PASSWORD_AUTH"}).in("dev"),
	one("", firewall, "Properties Rules 3", gone).in("prod"),
	{
		name: "preflights for named origins",
		plant: func(m *mutable) {
			m.with("Preflight", preflight("'https://a.example.com'", chosen))
		},
	},
	{
		name: "a key with a usage plan",
		plant: func(m *mutable) {
			m.set(listItems, "Properties ApiKeyRequired", true)
			m.add("Plan", planType, obj{
				"ApiStages": []any{obj{"ApiId": m.ref(api), "Stage": m.ref(stage)}},
				"Throttle":  obj{"RateLimit": 10.0, "BurstLimit": 20.0},
				"Quota":     obj{"Limit": 1000.0, "Period": "DAY"},
			})
			m.add("Key", "AWS::ApiGateway::ApiKey", obj{"Enabled": true})
			m.add("KeyOfPlan", "AWS::ApiGateway::UsagePlanKey", obj{"KeyId": m.ARN("Key")})
		},
	},
	{
		name: "a table's own counts of throttles",
		plant: func(m *mutable) {
			delete(m.resources(), m.id("Items/Throttles"))
			for _, metric := range []string{"ReadThrottleEvents", "WriteThrottleEvents"} {
				m.add(metric, alarmType, m.ThrottleAlarm(obj{
					"Namespace": "AWS/DynamoDB", "MetricName": metric, "Statistic": "Sum",
					"Dimensions": []any{obj{"Name": "TableName", "Value": m.ref(items)}},
				}))
			}
		},
	},
})

var webAPIMutants = of("WebApi", apiMutants, methodMutants, stageMutants, firewallMutants, tableMutants, poolMutants)
