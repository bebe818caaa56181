package catalog

import (
	"fmt"
	"strings"
)

// parts are the types that make up an architecture in a reader's mind, in plain
// words. What only serves them, such as roles and log groups, is left out.
var parts = []struct{ resource, one, many string }{
	{"AWS::ApiGateway::RestApi", "REST API", "REST APIs"},
	{"AWS::ApiGatewayV2::Api", "WebSocket API", "WebSocket APIs"},
	{"AWS::Cognito::UserPool", "user pool", "user pools"},
	{"AWS::Lambda::Function", "function", "functions"},
	{"AWS::StepFunctions::StateMachine", "state machine", "state machines"},
	{"AWS::Pipes::Pipe", "pipe", "pipes"},
	{"AWS::Events::EventBus", "event bus", "event buses"},
	{"AWS::Events::Rule", "rule", "rules"},
	{"AWS::SQS::Queue", "queue", "queues"},
	{"AWS::SNS::Topic", "topic", "topics"},
	{"AWS::DynamoDB::GlobalTable", "table", "tables"},
	{"AWS::S3::Bucket", "bucket", "buckets"},
	{"AWS::KinesisFirehose::DeliveryStream", "delivery stream", "delivery streams"},
	{"AWS::CloudWatch::Alarm", "alarm", "alarms"},
}

// Parts tells what the template deploys, such as "1 function, 2 queues".
func (t Template) Parts() string {
	counts := map[string]int{}
	for id, r := range t.Resources {
		// The CDK brings this function in dev, to empty buckets that are deleted.
		if !strings.HasPrefix(id, "CustomS3AutoDeleteObjects") {
			counts[r.Type]++
		}
	}
	var words []string
	for _, p := range parts {
		switch n := counts[p.resource]; n {
		case 0:
		case 1:
			words = append(words, "1 "+p.one)
		default:
			words = append(words, fmt.Sprint(n, " ", p.many))
		}
	}
	return strings.Join(words, ", ")
}
