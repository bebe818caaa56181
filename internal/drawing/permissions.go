package drawing

import (
	"maps"
	"slices"
	"strings"
)

// verbs are what actions do, in the words of a label. What a role may do with logs,
// traces and keys, or to take messages, is in no picture.
var verbs = map[string]string{
	"dynamodb:BatchGetItem": "reads", "dynamodb:GetItem": "reads", "dynamodb:Query": "reads", "dynamodb:Scan": "reads", "dynamodb:TransactGetItems": "reads",
	"dynamodb:BatchWriteItem": "writes", "dynamodb:DeleteItem": "writes", "dynamodb:PutItem": "writes", "dynamodb:UpdateItem": "writes", "dynamodb:TransactWriteItems": "writes",
	"s3:GetObject": "reads", "s3:PutObject": "writes", "s3:DeleteObject": "writes",
	"secretsmanager:GetSecretValue": "reads",
	"sqs:SendMessage":               "sends",
	"sns:Publish":                   "publishes",
	"states:StartExecution":         "starts", "states:StartSyncExecution": "starts",
	"execute-api:ManageConnections": "pushes",
	"iot:Publish":                   "publishes",
	"events:PutEvents":              "announces",
	"kinesis:PutRecord":             "sends", "kinesis:PutRecords": "sends",
	"firehose:PutRecord": "sends", "firehose:PutRecordBatch": "sends",
	"bedrock:InvokeModel": "calls", "bedrock:InvokeModelWithResponseStream": "streams",
	"sagemaker:InvokeEndpoint": "calls", "sagemaker:InvokeEndpointWithResponseStream": "streams",
}

// permissions draws what functions and state machines do, from what their roles
// allow.
func (r *reader) permissions() {
	statements := r.statements()
	for _, id := range slices.Sorted(maps.Keys(r.template.Resources)) {
		resource := r.template.Resources[id]
		var roles []string
		switch resource.Type {
		case "AWS::Lambda::Function":
			roles = r.template.references(resource.Properties["Role"])
		case "AWS::StepFunctions::StateMachine":
			roles = r.template.references(resource.Properties["RoleArn"])
		}
		for _, role := range roles {
			for _, statement := range statements[role] {
				r.permission(r.resolve(id), statement)
			}
		}
		for _, pool := range r.template.references(at(resource.Properties, "Environment", "Variables")) {
			if r.template.Resources[pool].Type == "AWS::Cognito::UserPool" {
				r.add(r.resolve(id), pool, "has its keys", true)
			}
		}
	}
}

// statements are those of each role: of the policies beside it and inside of it.
func (r *reader) statements() map[string][]any {
	found := map[string][]any{}
	r.template.each("AWS::IAM::Policy", func(_ string, p map[string]any) {
		for _, role := range r.template.references(p["Roles"]) {
			found[role] = append(found[role], list(at(p, "PolicyDocument", "Statement"))...)
		}
	})
	r.template.each("AWS::IAM::Role", func(role string, p map[string]any) {
		for _, policy := range list(p["Policies"]) {
			found[role] = append(found[role], list(at(policy, "PolicyDocument", "Statement"))...)
		}
	})
	return found
}

func (r *reader) permission(from string, statement any) {
	var said []string
	for _, action := range list(at(statement, "Action")) {
		if verb := verbs[text(action)]; verb != "" && !slices.Contains(said, verb) {
			said = append(said, verb)
		}
	}
	if len(said) == 0 || at(statement, "Effect") != "Allow" {
		return
	}
	slices.Sort(said)
	for _, resource := range list(at(statement, "Resource")) {
		to := r.drawn(resource)
		if arn := text(resource); to == "" {
			to = r.outside(arn)
		}
		if r.connected(from, to) && r.aside(from, to) {
			continue // An edge of its own already tells why the role may send there.
		}
		for _, verb := range said {
			if verb == "sends" && r.connected(to, from) {
				verb = "sends again" // Back to where it came from.
			}
			r.add(from, to, verb, false)
		}
	}
}

func (r *reader) aside(from, to string) bool {
	return slices.ContainsFunc(r.edges, func(e edge) bool { return e.from == from && e.to == to && e.aside })
}

// outside is the node of what is not in the template, by its ARN.
func (r *reader) outside(arn string) string {
	switch {
	case strings.Contains(arn, ":foundation-model/"), strings.Contains(arn, ":inference-profile/"):
		return r.service("service model", "Model", "Bedrock", model)
	case strings.Contains(arn, ":sagemaker:"):
		return r.service("service model", "Model", "SageMaker", model)
	case strings.Contains(arn, ":event-bus/default"):
		return r.service("service bus", "Default bus", "EventBridge", events)
	case strings.Contains(arn, ":iot:"):
		return r.service("service iot", "IoT Core", "MQTT", entry)
	}
	return ""
}

// turnReads turns what is read before something is done so that it lies on the way:
// the edge is the way of the data, and no circle.
func (r *reader) turnReads() {
	for i, e := range r.edges {
		if e.label == "reads" && r.leads(e.to, e.from) {
			r.edges[i] = edge{from: e.to, to: e.from, label: "read by"}
		}
	}
}
