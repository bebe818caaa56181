package rules

const (
	push       = "Jobs/Jobs/Push"
	pushPolicy = "WebSocket/Push/Role/DefaultPolicy"
	pushDead   = "Jobs/Jobs/PushDeadLetters"
	jobsTable  = "Jobs/Jobs/Table"
	buryAlarm  = "Jobs/FailedJobs"
)

var streamMutants = []mutant{
	one("stream-source", push, "Properties StartingPosition", "LATEST"),
	one("stream-source", jobsTable, "Properties StreamSpecification", gone).elsewhere(push).And("stream-source Jobs/Jobs/Publish"),
	one("stream-source", pushPolicy, "Properties PolicyDocument Statement dynamodb:DescribeStream", gone).elsewhere(push),
	one("stream-source", pushPolicy, "Properties PolicyDocument Statement dynamodb:DescribeStream Action", []any{"dynamodb:GetRecords", "dynamodb:GetShardIterator"}).elsewhere(push),
	one("stream-source", pushPolicy, "Properties PolicyDocument Statement dynamodb:DescribeStream Action",
		[]any{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}).elsewhere(push),
	{
		name: "the function may read the table, and not its stream",
		plant: func(m *mutable) {
			m.set(pushPolicy, "Properties PolicyDocument Statement dynamodb:DescribeStream Resource", m.ARN(jobsTable))
		},
		want: []string{"stream-source " + push},
	},
	{
		name: "the function may read another stream as well",
		plant: func(m *mutable) {
			m.set(pushPolicy, "Properties PolicyDocument Statement +", obj{"Effect": "Allow", "Action": "dynamodb:Get*", "Resource": m.ARN("Cache/Table")})
		},
		// Reading it would also be throttled unseen.
		want: []string{"stream-source " + push},
	},
	one("consumer-source", push, "Properties EventSourceArn", "arn:aws:kinesis:eu-west-1:111122223333:stream/another").And("consumer-concurrency " + push),
	{
		name: "the function may use another table than that of connections",
		plant: func(m *mutable) {
			m.set("WebSocket/Push/Function", "Properties Environment Variables CONNECTIONS_TABLE", m.ref(jobsTable))
		},
		want: []string{"function-environment WebSocket/Push/Function"},
	},
	one("function-environment", pushPolicy, "Properties PolicyDocument Statement dynamodb:DeleteItem", gone).elsewhere("WebSocket/Push/Function"),
	one("consumer-failures", push, "Properties FunctionResponseTypes", gone),
	one("stream-failures", push, "Properties BisectBatchOnFunctionError", gone),
	one("stream-failures", push, "Properties MaximumRetryAttempts", gone),
	one("stream-failures", push, "Properties MaximumRetryAttempts", -1.0),
	one("stream-failures", push, "Properties MaximumRecordAgeInSeconds", gone),
	one("stream-failures", push, "Properties MaximumRecordAgeInSeconds", 86401.0),
	one("stream-failures", push, "Properties DestinationConfig", gone).And("queue-dead-letters "+pushDead, "dead-letter-retention "+pushDead),
	one("stream-failures", pushPolicy, "Properties PolicyDocument Statement sqs:SendMessage", gone).elsewhere(push),
	{
		name: "what failed is told to a topic",
		plant: func(m *mutable) {
			m.set(push, "Properties DestinationConfig OnFailure Destination", m.ref("Alarms/Topic"))
		},
		want: []string{"stream-failures " + push, "queue-dead-letters " + pushDead, "dead-letter-retention " + pushDead},
	},
	one("dead-letter-retention", pushDead, "Properties MessageRetentionPeriod", 86400.0),
	one("dead-letter-alarm", "Jobs/Jobs/PushGivenUp", "Properties Threshold", 5.0).elsewhere(pushDead),
	one("stream-filter", push, "Properties FilterCriteria", gone),
	one("stream-filter", push, "Properties FilterCriteria Filters", []any{}),
	one("stream-filter", push, "Properties FilterCriteria Filters 0 Pattern", "{}"),
	one("stream-filter", push, "Properties FilterCriteria Filters 0 Pattern", `{"eventName":["INSERT"]`),
	{
		name:  "a third reader",
		plant: func(m *mutable) { m.Copy("Third", push) },
		want:  []string{"stream-readers " + jobsTable},
	},

	// Dead letters that a function consumes.
	one("dead-letter-alarm", buryAlarm, "Properties MetricName", "Errors").elsewhere("Jobs/Failed/Queue"),
	one("dead-letter-alarm", buryAlarm, "Properties Threshold", 10.0).elsewhere("Jobs/Failed/Queue"),
	one("queue-visibility", "Jobs/Failed/Queue", "Properties VisibilityTimeout", 60.0),
	{
		name:  "dead letters that fail again are lost",
		plant: func(m *mutable) { m.set("Jobs/Failed/Queue", "Properties RedrivePolicy", gone) },
		want: []string{
			"queue-dead-letters Jobs/Failed/Queue",
			"queue-dead-letters Jobs/Failed/DeadLetterQueue", "dead-letter-retention Jobs/Failed/DeadLetterQueue",
		},
	},
	{
		name:  "nobody consumes the dead letters, which wander on",
		plant: func(m *mutable) { delete(m.resources(), m.id("Jobs/Failed/Consumer")) },
		want:  []string{"queue-dead-letters Jobs/Queue/Queue", "dead-letter-alarm Jobs/Failed/Queue"},
	},
}
