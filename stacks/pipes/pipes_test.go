package pipes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"refstack/constructs/pipe"
	"refstack/stacks/pipes"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

type obj = map[string]any

func TestStory(t *testing.T) {
	s := pipes.New(cdktest.NewApp(t, nil), "Pipes", &pipes.Props{Targets: []string{"sqs"}})
	template := cdktest.TemplateOf(t, s.Stack)
	template.Count("AWS::Pipes::Pipe", 2)
	table, bus := template.ID("AWS::DynamoDB::GlobalTable", "Orders"), template.ID("AWS::Events::EventBus", "Bus")
	at := func(id, attribute string) obj { return obj{"Fn::GetAtt": []any{id, attribute}} }
	template.Has("AWS::DynamoDB::GlobalTable", obj{"StreamSpecification": obj{"StreamViewType": "NEW_IMAGE"}})
	template.Has("AWS::Pipes::Pipe", obj{
		"Source":           at(table, "StreamArn"),
		"Enrichment":       at(template.ID("AWS::Lambda::Function", "Enrich"), "Arn"),
		"Target":           at(bus, "Arn"),
		"TargetParameters": obj{"EventBridgeEventBusParameters": obj{"Source": "shop.orders", "DetailType": "Order placed"}},
		"SourceParameters": obj{"DynamoDBStreamParameters": obj{"DeadLetterConfig": obj{"Arn": at(template.ID("AWS::SQS::Queue", "OutboxDeadLetters"), "Arn")}}},
	})
	template.Has("AWS::Events::Rule", obj{
		"EventBusName": obj{"Ref": bus},
		"EventPattern": obj{"source": []any{"shop.orders"}, "detail-type": []any{"Order placed"}},
		"Targets": []any{assertions.Match_ObjectLike(&obj{
			"Arn":              at(template.ID("AWS::SQS::Queue", "PlacedQueue"), "Arn"),
			"DeadLetterConfig": obj{"Arn": at(template.ID("AWS::SQS::Queue", "PlacedDeadLetterQueue"), "Arn")},
			"RetryPolicy":      obj{"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
		})},
	})
	template.Has("AWS::CloudWatch::Alarm", obj{
		"Namespace": "Pipes", "MetricName": "Rejected", "Threshold": 1,
		"Dimensions": []any{obj{"Name": "FunctionName", "Value": obj{"Ref": template.ID("AWS::Lambda::Function", "Enrich")}}},
	})
}

func TestFilterLetsNewOrdersThrough(t *testing.T) {
	for record, want := range map[string]bool{
		`{"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": {"NewImage": {"id": {"S": "o-1"}}}}`: true,
		`{"eventSource": "aws:dynamodb", "eventName": "MODIFY", "dynamodb": {"NewImage": {"id": {"S": "o-1"}}}}`: false,
		`{"eventSource": "aws:dynamodb", "eventName": "REMOVE", "dynamodb": {"Keys": {"id": {"S": "o-1"}}}}`:     false,
		`{"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": {"NewImage": {"id": {"N": "1"}}}}`:   false,
	} {
		if lets, err := pipe.Match(pipes.Filter(), record); err != nil || lets != want {
			t.Errorf("%s: %t (%v), want %t", record, lets, err, want)
		}
	}
}

// What has a price by the hour or the month is made on demand only.
func TestDefaultTargetsCostNothing(t *testing.T) {
	if got, want := fmt.Sprint(pipes.DefaultTargets()), "[eventbridge firehose lambda logs sns sqs stepfunctions]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s := pipes.New(cdktest.NewApp(t, nil), "Pipes", nil)
	template := cdktest.TemplateOf(t, s.Stack)
	template.Count("AWS::Pipes::Pipe", 8)
	for _, priced := range []string{
		"AWS::Kinesis::Stream", "AWS::EC2::VPC", "AWS::EC2::VPCEndpoint", "AWS::SecretsManager::Secret", "AWS::RedshiftServerless::Workgroup",
		"AWS::ApiGateway::RestApi", "AWS::ECS::Cluster", "AWS::Batch::ComputeEnvironment",
	} {
		template.Count(priced, 0)
	}
	template.Count("AWS::KMS::Key", 1) // That of the alarms.
}

// Each target stands alone, and with all others.
func TestTargets(t *testing.T) {
	for _, name := range pipes.TargetNames() {
		s := pipes.New(cdktest.NewApp(t, nil), "Pipes", &pipes.Props{Targets: []string{name}, Architecture: awslambda.Architecture_X86_64()})
		template := cdktest.TemplateOf(t, s.Stack)
		template.Count("AWS::Pipes::Pipe", 2)
		if len(s.Catalogue) != 1 || s.Catalogue[name] == nil {
			t.Errorf("%s: the catalogue is %v", name, s.Catalogue)
		}
	}
	s := pipes.New(cdktest.NewApp(t, nil), "Pipes", &pipes.Props{Targets: []string{"all"}, Webhook: "https://hooks.example.com/orders"})
	template := cdktest.TemplateOf(t, s.Stack)
	template.Count("AWS::Pipes::Pipe", 15)
	template.Count("AWS::EC2::VPC", 1)
	template.Count("AWS::EC2::NatGateway", 0)
	template.Count("AWS::EC2::InternetGateway", 0)
	template.Count("AWS::EC2::Subnet", 3)
	template.Count("AWS::ECR::Repository", 1)
	template.Has("AWS::Events::ApiDestination", obj{"InvocationEndpoint": "https://hooks.example.com/orders", "HttpMethod": "POST"})
	template.Has("AWS::ECS::TaskDefinition", obj{"RuntimePlatform": obj{"CpuArchitecture": "ARM64"}})
	template.Has("AWS::ApiGateway::Method", obj{"HttpMethod": "POST", "AuthorizationType": "AWS_IAM"})
}

func TestLogRoleOnRequest(t *testing.T) {
	for _, wanted := range []bool{false, true} {
		s := pipes.New(cdktest.NewApp(t, nil), "Pipes", &pipes.Props{Targets: []string{"apigateway"}, LogRole: wanted})
		roles := map[bool]int{true: 1}[wanted]
		cdktest.TemplateOf(t, s.Stack).Count("AWS::ApiGateway::Account", roles)
	}
}

func TestProductionKeepsData(t *testing.T) {
	s := pipes.New(cdktest.NewApp(t, nil), "Pipes", &pipes.Props{Targets: []string{"all"}, Production: true})
	template := cdktest.TemplateOf(t, s.Stack)
	for _, kept := range []string{"AWS::DynamoDB::GlobalTable", "AWS::Kinesis::Stream", "AWS::ECR::Repository", "AWS::RedshiftServerless::Namespace"} {
		template.HasResource(kept, obj{"DeletionPolicy": "Retain"})
	}
	template.Count("AWS::WAFv2::WebACL", 1)
}

func TestBadProps(t *testing.T) {
	for want, props := range map[string]*pipes.Props{
		"pipes: Targets must be of " + strings.Join(pipes.TargetNames(), ", ") + `, or all of them by all, got "sqz"`: {Targets: []string{"sqs", "sqz"}},
		`or all of them by all, got "inspector"`:                                              {Targets: []string{"inspector"}},
		`or all of them by all, got "all"`:                                                    {Targets: []string{"all", "sqs"}},
		`pipes: Targets must name each once, got "sqs" twice`:                                 {Targets: []string{"sqs", "sqs"}},
		`pipes: Webhook must be such as https://example.com/orders, got "http://example.com"`: {Webhook: "http://example.com"},
		`pipes: LogRole is for the target apigateway, which Targets does not name`:            {LogRole: true},
	} {
		cdktest.Panics(t, want, func() { pipes.New(cdktest.NewApp(t, nil), "Pipes", props) })
	}
	if !slices.IsSorted(pipes.TargetNames()) || len(pipes.TargetNames()) != 14 {
		t.Errorf("targets: %v", pipes.TargetNames())
	}
}
