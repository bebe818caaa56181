package rules

const (
	work        = "Work/Queue"
	deadLetters = "Work/DeadLetterQueue"
	workPolicy  = "Work/Queue/Policy"
	deadPolicy  = "Work/DeadLetterQueue/Policy"
	poller      = "Work/Consumer"
)

var queueMutants = []mutant{
	one("queue-encryption", work, "Properties SqsManagedSseEnabled", gone),
	one("queue-encryption", deadLetters, "Properties SqsManagedSseEnabled", false),

	one("queue-tls", workPolicy, "Properties PolicyDocument Statement sqs:*", gone).elsewhere(work),
	one("queue-tls", deadPolicy, "Properties PolicyDocument Statement sqs:* Effect", "Allow").elsewhere(deadLetters).And("no-whole-services "+deadPolicy, "own-account "+deadPolicy),
	one("queue-tls", deadPolicy, "Properties PolicyDocument Statement sqs:* Condition Bool aws:SecureTransport", "true").elsewhere(deadLetters),
	one("queue-tls", deadPolicy, "Properties PolicyDocument Statement sqs:* Condition", obj{"Bool": obj{"aws:ViaAWSService": "false"}}).elsewhere(deadLetters),
	one("queue-tls", deadPolicy, "Properties PolicyDocument Statement sqs:* Condition", gone).elsewhere(deadLetters),
	one("queue-tls", deadPolicy, "Properties PolicyDocument Statement sqs:* Condition StringEquals", obj{"aws:SourceAccount": "111122223333"}).elsewhere(deadLetters),
	one("queue-tls", deadPolicy, "Properties PolicyDocument Statement sqs:* Action", "sqs:SendMessage").elsewhere(deadLetters),
	one("queue-tls", deadPolicy, "Properties PolicyDocument Statement sqs:* Principal", obj{"AWS": "arn:aws:iam::111122223333:root"}).elsewhere(deadLetters),
	one("queue-tls", deadPolicy, "Properties Queues", []any{}).elsewhere(deadLetters),
	{
		name: "the denial is for another queue",
		plant: func(m *mutable) {
			m.set(deadPolicy, "Properties PolicyDocument Statement sqs:* Resource", m.ARN(work))
		},
		want: []string{"queue-tls " + deadLetters},
	},

	one("queue-dead-letters", work, "Properties RedrivePolicy maxReceiveCount", 2.0),
	one("queue-dead-letters", work, "Properties RedrivePolicy maxReceiveCount", gone),
	{
		name:  "no dead-letter queue, which leaves an ordinary one",
		plant: func(m *mutable) { m.set(work, "Properties RedrivePolicy", gone) },
		want: []string{
			"queue-dead-letters " + work,
			"queue-dead-letters " + deadLetters, "dead-letter-retention " + deadLetters,
		},
	},
	{
		name: "a queue that is its own dead-letter queue",
		plant: func(m *mutable) {
			m.set(work, "Properties RedrivePolicy deadLetterTargetArn", m.ARN(work))
		},
		want: []string{
			"queue-dead-letters " + work,
			"queue-dead-letters " + deadLetters, "dead-letter-retention " + deadLetters,
		},
	},
	{
		name: "a chain of dead-letter queues",
		plant: func(m *mutable) {
			m.set(deadLetters, "Properties RedrivePolicy", obj{"deadLetterTargetArn": m.ARN(deadLetters), "maxReceiveCount": 5.0})
		},
		want: []string{"queue-dead-letters " + work},
	},
	one("dead-letter-retention", deadLetters, "Properties MessageRetentionPeriod", 345600.0),
	one("dead-letter-retention", deadLetters, "Properties MessageRetentionPeriod", gone),
	one("dead-letter-retention", work, "Properties MessageRetentionPeriod", 1209600.0),
	{
		name:  "no alarm on dead letters",
		plant: func(m *mutable) { delete(m.resources(), m.id("Work/DeadLetters")) },
		want:  []string{"dead-letter-alarm " + deadLetters},
	},
	one("dead-letter-alarm", "Work/DeadLetters", "Properties MetricName", "NumberOfMessagesSent").elsewhere(deadLetters),
	one("dead-letter-alarm", "Work/DeadLetters", "Properties Threshold", 10.0).elsewhere(deadLetters),
	{
		name: "the alarm watches another queue",
		plant: func(m *mutable) {
			m.set("Work/DeadLetters", "Properties Dimensions 0 Value", obj{"Fn::GetAtt": []any{m.id(work), "QueueName"}})
		},
		want: []string{"dead-letter-alarm " + deadLetters},
	},
	one("queue-visibility", work, "Properties VisibilityTimeout", 359.0),
	one("queue-visibility", work, "Properties VisibilityTimeout", gone),
	one("queue-visibility", work, "Properties VisibilityTimeout", obj{"Ref": "Parameter"}),
	one("queue-visibility", poller, "Properties MaximumBatchingWindowInSeconds", 20.0).elsewhere(work),

	one("consumer-source", poller, "Properties EventSourceArn", "arn:aws:sqs:eu-west-1:111122223333:another"),
	one("consumer-source", poller, "Properties FunctionName", "another"),
	one("consumer-source", resizePolicy, "Properties PolicyDocument Statement sqs:DeleteMessage", gone).elsewhere(poller),
	{
		name: "the function may read another queue",
		plant: func(m *mutable) {
			m.set(resizePolicy, "Properties PolicyDocument Statement sqs:DeleteMessage Resource", m.ARN(deadLetters))
		},
		want: []string{"consumer-source " + poller},
	},
	one("consumer-failures", poller, "Properties FunctionResponseTypes", gone),
	one("consumer-concurrency", poller, "Properties ScalingConfig", gone),
	one("consumer-concurrency", poller, "Properties ScalingConfig MaximumConcurrency", 1.0),
	one("consumer-concurrency", poller, "Properties ScalingConfig MaximumConcurrency", 1001.0),
	one("consumer-concurrency", resize, "Properties ReservedConcurrentExecutions", 9.0).elsewhere(poller),
}

var topicMutants = []mutant{
	one("topic-encryption", "Alarms/Topic", "Properties KmsMasterKeyId", gone),
	one("topic-encryption", "Alarms/Topic", "Properties KmsMasterKeyId", "alias/aws/sns"),
	one("topic-tls", "Alarms/Topic/Policy", "Properties PolicyDocument Statement AllowPublishThroughSSLOnly", gone).elsewhere("Alarms/Topic"),
	one("topic-tls", "Alarms/Topic/Policy", "Properties PolicyDocument Statement AllowPublishThroughSSLOnly Resource", "arn:aws:sns:eu-west-1:111122223333:another").elsewhere("Alarms/Topic"),
	one("alarm-topic", "Alarms/Topic/Policy", "Properties PolicyDocument Statement AllowAlarms", gone).elsewhere("Alarms/Topic"),
	one("alarm-topic", "Alarms/Topic/Policy", "Properties PolicyDocument Statement AllowAlarms Action", "sns:Subscribe").elsewhere("Alarms/Topic"),
	one("alarm-topic", "Alarms/Topic/Policy", "Properties PolicyDocument Statement AllowAlarms Condition StringEquals", gone).elsewhere("Alarms/Topic"),
	one("alarm-topic", "Alarms/Key", "Properties KeyPolicy Statement kms:Decrypt", gone).elsewhere("Alarms/Topic"),
	one("alarm-topic", "Alarms/Key", "Properties KeyPolicy Statement kms:Decrypt Action", []any{"kms:Decrypt"}).elsewhere("Alarms/Topic"),
	{
		name: "a subscription by a machine",
		plant: func(m *mutable) {
			m.add("Subscription", "AWS::SNS::Subscription", obj{"TopicArn": m.ref("Alarms/Topic"), "Protocol": "https", "Endpoint": "https://example.com"})
		},
		want: []string{"subscription-dead-letters Subscription"},
	},
	one("key-rotation", "Alarms/Key", "Properties EnableKeyRotation", gone),
	one("key-rotation", "Alarms/Key", "Properties EnableKeyRotation", false),
}
