package drawing

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMachines(t *testing.T) {
	invoke := func(function, rest string) string {
		return fmt.Sprintf(`{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "${%s}"}, %s}`, function, rest)
	}
	machine := func(states string) string {
		definition := fmt.Sprintf(`{"StartAt": "Plan", "States": {%s}}`, states)
		parts := strings.Split(definition, "${Plan}")
		return fmt.Sprintf(`Job AWS::StepFunctions::StateMachine {"RoleArn": {"Fn::GetAtt": ["JobRole", "Arn"]}, "DefinitionString": {"Fn::Join": ["", [%q, {"Fn::GetAtt": ["Plan", "Arn"]}, %q]]}}`, parts[0], parts[1])
	}
	each := `"Each": {"Type": "Map", "MaxConcurrency": 7, "Next": "Enough", "ItemProcessor": {"States": {"One": ` + invoke("Each", `"End": true`) + `}}}`
	enough := `"Enough": {"Type": "Choice", "Choices": [{"Next": "Done"}], "Default": "Again"}, "Again": {"Type": "Pass", "Next": "Plan"}, "Done": {"Type": "Succeed"}`
	given := []string{
		machine(`"Plan": ` + invoke("Plan", `"Next": "Each"`) + "," + each + "," + enough),
		`Plan AWS::Lambda::Function {"Role": {"Ref": "PlanRole"}}`, `Each AWS::Lambda::Function {"Role": {"Ref": "EachRole"}}`,
		`PlanRole AWS::IAM::Role`, `EachRole AWS::IAM::Role`, `JobRole AWS::IAM::Role`, files, `News AWS::SNS::Topic`,
		roleOf("PlanRole", allow(`{"Fn::GetAtt": ["Files", "Arn"]}`, "s3:PutObject")),
		roleOf("EachRole", allow(`{"Fn::GetAtt": ["Files", "Arn"]}`, "s3:GetObject")),
		roleOf("JobRole", allow(`{"Ref": "News"}`, "sns:Publish"), allow(`{"Ref": "Job"}`, "states:StartExecution")),
	}
	g := graphOf(t, resources(given...))
	want := []string{
		"Job (workflow) publishes → News (queue)",
		"Job (workflow) writes | reads → Files (data)",
		"Job/Each (compute) → Job/Plan (compute)",
		"Job/Plan (compute) → Job/Each (compute)",
	}
	got := lines(g)
	if len(got) > 1 { // Which verb is first is of no interest.
		got[1] = strings.Replace(got[1], "reads | writes", "writes | reads", 1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the graph is another (-want +got):\n%s", diff)
	}
	if step := g.nodes["Job Each"]; step == nil || step.service != "Lambda, up to 7 at once" {
		t.Errorf("the map is told as %+v", step)
	}
	t.Run("a function that others invoke too is drawn beside the machine", func(t *testing.T) {
		g := graphOf(t, resources(append(given, work, `M AWS::Lambda::EventSourceMapping {"EventSourceArn": {"Fn::GetAtt": ["Work", "Arn"]}, "FunctionName": {"Ref": "Each"}}`)...))
		if g.nodes["Each"] == nil || !g.connected("Job", "Each") || !g.connected("Work", "Each") {
			t.Errorf("the graph is %q", lines(g))
		}
	})
	t.Run("a definition with expressions", func(t *testing.T) {
		free := machine(strings.NewReplacer(`"MaxConcurrency": 7`, `"MaxConcurrency": "{% $n %}"`).Replace(
			`"Plan": ` + invoke("Plan", `"Next": "Each"`) + "," + each + `,"Enough": {"Type": "Pass", "Arguments": "{% $x %}", "End": true}`))
		g := graphOf(t, resources(append([]string{free}, given[1:]...)...))
		if step := g.nodes["Job Each"]; step == nil || step.service != "Lambda, for each" {
			t.Errorf("the map is told as %+v", step)
		}
	})
}

func TestSuccessors(t *testing.T) {
	var s state
	if err := json.Unmarshal([]byte(`{"Next": "A", "Default": "B", "Choices": [{"Next": "C"}, {"Next": "D"}], "Catch": [{"Next": "E"}]}`), &s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A", "B", "C", "D", "E"}, successors(s)); diff != "" {
		t.Errorf("what follows is another (-want +got):\n%s", diff)
	}
}

func TestCallers(t *testing.T) {
	outputs := `, "Outputs": {"Url": {"Value": {"Fn::Join": ["", ["https://", {"Ref": "Web"}]]}}, "Api": {"Value": {"Ref": "Web"}}, "Input": {"Value": {"Ref": "Files"}}, "Result": {"Value": {"Ref": "Items"}}, "Queue": {"Value": {"Ref": "Work"}}, "Dead": {"Value": {"Ref": "Dead"}}}}`
	document := strings.TrimSuffix(resources(
		`Web AWS::ApiGateway::RestApi`, do, again, files, items, `Dead AWS::SQS::Queue`,
		`Work AWS::SQS::Queue {"RedrivePolicy": {"deadLetterTargetArn": {"Ref": "Dead"}, "maxReceiveCount": 3}}`,
		`Get AWS::ApiGateway::Method {"RestApiId": {"Ref": "Web"}, "HttpMethod": "GET", "AuthorizationType": "NONE", "Integration": {"Uri": {"Fn::GetAtt": ["Do", "Arn"]}}}`,
		roleOf("DoRole", allow(`{"Fn::GetAtt": ["Items", "Arn"]}`, "dynamodb:PutItem")),
	), "}") + outputs
	want := []string{
		"Caller (caller) calls → Web (entry)",
		"Caller (caller) puts files → Files (entry)",
		"Caller (caller) sends → Work (queue)",
		"Do (compute) writes → Items (data)",
		"Web (entry) GET / → Do (compute)",
		"Work (queue) after 3 tries ⇢ Dead (queue)",
	}
	if diff := cmp.Diff(want, lines(graphOf(t, document))); diff != "" {
		t.Errorf("the graph is another (-want +got):\n%s", diff)
	}
	for label, with := range map[string]string{
		"token":      `"AuthorizationType": "COGNITO_USER_POOLS"`,
		"token, key": `"ApiKeyRequired": true, "AuthorizationType": "AWS_IAM"`,
	} {
		changed := strings.Replace(document, `"AuthorizationType": "NONE"`, with, 1)
		if got := lines(graphOf(t, changed)); !slices.Contains(got, "Caller (caller) "+label+" → Web (entry)") {
			t.Errorf("with %s, the graph is %q", with, got)
		}
	}
}

func TestTheWayIn(t *testing.T) {
	document := strings.TrimSuffix(resources(
		`Web AWS::ApiGateway::RestApi`, do, again, `Users AWS::Cognito::UserPool`, `Other AWS::Cognito::UserPool`,
		`Get AWS::ApiGateway::Method {"RestApiId": {"Ref": "Web"}, "HttpMethod": "GET", "AuthorizationType": "COGNITO_USER_POOLS", "Integration": {"Uri": {"Ref": "Do"}}}`,
		`Client AWS::Cognito::UserPoolClient {"UserPoolId": {"Ref": "Users"}}`,
		`Wall AWS::WAFv2::WebACL`, `Ward AWS::WAFv2::WebACLAssociation {"WebACLArn": {"Ref": "Wall"}, "ResourceArn": {"Ref": "Web"}}`,
	), "}") + `, "Outputs": {"Url": {"Value": {"Ref": "Web"}}, "Pool": {"Value": {"Ref": "Users"}}}}`
	want := []string{
		"Caller (caller) signs in → Users (entry)",
		"Caller (caller) token → Firewall (entry)",
		"Firewall (entry) → Web (entry)",
		"Web (entry) GET / → Do (compute)",
		"Other (entry)",
	}
	if diff := cmp.Diff(want, lines(graphOf(t, document))); diff != "" {
		t.Errorf("the graph is another (-want +got):\n%s", diff)
	}
}

func TestIoTCore(t *testing.T) {
	document := strings.TrimSuffix(resources(do, again, `Ask AWS::Lambda::Function`,
		`Check AWS::IoT::Authorizer {"AuthorizerFunctionArn": {"Fn::GetAtt": ["Ask", "Arn"]}}`,
		roleOf("DoRole", allow(`{"Fn::Join": ["", ["arn:aws:iot:", {"Ref": "AWS::Region"}, ":topic/x"]]}`, "iot:Publish")),
	), "}") + `, "Outputs": {"Authorizer": {"Value": {"Ref": "Check"}}}}`
	want := []string{"Caller (caller) token; answers ↔ IoT Core (entry)", "Do (compute) publishes → IoT Core (entry)", "IoT Core (entry) checks tokens ⇢ Ask (compute)"}
	if diff := cmp.Diff(want, lines(graphOf(t, document))); diff != "" {
		t.Errorf("the graph is another (-want +got):\n%s", diff)
	}
}

// family is a template of some pipes that only empty a queue into a target, one of
// which is a bus that a function knows too.
func family(pipes int) string {
	given := []string{
		do, again, roleOf("DoRole", allow(`{"Ref": "Bus"}`, "events:PutEvents")),
		`Bus AWS::Events::EventBus`, `Heard AWS::SQS::Queue`,
		`Rule AWS::Events::Rule {"EventBusName": {"Ref": "Bus"}, "Targets": [{"Arn": {"Ref": "Heard"}}]}`,
	}
	for i := range pipes {
		target := `{"Ref": "Bus"}`
		if i > 0 {
			target = fmt.Sprintf(`{"Ref": "Fire%d"}`, i)
		}
		given = append(given,
			fmt.Sprintf(`In%d AWS::SQS::Queue {"RedrivePolicy": {"deadLetterTargetArn": {"Ref": "Dead%d"}, "maxReceiveCount": 5}}`, i, i),
			fmt.Sprintf(`Dead%d AWS::SQS::Queue`, i),
			fmt.Sprintf(`Fire%d AWS::KinesisFirehose::DeliveryStream {"ExtendedS3DestinationConfiguration": {"BucketARN": {"Ref": "Store%d"}}}`, i, i),
			fmt.Sprintf(`Store%d AWS::S3::Bucket`, i),
			fmt.Sprintf(`To%d AWS::Pipes::Pipe {"Source": {"Ref": "In%d"}, "Target": %s, "SourceParameters": {"SqsQueueParameters": {"BatchSize": 10}}}`, i, i, target))
	}
	return resources(given...)
}

func TestAlikePipesAreOne(t *testing.T) {
	want := []string{
		"Bus (events) → Rule (events)",
		"Do (compute) announces → Bus (events)",
		"Fire0 (data) delivers → Store0 (data)",
		"Pipe × 3 (events) → into each target (events)",
		"Queue × 3 (queue) 10 at a time → Pipe × 3 (events)",
		"Queue × 3 (queue) after 5 tries ⇢ Dead letters × 3 (queue)",
		"Rule (events) sends → Heard (queue)",
		"into each target/EventBridge (events)",
		"into each target/Firehose (data)",
		"into each target/Firehose (data)",
	}
	if diff := cmp.Diff(want, lines(graphOf(t, family(3)))); diff != "" {
		t.Errorf("the graph is another (-want +got):\n%s", diff)
	}
	filtered := strings.ReplaceAll(family(3), `"SourceParameters": {`, `"SourceParameters": {"FilterCriteria": {}, `)
	if got := graphOf(t, filtered); got.nodes["targets"] != nil {
		t.Errorf("pipes that filter are drawn as one: %q", lines(got))
	}
	if got := graphOf(t, family(2)); got.nodes["targets"] != nil || got.nodes["To1"] == nil {
		t.Errorf("two pipes are drawn as one: %q", lines(got))
	}
}

func TestFunctionsOfTheCDK(t *testing.T) {
	document := `{"Resources": {"Handler": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:cdk:path": "Stack/Custom::S3AutoDeleteObjectsCustomResourceProvider/Handler"}}, ` + strings.TrimPrefix(resources(files), `{"Resources": {`)
	if diff := cmp.Diff([]string{"Files (data)"}, lines(graphOf(t, document))); diff != "" {
		t.Errorf("the graph is another (-want +got):\n%s", diff)
	}
}

func TestSameTitlesAreToldApart(t *testing.T) {
	document := `{"Resources": {
		"A": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:cdk:path": "Stack/ItemsFunction/Function/Resource"}},
		"B": {"Type": "AWS::DynamoDB::Table", "Metadata": {"aws:cdk:path": "Stack/Items/Table/Resource"}},
		"C": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "Stack/Work/Queue/Resource"}}}}`
	want := []string{"Items function (compute)", "Items table (data)", "Work (queue)"}
	if diff := cmp.Diff(want, lines(graphOf(t, document))); diff != "" {
		t.Errorf("the graph is another (-want +got):\n%s", diff)
	}
}

func TestWithout(t *testing.T) {
	document := `{"Resources": {
		"A": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "Stack/Files/Old/Resource"}},
		"B": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "Stack/FilesOfOthers/Bucket/Resource"}}}}`
	if diff := cmp.Diff([]string{"Files of others (data)"}, lines(graphOf(t, document, "Files"))); diff != "" {
		t.Errorf("the graph is another (-want +got):\n%s", diff)
	}
	parsed, err := parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(parsed, Picture{Without: []string{"File"}}); err == nil || !strings.Contains(err.Error(), "no File to leave out") {
		t.Errorf("a path that the template does not have: %v", err)
	}
	for pattern, left := range map[string]int{"Files*": 0, "Files/Old": 1, "*/Old": 1, "*/*": 0, "FilesOf*": 1} {
		if got := graphOf(t, document, pattern).ids(); len(got) != left {
			t.Errorf("without %s, there are %q", pattern, got)
		}
	}
}

func TestAlarmsOfWhatIsLeftOutAreNotCounted(t *testing.T) {
	document := `{"Resources": {
		"Topic": {"Type": "AWS::SNS::Topic"},
		"A": {"Type": "AWS::CloudWatch::Alarm", "Metadata": {"aws:cdk:path": "Stack/Work/Errors/Resource"}, "Properties": {"AlarmActions": [{"Ref": "Topic"}]}},
		"B": {"Type": "AWS::CloudWatch::Alarm", "Metadata": {"aws:cdk:path": "Stack/Jobs/Errors/Resource"}, "Properties": {"AlarmActions": [{"Ref": "Topic"}]}}}}`
	if diff := cmp.Diff([]string{"1 alarms (watching)"}, lines(graphOf(t, document, "Jobs"))); diff != "" {
		t.Errorf("the graph is another (-want +got):\n%s", diff)
	}
}

func TestTurn(t *testing.T) {
	document := `{"Resources": {
		"Items": {"Type": "AWS::DynamoDB::Table", "Metadata": {"aws:cdk:path": "Stack/Items/Resource"}},
		"Out": {"Type": "AWS::Pipes::Pipe", "Properties": {"Source": {"Ref": "Items"}, "Target": {"Ref": "Bus"}}},
		"Bus": {"Type": "AWS::Events::EventBus", "Metadata": {"aws:cdk:path": "Stack/Bus/Resource"}},
		"Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventBusName": {"Ref": "Bus"}, "Targets": [{"Arn": {"Ref": "Work"}}]}},
		"Work": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": {"deadLetterTargetArn": {"Ref": "Dead"}, "maxReceiveCount": 3}}},
		"Dead": {"Type": "AWS::SQS::Queue"}}}`
	against := map[string]bool{}
	for _, e := range pictured(t, document, Picture{Turn: "Bus"}).edges {
		against[e.from+" "+e.to] = e.against
	}
	want := map[string]bool{"Items Out": false, "Out Bus": false, "Bus Rule": true, "Rule Work": true, "Work Dead": false}
	if diff := cmp.Diff(want, against); diff != "" {
		t.Errorf("other edges lead back (-want +got):\n%s", diff)
	}
	parsed, err := parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(parsed, Picture{Turn: "Train"}); err == nil || !strings.Contains(err.Error(), "no Train to turn at") {
		t.Errorf("a path that the template does not have: %v", err)
	}
}

func TestCircleTurns(t *testing.T) {
	g := &graph{nodes: map[string]*node{"a": {}, "b": {}}}
	g.add("a", "b", "", false)
	g.add("b", "a", "", false)
	g.turn("a") // It ends.
	if !g.edges[0].against || !g.edges[1].against {
		t.Errorf("the edges are %+v", g.edges)
	}
}

func TestTitles(t *testing.T) {
	for _, c := range [][3]string{
		{"Work/DeadLetterQueue", "Queue", "Work dead letters"},
		{"Resize/Function", "Function", "Resize"},
		{"ItemsFunction/Function", "Function", "Items"},
		{"Jobs/JobsTable/Table", "Table", "Jobs"},
		{"Users/UserPool", "UserPool", "Users"},
		{"Queue", "Queue", "Queue"},
		{"IoT/Publish/Function", "Function", "IoT publish"},
		{"WebSocket/Api", "Api", "WebSocket"},
		{"Bus", "", "Bus"},
		{"Web/API", "", "Web API"},
		{"Rest/Api", "Api", "REST"},
		{"Pub/IoT/Out", "", "Pub IoT out"},
	} {
		if got := title(c[0], c[1]); got != c[2] {
			t.Errorf("%s is called %q, want %q", c[0], got, c[2])
		}
	}
}
