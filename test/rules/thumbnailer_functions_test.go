package rules

const resize = "Resize/Function"

var functionMutants = []mutant{
	one("function-runtime", resize, "Properties Runtime", "provided.al2"),
	one("function-runtime", resize, "Properties Runtime", "nodejs24.x"),
	one("function-runtime", resize, "Properties Runtime", gone),
	one("function-runtime", resize, "Properties Architectures", []any{"x86_64"}),
	one("function-runtime", resize, "Properties Architectures", gone),
	one("function-limits", resize, "Properties MemorySize", gone),
	one("function-limits", resize, "Properties MemorySize", 64.0),
	{
		name:  "Lambda's own timeout",
		plant: func(m *mutable) { m.set(resize, "Properties Timeout", gone) },
		want:  []string{"function-limits " + resize, "function-alarms " + resize},
	},
	one("function-tracing", resize, "Properties TracingConfig", gone),
	one("function-tracing", resize, "Properties TracingConfig Mode", "PassThrough"),
	one("function-tracing", resizePolicy, "Properties PolicyDocument Statement xray:PutTelemetryRecords", gone).elsewhere(resize),
	one("function-logs", resize, "Properties LoggingConfig", gone),
	one("function-logs", resize, "Properties LoggingConfig LogFormat", "Text"),
	one("function-logs", resize, "Properties LoggingConfig LogGroup", "/aws/lambda/resize"),
	one("function-logs", resize, "Properties LoggingConfig LogGroup", gone),
	one("function-logs", resizePolicy, "Properties PolicyDocument Statement logs:CreateLogStream Action", []any{"logs:CreateLogStream"}).elsewhere(resize),
	one("function-logs", resizePolicy, "Properties PolicyDocument Statement logs:CreateLogStream Effect", "Deny").elsewhere(resize),
	one("log-retention", "Resize/LogGroup", "Properties RetentionInDays", gone),
	{
		name:  "a policy of no role",
		plant: func(m *mutable) { m.set(resizePolicy, "Properties Roles", []any{"another"}) },
		want:  []string{"function-tracing " + resize, "function-logs " + resize, "consumer-source Work/Consumer"},
	},
	{
		name:  "a role that may be anybody's",
		plant: func(m *mutable) { m.set(resize, "Properties Role", "arn:aws:iam::111122223333:role/lambda") },
		want:  []string{"function-role " + resize},
	},
	one("function-role", "Resize/Role", "Properties AssumeRolePolicyDocument Statement 0 Principal Service", []any{"lambda.amazonaws.com", "lambda.amazonaws.com"}).elsewhere(resize),
	one("function-role", "Resize/Role", "Properties AssumeRolePolicyDocument", gone).elsewhere(resize),
	{
		name: "a role that its own account may assume too",
		plant: func(m *mutable) {
			m.set("Resize/Role", "Properties AssumeRolePolicyDocument Statement 0 Principal AWS", obj{"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"})
		},
		want: []string{"function-role " + resize},
	},
	{
		name:  "two functions with one role, one log group and the alarms of one",
		plant: func(m *mutable) { m.Copy("Twin", resize) },
		want: []string{
			"function-role Twin", "function-role " + resize,
			"function-logs Twin", "function-logs " + resize,
			"function-alarms Twin",
		},
	},

	one("function-alarms", "Resize/Errors", "Properties MetricName", "Invocations").elsewhere(resize),
	one("function-alarms", "Resize/Errors", "Properties Statistic", "Average").elsewhere(resize),
	one("function-alarms", "Resize/Errors", "Properties Threshold", 2.0).elsewhere(resize),
	one("function-alarms", "Resize/Errors", "Properties ComparisonOperator", "GreaterThanThreshold").elsewhere(resize),
	one("function-alarms", "Resize/Errors", "Properties ComparisonOperator", "LessThanThreshold").elsewhere(resize),
	one("function-alarms", "Resize/Errors", "Properties EvaluationPeriods", 3.0).elsewhere(resize),
	one("function-alarms", "Resize/Throttles", "Properties Dimensions", gone).elsewhere(resize),
	one("function-alarms", "Resize/Throttles", "Properties Dimensions 0 Value", "another").elsewhere(resize),
	one("function-alarms", "Resize/Throttles", "Properties Namespace", "Lambda").elsewhere(resize),
	one("function-alarms", "Resize/Duration", "Properties Threshold", 60000.0).elsewhere(resize),
	one("function-alarms", "Resize/Duration", "Properties Threshold", 48.0).elsewhere(resize),
	one("function-alarms", "Resize/Duration", "Properties Statistic", "Average").elsewhere(resize),
	{
		name:  "no alarm on throttles",
		plant: func(m *mutable) { delete(m.resources(), m.id("Resize/Throttles")) },
		want:  []string{"function-alarms " + resize},
	},
	{
		name:  "another timeout than the alarm's",
		plant: func(m *mutable) { m.set(resize, "Properties Timeout", 30.0) },
		want:  []string{"function-alarms " + resize},
	},

	{
		name: "an asynchronous invocation that fails is lost",
		plant: func(m *mutable) {
			m.add("Permission", "AWS::Lambda::Permission", obj{
				"FunctionName": m.ARN(resize), "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
				"SourceAccount": obj{"Ref": "AWS::AccountId"}, "SourceArn": m.ARN("Uploads/Bucket"),
			})
		},
		want: []string{"failure-destination " + resize},
	},
	{
		name: "an invocation's configuration without a destination",
		plant: func(m *mutable) {
			m.add("Config", "AWS::Lambda::EventInvokeConfig", obj{"FunctionName": m.ref(resize), "Qualifier": "$LATEST", "MaximumRetryAttempts": 0.0})
		},
		want: []string{"failure-destination Config"},
	},
}

var alarmMutants = []mutant{
	one("alarm-actions", "Resize/Errors", "Properties AlarmActions", gone),
	one("alarm-actions", "Rejections", "Properties AlarmActions", []any{}),
	one("alarm-actions", "Work/DeadLetters", "Properties ActionsEnabled", false),
	one("alarm-actions", "Work/OldestMessage", "Properties AlarmActions", []any{"arn:aws:sns:eu-west-1:111122223333:another"}),
	{
		name: "a second alarm topic",
		plant: func(m *mutable) {
			m.add("Other", "AWS::SNS::Topic", obj{"KmsMasterKeyId": m.ARN("Alarms/Key")})
			m.set("Rejections", "Properties AlarmActions", []any{obj{"Ref": "Other"}})
		},
		want: []string{"alarm-actions Rejections", "alarm-topic Other", "topic-tls Other"},
	},
	one("alarm-missing-data", "Resize/Errors", "Properties TreatMissingData", gone),
	one("alarm-missing-data", "Rejections", "Properties TreatMissingData", "sometimes"),
}
