package cost

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"refstack/internal/catalog"
)

// hoursAMonth is what AWS's own calculator takes.
const hoursAMonth = 730

// pollsAMonth is how often an empty queue is asked for messages: by five pollers,
// each of which waits 20 seconds.
const pollsAMonth = hoursAMonth * 3600 / 20 * 5

// charge is what a resource costs that nobody uses.
type charge struct {
	what, price string
	number      float64
	unit        string
	each        float64 // How many billed units one of the number has.
	eachUnit    string
}

// standing tells the charges of the types that have any. An error says that a
// resource is set up in a way that has no price here.
var standing = map[string]func(t catalog.Template, properties map[string]any) ([]charge, error){
	"AWS::KMS::Key":                   one(charge{what: "keys of KMS", price: "kms.key", number: 1, unit: "keys"}),
	"AWS::SecretsManager::Secret":     one(charge{what: "secrets", price: "secret", number: 1, unit: "secrets"}),
	"AWS::CloudWatch::Alarm":          alarm,
	"AWS::WAFv2::WebACL":              firewall,
	"AWS::Lambda::EventSourceMapping": eventSource,
	"AWS::Pipes::Pipe":                pipe,
	"AWS::EC2::VPCEndpoint":           endpoint,
	"AWS::Kinesis::Stream":            stream,
	"AWS::DynamoDB::GlobalTable":      onlyIf("BillingMode", "PAY_PER_REQUEST"),
	"AWS::ApiGateway::Stage":          onlyIf("CacheClusterEnabled", nil, false),
	"AWS::Batch::ComputeEnvironment":  serverless,
}

// free are the types that cost nothing while nothing comes: their price is by
// use or by what they keep, or they have none.
var free = []string{
	"AWS::ApiGateway::Account", "AWS::ApiGateway::ApiKey", "AWS::ApiGateway::Authorizer",
	"AWS::ApiGateway::Deployment", "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Method",
	"AWS::ApiGateway::Model", "AWS::ApiGateway::RequestValidator", "AWS::ApiGateway::Resource",
	"AWS::ApiGateway::RestApi", "AWS::ApiGateway::UsagePlan", "AWS::ApiGateway::UsagePlanKey",
	"AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Integration",
	"AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage",
	"AWS::Batch::JobDefinition", "AWS::Batch::JobQueue", "AWS::Budgets::Budget",
	"AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient",
	"AWS::EC2::FlowLog", "AWS::EC2::RouteTable", "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress",
	"AWS::EC2::Subnet", "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::VPC",
	"AWS::ECR::Repository", "AWS::ECS::Cluster", "AWS::ECS::TaskDefinition",
	"AWS::Events::ApiDestination", "AWS::Events::EventBus", "AWS::Events::Rule",
	// A connection's secret is in its price.
	"AWS::Events::Connection",
	"AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IoT::Authorizer", "AWS::KinesisFirehose::DeliveryStream",
	"AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Logs::LogGroup", "AWS::Logs::LogStream",
	// Serverless warehouses cost by the second in which they compute.
	"AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup",
	"AWS::S3::Bucket", "AWS::S3::BucketPolicy",
	"AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy",
	"AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::SageMaker::Pipeline",
	"AWS::StepFunctions::StateMachine", "AWS::StepFunctions::StateMachineAlias", "AWS::StepFunctions::StateMachineVersion",
	"AWS::WAFv2::WebACLAssociation", "Custom::S3AutoDeleteObjects",
}

// Idle returns what the template's resources cost in a month in which nothing
// comes. A type that it does not know is an error, and never silently free.
func Idle(t catalog.Template) ([]Line, error) {
	var order []charge
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		r := t.Resources[id]
		of := standing[r.Type]
		if of == nil {
			if !slices.Contains(free, r.Type) {
				return nil, fmt.Errorf("%s is a %s, of which no price is known", id, r.Type)
			}
			continue
		}
		charges, err := of(t, r.Properties)
		if err != nil {
			return nil, fmt.Errorf("%s, a %s: %w", id, r.Type, err)
		}
		for _, c := range charges {
			order = added(order, c)
		}
	}
	slices.SortStableFunc(order, func(a, b charge) int { return strings.Compare(a.what, b.what) })
	var lines []Line
	for _, c := range order {
		factors := []Factor{{c.number, c.unit}}
		if c.each != 0 {
			factors = append(factors, Factor{c.each, c.eachUnit})
		}
		lines = append(lines, line(c.what, price(c.price), factors...))
	}
	return lines, nil
}

// added makes one charge of those for the same thing.
func added(charges []charge, c charge) []charge {
	for i := range charges {
		if charges[i].what == c.what {
			charges[i].number += c.number
			return charges
		}
	}
	return append(charges, c)
}
