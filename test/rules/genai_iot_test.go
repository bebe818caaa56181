package rules

const (
	iotAuthorizer = "IoT/Authorizer"
	iotFunction   = "IoT/Authorize/Function"
	mayAskIot     = "IoT/Authorize/Function/Authorizer"
	publish       = "IoT/Publish/Function"
	publishPolicy = "IoT/Publish/Role/DefaultPolicy"
)

// publishes replaces what the function that publishes may publish to.
func publishes(resource any) mutant {
	return one("iot-topics", publishPolicy, "Properties PolicyDocument Statement iot:Publish Resource", resource)
}

var iotMutants = []mutant{
	one("iot-authorizer", iotAuthorizer, "Properties Status", gone),
	one("iot-authorizer", iotAuthorizer, "Properties Status", "INACTIVE"),
	one("iot-authorizer", iotAuthorizer, "Properties AuthorizerFunctionArn", "arn:aws:lambda:eu-west-1:111122223333:function:another").And("iot-authorizer " + iotFunction),
	one("iot-authorizer", iotFunction, "Properties Timeout", 6.0).elsewhere(iotAuthorizer).And("function-alarms " + iotFunction),
	one("iot-authorizer", mayAskIot, "Properties Action", "lambda:GetFunction").elsewhere(iotAuthorizer),
	one("no-physical-names", iotAuthorizer, "Properties AuthorizerName", "jobs"),
	{
		name:  "IoT Core may not ask",
		plant: func(m *mutable) { delete(m.resources(), m.id(mayAskIot)) },
		want:  []string{"iot-authorizer " + iotAuthorizer},
	},
	{
		name: "all of IoT Core may call, and does not wait",
		plant: func(m *mutable) {
			m.set(mayAskIot, "Properties SourceArn", obj{"Fn::Sub": "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:*"})
		},
		want: []string{"failure-destination " + iotFunction, "iot-authorizer " + iotAuthorizer, "iot-authorizer " + iotFunction},
	},
	{
		name: "another function may be called for the authorizer",
		plant: func(m *mutable) {
			m.Copy("Permission", mayAskIot)
			m.set("Permission", "Properties FunctionName", m.ARN(publish))
		},
		want: []string{"iot-authorizer " + publish},
	},

	publishes("*").And("no-whole-resources "+publishPolicy, "iot-topic-prefix "+publish),
	publishes("arn:aws:iot:eu-west-1:111122223333:topic/*").And("no-whole-resources "+publishPolicy, "iot-topic-prefix "+publish),
	publishes("arn:aws:iot:eu-west-1:111122223333:topic/$aws/things/*").And("iot-topic-prefix " + publish),
	publishes("arn:aws:iot:eu-west-1:111122223333:topic/*/jobs/*").And("iot-topic-prefix " + publish),
	publishes("arn:aws:iot:eu-west-1:111122223333:topic/GenAi-prod/jobs*").And("iot-topic-prefix " + publish),
	publishes([]any{"arn:aws:iot:eu-west-1:111122223333:topic/GenAi-prod/jobs/*", "arn:aws:iot:eu-west-1:111122223333:topic/another/*"}).And("iot-topic-prefix " + publish),
	one("iot-topics", publishPolicy, "Properties PolicyDocument Statement +", obj{
		"Effect": "Allow", "Action": "iot:Subscribe", "Resource": "arn:aws:iot:eu-west-1:111122223333:topicfilter/GenAi-prod/jobs/*",
	}),
	one("iot-topics", publishPolicy, "Properties PolicyDocument Statement +", obj{
		"Effect": "Allow", "Action": "iot:R*", "Resource": "arn:aws:iot:eu-west-1:111122223333:topic/GenAi-prod/jobs/one",
	}),
	one("iot-topic-prefix", publish, "Properties Environment Variables TOPIC_PREFIX", "GenAi-prod/tasks").And("iot-topic-prefix " + iotFunction),
}

const budget = "Budget"

var budgetMutants = []mutant{
	one("budget-notices", budget, "Properties NotificationsWithSubscribers", gone),
	one("budget-notices", budget, "Properties NotificationsWithSubscribers 0", gone),
	one("budget-notices", budget, "Properties NotificationsWithSubscribers 1", gone),
	one("budget-notices", budget, "Properties NotificationsWithSubscribers 1 Subscribers", []any{}),
	one("budget-notices", budget, "Properties NotificationsWithSubscribers 0 Subscribers 0 Address", gone),
	one("budget-notices", budget, "Properties NotificationsWithSubscribers 0 Notification Threshold", 0.0),
	one("budget-notices", budget, "Properties Budget BudgetLimit", gone),
	one("no-physical-names", budget, "Properties Budget BudgetName", "models"),
}

// acceptedOfGenAI are changes of the GenAi goldens that break no rule.
var acceptedOfGenAI = of("GenAi", Under("prod-all", []mutant{
	{name: "a route for messages of those who were asked", plant: func(m *mutable) { m.route("Ask") }},
	one("", connect, "Properties AuthorizationType", "AWS_IAM"),
	one("", socketAuthorizer, "Properties IdentitySource", []any{"route.request.header.Authorization"}),
	one("", mayConnect, "Properties SourceArn", obj{"Fn::Sub": "arn:aws:execute-api:eu-west-1:${AWS::AccountId}:${WebSocketApi273F6915}/v1/$connect"}),
	one("", push, "Properties MaximumRecordAgeInSeconds", 86400.0),
	one("", push, "Properties MaximumRetryAttempts", 1.0),
	{
		name: "all changes, for a reason",
		plant: func(m *mutable) {
			m.set(push, "Properties FilterCriteria", gone)
			m.set(push, "Metadata unfiltered", "An audit wants every change.")
		},
	},
	{name: "an alarm on the first dead letter that a function consumes", plant: func(m *mutable) {
		m.set(buryAlarm, "Properties", m.ThrottleAlarm(obj{
			"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Maximum",
			"Dimensions": []any{obj{"Name": "QueueName", "Value": obj{"Fn::GetAtt": []any{m.id("Jobs/Failed/Queue"), "QueueName"}}}},
		}))
	}},
	one("", askStream, "Properties Integration TimeoutInMillis", 300_000.0),
	one("", askLater, "Properties Integration IntegrationResponses 0 SelectionPattern", `2\d{2}`),
	one("", askLater, "Properties Integration IntegrationResponses 2 SelectionPattern", ""),
	{name: "a template that writes what API Gateway says", plant: func(m *mutable) {
		m.Edit(askLater, form, "StringValue=qa", "StringValue=${context.requestId}-$!time.substring(0, 5)#set($n = \"n-$time\")$n")
	}},
	one("", publishPolicy, "Properties PolicyDocument Statement iot:Publish Resource", []any{"arn:aws:iot:eu-west-1:111122223333:topic/GenAi-prod/jobs/*"}),
}), Under("dev-http", []mutant{
	one("", answer, "Properties Environment Variables LONG", obj{"Fn::Sub": "https://a-long-name.of-a-host.example.com/${RestApi79D61EE8}"}),
	one("", answer, "Properties Environment Variables MODEL_SECRET_ARN", obj{"Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:models/key"}),
}))
