package rules

import (
	"encoding/json"
	"slices"
	"testing"
)

// fragments are cases that the goldens cannot express: a template in which a
// rule has a finding, and one, as near to it as can be, in which it has none.
var fragments = []struct {
	name, rule, id string
	bad, good      string
}{
	{
		name: "an inline policy of one statement",
		rule: "no-whole-services", id: "Role",
		bad:  `{"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}}]}}}`,
		good: `{"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}}]}}}`,
	},
	{
		name: "a denial of a whole service",
		rule: "no-whole-services", id: "Role",
		bad:  `{"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": ["s3:*"]}]}}]}}}`,
		good: `{"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [{"Effect": "Deny", "Action": ["s3:*"]}]}}]}}}`,
	},
	{
		name: "a wildcard after a name is not everything",
		rule: "no-whole-resources", id: "Policy",
		bad:  `{"Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:*"}}]}}}}`,
		good: `{"Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:work-*"}}]}}}}`,
	},
	{
		name: "a role for another service, of this account",
		rule: "service-principals", id: "Role",
		bad:  `{"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": "*"}}}]}}}}`,
		good: `{"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Condition": {"StringEquals": {"AWS:SourceAccount": {"Ref": "AWS::AccountId"}}}}]}}}}`,
	},
	{
		name: "the ARN of a resource of the template, through Fn::Sub with variables",
		rule: "service-principals", id: "Policy",
		bad:  `{"Policy": {"Type": "AWS::SNS::TopicPolicy", "Properties": {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Condition": {"ArnLike": {"aws:SourceArn": {"Fn::Sub": ["${B}", {"B": "arn:aws:s3:::*"}]}}}}]}}}}`,
		good: `{"Bucket": {"Type": "AWS::S3::Bucket"}, "Policy": {"Type": "AWS::SNS::TopicPolicy", "Properties": {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Condition": {"ArnLike": {"aws:SourceArn": {"Fn::Sub": ["${B}", {"B": {"Fn::GetAtt": "Bucket.Arn"}}]}}}}]}}}}`,
	},
	{
		name: "a service that invokes and does not wait, with a destination",
		rule: "failure-destination", id: "Function",
		bad: `{"Function": {"Type": "AWS::Lambda::Function"},
			"Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Ref": "Function"}, "Principal": "events.amazonaws.com"}},
			"Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"FunctionName": {"Ref": "Function"}}}}`,
		good: `{"Function": {"Type": "AWS::Lambda::Function"}, "Failed": {"Type": "AWS::SQS::Queue"},
			"Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Ref": "Function"}, "Principal": "events.amazonaws.com"}},
			"Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"FunctionName": {"Ref": "Function"}, "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Failed", "Arn"]}}}}}}`,
	},
	{
		name: "a service that invokes and does not wait, with a dead-letter queue",
		rule: "failure-destination", id: "Function",
		bad: `{"Function": {"Type": "AWS::Lambda::Function"},
			"Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Fn::GetAtt": "Function.Arn"}, "Principal": "sns.amazonaws.com"}}}`,
		good: `{"Function": {"Type": "AWS::Lambda::Function", "Properties": {"DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": "Failed.Arn"}}}}, "Failed": {"Type": "AWS::SQS::Queue"},
			"Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Fn::GetAtt": "Function.Arn"}, "Principal": "sns.amazonaws.com"}}}`,
	},
	{
		name: "a failure destination is a dead-letter queue",
		rule: "dead-letter-retention", id: "Failed",
		bad: `{"Failed": {"Type": "AWS::SQS::Queue"},
			"Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": "Failed.Arn"}}}}}}`,
		good: `{"Failed": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": "1209600"}},
			"Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": "Failed.Arn"}}}}}}`,
	},
	{
		name: "a subscription by a machine, with a dead-letter queue",
		rule: "subscription-dead-letters", id: "S",
		bad:  `{"Failed": {"Type": "AWS::SQS::Queue"}, "S": {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "sqs"}}}`,
		good: `{"Failed": {"Type": "AWS::SQS::Queue"}, "S": {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "sqs", "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": "Failed.Arn"}}}}}`,
	},
	{
		name: "a subscription by a person",
		rule: "subscription-dead-letters", id: "S",
		bad:  `{"S": {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "lambda"}}}`,
		good: `{"S": {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "email", "Endpoint": "ops@example.com"}}}`,
	},
	{
		name: "a reason for no access logs",
		rule: "bucket-access-logs", id: "B",
		bad:  `{"B": {"Type": "AWS::S3::Bucket", "Metadata": {"cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-S2", "reason": "This is another rule."}]}}}}`,
		good: `{"B": {"Type": "AWS::S3::Bucket", "Metadata": {"cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-S1", "reason": "CloudTrail"}]}}}}`,
	},
	{
		name: "Lambda's and SQS's own timeouts",
		rule: "queue-visibility", id: "Q",
		bad: `{"F": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 6}}, "Q": {"Type": "AWS::SQS::Queue"},
			"C": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "F"}, "EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}}}}`,
		good: `{"F": {"Type": "AWS::Lambda::Function"}, "Q": {"Type": "AWS::SQS::Queue"},
			"C": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "F"}, "EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}}}}`,
	},
	{
		name: "a queue's key that S3 may use",
		rule: "bucket-notifications", id: "B",
		bad: `{"B": {"Type": "AWS::S3::Bucket", "DependsOn": "P", "Properties": {"NotificationConfiguration": {"QueueConfigurations": [{"Queue": {"Fn::GetAtt": "Q.Arn"}}]}}},
			"Q": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": {"Ref": "K"}}}, "K": {"Type": "AWS::KMS::Key"},
			"P": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": "Q.Arn"}, "Principal": {"Service": "s3.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}]}}}}`,
		good: `{"B": {"Type": "AWS::S3::Bucket", "DependsOn": "P", "Properties": {"NotificationConfiguration": {"QueueConfigurations": [{"Queue": {"Fn::GetAtt": "Q.Arn"}}]}}},
			"Q": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": {"Ref": "K"}}},
			"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*", "Principal": {"Service": "s3.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}]}}},
			"P": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": "Q.Arn"}, "Principal": {"Service": "s3.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}]}}}}`,
	},
	{
		name: "a stack without alarms that tell anybody",
		rule: "alarm-actions", id: "A",
		bad:  `{"T": {"Type": "AWS::SNS::Topic"}, "A": {"Type": "AWS::CloudWatch::Alarm"}}`,
		good: `{"T": {"Type": "AWS::SNS::Topic"}, "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "T"}]}}}`,
	},
	{
		name: "an alarm above zero",
		rule: "dead-letter-alarm", id: "D",
		bad: `{"Q": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": "D.Arn"}}}}, "D": {"Type": "AWS::SQS::Queue"},
			"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Maximum", "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": "D.QueueName"}}], "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}}}`,
		good: `{"Q": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": "D.Arn"}}}}, "D": {"Type": "AWS::SQS::Queue"},
			"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Maximum", "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": "D.QueueName"}}], "EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}}}`,
	},
	{
		name: "a table of one Region",
		rule: "table-recovery", id: "T",
		bad:  `{"T": {"Type": "AWS::DynamoDB::Table"}}`,
		good: `{"T": {"Type": "AWS::DynamoDB::Table", "Properties": {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}}}}`,
	},
	{
		name: "an alarm on one operation of a table that no role of the template may use",
		rule: "table-alarms", id: "T",
		bad: `{"T": {"Type": "AWS::DynamoDB::Table"},
			"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Namespace": "AWS/DynamoDB", "MetricName": "ThrottledRequests", "Statistic": "Sum", "Dimensions": [{"Name": "TableName", "Value": {"Ref": "T"}}], "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}}}`,
		good: `{"T": {"Type": "AWS::DynamoDB::Table"},
			"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Namespace": "AWS/DynamoDB", "MetricName": "ThrottledRequests", "Statistic": "Sum", "Dimensions": [{"Name": "TableName", "Value": {"Ref": "T"}}, {"Name": "Operation", "Value": "GetItem"}], "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}}}`,
	},
	{
		name: "a method for everything at the root, and a permission for everything there",
		rule: "method-permission", id: "M",
		bad: `{"A": {"Type": "AWS::ApiGateway::RestApi"}, "S": {"Type": "AWS::ApiGateway::Stage", "Properties": {"RestApiId": {"Ref": "A"}, "StageName": "v1"}}, "F": {"Type": "AWS::Lambda::Function"},
			"M": {"Type": "AWS::ApiGateway::Method", "Properties": {"RestApiId": {"Ref": "A"}, "ResourceId": {"Fn::GetAtt": ["A", "RootResourceId"]}, "HttpMethod": "ANY", "Integration": {"Uri": {"Fn::Sub": "${F.Arn}/invocations"}}}},
			"P": {"Type": "AWS::Lambda::Permission", "Properties": {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "FunctionName": {"Ref": "F"}, "SourceArn": {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${A}/v1/GET/"}}}}`,
		good: `{"A": {"Type": "AWS::ApiGateway::RestApi"}, "S": {"Type": "AWS::ApiGateway::Stage", "Properties": {"RestApiId": {"Ref": "A"}, "StageName": "v1"}}, "F": {"Type": "AWS::Lambda::Function"},
			"M": {"Type": "AWS::ApiGateway::Method", "Properties": {"RestApiId": {"Ref": "A"}, "ResourceId": {"Fn::GetAtt": ["A", "RootResourceId"]}, "HttpMethod": "ANY", "Integration": {"Uri": {"Fn::Sub": "${F.Arn}/invocations"}}}},
			"P": {"Type": "AWS::Lambda::Permission", "Properties": {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "FunctionName": {"Ref": "F"}, "SourceArn": {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${A}/v1/*/"}}}}`,
	},
	{
		name: "a method that calls no function",
		rule: "method-permission", id: "M",
		bad: `{"A": {"Type": "AWS::ApiGateway::RestApi"}, "F": {"Type": "AWS::Lambda::Function"},
			"M": {"Type": "AWS::ApiGateway::Method", "Properties": {"RestApiId": {"Ref": "A"}, "Integration": {"Uri": {"Fn::GetAtt": "F.Arn"}}}}}`,
		good: `{"A": {"Type": "AWS::ApiGateway::RestApi"}, "Q": {"Type": "AWS::SQS::Queue"},
			"M": {"Type": "AWS::ApiGateway::Method", "Properties": {"RestApiId": {"Ref": "A"}, "Integration": {"Uri": {"Fn::GetAtt": "Q.Arn"}}}}}`,
	},
	{
		name: "a firewall before a stage by its name",
		rule: "firewall-association", id: "W",
		bad: `{"A": {"Type": "AWS::ApiGateway::RestApi"}, "F": {"Type": "AWS::WAFv2::WebACL"}, "S": {"Type": "AWS::ApiGateway::Stage", "Properties": {"RestApiId": "another", "StageName": "v1"}},
			"W": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {"WebACLArn": {"Fn::GetAtt": ["F", "Arn"]}, "ResourceArn": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}::/restapis/${A}/stages/v1"}}}}`,
		good: `{"A": {"Type": "AWS::ApiGateway::RestApi"}, "F": {"Type": "AWS::WAFv2::WebACL"}, "S": {"Type": "AWS::ApiGateway::Stage", "Properties": {"RestApiId": {"Ref": "A"}, "StageName": "v1"}},
			"W": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {"WebACLArn": {"Fn::GetAtt": ["F", "Arn"]}, "ResourceArn": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}::/restapis/${A}/stages/v1"}}}}`,
	},
	{
		name: "a usage plan",
		rule: "usage-plans", id: "P",
		bad:  `{"P": {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {"Throttle": {"RateLimit": 10, "BurstLimit": 20}}}}`,
		good: `{"P": {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {"Throttle": {"RateLimit": 10, "BurstLimit": 20}, "Quota": {"Limit": 100, "Period": "DAY"}}}}`,
	},
	{
		name: "the CDK's report of itself",
		rule: "known-types", id: "M",
		bad:  `{"M": {"Type": "AWS::CDK::Other"}}`,
		good: `{"M": {"Type": "AWS::CDK::Metadata"}}`,
	},
}

func TestFragments(t *testing.T) {
	for _, f := range fragments {
		t.Run(f.rule+" "+f.name, func(t *testing.T) {
			if !raises(t, f.bad, f.rule, f.id) {
				t.Errorf("%s has no finding in the bad template", f.rule)
			}
			if raises(t, f.good, f.rule, f.id) {
				t.Errorf("%s has a finding in the good template", f.rule)
			}
		})
	}
}

func raises(t *testing.T, resources, rule, id string) bool {
	t.Helper()
	var template struct{ Resources map[string]any }
	if err := json.Unmarshal([]byte(`{"Resources": `+resources+`}`), &template); err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(Check(map[string]any{"Resources": template.Resources}, Env{}), func(f Finding) bool {
		return f.Rule == rule && f.LogicalID == id
	})
}
