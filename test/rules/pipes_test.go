package rules

import (
	"fmt"
	"slices"
)

const (
	outbox     = "Outbox/Pipe"
	outboxRole = "Outbox/Role"
	toSqs      = "ToSqs/Pipe/Pipe"
	toSqsRole  = "ToSqs/Pipe/Role"
	toEcs      = "ToEcs/Pipe/Pipe"
	toSteps    = "ToStepFunctions/Pipe/Pipe"
	stepsRole  = "ToStepFunctions/Pipe/Role"
	streamOf   = "Properties SourceParameters DynamoDBStreamParameters "
	policyOf   = "Properties Policies 0 PolicyDocument Statement "
)

var pipeMutants = []mutant{
	one("pipe-stream", outbox, streamOf+"MaximumRetryAttempts", gone),
	one("pipe-stream", outbox, streamOf+"MaximumRetryAttempts", -1.0),
	one("pipe-stream", outbox, streamOf+"MaximumRecordAgeInSeconds", gone),
	one("pipe-stream", outbox, streamOf+"MaximumRecordAgeInSeconds", -1.0),
	one("pipe-stream", outbox, streamOf+"OnPartialBatchItemFailure", gone),
	one("pipe-stream", outbox, streamOf+"DeadLetterConfig", gone).findings("pipe-stream "+outbox, "pipe-grants "+outbox, "dead-letter-retention OutboxDeadLetters", "queue-dead-letters OutboxDeadLetters"),
	one("pipe-stream", outbox, "Properties SourceParameters", gone).findings("pipe-stream "+outbox, "pipe-batch "+outbox, "pipe-grants "+outbox, "dead-letter-retention OutboxDeadLetters", "queue-dead-letters OutboxDeadLetters"),

	one("pipe-queue", "ToLambda/In/Queue", "Properties VisibilityTimeout", 59.0).elsewhere("ToLambda/Pipe/Pipe"),
	one("pipe-queue", "ToLambda/In/Queue", "Properties VisibilityTimeout", gone).elsewhere("ToLambda/Pipe/Pipe"),
	one("pipe-queue", "ToLambda/Receive/Function", "Properties Timeout", 21.0).findings("pipe-queue ToLambda/Pipe/Pipe", "function-alarms ToLambda/Receive/Function"),

	one("pipe-batch", toEcs, "Properties SourceParameters SqsQueueParameters BatchSize", 2.0),
	one("pipe-batch", toSqs, "Properties SourceParameters SqsQueueParameters BatchSize", 11.0),
	one("pipe-batch", toSqs, "Properties SourceParameters SqsQueueParameters BatchSize", gone),
	one("pipe-batch", "ToApiGateway/Pipe/Pipe", "Properties SourceParameters SqsQueueParameters BatchSize", 10.0),
	one("pipe-batch", "ToKinesis/Pipe/Pipe", "Properties SourceParameters SqsQueueParameters BatchSize", 501.0),

	one("pipe-log", outbox, "Properties LogConfiguration Level", "OFF"),
	one("pipe-log", outbox, "Properties LogConfiguration IncludeExecutionData", []any{"ALL"}),
	one("pipe-log", outbox, "Properties LogConfiguration CloudwatchLogsLogDestination", gone).And("pipe-grants " + outbox),

	{
		name: "a pipe with the role of another",
		plant: func(m *mutable) {
			m.set(toSqs, "Properties RoleArn", m.ARN("ToSns/Pipe/Role"))
		},
		want: []string{"pipe-grants " + toSqs, "pipe-role " + toSqs, "pipe-role ToSns/Pipe/Pipe"},
	},
	one("pipe-role", toSqs, "Properties RoleArn", "arn:aws:iam::111122223333:role/pipe"),
	one("pipe-role", toSqsRole, "Properties AssumeRolePolicyDocument Statement sts:AssumeRole Condition ArnLike", gone).elsewhere(toSqs),
	one("pipe-role", toSqsRole, "Properties AssumeRolePolicyDocument Statement sts:AssumeRole Condition StringEquals", gone).elsewhere(toSqs),
	one("pipe-role", toSqsRole, "Properties AssumeRolePolicyDocument Statement sts:AssumeRole Condition ArnLike aws:SourceArn", "arn:aws:pipes:*:*:pipe/*").elsewhere(toSqs),
	one("pipe-role", toSqsRole, "Properties AssumeRolePolicyDocument Statement sts:AssumeRole Principal", obj{"Service": []any{"pipes.amazonaws.com", "events.amazonaws.com"}}).elsewhere(toSqs),
	one("pipe-role", toSqsRole, "Properties AssumeRolePolicyDocument Statement sts:AssumeRole Condition", gone).findings("pipe-role "+toSqs, "service-principals "+toSqsRole),
	{
		name: "a policy that the pipe does not wait for",
		plant: func(m *mutable) {
			m.add("Later", "AWS::IAM::Policy", obj{"Roles": []any{m.ref(toSqsRole)}, "PolicyDocument": obj{"Statement": []any{}}})
		},
		want: []string{"pipe-role " + toSqs},
	},
	{
		name: "a policy that gives more than the pipe needs",
		plant: func(m *mutable) {
			m.add("More", "AWS::IAM::Policy", obj{"Roles": []any{m.ref(toSqsRole)}, "PolicyDocument": obj{"Statement": []any{
				obj{"Effect": "Allow", "Action": "sqs:PurgeQueue", "Resource": m.ARN("ToSqs/In/Queue")},
			}}})
			m.set(toSqs, "DependsOn +", "More")
		},
		want: []string{"pipe-grants " + toSqs},
	},

	one("pipe-parameters", "ToApiDestination/Pipe/Pipe", "Properties TargetParameters InputTemplate", gone),
	one("pipe-parameters", "ToApiGateway/Pipe/Pipe", "Properties TargetParameters InputTemplate", gone),
	one("pipe-parameters", "ToSqs/Out/Queue", "Properties FifoQueue", true).elsewhere(toSqs),
	one("pipe-parameters", "ToSns/Topic", "Properties FifoTopic", true).elsewhere("ToSns/Pipe/Pipe"),
	one("pipe-parameters", "ToStepFunctions/Pipe/Pipe", "Properties TargetParameters StepFunctionStateMachineParameters InvocationType", "REQUEST_RESPONSE").And("pipe-grants ToStepFunctions/Pipe/Pipe"),

	one("pipe-alarms", "Outbox/Throttles", "Properties Threshold", 5.0).elsewhere(outbox),
	one("pipe-alarms", "Outbox/Throttles", "Properties MetricName", "ExecutionFailed").elsewhere(outbox),
	one("pipe-alarms", "Outbox/Failures", "Properties Metrics expr_1 Expression", "failed + partly").elsewhere(outbox),
	one("pipe-alarms", "Outbox/Failures", "Properties Metrics expr_1 Expression", "failed * partly * late").elsewhere(outbox),
	one("pipe-alarms", "Outbox/Failures", "Properties Metrics failed MetricStat Stat", "Average").elsewhere(outbox),
	one("pipe-alarms", "Outbox/Failures", "Properties Metrics failed MetricStat Metric Dimensions 0 Value", "another").elsewhere(outbox),
	{
		name:  "no alarm on failures",
		plant: func(m *mutable) { delete(m.resources(), m.id("Outbox/Failures")) },
		want:  []string{"pipe-alarms " + outbox},
	},
}

// grantMutants take every action of the pipes away once, and once put it on another
// resource.
func grantMutants() []mutant {
	var found []mutant
	for id, actions := range map[string][]string{
		"ToApiDestination": {"events:InvokeApiDestination"},
		"ToApiGateway":     {"execute-api:Invoke"},
		"ToBatch":          {"batch:SubmitJob"},
		"ToEcs":            {"ecs:RunTask", "iam:PassRole"},
		"ToEventBridge":    {"events:PutEvents"},
		"ToFirehose":       {"firehose:PutRecord"},
		"ToKinesis":        {"kinesis:PutRecord"},
		"ToLambda":         {"lambda:InvokeFunction"},
		"ToRedshift":       {"redshift-data:BatchExecuteStatement", "secretsmanager:GetSecretValue"},
		"ToSageMaker":      {"sagemaker:StartPipelineExecution"},
		"ToSns":            {"sns:Publish", "kms:Decrypt"},
		"ToSqs":            {"sqs:SendMessage", "sqs:DeleteMessage", "logs:CreateLogStream"},
		"ToStepFunctions":  {"states:StartExecution"},
	} {
		for _, action := range actions {
			role, pipe := id+"/Pipe/Role", id+"/Pipe/Pipe"
			found = append(found,
				one("pipe-grants", role, policyOf+action, gone).elsewhere(pipe),
				one("pipe-grants", role, policyOf+action+" Resource", "arn:aws:sqs:us-east-1:111122223333:another").elsewhere(pipe))
		}
	}
	for _, action := range []string{"dynamodb:DescribeStream", "sqs:SendMessage", "lambda:InvokeFunction", "events:PutEvents", "logs:CreateLogStream"} {
		found = append(found, one("pipe-grants", outboxRole, policyOf+action, gone).elsewhere(outbox))
	}
	found = append(found,
		one("pipe-grants", outboxRole, policyOf+"sqs:SendMessage Action", []any{"sqs:SendMessage", "sqs:ReceiveMessage"}).elsewhere(outbox),
		one("pipe-grants", "ToEcs/Pipe/Role", policyOf+"ecs:RunTask Condition", gone).elsewhere(toEcs),
		one("pipe-grants", "ToEcs/Pipe/Role", policyOf+"iam:PassRole Condition", gone).elsewhere(toEcs),
		one("pipe-grants", toSqs, "Properties Source", "arn:aws:sqs:us-east-1:111122223333:elsewhere"),
		machineUnderKey().findings("pipe-grants "+toSteps),
		machineUnderKey("kms:Decrypt").findings("pipe-grants "+toSteps),
		machineUnderKey("kms:GenerateDataKey").findings("pipe-grants "+toSteps),
		machineUnderKey("kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt").findings("pipe-grants "+toSteps),
		mutant{
			name: "an enrichment by a machine under a key, without the key",
			plant: func(m *mutable) {
				askMachine(m)
				m.set(stepsRole, policyOf+"+", obj{"Effect": "Allow", "Action": "states:StartSyncExecution", "Resource": m.ref(stepsMachine)})
			},
			want: []string{"pipe-grants " + toSteps},
		},
	)
	return found
}

const stepsMachine = "ToStepFunctions/Steps/Machine"

func encryptMachine(m *mutable) {
	m.set(stepsMachine, "Properties EncryptionConfiguration", obj{"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": m.ARN("Alarms/Key")})
}

// machineUnderKey is a state machine under a key, on which the pipe's role is given
// some actions.
func machineUnderKey(actions ...any) mutant {
	return mutant{
		name: fmt.Sprint("a machine under a key, on which the role may ", actions),
		plant: func(m *mutable) {
			encryptMachine(m)
			if len(actions) > 0 {
				m.set(stepsRole, policyOf+"+", obj{"Effect": "Allow", "Action": actions, "Resource": m.ARN("Alarms/Key")})
			}
		},
	}
}

// askMachine makes a state machine under a key the enrichment of the pipe whose
// target, a queue, asks nothing of keys.
func askMachine(m *mutable) {
	encryptMachine(m)
	m.set(toSteps, "Properties Enrichment", m.ref(stepsMachine))
	m.set(toSteps, "Properties Target", m.ARN("ToSqs/Out/Queue"))
	m.set(stepsRole, policyOf+"states:StartExecution", obj{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": m.ARN("ToSqs/Out/Queue")})
}

// findings are what a mutant raises, where one rule on one resource does not say it.
func (m mutant) findings(all ...string) mutant {
	m.want = all
	return m
}

var acceptedOfPipes = of("Pipes", withAll([]mutant{
	one("", outbox, streamOf+"MaximumRetryAttempts", 0.0),
	one("", outbox, streamOf+"MaximumRecordAgeInSeconds", 60.0),
	one("", outbox, "Properties LogConfiguration Level", "TRACE"),
	one("", toSqs, "Properties SourceParameters SqsQueueParameters BatchSize", 1.0),
	one("", "ToLambda/In/Queue", "Properties VisibilityTimeout", 60.0),
	machineUnderKey("kms:Decrypt", "kms:GenerateDataKey"),
	{
		name: "an enrichment by a machine under a key",
		plant: func(m *mutable) {
			askMachine(m)
			m.set(stepsRole, policyOf+"+", obj{"Effect": "Allow", "Action": "states:StartSyncExecution", "Resource": m.ref(stepsMachine)})
			m.set(stepsRole, policyOf+"+", obj{"Effect": "Allow", "Action": []any{"kms:Decrypt", "kms:GenerateDataKey"}, "Resource": m.ARN("Alarms/Key")})
		},
	},
	one("", "ToEcs/Cluster", "Properties ClusterSettings 0 Value", "enabled"),
	one("", "ToBatch/Environment", "Properties ComputeResources Type", "FARGATE_SPOT"),
}))

var pipesMutants = of("Pipes",
	withAll(pipeMutants, grantMutants(), eventMutants, flowMutants, networkMutants, containerMutants, warehouseMutants))

// withAll are mutants of the variants that have all targets of Pipes.
func withAll(lists ...[]mutant) []mutant {
	all := slices.Concat(lists...)
	for i := range all {
		if all[i].stage == "" {
			all[i].stage = "dev"
		}
		all[i].stage += "-all"
	}
	return all
}
