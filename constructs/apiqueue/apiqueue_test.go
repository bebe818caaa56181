package apiqueue_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/apiqueue"
	"refstack/constructs/restapi"
	"refstack/constructs/userpool"
	"refstack/constructs/workqueue"
	"refstack/test/cdktest"
	"refstack/test/vtl"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

var model = map[string]any{"type": "object"}

const sub = "0f1e2d3c-1111-2222-3333-444455556666"

// newQueue is a queue behind POST /qa/jobs.
func newQueue(t *testing.T, origins ...string) *cdktest.Template {
	t.Helper()
	stack := cdktest.NewStack(t)
	api := restapi.New(stack, "Shop", &restapi.Props{UserPool: userpool.New(stack, "Users", nil).UserPool, AllowedOrigins: origins})
	queue := apiqueue.New(stack, "Intake", &apiqueue.Props{Api: api, Queue: workqueue.New(stack, "Jobs", nil).Queue})
	queue.Accept("/qa/jobs", &apiqueue.AcceptProps{Model: model, Attributes: map[string]string{"task": "qa"}})
	return cdktest.TemplateOf(t, stack)
}

// integration is that of the one method that is no preflight.
func integration(t *testing.T, template *cdktest.Template) map[string]any {
	t.Helper()
	for _, resource := range template.JSON["Resources"].(map[string]any) {
		properties, _ := resource.(map[string]any)["Properties"].(map[string]any)
		if resource.(map[string]any)["Type"] == "AWS::ApiGateway::Method" && properties["HttpMethod"] == "POST" {
			return properties["Integration"].(map[string]any)
		}
	}
	t.Fatal("there is no POST")
	return nil
}

func requestTemplate(t *testing.T) string {
	t.Helper()
	return integration(t, newQueue(t))["RequestTemplates"].(map[string]any)["application/json"].(string)
}

func gateway(requestID string) map[string]any {
	return map[string]any{
		"requestId": requestID, "requestTimeEpoch": 1795415590000,
		"authorizer": map[string]any{"claims": map[string]any{"sub": sub}},
	}
}

func TestIntegration(t *testing.T) {
	template := newQueue(t)
	queue := template.ID("AWS::SQS::Queue", "JobsQueue")
	role := template.ID("AWS::IAM::Role", "IntakeRole")
	template.Has("AWS::IAM::Role", map[string]any{"AssumeRolePolicyDocument": map[string]any{"Statement": []any{map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": "apigateway.amazonaws.com"},
	}}}})
	template.Has("AWS::IAM::Policy", map[string]any{
		"Roles": []any{map[string]any{"Ref": role}},
		"PolicyDocument": map[string]any{"Statement": []any{map[string]any{
			"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": map[string]any{"Fn::GetAtt": []any{queue, "Arn"}},
		}}},
	})
	got := integration(t, template)
	for name, want := range map[string]any{
		"Type": "AWS", "IntegrationHttpMethod": "POST", "PassthroughBehavior": "NEVER",
		"Credentials": map[string]any{"Fn::GetAtt": []any{role, "Arn"}},
		"RequestParameters": map[string]any{
			"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'",
			"integration.request.header.Accept":       "'application/json'",
		},
		"Uri": map[string]any{"Fn::Join": []any{"", []any{
			"arn:", map[string]any{"Ref": "AWS::Partition"}, ":apigateway:", map[string]any{"Ref": "AWS::Region"}, ":sqs:path/",
			map[string]any{"Ref": "AWS::AccountId"}, "/", map[string]any{"Fn::GetAtt": []any{queue, "QueueName"}},
		}}},
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "POST", "AuthorizationType": "COGNITO_USER_POOLS",
		"RequestParameters": map[string]any{"method.request.header.Idempotency-Key": false},
	})
	template.Has("AWS::ApiGateway::Model", map[string]any{"ContentType": "application/json", "Schema": map[string]any{"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}})
}

// hostile are bodies that a careless template would let out of their parameter.
var hostile = []string{
	`{"question":"why?"}`,
	`{"question":"a & b = c + d % e # f"}`,
	`{"question":"x&MessageAttribute.1.Value.StringValue=somebody-else&Action=DeleteQueue"}`,
	"{\"question\":\"line\\nbreak\",\r\n\t\"b\": 1}\n",
	`{"question":"\"quotes\" and 'single' and \\ backslash \u0000"}`,
	`{"question":"日本語 🐈 é ﷽ ` + "\u2028" + `"}`,
	`{"question":"$context.requestId ${sub} #set($key = 'x') #end $input.body *# ## ~!()'"}`,
	`{"a":1},"owner":"somebody-else"`,
	`%7B%22a%22%3A1%7D+`,
}

func TestWhatArrivesIsWhatWasSent(t *testing.T) {
	template := requestTemplate(t)
	// Velocity parses what stands between double quotes, and Java's is not the one that runs here.
	if strings.Contains(template, `$"`) {
		t.Errorf("a $ ends a text that Velocity parses: %s", template)
	}
	var cases []vtl.Case
	for _, body := range hostile {
		cases = append(cases, vtl.Case{Template: template, Body: body, Headers: map[string]string{"idempotency-key": "order_1-A"}, Context: gateway("rid")})
	}
	for i, result := range vtl.Render(t, cases...) {
		form, err := url.ParseQuery(result.Output)
		if err != nil {
			t.Fatalf("%q is no form: %v", result.Output, err)
		}
		want := url.Values{
			"Action": {"SendMessage"}, "Version": {"2012-11-05"}, "MessageGroupId": {sub}, "MessageBody": {hostile[i]},
		}
		for n, attribute := range [][2]string{{"owner", sub}, {"id", "17954-0f1e2d3c-order_1-A"}, {"accepted", "1795415590000"}, {"task", "qa"}} {
			prefix := "MessageAttribute." + string(rune('1'+n))
			want[prefix+".Name"], want[prefix+".Value.DataType"], want[prefix+".Value.StringValue"] = []string{attribute[0]}, []string{"String"}, []string{attribute[1]}
		}
		if diff := cmp.Diff(want, form); diff != "" {
			t.Errorf("%s (-want +got):\n%s", hostile[i], diff)
		}
	}
}

func TestKeys(t *testing.T) {
	template := requestTemplate(t)
	const fresh = "e5a7a1b0-0000-4000-8000-000000000000"
	type test struct {
		headers map[string]string
		want    string // "" for a refusal
	}
	tests := []test{
		{nil, fresh},
		{map[string]string{"Idempotency-Key": "a"}, "a"},
		{map[string]string{"IDEMPOTENCY-KEY": strings.Repeat("x", 64)}, strings.Repeat("x", 64)},
		{map[string]string{"idempotency-key": strings.Repeat("x", 65)}, ""},
		{map[string]string{"idempotency-key": ""}, ""},
		{map[string]string{"idempotency-key": "a/b"}, ""},
		{map[string]string{"idempotency-key": "a b"}, ""},
		{map[string]string{"idempotency-key": "é"}, ""},
		{map[string]string{"idempotency-key": `a"&MessageBody=x`}, ""},
		{map[string]string{"idempotency-key-2": "b"}, fresh},
	}
	var cases []vtl.Case
	for _, c := range tests {
		cases = append(cases, vtl.Case{Template: template, Body: "{}", Headers: c.headers, Context: gateway(fresh)})
	}
	for i, result := range vtl.Render(t, cases...) {
		form, err := url.ParseQuery(result.Output)
		if err != nil {
			t.Fatal(err)
		}
		if tests[i].want == "" {
			if diff := cmp.Diff(url.Values{"Action": {"RefuseIdempotencyKey"}}, form); diff != "" {
				t.Errorf("%v (-want +got):\n%s", tests[i].headers, diff)
			}
			continue
		}
		if got, want := form.Get("MessageAttribute.2.Value.StringValue"), "17954-0f1e2d3c-"+tests[i].want; got != want {
			t.Errorf("%v: the id is %q, want %q", tests[i].headers, got, want)
		}
	}
}

// answer picks and renders the integration's response as API Gateway would.
func answer(t *testing.T, template *cdktest.Template, status, body string, headers map[string]string) (code string, parameters map[string]any, result vtl.Result) {
	t.Helper()
	var chosen map[string]any
	for _, response := range integration(t, template)["IntegrationResponses"].([]any) {
		response := response.(map[string]any)
		if pattern, ok := response["SelectionPattern"]; pattern == status || !ok && chosen == nil {
			chosen = response
		}
	}
	text := chosen["ResponseTemplates"].(map[string]any)["application/json"].(string)
	return chosen["StatusCode"].(string), chosen["ResponseParameters"].(map[string]any),
		vtl.Render(t, vtl.Case{Template: text, Body: body, Headers: headers, Context: gateway("rid")})[0]
}

func TestAnswers(t *testing.T) {
	template := newQueue(t, "https://a.example.com", "https://b.example.com")
	const sent = `{"SendMessageResponse":{"SendMessageResult":{"MessageId":"m"}}}`
	refused := func(code string) string {
		return `{"Error":{"Code":"` + code + `","Message":"internal words"},"RequestId":"r"}`
	}

	t.Run("accepted", func(t *testing.T) {
		status, parameters, result := answer(t, template, "200", sent, map[string]string{"Idempotency-Key": "k", "origin": "https://b.example.com"})
		if status != "202" || result.Status != 0 || result.Output != `{"id":"17954-0f1e2d3c-k","status":"queued"}` {
			t.Errorf("answered %s %d %s", status, result.Status, result.Output)
		}
		if parameters["method.response.header.Content-Type"] != "'application/json'" || parameters["method.response.header.Cache-Control"] != "'no-store'" {
			t.Errorf("headers are %v", parameters)
		}
		base, _ := url.Parse("https://api.example.com/v1/qa/jobs")
		location, err := base.Parse(result.Header["Location"])
		if err != nil || location.String() != "https://api.example.com/v1/jobs/17954-0f1e2d3c-k" {
			t.Errorf("Location %q is %v, %v", result.Header["Location"], location, err)
		}
		if result.Header["Access-Control-Allow-Origin"] != "https://b.example.com" || !strings.Contains(result.Header["Access-Control-Expose-Headers"], "Location") {
			t.Errorf("a page cannot read it: %v", result.Header)
		}
		if result.Header["Vary"] != "Origin" {
			t.Errorf("a cache would mix origins: %v", result.Header)
		}
	})
	t.Run("another origin", func(t *testing.T) {
		_, _, result := answer(t, template, "200", sent, map[string]string{"Origin": "https://c.example.com"})
		if _, ok := result.Header["Access-Control-Allow-Origin"]; ok {
			t.Errorf("anybody's page may read it: %v", result.Header)
		}
	})
	for _, c := range []struct {
		status, body, want string
		override           int
		kind               string
	}{
		{"400", refused("InvalidAction"), "400", 0, "invalid-parameters"},
		{"400", refused("InvalidParameterValue"), "400", 413, "body-too-large"},
		{"400", refused("InvalidMessageContents"), "400", 0, "invalid-body"},
		{"403", refused("AccessDenied"), "503", 0, "unavailable"},
		{"500", "<html>", "503", 0, "unavailable"},
		{"302", "", "503", 0, "unavailable"},
	} {
		status, parameters, result := answer(t, template, c.status, c.body, map[string]string{"Origin": "https://a.example.com"})
		var problem struct {
			Type, RequestID string
			Status          int
		}
		if err := json.Unmarshal([]byte(result.Output), &problem); err != nil {
			t.Errorf("%s %s: %v in %s", c.status, c.body, err, result.Output)
		}
		wantStatus := map[string]int{"400": 400, "503": 503}[c.want]
		if c.override != 0 {
			wantStatus = c.override
		}
		if status != c.want || result.Status != c.override || problem.Status != wantStatus ||
			problem.Type != "urn:problem-type:"+c.kind || problem.RequestID != "rid" {
			t.Errorf("%s %s: %s, overridden by %d: %s", c.status, c.body, status, result.Status, result.Output)
		}
		if parameters["method.response.header.Content-Type"] != "'application/problem+json'" || result.Header["Access-Control-Allow-Origin"] != "https://a.example.com" {
			t.Errorf("%s %s: headers are %v and %v", c.status, c.body, parameters, result.Header)
		}
		if strings.Contains(result.Output, "internal words") {
			t.Errorf("the queue's own words are told: %s", result.Output)
		}
	}
}

// Every header that an integration response sets must be declared by the method.
func TestHeadersAreDeclared(t *testing.T) {
	template := newQueue(t)
	declared := map[string]bool{}
	for _, resource := range template.JSON["Resources"].(map[string]any) {
		properties, _ := resource.(map[string]any)["Properties"].(map[string]any)
		responses, _ := properties["MethodResponses"].([]any)
		for _, response := range responses {
			response := response.(map[string]any)
			for name := range response["ResponseParameters"].(map[string]any) {
				declared[response["StatusCode"].(string)+name] = true
			}
		}
	}
	for _, response := range integration(t, template)["IntegrationResponses"].([]any) {
		response := response.(map[string]any)
		for name := range response["ResponseParameters"].(map[string]any) {
			if !declared[response["StatusCode"].(string)+name] {
				t.Errorf("%s of %s is not declared", name, response["StatusCode"])
			}
		}
	}
}

func TestBadProps(t *testing.T) {
	stack := cdktest.NewStack(t)
	api := restapi.New(stack, "Shop", &restapi.Props{UserPool: userpool.New(stack, "Users", nil).UserPool})
	work := workqueue.New(stack, "Jobs", nil).Queue
	fifo := awssqs.NewQueue(stack, jsii.String("Fifo"), &awssqs.QueueProps{Fifo: jsii.Bool(true)})
	for want, props := range map[string]*apiqueue.Props{
		"apiqueue: Api and Queue are required":                  nil,
		"apiqueue: StatusPath must be such as /jobs, got jobs/": {Api: api, Queue: work, StatusPath: "jobs/"},
		"apiqueue: Queue must not be a FIFO queue":              {Api: api, Queue: fifo},
	} {
		cdktest.Panics(t, want, func() { apiqueue.New(stack, "Intake", props) })
	}
	queue := apiqueue.New(stack, "Intake", &apiqueue.Props{Api: api, Queue: work})
	for want, props := range map[string]*apiqueue.AcceptProps{
		"apiqueue: Model is required for /a": nil,
		`apiqueue: Attributes must be letters, digits, hyphens and underscores, got "task": "a&b"`: {Model: model, Attributes: map[string]string{"task": "a&b"}},
		"apiqueue: Attributes must not have owner, which every message has":                        {Model: model, Attributes: map[string]string{"owner": "me"}},
	} {
		cdktest.Panics(t, want, func() { queue.Accept("/a", props) })
	}
}
