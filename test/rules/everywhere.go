package rules

import (
	"maps"
	"slices"
	"strings"
)

func init() {
	register(
		Rule{
			Name:  "known-types",
			Doc:   "Every resource type of a template has a rule, so that no service enters without its defaults (docs/design.md, Defaults).",
			Check: checkType,
		},
		Rule{
			Name:  "no-physical-names",
			Doc:   "No resource has a name of its own: one that has cannot be replaced, and cannot be deployed twice (AWS, Best practices for developing cloud infrastructure with the AWS CDK).",
			Check: checkName,
		},
		Rule{
			Name:  "outputs",
			Doc:   "A template tells, with a description, what a caller needs to know (docs/design.md, everywhere).",
			Types: []string{outputsType},
			Check: checkOutputs,
		},
	)
}

// known are the types that need no rule, and why.
var known = map[string]string{
	"AWS::ApiGateway::ApiKey":           "A key only names a caller: usage-plans asks for the plan that bounds it.",
	"AWS::ApiGateway::Model":            "A schema: method-validation asks every method with a body for one.",
	"AWS::ApiGateway::RequestValidator": "Two switches: method-validation asks for both where a method uses it.",
	"AWS::ApiGateway::Resource":         "A part of a path: the rules are for its methods.",
	"AWS::ApiGateway::UsagePlanKey":     "Which key is in which plan: usage-plans asks for the plan.",
	"AWS::CDK::Metadata":                "The CDK's own usage report: it makes nothing in the account.",
	"AWS::EC2::RouteTable":              "A table of routes: network-closed asks where its routes lead.",
	"AWS::Events::EventBus":             "A name to send events to: the rules are for what listens.",
	"AWS::Logs::LogStream":              "A part of a log group: the rules are for groups.",
}

func checkType(t *Template, r *Resource, fault Fault) {
	if known[r.Type] != "" {
		return
	}
	for _, rule := range all {
		if slices.Contains(rule.Types, r.Type) {
			return
		}
	}
	fault("no rule covers %s yet: write one, or list it in known with a reason", r.Type)
}

// namedOtherwise are the properties that name a resource where its type does not
// give them away, as it does with BucketName and QueueName. Names that CloudFormation
// requires and that only count within their parent (an inline policy's in its
// role, a REST API's in its description) are free, and so are those that it requires
// of a warehouse or a SageMaker pipeline, which the CDK makes unique. So is a stage's: it is a part
// of the URL that callers know, and counts within its API.
var namedOtherwise = map[string]string{
	"AWS::ApiGateway::ApiKey":            "Name",
	"AWS::ApiGateway::Stage":             "",
	"AWS::ApiGatewayV2::Stage":           "",
	"AWS::Budgets::Budget":               "Budget.BudgetName",
	"AWS::DynamoDB::GlobalTable":         "TableName",
	"AWS::Events::ApiDestination":        "Name",
	"AWS::Events::Connection":            "Name",
	"AWS::Events::Rule":                  "Name",
	"AWS::IAM::Policy":                   "",
	"AWS::KMS::Alias":                    "AliasName",
	"AWS::Kinesis::Stream":               "Name",
	"AWS::Pipes::Pipe":                   "Name",
	"AWS::RedshiftServerless::Namespace": "",
	"AWS::RedshiftServerless::Workgroup": "",
	"AWS::SageMaker::Pipeline":           "",
	"AWS::Scheduler::Schedule":           "Name",
	"AWS::SecretsManager::Secret":        "Name",
	"AWS::SSM::Parameter":                "Name",
	"AWS::WAFv2::WebACL":                 "Name",
	"AWS::StepFunctions::StateMachine":   "StateMachineName",
}

func checkName(t *Template, r *Resource, fault Fault) {
	if !strings.HasPrefix(r.Type, "AWS::") {
		return
	}
	property, listed := namedOtherwise[r.Type]
	if !listed {
		property = r.Type[strings.LastIndex(r.Type, ":")+1:] + "Name"
	}
	name := r.get(property)
	// API Gateway writes its own errors into groups of names that it chooses.
	executionLogs := slices.ContainsFunc([]string{"API-Gateway-Execution-Logs_<", "/aws/apigateway/<"}, func(prefix string) bool {
		return r.Type == "AWS::Logs::LogGroup" && strings.HasPrefix(text(name), prefix)
	})
	if name != nil && !executionLogs {
		fault("%s is %q: leave it to CloudFormation", property, text(name))
	}
}

func checkOutputs(t *Template, r *Resource, fault Fault) {
	if len(r.Properties) == 0 {
		fault("there is none")
	}
	for _, id := range slices.Sorted(maps.Keys(r.Properties)) {
		if strings.HasPrefix(id, "ExportsOutput") {
			continue // The CDK's own, by which one stack refers to another.
		}
		if text(object(r.Properties[id])["Description"]) == "" {
			fault("%s has no Description", id)
		}
	}
}
