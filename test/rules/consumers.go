package rules

import "slices"

const consumerType = "AWS::Lambda::EventSourceMapping"

func init() {
	register(
		Rule{
			Name:  "consumer-source",
			Doc:   "A function consumes a queue of the template, or the stream of a table, that its role may read (docs/design.md, async hops).",
			Types: []string{consumerType},
			Check: checkSource,
		},
		Rule{
			Name:  "consumer-failures",
			Doc:   "A function tells which messages of a batch failed, so that the others are not worked on again (AWS Lambda, Handling errors for an SQS event source).",
			Types: []string{consumerType},
			Check: checkPartialFailures,
		},
		Rule{
			Name:  "consumer-concurrency",
			Doc:   "A queue cannot take more of the account's concurrency than it was given, nor more than its function has reserved, since what is throttled uses up receives (AWS Lambda, Configuring scaling behavior for SQS event source mappings).",
			Types: []string{consumerType},
			Check: checkConcurrency,
		},
		Rule{
			Name:  "failure-destination",
			Doc:   "What invokes a function without waiting for it needs somewhere to put what failed (AWS Lambda, Retaining records of asynchronous invocations).",
			Types: []string{functionType, "AWS::Lambda::EventInvokeConfig"},
			Check: checkFailureDestination,
		},
	)
}

func checkSource(t *Template, r *Resource, fault Fault) {
	source, worker := t.target(r.get("EventSourceArn")), t.target(r.get("FunctionName"))
	switch {
	case source == nil || source.Type != queueType && !isStream(r):
		fault("EventSourceArn is %s: only queues and tables of the template have rules yet", text(r.get("EventSourceArn")))
	case worker == nil || worker.Type != functionType:
		fault("FunctionName must be a function of the template")
	case source.Type == queueType:
		t.mustAllow(worker, fault, source, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
	}
}

func checkPartialFailures(t *Template, r *Resource, fault Fault) {
	if !slices.Contains(texts(r.get("FunctionResponseTypes")), "ReportBatchItemFailures") {
		fault("FunctionResponseTypes lacks ReportBatchItemFailures")
	}
}

func checkConcurrency(t *Template, r *Resource, fault Fault) {
	if isStream(r) {
		return // Its shards bound it.
	}
	most := r.number("ScalingConfig.MaximumConcurrency", 0)
	if most < 2 || most > 1000 {
		fault("ScalingConfig.MaximumConcurrency must be from 2 to 1000")
		return
	}
	worker := t.target(r.get("FunctionName"))
	if worker == nil {
		return // That is a fault of another rule.
	}
	if reserved := worker.number("ReservedConcurrentExecutions", most); most > reserved {
		fault("MaximumConcurrency is %v, more than the %v that %s has reserved", most, reserved, worker.ID)
	}
}

// waitless are the services that invoke functions asynchronously.
var waitless = []string{
	"config.amazonaws.com", "events.amazonaws.com", "iot.amazonaws.com", "logs.amazonaws.com",
	"s3.amazonaws.com", "ses.amazonaws.com", "sns.amazonaws.com",
}

func checkFailureDestination(t *Template, r *Resource, fault Fault) {
	if r.Type == "AWS::Lambda::EventInvokeConfig" {
		if r.get("DestinationConfig.OnFailure.Destination") == nil {
			fault("has no DestinationConfig.OnFailure")
		}
		return
	}
	for _, permission := range t.of("AWS::Lambda::Permission") {
		service := permission.text("Principal")
		// IoT Core waits for what an authorizer says, and not for what a rule calls.
		asks := t.target(permission.get("SourceArn"))
		if asks != nil && asks.Type == iotAuthorizerType {
			continue
		}
		if t.target(permission.get("FunctionName")) == r && slices.Contains(waitless, service) && !t.hasFailureDestination(r) {
			fault("%s invokes it asynchronously, and what fails is lost", service)
		}
	}
}

func (t *Template) hasFailureDestination(r *Resource) bool {
	if t.target(r.get("DeadLetterConfig.TargetArn")) != nil {
		return true
	}
	return slices.ContainsFunc(t.of("AWS::Lambda::EventInvokeConfig"), func(config *Resource) bool {
		return t.target(config.get("FunctionName")) == r && t.target(config.get("DestinationConfig.OnFailure.Destination")) != nil
	})
}
