package rules

import "slices"

const queueType = "AWS::SQS::Queue"

// Seconds that SQS takes where a template says nothing, and its longest
// retention: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
const (
	defaultVisibility = 30
	defaultRetention  = 4 * 24 * 3600
	longestRetention  = 14 * 24 * 3600
)

func init() {
	register(
		Rule{
			Name:  "queue-encryption",
			Doc:   "A queue says how it is encrypted at rest (AWS Security Hub, SQS.1).",
			Types: []string{queueType},
			Check: checkQueueEncryption,
		},
		Rule{
			Name:  "queue-tls",
			Doc:   "A queue refuses whoever comes without TLS (Amazon SQS security best practices: enforce encryption of data in transit).",
			Types: []string{queueType, "AWS::SQS::QueuePolicy"},
			Check: checkQueueTLS,
		},
		Rule{
			Name:  "queue-dead-letters",
			Doc:   "A queue gives up a message after 3 receives at the least, to a dead-letter queue; one that nobody consumes has none itself (docs/design.md, async hops).",
			Types: []string{queueType},
			Check: checkRedrive,
		},
		Rule{
			Name:  "dead-letter-retention",
			Doc:   "Dead letters wait for 14 days, longer than in the queue they come from, since they keep their age (Amazon SQS, Using dead-letter queues).",
			Types: []string{queueType},
			Check: checkDeadLetterRetention,
		},
		Rule{
			Name:  "dead-letter-alarm",
			Doc:   "The first dead letter raises an alarm, or where a function consumes them, its first invocation does (docs/design.md, async hops).",
			Types: []string{queueType},
			Check: checkDeadLetterAlarm,
		},
		Rule{
			Name:  "queue-visibility",
			Doc:   "A message stays invisible for 6 times the timeout of the function that consumes it plus the batching window (AWS Lambda, Creating and configuring an Amazon SQS event source mapping).",
			Types: []string{queueType},
			Check: checkVisibility,
		},
	)
}

func checkQueueEncryption(t *Template, r *Resource, fault Fault) {
	if !r.is("SqsManagedSseEnabled") && r.text("KmsMasterKeyId") == "" {
		fault("set SqsManagedSseEnabled or KmsMasterKeyId")
	}
}

func checkQueueTLS(t *Template, r *Resource, fault Fault) {
	if r.Type == queueType && !t.deniesPlainHTTP(r, []string{"sqs:*"}, "<"+r.ID+".Arn>") {
		fault("its policy does not deny sqs:* to everyone where aws:SecureTransport is false")
	}
}

func checkRedrive(t *Template, r *Resource, fault Fault) {
	if t.isDeadLetterQueue(r) && len(t.consumersOf(r)) == 0 {
		return
	}
	dead := t.deadLetterQueueOf(r)
	switch {
	case dead == nil || dead.Type != queueType || dead == r:
		fault("has no dead-letter queue in the template, other than itself")
	case t.deadLetterQueueOf(dead) != nil && len(t.consumersOf(dead)) == 0:
		fault("its dead-letter queue %s has one itself, so that letters wander on", dead.ID)
	case r.number("RedrivePolicy.maxReceiveCount", 0) < 3:
		fault("maxReceiveCount is %v: a consumer that is throttled uses up receives, so it must be at least 3", r.text("RedrivePolicy.maxReceiveCount"))
	}
}

// consumersOf are what reads a queue or a stream for a function.
func (t *Template) consumersOf(source *Resource) []*Resource {
	return slices.DeleteFunc(t.of(consumerType), func(consumer *Resource) bool {
		return t.target(consumer.get("EventSourceArn")) != source
	})
}

func (t *Template) deadLetterQueueOf(r *Resource) *Resource {
	return t.target(r.get("RedrivePolicy.deadLetterTargetArn"))
}

// isDeadLetterQueue tells whether anything in the template sends to r what it
// could not deliver or process.
func (t *Template) isDeadLetterQueue(r *Resource) bool {
	if t.deadLetters == nil {
		t.deadLetters = map[*Resource]bool{}
		for _, source := range t.resources {
			for _, dead := range t.mentioned(failureTargets(source.Properties)) {
				if dead != source {
					t.deadLetters[dead] = true
				}
			}
		}
	}
	return t.deadLetters[r]
}

// failureTargets collects the values, at any depth, of the properties in which
// the services of AWS name the target of failures.
func failureTargets(value any) []any {
	var found []any
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			found = append(found, failureTargets(element)...)
		}
	case map[string]any:
		for name, element := range value {
			switch name {
			case "deadLetterTargetArn", "DeadLetterConfig", "OnFailure":
				found = append(found, element)
			default:
				found = append(found, failureTargets(element)...)
			}
		}
	}
	return found
}

func checkDeadLetterRetention(t *Template, r *Resource, fault Fault) {
	retention := r.number("MessageRetentionPeriod", defaultRetention)
	if t.isDeadLetterQueue(r) && retention != longestRetention {
		fault("keeps dead letters for %v seconds: it must be %d, which is 14 days", retention, longestRetention)
	}
	if !t.isDeadLetterQueue(r) && (retention < 60 || retention >= longestRetention) {
		fault("keeps messages for %v seconds: they would expire as soon as they are dead letters", retention)
	}
}

func checkDeadLetterAlarm(t *Template, r *Resource, fault Fault) {
	watched := t.hasAlarm("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", "QueueName", r, 1)
	for _, consumer := range t.consumersOf(r) {
		worker := t.target(consumer.get("FunctionName"))
		watched = watched || t.hasAlarm("AWS/Lambda", "Invocations", "Sum", "FunctionName", worker, 1)
	}
	if t.isDeadLetterQueue(r) && !watched {
		fault("no alarm goes off at the first dead letter")
	}
}

func checkVisibility(t *Template, r *Resource, fault Fault) {
	got := r.number("VisibilityTimeout", defaultVisibility)
	for _, consumer := range t.consumersOf(r) {
		worker := t.target(consumer.get("FunctionName"))
		if worker == nil {
			continue
		}
		need := 6*worker.number("Timeout", 3) + consumer.number("MaximumBatchingWindowInSeconds", 0)
		if got < need {
			fault("VisibilityTimeout is %v s, but %s needs %v s", got, consumer.ID, need)
		}
	}
}
