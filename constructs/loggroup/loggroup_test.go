package loggroup_test

import (
	"testing"

	"refstack/constructs/loggroup"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func TestRetention(t *testing.T) {
	for retain, want := range map[bool]map[string]any{
		false: {"Properties": map[string]any{"RetentionInDays": 30}, "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"},
		true:  {"Properties": map[string]any{"RetentionInDays": 365}, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
	} {
		stack := cdktest.NewStack(t)
		loggroup.New(stack, "Logs", retain)
		cdktest.TemplateOf(t, stack).HasResource("AWS::Logs::LogGroup", want)
	}
}
