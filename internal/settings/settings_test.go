package settings

import (
	"reflect"
	"strings"
	"testing"
)

func TestDefaults(t *testing.T) {
	got, err := Read(map[string]any{"@aws-cdk/core:x": true, "aws:cdk:bundling-stacks": []any{}, "vpc-provider:account=1": 7})
	if want := (Settings{Stage: "dev", Arch: "arm64", GenAi: GenAi{Endpoint: "bedrock"}, MapReduce: MapReduce{Children: "express"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v and %v, want %+v", got, err, want)
	}
	if got.Production() || got.StackName("Thumbnailer") != "Thumbnailer" {
		t.Error("dev is not what a plain name deploys")
	}
}

func TestValues(t *testing.T) {
	got, err := Read(map[string]any{
		"stage": "prod", "arch": "x86_64", "alarmEmail": "ops@example.com",
		"webapi.allowedOrigins": "https://a.example.com,https://b.example.com", "webapi.logRole": "true",
		"pipes.targets": "sqs,sns", "pipes.webhook": "https://example.com/hook",
		"mapreduce.children": "standard", "mapreduce.concurrency": "500", "mapreduce.accountConcurrency": "3000",
		"mapreduce.badRows": "10", "mapreduce.badRowsPercentage": "0.5",
	})
	want := Settings{
		Stage: "prod", Arch: "x86_64", AlarmEmail: "ops@example.com",
		WebApi: WebApi{AllowedOrigins: []string{"https://a.example.com", "https://b.example.com"}, LogRole: true},
		Pipes:  Pipes{Targets: []string{"sqs", "sns"}, Webhook: "https://example.com/hook"},
		GenAi:  GenAi{Endpoint: "bedrock"},
		MapReduce: MapReduce{
			Children: "standard", Concurrency: 500, AccountConcurrency: 3000, BadRows: 10, BadRowsPercentage: 0.5,
		},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v and %v, want %+v", got, err, want)
	}
	if !got.Production() || got.StackName("Thumbnailer") != "Thumbnailer-prod" {
		t.Error("prod has no name of its own")
	}
}

func TestBadValues(t *testing.T) {
	for want, context := range map[string]map[string]any{
		`context stage must be dev or prod, got "Prod"`:                                                                                              {"stage": "Prod"},
		`context arch must be arm64 or x86_64, got "amd64"`:                                                                                          {"arch": "amd64"},
		`context alarmEmail must be an address such as ops@example.com, got "ops"`:                                                                   {"alarmEmail": "ops"},
		`context alarmEmail must be an address such as ops@example.com, got "Ops <o@e.c>"`:                                                           {"alarmEmail": "Ops <o@e.c>"},
		`context webapi.logRole must be false or true, got "yes"`:                                                                                    {"webapi.logRole": "yes"},
		`context stage must be text, got true`:                                                                                                       {"stage": true},
		`context Stage, stge is not known: there are stage, arch, alarmEmail, webapi.allowedOrigins, webapi.logRole, pipes.targets, pipes.webhook, `: {"stge": "prod", "Stage": "prod"},
		`context stage must be dev or prod, got "x"`:                                                                                                 {"stage": "x", "arch": "y", "z": 1},
		`context mapreduce.children must be express or standard, got "EXPRESS"`:                                                                      {"mapreduce.children": "EXPRESS"},
		`context mapreduce.concurrency must be a positive number, got "-1"`:                                                                          {"mapreduce.concurrency": "-1"},
		`context mapreduce.accountConcurrency must be a positive number, got "many"`:                                                                 {"mapreduce.accountConcurrency": "many"},
		`context mapreduce.badRows must be a positive number, got "0"`:                                                                               {"mapreduce.badRows": "0"},
		`context mapreduce.badRowsPercentage must be a number above 0, up to 100, got "101"`:                                                         {"mapreduce.badRowsPercentage": "101"},
		`context mapreduce.badRowsPercentage must be a number above 0, up to 100, got "NaN"`:                                                         {"mapreduce.badRowsPercentage": "NaN"},
	} {
		if _, err := Read(context); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
