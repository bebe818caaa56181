package test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/pipeevent"
	"refstack/internal/settings"
	"refstack/stacks/pipes"
	"refstack/test/cdktest"
	"refstack/test/lambdatest"
)

// orderRecord is the record of a new order, as the table's stream has it.
func orderRecord(t testing.TB) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cdktest.Root(), "lambdas", "pipes", "internal", "orders", "testdata", "batch.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records []map[string]any
	if err := json.Unmarshal(text, &records); err != nil {
		t.Fatal(err)
	}
	return records[0]
}

// startOf is a function of the Pipes stack at work.
func startOf(t testing.TB, prefix string) *lambdatest.Function {
	t.Helper()
	template := templateOf(t, "Pipes")
	return startFunction(t, template, template.ID("AWS::Lambda::Function", prefix), nil, nil)
}

// TestOutbox follows an order through the template: by its filter, its function and
// its rule.
func TestOutbox(t *testing.T) {
	template := templateOf(t, "Pipes")
	outbox := template.Resource(template.ID("AWS::Pipes::Pipe", "Outbox"))["Properties"].(map[string]any)
	filters := outbox["SourceParameters"].(map[string]any)["FilterCriteria"].(map[string]any)["Filters"].([]any)
	pattern := filters[0].(map[string]any)["Pattern"].(string)
	target := outbox["TargetParameters"].(map[string]any)["EventBridgeEventBusParameters"].(map[string]any)
	rule := template.Resource(template.ID("AWS::Events::Rule", "Placed"))["Properties"].(map[string]any)["EventPattern"]

	placed, changed := orderRecord(t), orderRecord(t)
	changed["eventName"] = "MODIFY"
	for _, c := range []struct {
		record map[string]any
		want   bool
	}{{placed, true}, {changed, false}} {
		if lets, err := pipeevent.Match(pattern, c.record); err != nil || lets != c.want {
			t.Fatalf("the filter lets %v through: %t (%v), want %t", c.record["eventName"], lets, err, c.want)
		}
	}
	var details []map[string]any
	if err := startOf(t, "Enrich").InvokeJSON(context.Background(), []any{placed}, &details); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{
		"eventId": placed["eventID"], "orderId": "o-1", "customer": "c-7", "currency": "EUR", "lines": 2.0, "total": 2190.0,
	}}
	if diff := cmp.Diff(want, details); diff != "" {
		t.Fatalf("the enrichment (-want +got):\n%s", diff)
	}
	event := map[string]any{"source": target["Source"], "detail-type": target["DetailType"], "detail": details[0]}
	if heard, err := pipeevent.Match(rule, event); err != nil || !heard {
		t.Errorf("the rule does not hear of %v (%v)", event, err)
	}
}

// TestEnrichBinary holds what a pipe relies on: an answer that is a list, [] to end
// without the target, and good records that a bad one does not take along.
func TestEnrichBinary(t *testing.T) {
	function := startOf(t, "Enrich")
	rehearsal := orderRecord(t)
	rehearsal["dynamodb"].(map[string]any)["NewImage"].(map[string]any)["test"] = map[string]any{"BOOL": true}
	for name, c := range map[string]struct {
		batch []any
		want  string
		count int
	}{
		"two orders":            {[]any{orderRecord(t), orderRecord(t)}, "", 2},
		"no records":            {[]any{}, "[]", 0},
		"a rehearsal":           {[]any{rehearsal}, "[]", 0},
		"a poisoned record":     {[]any{"poison"}, "[]", 0},
		"one among good ones":   {[]any{orderRecord(t), map[string]any{"eventID": "x", "dynamodb": map[string]any{"NewImage": map[string]any{"id": map[string]any{}}}}, orderRecord(t)}, "", 2},
		"a rehearsal and order": {[]any{rehearsal, orderRecord(t)}, "", 1},
	} {
		var answer json.RawMessage
		if err := function.InvokeJSON(context.Background(), c.batch, &answer); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.want != "" && string(answer) != c.want || strings.Count(string(answer), `"orderId":"o-1"`) != c.count {
			t.Errorf("%s: %s", name, answer)
		}
	}
}

// TestReceiveBinary gets messages as a pipe hands them over, and names those that
// failed.
func TestReceiveBinary(t *testing.T) {
	function := startOf(t, "ToLambda")
	batch := []events.SQSMessage{{MessageId: "m-1", Body: `{"id": "o-1"}`}, {MessageId: "m-2", Body: `{"id"`}, {MessageId: "m-3", Body: `[]`}}
	var answer events.SQSEventResponse
	if err := function.InvokeJSON(context.Background(), batch, &answer); err != nil {
		t.Fatal(err)
	}
	want := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{{ItemIdentifier: "m-2"}}}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The settings know the targets by name, since they know no stack.
func TestSettingsKnowTheTargets(t *testing.T) {
	if diff := cmp.Diff(pipes.TargetNames(), settings.PipeTargets()); diff != "" {
		t.Errorf("(-stack +settings):\n%s", diff)
	}
}

// TestCatalogueTemplates renders the template of each pipe from a real message: what
// comes out is JSON that has the order.
func TestCatalogueTemplates(t *testing.T) {
	message := []byte(`{"messageId": "m-1", "eventSource": "aws:sqs", "body": "{\"id\": \"o-1\"}", "attributes": {}}`)
	eachStack(t, func(t *testing.T, name string, _ bool, s *synthesis) {
		if s.name != "Pipes" {
			return
		}
		for id, resource := range s.template["Resources"].(map[string]any) {
			fields := resource.(map[string]any)
			if fields["Type"] != "AWS::Pipes::Pipe" {
				continue
			}
			parameters, _ := fields["Properties"].(map[string]any)["TargetParameters"].(map[string]any)
			template, ok := parameters["InputTemplate"].(string)
			if !ok {
				continue
			}
			out, err := pipeevent.Render(template, message)
			if want := `{"order": "o-1", "message": "m-1"}`; err != nil || string(out) != want {
				t.Errorf("%s in %s makes %s (%v), want %s", id, name, out, err, want)
			}
		}
	})
}
