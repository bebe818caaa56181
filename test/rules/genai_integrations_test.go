package rules

const (
	askLater     = "Rest/Api/Default/qa/jobs/POST"
	askStream    = "Rest/Api/Default/qa/stream/POST"
	ask          = "Rest/Api/Default/qa/POST"
	intakeRole   = "Intake/Role"
	intakePolicy = "Intake/Role/DefaultPolicy"
	form         = "Properties Integration RequestTemplates application/json"
)

// everyIntake are the findings of a rule on all methods that send to the queue.
func everyIntake(rule string) []string {
	var found []string
	for _, task := range []string{"content", "qa", "summary"} {
		found = append(found, rule+" Rest/Api/Default/"+task+"/jobs/POST")
	}
	return found
}

// writes is a mutant whose request template has another text in place of old.
func writes(old, new string) mutant {
	return mutant{
		name:  "the request template writes " + new,
		plant: func(m *mutable) { m.Edit(askLater, form, old, new) },
		want:  []string{"integration-template " + askLater},
	}
}

var integrationMutants = []mutant{
	one("integration-queue", askLater, "Properties Integration Credentials", gone),
	one("integration-queue", askLater, "Properties Integration Credentials", "arn:aws:iam::*:user/*"),
	one("integration-queue", askLater, "Properties Integration PassthroughBehavior", gone),
	one("integration-queue", askLater, "Properties Integration PassthroughBehavior", "WHEN_NO_TEMPLATES"),
	one("integration-queue", askLater, "Properties Integration Uri", obj{"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:dynamodb:action/PutItem"}),
	{
		name: "the queue is not the one that the role may send to",
		plant: func(m *mutable) {
			m.set(askLater, "Properties Integration Uri", obj{"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/${" + m.id("Jobs/Failed/Queue") + ".QueueName}"})
		},
		want: []string{"integration-queue " + askLater},
	},
	{
		name: "the role may receive as well",
		plant: func(m *mutable) {
			m.set(intakePolicy, "Properties PolicyDocument Statement 0 Action", []any{"sqs:SendMessage", "sqs:ReceiveMessage"})
		},
		want: everyIntake("integration-queue"),
	},
	{
		name: "the role may send elsewhere as well",
		plant: func(m *mutable) {
			m.set(intakePolicy, "Properties PolicyDocument Statement 0 Resource", []any{m.ARN("Jobs/Queue/Queue"), m.ARN("Jobs/Failed/Queue")})
		},
		want: everyIntake("integration-queue"),
	},
	{
		name:  "the role may not send",
		plant: func(m *mutable) { m.set(intakePolicy, "Properties Roles", []any{}) },
		want:  everyIntake("integration-queue"),
	},
	{
		name: "another service may assume the role",
		plant: func(m *mutable) {
			m.set(intakeRole, "Properties AssumeRolePolicyDocument Statement 0 Principal", obj{"Service": "lambda.amazonaws.com"})
		},
		want: everyIntake("integration-queue"),
	},
	one("method-validation", askLater, "Properties RequestValidatorId", gone),
	one("method-validation", askLater, "Properties RequestModels", gone),
	one("usage-plans", "Rest/Api/UsagePlan", "Properties Throttle", gone),
	one("usage-plans", "Rest/Api/UsagePlan", "Properties Quota", gone),

	writes("$util.urlEncode($input.body)", "$input.body"),
	writes("$util.urlEncode($input.body)", "$!{input.body}"),
	writes("$util.urlEncode($input.body)", "$util.urlEncode($input.body).concat($input.body)"),
	writes("$util.urlEncode($input.body)", "$util.urlDecode($input.body)"),
	writes("$util.urlEncode($input.body)", "$input.json('$.question')"),
	writes("$util.urlEncode($sub)", "$sub"),
	writes("$util.urlEncode($id)", "$id"),
	writes("$util.urlEncode($id)", "${id}"),
	writes("$util.urlEncode($id)", "$context.authorizer.claims.email"),
	writes("StringValue=qa", "StringValue=$context.requestOverride.header.x"),
	writes("StringValue=qa", "StringValue=#set($task = $input.params('task'))$task"),
	writes("StringValue=qa", "StringValue=#foreach($task in $input.params().header.values())$task#end"),
	writes("StringValue=qa", "StringValue=$time.concat($input.body)"),
	writes("StringValue=qa", "#evaluate($input.body)"),
	writes("StringValue=qa", "#parse"),
	writes("StringValue=qa", "#set($task)"),
	one("integration-template", askLater, "Properties Integration RequestTemplates", gone),
	one("integration-template", askLater, "Properties Integration RequestParameters +", nil).withParameter("integration.request.querystring.Action", "method.request.querystring.action"),
	one("integration-template", askLater, "Properties Integration RequestParameters +", nil).withParameter("integration.request.header.Accept", "method.request.header.Accept"),

	one("integration-responses", askLater, "Properties Integration IntegrationResponses 0 SelectionPattern", gone),
	one("integration-responses", askLater, "Properties Integration IntegrationResponses 0 SelectionPattern", `\d{3}`),
	one("integration-responses", askLater, "Properties Integration IntegrationResponses 0 SelectionPattern", "200|503"),
	one("integration-responses", askLater, "Properties Integration IntegrationResponses 0 SelectionPattern", "("),
	one("integration-responses", askLater, "Properties Integration IntegrationResponses 1 SelectionPattern", `[24]00`),
	one("integration-responses", askLater, "Properties Integration IntegrationResponses 1 SelectionPattern", ""),
	one("integration-responses", askLater, "Properties Integration IntegrationResponses 2", gone),
	one("integration-responses", askLater, "Properties Integration IntegrationResponses 2 StatusCode", "202"),
	one("integration-responses", askLater, "Properties MethodResponses 2", gone),
	one("integration-responses", askLater, "Properties Integration IntegrationResponses", gone),
}

// withParameter is a mutant that sets a parameter, whose name may have spaces for
// the path of keys.
func (m mutant) withParameter(name string, value any) mutant {
	m.name = "RequestParameters " + name
	m.plant = func(spoilt *mutable) {
		integration := spoilt.resource(askLater)["Properties"].(obj)["Integration"].(obj)
		integration["RequestParameters"].(obj)[name] = value
	}
	return m
}

var timeoutMutants = []mutant{
	one("method-timeout", ask, "Properties Integration TimeoutInMillis", 20_000.0),
	one("method-timeout", "Answer/Function", "Properties Timeout", 30.0).elsewhere(ask).
		And("method-timeout Rest/Api/Default/content/POST", "method-timeout Rest/Api/Default/summary/POST", "function-alarms Answer/Function"),
	one("method-timeout", askStream, "Properties Integration TimeoutInMillis", 900_001.0),
	one("method-timeout", askStream, "Properties Integration TimeoutInMillis", 299_999.0),
	one("method-timeout", askStream, "Properties Integration TimeoutInMillis", gone),
	one("method-streaming", askStream, "Properties Integration ResponseTransferMode", "BUFFERED"),
	one("method-streaming", askStream, "Properties Integration ResponseTransferMode", gone),
	one("method-streaming", ask, "Properties Integration ResponseTransferMode", "STREAM"),
	one("method-streaming", askStream, "Properties Integration Type", "HTTP"),
	{
		name:  "streams at the edge",
		plant: func(m *mutable) { m.set("Rest/Api", "Properties EndpointConfiguration Types", []any{"EDGE"}) },
		want: []string{
			"api-regional Rest/Api", "method-streaming Rest/Api/Default/content/stream/POST",
			"method-streaming " + askStream, "method-streaming Rest/Api/Default/summary/stream/POST",
		},
	},
}
