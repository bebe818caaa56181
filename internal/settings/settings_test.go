package settings

import (
	"reflect"
	"strings"
	"testing"
)

func TestDefaults(t *testing.T) {
	got, err := Read(map[string]any{"@aws-cdk/core:x": true, "aws:cdk:bundling-stacks": []any{}, "vpc-provider:account=1": 7})
	if err != nil || got.Stage != "dev" || got.Arch != "arm64" || got.AlarmEmail != "" {
		t.Errorf("got %+v and %v", got, err)
	}
	if got.Production() || got.StackName("Orders") != Prefix+"Orders" {
		t.Error("dev is not what a plain name deploys")
	}
}

func TestValues(t *testing.T) {
	context := map[string]any{"stage": "prod", "arch": "x86_64", "alarmEmail": "ops@example.com"}
	testRead(t, context, func(s Settings) string { return s.Stage }, "prod")
	testRead(t, context, func(s Settings) string { return s.Arch }, "x86_64")
	testRead(t, context, func(s Settings) string { return s.AlarmEmail }, "ops@example.com")
	testRead(t, context, Settings.Production, true)
	testRead(t, context, func(s Settings) string { return s.StackName("Orders") }, Prefix+"Orders-prod")
}

func TestBadValues(t *testing.T) {
	testBad(t, map[string]map[string]any{
		`context stage must be dev or prod, got "Prod"`:                            {"stage": "Prod"},
		`context arch must be arm64 or x86_64, got "amd64"`:                        {"arch": "amd64"},
		`context alarmEmail must be an address such as ops@example.com, got "ops"`: {"alarmEmail": "ops"},
		`context Stage, stge is not known: there are stage, arch, alarmEmail`:      {"stge": "prod", "Stage": "prod"},
		`context stage must be dev or prod, got "x"`:                               {"stage": "x", "arch": "y", "z": 1},
	})
}

// testBad holds the sentences, or what they begin with, to the contexts that must
// be refused with them.
func testBad(t *testing.T, bad map[string]map[string]any) {
	t.Helper()
	for want, context := range bad {
		if _, err := Read(context); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// testRead holds what part takes of the settings.
func testRead[T any](t *testing.T, context map[string]any, part func(Settings) T, want T) {
	t.Helper()
	s, err := Read(context)
	if got := part(s); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v and %v, want %+v", got, err, want)
	}
}
