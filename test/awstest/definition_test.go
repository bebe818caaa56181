package awstest_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/test/awstest"
)

func TestDefinitionOf(t *testing.T) {
	const text = `{"Resources": {
		"Worker": {"Type": "AWS::Lambda::Function"},
		"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
			"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
			"DefinitionString": {"Fn::Join": ["", ["{\"Function\":\"", {"Fn::GetAtt": ["Worker", "Arn"]}, "\"}"]]}
		}},
		"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [
			{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Fn::GetAtt": ["Worker", "Arn"]}}
		]}}]}},
		"Broken": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": "{"}}
	}}`
	var template map[string]any
	if err := json.Unmarshal([]byte(text), &template); err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:lambda:us-east-1:123456789012:function:worker"
	names := map[string]string{"Worker": "worker"}
	got, err := awstest.DefinitionOf(template, "Machine", names)
	if diff := cmp.Diff(map[string]any{"Function": arn}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if got, err := awstest.DefinitionOf(template, "Machine", nil); err != nil || got["Function"] == "" {
		t.Errorf("without names it is %v, %v", got, err)
	}
	for _, id := range []string{"Worker", "Broken", "None"} {
		if _, err := awstest.DefinitionOf(template, id, names); err == nil {
			t.Errorf("%s has a definition", id)
		}
	}
	if _, err := awstest.DefinitionOf(template, "Machine", map[string]string{}); err == nil {
		t.Error("what has no name is not missed")
	}
	role, err := awstest.RoleOf(template, "Machine", names)
	if err != nil {
		t.Fatal(err)
	}
	awstest.CheckRole(t, role, []awstest.Call{{Service: "lambda", Operation: "Invoke", Actions: []string{"lambda:InvokeFunction"}, Resource: arn}}, nil)
}
