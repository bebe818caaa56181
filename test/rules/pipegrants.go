package rules

import (
	"cmp"
	"slices"
	"strings"
)

// grant is one action on one resource.
type grant struct{ action, resource string }

func compareGrants(a, b grant) int {
	return cmp.Or(cmp.Compare(a.action, b.action), cmp.Compare(a.resource, b.resource))
}

// The actions that each part of a pipe takes, by the type of its resource:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
var (
	sourceActions = map[string][]string{
		queueType:                    {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
		"AWS::DynamoDB::Table":       {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"},
		"AWS::DynamoDB::GlobalTable": {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"},
		"AWS::Kinesis::Stream": {
			"kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
			"kinesis:ListShards", "kinesis:ListStreams", "kinesis:SubscribeToShard",
		},
	}
	targetActions = map[string][]string{
		apiType:                                {"execute-api:Invoke"},
		functionType:                           {"lambda:InvokeFunction"},
		machineType:                            {"states:StartSyncExecution"},
		queueType:                              {"sqs:SendMessage"},
		topicType:                              {"sns:Publish"},
		"AWS::Events::ApiDestination":          {"events:InvokeApiDestination"},
		"AWS::Events::EventBus":                {"events:PutEvents"},
		"AWS::Kinesis::Stream":                 {"kinesis:PutRecord", "kinesis:PutRecords"},
		"AWS::KinesisFirehose::DeliveryStream": {"firehose:PutRecord", "firehose:PutRecordBatch"},
		"AWS::Logs::LogGroup":                  {"logs:CreateLogStream", "logs:PutLogEvents"},
		"AWS::RedshiftServerless::Workgroup":   {"redshift-data:BatchExecuteStatement"},
		"AWS::SageMaker::Pipeline":             {"sagemaker:StartPipelineExecution"},
		"AWS::Batch::JobQueue":                 {"batch:SubmitJob"},
		"AWS::ECS::Cluster":                    {}, // What it runs is what counts.
	}
)

// pipeNeeds are the grants that a pipe's parts need.
func (t *Template) pipeNeeds(r *Resource, fault Fault) map[grant]bool {
	need := map[grant]bool{}
	add := func(resource string, actions ...string) {
		for _, action := range actions {
			need[grant{action, resource}] = true
		}
	}
	part := func(property string, actions map[string][]string) *Resource {
		found := t.mentioned(r.get(property))
		if len(found) == 0 || actions[found[0].Type] == nil {
			fault("%s is %s, for which there is no rule", property, text(r.get(property)))
			return nil
		}
		arn := text(r.get(property))
		if found[0].Type == "AWS::Events::ApiDestination" {
			arn = "<" + found[0].ID + ".ArnForPolicy>" // Without its identifier, as policies name it.
		}
		add(arn, actions[found[0].Type]...)
		return found[0]
	}

	if source := part("Source", sourceActions); source != nil {
		t.addKey(source, add, "kms:Decrypt")
	}
	if r.get("Enrichment") != nil {
		if enrichment := part("Enrichment", targetActions); enrichment != nil && enrichment.Type == machineType {
			t.addKey(enrichment, add, "kms:Decrypt", "kms:GenerateDataKey")
		}
	}
	if target := part("Target", targetActions); target != nil {
		t.addTarget(r, target, need, add)
	}
	for _, name := range streamParameters {
		if arn := r.get("SourceParameters." + name + ".DeadLetterConfig.Arn"); arn != nil {
			add(text(arn), "sqs:SendMessage")
			t.addKey(t.target(arn), add, "kms:Decrypt", "kms:GenerateDataKey")
		}
	}
	add(text(r.get("LogConfiguration.CloudwatchLogsLogDestination.LogGroupArn")), "logs:CreateLogStream", "logs:PutLogEvents")
	return need
}

// addTarget adds what a target needs besides, or in place of, its usual actions.
func (t *Template) addTarget(r, target *Resource, need map[grant]bool, add func(string, ...string)) {
	arn := text(r.get("Target"))
	switch target.Type {
	case machineType:
		if r.text("TargetParameters.StepFunctionStateMachineParameters.InvocationType") == "FIRE_AND_FORGET" {
			delete(need, grant{"states:StartSyncExecution", arn})
			add(arn, "states:StartExecution")
		}
		t.addKey(target, add, "kms:Decrypt", "kms:GenerateDataKey")
	case "AWS::Batch::JobQueue":
		add(r.text("TargetParameters.BatchJobParameters.JobDefinition"), "batch:SubmitJob")
	case "AWS::ECS::Cluster":
		task := r.get("TargetParameters.EcsTaskParameters.TaskDefinitionArn")
		add(text(task), "ecs:RunTask")
		if definition := t.target(task); definition != nil {
			for _, property := range []string{"TaskRoleArn", "ExecutionRoleArn"} {
				if role := definition.text(property); role != "" {
					add(role, "iam:PassRole")
				}
			}
		}
	case "AWS::RedshiftServerless::Workgroup":
		add(r.text("TargetParameters.RedshiftDataParameters.SecretManagerArn"), "secretsmanager:GetSecretValue")
	case queueType, topicType:
		t.addKey(target, add, "kms:Decrypt", "kms:GenerateDataKey")
	case "AWS::Kinesis::Stream":
		t.addKey(target, add, "kms:GenerateDataKey")
	}
}

// addKey adds actions on the key of the template that r is encrypted with.
func (t *Template) addKey(r *Resource, add func(string, ...string), actions ...string) {
	if r == nil {
		return
	}
	for _, property := range []string{"KmsMasterKeyId", "StreamEncryption.KeyId", "SSESpecification.KMSMasterKeyId", "EncryptionConfiguration.KmsKeyId"} {
		key := t.target(r.get(property))
		if key == nil || key.Type != "AWS::KMS::Key" {
			continue
		}
		add("<"+key.ID+".Arn>", actions...)
	}
}

// isServiceRole tells whether one service alone may take a role.
func isServiceRole(role *Resource, service string) bool {
	return role != nil && role.Type == "AWS::IAM::Role" && !slices.ContainsFunc(role.doors(), func(s statement) bool {
		return strings.Join(s.principals["Service"], ",") != service || len(s.principals) != 1
	})
}
