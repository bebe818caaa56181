package drawing

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines tells a graph as its edges, in order, and then the nodes that no edge
// touches.
func lines(g *graph) []string {
	name := func(id string) string {
		n := g.nodes[id]
		told := n.title
		if n.parent != "" {
			told = g.nodes[n.parent].title + "/" + told
		}
		if n.times > 1 {
			told += fmt.Sprintf(" × %d", n.times)
		}
		return fmt.Sprintf("%s (%s)", told, n.role)
	}
	var all []string
	for _, e := range g.edges {
		arrow := "→"
		if e.aside {
			arrow = "⇢"
		}
		if e.back {
			arrow = "↔"
		}
		all = append(all, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", name(e.from), strings.ReplaceAll(e.label, "\n", " | "), arrow, name(e.to))), " "))
	}
	slices.Sort(all)
	for _, id := range g.ids() {
		if !g.touched(id) {
			all = append(all, name(id))
		}
	}
	return all
}

// resources makes a template of resources, each a line: an ID, a type and its
// properties.
func resources(given ...string) string {
	var all []string
	for _, line := range given {
		parts := strings.SplitN(line, " ", 3)
		if len(parts) == 2 {
			parts = append(parts, "{}")
		}
		all = append(all, fmt.Sprintf(`%q: {"Type": %q, "Properties": %s}`, parts[0], parts[1], parts[2]))
	}
	return `{"Resources": {` + strings.Join(all, ",\n") + "}}"
}

func roleOf(name string, statements ...string) string {
	return fmt.Sprintf(`%[1]sPolicy AWS::IAM::Policy {"Roles": [{"Ref": %[1]q}], "PolicyDocument": {"Statement": [%[2]s]}}`, name, strings.Join(statements, ","))
}

func allow(resource string, actions ...string) string {
	return fmt.Sprintf(`{"Effect": "Allow", "Action": ["%s"], "Resource": %s}`, strings.Join(actions, `", "`), resource)
}

func method(id string) string {
	return fmt.Sprintf(`%[1]s AWS::ApiGateway::Method {"RestApiId": {"Ref": "Web"}, "ResourceId": {"Ref": "P%[1]s"}, "HttpMethod": "GET", "Integration": {"Uri": {"Ref": "Do"}}}`, id)
}

const (
	work  = `Work AWS::SQS::Queue`
	items = `Items AWS::DynamoDB::GlobalTable`
	do    = `Do AWS::Lambda::Function {"Role": {"Fn::GetAtt": ["DoRole", "Arn"]}}`
	again = `DoRole AWS::IAM::Role`
	files = `Files AWS::S3::Bucket`
)

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name      string
		resources []string
		want      []string
	}{
		{"a queue's dead letters", []string{
			`Work AWS::SQS::Queue {"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["WorkDeadLetterQueue", "Arn"]}, "maxReceiveCount": 4}}`,
			`WorkDeadLetterQueue AWS::SQS::Queue {"MessageRetentionPeriod": 1209600}`,
		}, []string{"Work (queue) after 4 tries ⇢ Work dead letters (queue)"}},
		{"a bucket's notifications", []string{
			`Files AWS::S3::Bucket {"NotificationConfiguration": {"QueueConfigurations": [{"Queue": {"Fn::GetAtt": ["Work", "Arn"]}}], "LambdaConfigurations": [{"Function": {"Fn::GetAtt": ["Do", "Arn"]}}]}}`,
			work, do,
		}, []string{"Files (data) notifies → Do (compute)", "Files (data) notifies → Work (queue)"}},
		{"a bucket of access logs is no part of the story", []string{
			`Files AWS::S3::Bucket {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}}}`, `Logs AWS::S3::Bucket`,
		}, []string{"Files (data)"}},
		{"a function reads a queue", []string{
			work, do, `M AWS::Lambda::EventSourceMapping {"BatchSize": 5, "EventSourceArn": {"Fn::GetAtt": ["Work", "Arn"]}, "FunctionName": {"Ref": "Do"}}`,
		}, []string{"Work (queue) 5 at a time → Do (compute)"}},
		{"a function reads a queue, one message at a time", []string{
			work, do, `M AWS::Lambda::EventSourceMapping {"BatchSize": 1, "EventSourceArn": {"Fn::GetAtt": ["Work", "Arn"]}, "FunctionName": {"Ref": "Do"}}`,
		}, []string{"Work (queue) 1 at a time → Do (compute)"}},
		{"a function sends again what it got", []string{
			work, do, again, `M AWS::Lambda::EventSourceMapping {"EventSourceArn": {"Fn::GetAtt": ["Work", "Arn"]}, "FunctionName": {"Ref": "Do"}}`,
			`Next AWS::SQS::Queue`, roleOf("DoRole", allow(`[{"Fn::GetAtt": ["Work", "Arn"]}, {"Fn::GetAtt": ["Next", "Arn"]}]`, "sqs:SendMessage", "sqs:ReceiveMessage")),
		}, []string{"Do (compute) sends again → Work (queue)", "Do (compute) sends → Next (queue)", "Work (queue) → Do (compute)"}},
		{"a function reads a stream", []string{
			items, do, again, `DoDeadLetters AWS::SQS::Queue`,
			`M AWS::Lambda::EventSourceMapping {"BatchSize": 5, "EventSourceArn": {"Fn::GetAtt": ["Items", "StreamArn"]}, "FunctionName": {"Ref": "Do"}, "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["DoDeadLetters", "Arn"]}}}}`,
			roleOf("DoRole", allow(`{"Fn::GetAtt": ["DoDeadLetters", "Arn"]}`, "sqs:SendMessage"), allow(`{"Fn::GetAtt": ["Items", "StreamArn"]}`, "dynamodb:GetRecords")),
		}, []string{"Do (compute) on failure ⇢ Do dead letters (queue)", "Items (data) stream → Do (compute)"}},
		{"a rule of a bus", []string{
			`Bus AWS::Events::EventBus`, work, `Dead AWS::SQS::Queue`,
			`Placed AWS::Events::Rule {"EventBusName": {"Ref": "Bus"}, "EventPattern": {"detail-type": ["Order placed"]}, "Targets": [{"Arn": {"Fn::GetAtt": ["Work", "Arn"]}, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}}}]}`,
		}, []string{"Bus (events) Order placed → Placed (events)", "Placed (events) not delivered ⇢ Dead (queue)", "Placed (events) sends → Work (queue)"}},
		{"a rule of a bucket starts a machine by its alias", []string{
			files, `Machine AWS::StepFunctions::StateMachine`,
			`V AWS::StepFunctions::StateMachineVersion {"StateMachineArn": {"Ref": "Machine"}}`,
			`A AWS::StepFunctions::StateMachineAlias {"RoutingConfiguration": [{"StateMachineVersionArn": {"Ref": "V"}}]}`,
			`Rule AWS::Events::Rule {"EventPattern": {"detail-type": ["Object Created"], "detail": {"bucket": {"name": [{"Ref": "Files"}]}}}, "Targets": [{"Arn": {"Ref": "A"}}]}`,
		}, []string{"Files (data) Object Created → Rule (events)", "Rule (events) starts → Machine (workflow)"}},
		{"a pipe with a filter and an enrichment", []string{
			items, do, `Bus AWS::Events::EventBus`, `Dead AWS::SQS::Queue`,
			`Out AWS::Pipes::Pipe {"Source": {"Fn::GetAtt": ["Items", "StreamArn"]}, "Enrichment": {"Fn::GetAtt": ["Do", "Arn"]}, "Target": {"Fn::GetAtt": ["Bus", "Arn"]}, "SourceParameters": {"FilterCriteria": {"Filters": []}, "DynamoDBStreamParameters": {"BatchSize": 10, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}}}}}`,
		}, []string{"Items (data) stream → Out (events)", "Out (events) on failure ⇢ Dead (queue)", "Out (events) → Bus (events)", "Out/Filter (events) → Out/Do (compute)"}},
		{"a pipe that passes on, into logs", []string{
			work, `Told AWS::Logs::LogGroup`, `Unheard AWS::Logs::LogGroup`,
			`Out AWS::Pipes::Pipe {"Source": {"Fn::GetAtt": ["Work", "Arn"]}, "Target": {"Fn::GetAtt": ["Told", "Arn"]}, "SourceParameters": {"SqsQueueParameters": {"BatchSize": 10}}}`,
		}, []string{"Out (events) → Told (data)", "Work (queue) 10 at a time → Out (events)"}},
		{"methods of an API", []string{
			`Web AWS::ApiGateway::RestApi`, do, `Users AWS::Cognito::UserPool`,
			`Things AWS::ApiGateway::Resource {"PathPart": "things", "ParentId": {"Fn::GetAtt": ["Web", "RootResourceId"]}}`,
			`Thing AWS::ApiGateway::Resource {"PathPart": "{id}", "ParentId": {"Ref": "Things"}}`,
			`Get AWS::ApiGateway::Method {"RestApiId": {"Ref": "Web"}, "ResourceId": {"Ref": "Thing"}, "HttpMethod": "GET", "Integration": {"Uri": {"Fn::Join": ["", ["arn:", {"Fn::GetAtt": ["Do", "Arn"]}, "/invocations"]]}}}`,
			`Head AWS::ApiGateway::Method {"RestApiId": {"Ref": "Web"}, "ResourceId": {"Ref": "Thing"}, "HttpMethod": "HEAD", "Integration": {"Uri": {"Fn::GetAtt": ["Do", "Arn"]}}}`,
			`Put AWS::ApiGateway::Method {"RestApiId": {"Ref": "Web"}, "ResourceId": {"Ref": "Thing"}, "HttpMethod": "PUT", "Integration": {"Uri": {"Fn::Join": ["", ["arn:", {"Fn::GetAtt": ["Do", "Arn"]}, "/invocations"]]}}}`,
			`HeadAlone AWS::ApiGateway::Method {"RestApiId": {"Ref": "Web"}, "ResourceId": {"Ref": "Things"}, "HttpMethod": "HEAD", "Integration": {"Uri": {"Fn::GetAtt": ["Do", "Arn"]}}}`,
			`Mock AWS::ApiGateway::Method {"RestApiId": {"Ref": "Web"}, "ResourceId": {"Ref": "Things"}, "HttpMethod": "OPTIONS", "Integration": {"Type": "MOCK"}}`,
			`Check AWS::ApiGateway::Authorizer {"RestApiId": {"Ref": "Web"}, "ProviderARNs": [{"Fn::GetAtt": ["Users", "Arn"]}]}`,
			`Wall AWS::WAFv2::WebACL`, `Stage AWS::ApiGateway::Stage {"RestApiId": {"Ref": "Web"}}`,
			`Ward AWS::WAFv2::WebACLAssociation {"WebACLArn": {"Fn::GetAtt": ["Wall", "Arn"]}, "ResourceArn": {"Fn::Join": ["", ["stages/", {"Ref": "Stage"}]]}}`,
		}, []string{"Firewall (entry) → Web (entry)", "Web (entry) HEAD /things | GET, PUT /things/{id} → Do (compute)", "Web (entry) checks tokens ⇢ Users (entry)"}},
		{"routes of a WebSocket API", []string{
			`Socket AWS::ApiGatewayV2::Api {"ProtocolType": "WEBSOCKET"}`, do, `Ask AWS::Lambda::Function`,
			`R AWS::ApiGatewayV2::Route {"ApiId": {"Ref": "Socket"}, "RouteKey": "$connect", "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "I"}]]}}`,
			`I AWS::ApiGatewayV2::Integration {"IntegrationUri": {"Fn::GetAtt": ["Do", "Arn"]}}`,
			`A AWS::ApiGatewayV2::Authorizer {"ApiId": {"Ref": "Socket"}, "AuthorizerUri": {"Fn::GetAtt": ["Ask", "Arn"]}}`,
		}, []string{"Socket (entry) $connect → Do (compute)", "Socket (entry) checks tokens ⇢ Ask (compute)"}},
		{"subscriptions and deliveries", []string{
			`News AWS::SNS::Topic`, do, files, `Fire AWS::KinesisFirehose::DeliveryStream {"ExtendedS3DestinationConfiguration": {"BucketARN": {"Fn::GetAtt": ["Files", "Arn"]}}}`,
			`S AWS::SNS::Subscription {"TopicArn": {"Ref": "News"}, "Endpoint": {"Fn::GetAtt": ["Do", "Arn"]}}`,
		}, []string{"Fire (data) delivers → Files (data)", "News (queue) sends → Do (compute)"}},
		{"what a role allows", []string{
			do, again, items, files, work,
			roleOf("DoRole", allow(`{"Fn::GetAtt": ["Items", "Arn"]}`, "dynamodb:GetItem", "dynamodb:PutItem"), allow(`{"Fn::Join": ["", [{"Fn::GetAtt": ["Files", "Arn"]}, "/*"]]}`, "s3:GetObject"),
				allow(`{"Fn::GetAtt": ["Work", "Arn"]}`, "sqs:ReceiveMessage"), allow(`"arn:aws:bedrock:::foundation-model/x"`, "bedrock:InvokeModel"), allow(`"*"`, "xray:PutTraceSegments"),
				`{"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Work", "Arn"]}}`),
		}, []string{"Do (compute) calls → Model (model)", "Do (compute) reads | writes → Items (data)", "Do (compute) reads → Files (data)", "Work (queue)"}},
		{"what is read is on the way where it was put first", []string{
			`Files AWS::S3::Bucket {"NotificationConfiguration": {"LambdaConfigurations": [{"Function": {"Fn::GetAtt": ["Do", "Arn"]}}]}}`, work, do, again,
			roleOf("DoRole", allow(`{"Fn::GetAtt": ["Files", "Arn"]}`, "s3:GetObject")),
		}, []string{"Files (data) notifies → Do (compute)", "Files (data) read by → Do (compute)", "Work (queue)"}},
		{"a type that nobody has described", []string{
			files, `Watch AWS::Synthetics::Canary {"ArtifactS3Location": {"Ref": "Files"}}`, `Own Custom::Thing`,
		}, []string{"Watch (compute) uses ⇢ Files (data)", "Own (compute)"}},
		{"a rule whose target has the same dead letters tells them no more", []string{
			`Work AWS::SQS::Queue {"RedrivePolicy": {"deadLetterTargetArn": {"Ref": "Dead"}, "maxReceiveCount": 3}}`, `Dead AWS::SQS::Queue`,
			`Rule AWS::Events::Rule {"Targets": [{"Arn": {"Ref": "Work"}, "DeadLetterConfig": {"Arn": {"Ref": "Dead"}}}]}`,
		}, []string{"Rule (events) sends → Work (queue)", "Work (queue) after 3 tries ⇢ Dead (queue)"}},
		{"a queue's pipe with a filter", []string{
			work, `Bus AWS::Events::EventBus`,
			`Out AWS::Pipes::Pipe {"Source": {"Ref": "Work"}, "Target": {"Ref": "Bus"}, "SourceParameters": {"FilterCriteria": {"Filters": []}, "SqsQueueParameters": {"BatchSize": 10}}}`,
		}, []string{"Out (events) → Bus (events)", "Work (queue) 10 at a time → Out (events)", "Out/Filter (events)"}},
		{"many methods", []string{
			`Web AWS::ApiGateway::RestApi`, do, method("A"), method("B"), method("C"), method("D"),
			`PA AWS::ApiGateway::Resource {"PathPart": "z"}`, `PB AWS::ApiGateway::Resource {"PathPart": "y"}`,
			`PC AWS::ApiGateway::Resource {"PathPart": "x"}`, `PD AWS::ApiGateway::Resource {"PathPart": "w"}`,
		}, []string{"Web (entry) GET /w | GET /x | and 2 more → Do (compute)"}},
		{"a policy inside of a role, and the keys of a user pool", []string{
			`Do AWS::Lambda::Function {"Role": {"Ref": "DoRole"}, "Environment": {"Variables": {"ISSUER": {"Fn::GetAtt": ["Users", "ProviderURL"]}}}}`,
			`DoRole AWS::IAM::Role {"Policies": [{"PolicyDocument": {"Statement": ` + allow(`{"Ref": "Files"}`, "s3:PutObject") + `}}]}`,
			files, `Users AWS::Cognito::UserPool`,
		}, []string{"Do (compute) has its keys ⇢ Users (entry)", "Do (compute) writes → Files (data)"}},
		{"what is read after a failure alone is not on the way", []string{
			`Files AWS::S3::Bucket {"NotificationConfiguration": {"QueueConfigurations": [{"Queue": {"Ref": "Work"}}]}}`,
			`Work AWS::SQS::Queue {"RedrivePolicy": {"deadLetterTargetArn": {"Ref": "Failed"}, "maxReceiveCount": 3}}`, `Failed AWS::SQS::Queue`,
			do, again, `M AWS::Lambda::EventSourceMapping {"EventSourceArn": {"Ref": "Failed"}, "FunctionName": {"Ref": "Do"}}`,
			roleOf("DoRole", allow(`{"Ref": "Files"}`, "s3:GetObject")),
		}, []string{"Do (compute) reads → Files (data)", "Failed (queue) → Do (compute)", "Files (data) notifies → Work (queue)", "Work (queue) after 3 tries ⇢ Failed (queue)"}},
		{"a topic that has readers is no sink of alarms", []string{
			`Topic AWS::SNS::Topic`, work, `A AWS::CloudWatch::Alarm {"AlarmActions": [{"Ref": "Topic"}]}`,
			`S AWS::SNS::Subscription {"TopicArn": {"Ref": "Topic"}, "Endpoint": {"Ref": "Work"}}`,
		}, []string{"Topic (queue) sends → Work (queue)"}},
		{"plumbing", []string{
			files, `P AWS::S3::BucketPolicy {"Bucket": {"Ref": "Files"}}`, `K AWS::KMS::Key`, `R AWS::IAM::Role`, `L AWS::Lambda::Permission`, `G AWS::Logs::LogGroup`,
		}, []string{"Files (data)"}},
		{"alarms are one, with the topic that they tell", []string{
			`Topic AWS::SNS::Topic`, `A AWS::CloudWatch::Alarm {"AlarmActions": [{"Ref": "Topic"}]}`, `B AWS::CloudWatch::Alarm {"AlarmActions": [{"Ref": "Topic"}]}`,
		}, []string{"2 alarms (watching)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, lines(graphOf(t, resources(c.resources...)))); diff != "" {
				t.Errorf("the graph is another (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEdgesBesideEachOther(t *testing.T) {
	g := &graph{nodes: map[string]*node{"a": {title: "A"}, "b": {title: "B"}}}
	g.add("a", "b", "writes", false)
	g.add("a", "b", "reads", false)
	g.add("a", "b", "writes", false)
	g.add("a", "b", "on failure", true)
	g.add("a", "a", "itself", false)
	g.add("a", "nobody", "", false)
	want := []edge{{from: "a", to: "b", label: "writes\nreads"}, {from: "a", to: "b", label: "on failure", aside: true}}
	if diff := cmp.Diff(want, g.edges, cmp.AllowUnexported(edge{})); diff != "" {
		t.Errorf("the edges are others (-want +got):\n%s", diff)
	}
}

func graphOf(t *testing.T, document string, without ...string) *graph {
	t.Helper()
	return pictured(t, document, Picture{Without: without})
}

func pictured(t *testing.T, document string, p Picture) *graph {
	t.Helper()
	parsed, err := parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	g, err := read(parsed, p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
