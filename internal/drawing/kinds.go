package drawing

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// role is what a part of an architecture is there for. Nodes of one role have one
// colour, and stand together.
type role string

const (
	caller   role = "caller"
	entry    role = "entry"
	events   role = "events"
	queue    role = "queue"
	compute  role = "compute"
	workflow role = "workflow"
	data     role = "data"
	model    role = "model"
	watching role = "watching"
)

// kind is how resources of a type are drawn.
type kind struct {
	role    role
	service string
	// ownWord ends the construct paths of such resources, and says no more than
	// the service does: Resize/Function is called Resize.
	ownWord string
	// onDemand is drawn only if something that is drawn leads there.
	onDemand bool
}

var kinds = map[string]kind{
	"AWS::ApiGateway::RestApi":             {entry, "API Gateway, REST", "Api", false},
	"AWS::ApiGatewayV2::Api":               {entry, "API Gateway", "Api", false},
	"AWS::Batch::JobQueue":                 {compute, "Batch", "Jobs", false},
	"AWS::Cognito::UserPool":               {entry, "Cognito", "UserPool", false},
	"AWS::DynamoDB::GlobalTable":           {data, "DynamoDB", "Table", false},
	"AWS::DynamoDB::Table":                 {data, "DynamoDB", "Table", false},
	"AWS::ECS::Cluster":                    {compute, "ECS", "Cluster", false},
	"AWS::Events::ApiDestination":          {events, "API destination", "Destination", false},
	"AWS::Events::EventBus":                {events, "EventBridge", "", false},
	"AWS::Events::Rule":                    {events, "EventBridge rule", "Rule", false},
	"AWS::Kinesis::Stream":                 {data, "Kinesis", "Stream", false},
	"AWS::KinesisFirehose::DeliveryStream": {data, "Firehose", "DeliveryStream", false},
	"AWS::Lambda::Function":                {compute, "Lambda", "Function", false},
	"AWS::Logs::LogGroup":                  {data, "CloudWatch Logs", "LogGroup", true},
	"AWS::Pipes::Pipe":                     {events, "EventBridge pipe", "Pipe", false},
	"AWS::RedshiftServerless::Workgroup":   {data, "Redshift", "Workgroup", false},
	"AWS::S3::Bucket":                      {data, "S3", "Bucket", false},
	"AWS::SageMaker::Pipeline":             {model, "SageMaker pipeline", "Pipeline", false},
	"AWS::SecretsManager::Secret":          {data, "Secrets Manager", "Secret", true},
	"AWS::SNS::Topic":                      {queue, "SNS", "Topic", false},
	"AWS::SQS::Queue":                      {queue, "SQS", "Queue", false},
	"AWS::StepFunctions::StateMachine":     {workflow, "Step Functions", "Machine", false},
	"AWS::WAFv2::WebACL":                   {entry, "WAF", "WebAcl", false},
}

// plumbing are the types without a node of their own: what they say of others
// is in the edges, or is of no interest in a picture.
var plumbing = []string{
	"AWS::ApiGateway::", "AWS::ApiGatewayV2::", "AWS::Batch::", "AWS::Budgets::", "AWS::CDK::", "AWS::CloudWatch::",
	"AWS::Cognito::", "AWS::EC2::", "AWS::ECR::", "AWS::ECS::", "AWS::Events::Connection", "AWS::IAM::", "AWS::IoT::", "AWS::KMS::",
	"AWS::Lambda::", "AWS::Logs::", "AWS::RedshiftServerless::", "AWS::S3::BucketPolicy", "AWS::SNS::", "AWS::SQS::QueuePolicy",
	"AWS::StepFunctions::", "AWS::WAFv2::", "Custom::S3AutoDeleteObjects",
}

// kindOf tells how a type is drawn, and whether it is. A type that nobody has
// described is drawn by its own name: a picture must not hide what is deployed.
func kindOf(resourceType string) (kind, bool) {
	if k, ok := kinds[resourceType]; ok {
		return k, true
	}
	for _, prefix := range plumbing {
		if strings.HasPrefix(resourceType, prefix) {
			return kind{}, false
		}
	}
	return kind{role: compute, service: strings.ReplaceAll(strings.TrimPrefix(resourceType, "AWS::"), "::", " ")}, true
}

// title makes words of a construct path: Work/DeadLetterQueue is "Work dead letters".
// The last words of some say no more than the service does.
func title(path, ownWord string) string {
	var words []string
	path = strings.ReplaceAll(path, "DeadLetterQueue", "DeadLetters")
	for part := range strings.SplitSeq(path, "/") {
		for _, word := range split(part) {
			if written, ok := proper[word]; ok {
				word = written
			}
			if len(words) == 0 || words[len(words)-1] != word { // Jobs/JobsTable
				words = append(words, word)
			}
		}
	}
	own := split(ownWord)
	if end := len(words) - len(own); end > 0 && slices.Equal(words[end:], own) {
		words = words[:end]
	}
	for i, word := range words {
		if i > 0 && proper[word] == "" {
			words[i] = strings.ToLower(word)
		}
	}
	return strings.Join(words, " ")
}

// proper is how names are written that are no ordinary words.
var proper = map[string]string{"API": "API", "IoT": "IoT", "REST": "REST", "Rest": "REST", "WebSocket": "WebSocket"}

func split(name string) []string {
	if proper[name] != "" {
		return []string{name}
	}
	var words []string
	start := 0
	for i, letter := range name {
		if i > start && unicode.IsUpper(letter) && unicode.IsLower(rune(name[i-1])) {
			words, start = append(words, name[start:i]), i
		}
	}
	return append(words, name[start:])
}

// days tells how long a queue keeps what nobody takes.
func days(retention any) string {
	seconds, _ := retention.(float64)
	return fmt.Sprintf("%g days", seconds/86400)
}
