package rules

import (
	"maps"
	"slices"
	"strings"
)

const pipeType = "AWS::Pipes::Pipe"

func init() {
	register(
		Rule{
			Name:  "pipe-stream",
			Doc:   "A pipe gives up a record of a stream after finite tries and a finite time, halves a batch that fails, and tells a dead-letter queue (docs/design.md, pipes).",
			Types: []string{pipeType},
			Check: checkPipeStream,
		},
		Rule{
			Name:  "pipe-queue",
			Doc:   "A queue that feeds a pipe hides a message for 6 times what the functions behind it may take (Amazon EventBridge, Amazon SQS as a source of pipes).",
			Types: []string{pipeType},
			Check: checkPipeQueue,
		},
		Rule{
			Name:  "pipe-batch",
			Doc:   "A pipe's batch is no larger than its enrichment and target take (Amazon EventBridge, Pipes batching and concurrency).",
			Types: []string{pipeType},
			Check: checkPipeBatch,
		},
		Rule{
			Name:  "pipe-log",
			Doc:   "A pipe logs at least its errors, into a log group of the template, and never payloads (Amazon EventBridge, Log EventBridge Pipes).",
			Types: []string{pipeType},
			Check: checkPipeLog,
		},
		Rule{
			Name:  "pipe-role",
			Doc:   "A pipe has a role of its own, which pipes of this account alone may take, and waits for its policies: pipes check them when they are made (docs/design.md, pipes).",
			Types: []string{pipeType},
			Check: checkPipeRole,
		},
		Rule{
			Name:  "pipe-grants",
			Doc:   "A pipe's role may do what its source, enrichment, target, dead-letter queue and log need, and nothing else (Amazon EventBridge, Permissions for pipes).",
			Types: []string{pipeType},
			Check: checkPipeGrants,
		},
		Rule{
			Name:  "pipe-parameters",
			Doc:   "A pipe has what its target cannot do without: a body for HTTP, a group for a FIFO queue, and no waiting for a STANDARD state machine (Amazon EventBridge, Pipes targets).",
			Types: []string{pipeType},
			Check: checkPipeParameters,
		},
		Rule{
			Name:  "pipe-alarms",
			Doc:   "The first execution of a pipe that fails or is throttled raises an alarm (docs/design.md, pipes).",
			Types: []string{pipeType},
			Check: checkPipeAlarms,
		},
	)
}

// streamParameters are those of the sources that hold a record until it is
// delivered.
var streamParameters = []string{"DynamoDBStreamParameters", "KinesisStreamParameters"}

func checkPipeStream(t *Template, r *Resource, fault Fault) {
	source := t.target(r.get("Source"))
	streams := source != nil && (slices.Contains(tableTypes, source.Type) || source.Type == "AWS::Kinesis::Stream")
	for _, name := range streamParameters {
		parameters := &Resource{Properties: object(r.get("SourceParameters." + name))}
		if len(parameters.Properties) == 0 {
			continue
		}
		streams = false
		if n := parameters.number("MaximumRetryAttempts", -1); n < 0 || n > 10000 {
			fault("MaximumRetryAttempts must be finite, as -1 and none are not")
		}
		if n := parameters.number("MaximumRecordAgeInSeconds", -1); n < 60 || n > 604800 {
			fault("MaximumRecordAgeInSeconds must be finite, as -1 and none are not")
		}
		if how := parameters.text("OnPartialBatchItemFailure"); how != "AUTOMATIC_BISECT" {
			fault("OnPartialBatchItemFailure is %q: it must be AUTOMATIC_BISECT", how)
		}
		if dead := t.target(parameters.get("DeadLetterConfig.Arn")); dead == nil || dead.Type != queueType {
			fault("DeadLetterConfig must be a queue of the template")
		}
	}
	if streams {
		fault("has no parameters for its stream")
	}
}

// pipeFunctions are the functions that a pipe waits for.
func (t *Template) pipeFunctions(r *Resource) []*Resource {
	var found []*Resource
	for _, property := range []string{"Enrichment", "Target"} {
		if part := t.target(r.get(property)); part != nil && part.Type == functionType {
			found = append(found, part)
		}
	}
	return found
}

func checkPipeQueue(t *Template, r *Resource, fault Fault) {
	source := t.target(r.get("Source"))
	if source == nil || source.Type != queueType {
		return
	}
	var takes float64
	for _, function := range t.pipeFunctions(r) {
		takes += function.number("Timeout", 3)
	}
	if got, need := source.number("VisibilityTimeout", defaultVisibility), 6*takes; got < need {
		fault("VisibilityTimeout of %s is %v s: its functions need %v s", source.ID, got, need)
	}
}

// largestBatch are the most records that a part takes, of those that have a most.
var largestBatch = map[string]float64{
	"AWS::Batch::JobQueue":                 1,
	"AWS::ECS::Cluster":                    1,
	"AWS::Events::ApiDestination":          1,
	"AWS::ApiGateway::RestApi":             1,
	"AWS::Redshift::Cluster":               1,
	"AWS::RedshiftServerless::Workgroup":   1,
	"AWS::SageMaker::Pipeline":             1,
	"AWS::Events::EventBus":                10,
	"AWS::SNS::Topic":                      10,
	"AWS::SQS::Queue":                      10,
	"AWS::Kinesis::Stream":                 500,
	"AWS::KinesisFirehose::DeliveryStream": 500,
	"AWS::Logs::LogGroup":                  10000,
}

func checkPipeBatch(t *Template, r *Resource, fault Fault) {
	size := 0.0
	for _, parameters := range object(r.get("SourceParameters")) {
		if n := (&Resource{Properties: object(parameters)}).number("BatchSize", 0); n != 0 {
			size = n
		}
	}
	if size < 1 {
		fault("BatchSize is not set: the source's own may be more than the target takes")
	}
	for _, property := range []string{"Enrichment", "Target"} {
		for _, part := range t.mentioned(r.get(property)) {
			if most := largestBatch[part.Type]; most > 0 && size > most {
				fault("BatchSize is %v: %s takes %v", size, part.ID, most)
			}
		}
	}
}

func checkPipeLog(t *Template, r *Resource, fault Fault) {
	if level := r.text("LogConfiguration.Level"); !slices.Contains([]string{"ERROR", "INFO", "TRACE"}, level) {
		fault("LogConfiguration.Level is %q: errors are not logged", level)
	}
	if group := t.target(r.get("LogConfiguration.CloudwatchLogsLogDestination.LogGroupArn")); group == nil || group.Type != "AWS::Logs::LogGroup" {
		fault("LogConfiguration must name a log group of the template")
	}
	if len(list(r.get("LogConfiguration.IncludeExecutionData"))) > 0 {
		fault("LogConfiguration.IncludeExecutionData puts payloads into the log")
	}
}

func checkPipeRole(t *Template, r *Resource, fault Fault) {
	role := t.target(r.get("RoleArn"))
	if role == nil || role.Type != "AWS::IAM::Role" {
		fault("RoleArn must be a role of the template")
		return
	}
	for _, other := range t.of(pipeType) {
		if other != r && t.target(other.get("RoleArn")) == role {
			fault("shares the role %s with %s", role.ID, other.ID)
		}
	}
	for _, policy := range t.policiesBeside(role) {
		if !slices.Contains(r.DependsOn, policy.ID) {
			fault("does not wait for %s, so that it is made before it may do anything", policy.ID)
		}
	}
	for _, s := range role.doors() {
		byArn := slices.ContainsFunc(s.conditions, func(c condition) bool {
			return c.key == "aws:sourcearn" && slices.Contains([]string{"ArnLike", "ArnEquals", "StringLike", "StringEquals"}, c.operator) &&
				!slices.ContainsFunc(c.values, func(arn string) bool {
					return !strings.HasPrefix(arn, "arn:<AWS::Partition>:pipes:<AWS::Region>:<AWS::AccountId>:pipe/")
				})
		})
		if len(s.principals) != 1 || !slices.Equal(s.principals["Service"], []string{"pipes.amazonaws.com"}) || !s.thisAccount() || !byArn {
			fault("others than the pipes of this account may take its role %s: ask for aws:SourceAccount and aws:SourceArn", role.ID)
		}
	}
}

func checkPipeGrants(t *Template, r *Resource, fault Fault) {
	role := t.target(r.get("RoleArn"))
	if role == nil {
		return // That is a fault of another rule.
	}
	want, got := t.pipeNeeds(r, fault), map[grant]bool{}
	for _, s := range t.allowances(role) {
		for _, action := range s.actions {
			for _, resource := range s.resources {
				if s.effect == "Allow" {
					got[grant{action, resource}] = true
				}
			}
		}
		for action, key := range map[string]string{"ecs:RunTask": "ecs:cluster", "iam:PassRole": "iam:passedtoservice"} {
			if slices.Contains(s.actions, action) && !slices.ContainsFunc(s.conditions, func(c condition) bool { return c.key == key }) {
				fault("its role may %s without asking for %s", action, key)
			}
		}
	}
	for _, g := range slices.SortedFunc(maps.Keys(want), compareGrants) {
		if !got[g] {
			fault("its role may not %s on %s", g.action, g.resource)
		}
	}
	for _, g := range slices.SortedFunc(maps.Keys(got), compareGrants) {
		if !want[g] {
			fault("its role may %s on %s, which it need not", g.action, g.resource)
		}
	}
}

func checkPipeParameters(t *Template, r *Resource, fault Fault) {
	target := t.target(r.get("Target"))
	if target == nil {
		if found := t.mentioned(r.get("Target")); len(found) > 0 {
			target = found[0]
		}
	}
	if target == nil {
		return
	}
	switch target.Type {
	case apiType, "AWS::Events::ApiDestination":
		if r.text("TargetParameters.InputTemplate") == "" {
			fault("InputTemplate is missing, which makes the body of the request")
		}
	case queueType:
		if target.is("FifoQueue") && r.text("TargetParameters.SqsQueueParameters.MessageGroupId") == "" {
			fault("MessageGroupId is missing for the FIFO queue %s", target.ID)
		}
	case topicType:
		if target.is("FifoTopic") {
			fault("%s is a FIFO topic, which pipes cannot publish to", target.ID)
		}
	case machineType:
		if target.text("StateMachineType") != "EXPRESS" && r.text("TargetParameters.StepFunctionStateMachineParameters.InvocationType") != "FIRE_AND_FORGET" {
			fault("InvocationType must be FIRE_AND_FORGET: %s is a STANDARD state machine, which does not answer", target.ID)
		}
	}
}

func checkPipeAlarms(t *Template, r *Resource, fault Fault) {
	for _, metric := range []string{"ExecutionFailed", "ExecutionPartiallyFailed", "ExecutionTimeout", "ExecutionThrottled"} {
		watched := t.hasAlarm("AWS/EventBridge/Pipes", metric, "Sum", "PipeName", r, 1) ||
			slices.ContainsFunc(t.of(alarmType), func(alarm *Resource) bool { return t.addsUp(alarm, metric, r) })
		if !watched {
			fault("no alarm goes off at the first %s", metric)
		}
	}
}

// addsUp tells whether an alarm goes off at the first count of a metric of a pipe, as
// one summand of an expression.
func (t *Template) addsUp(alarm *Resource, metric string, pipe *Resource) bool {
	var words []string
	for _, entry := range list(alarm.get("Metrics")) {
		m := &Resource{Properties: object(entry)}
		if expression := m.text("Expression"); expression != "" && m.text("ReturnData") != "false" && strings.Trim(expression, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+ ") == "" {
			words = append(words, word.FindAllString(expression, -1)...)
		}
	}
	return alarm.goesOffAt(1) && slices.ContainsFunc(list(alarm.get("Metrics")), func(entry any) bool {
		m := &Resource{Properties: object(entry)}
		dimensions := list(m.get("MetricStat.Metric.Dimensions"))
		return slices.Contains(words, m.text("Id")) && m.text("MetricStat.Stat") == "Sum" &&
			m.text("MetricStat.Metric.Namespace") == "AWS/EventBridge/Pipes" && m.text("MetricStat.Metric.MetricName") == metric &&
			len(dimensions) == 1 && text(object(dimensions[0])["Name"]) == "PipeName" && t.target(object(dimensions[0])["Value"]) == pipe
	})
}
