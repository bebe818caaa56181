// Package settings reads what a person may set on the command line of the CDK
// CLI or in cdk.json: -c stage=prod and the like.
package settings

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
)

// Settings are the context values of the app, checked.
type Settings struct {
	// Stage is dev or prod. Defaults to dev.
	Stage string
	// Arch is the processor of the functions, arm64 or x86_64. Defaults to
	// arm64.
	Arch string
	// AlarmEmail is told of alarms. Defaults to nobody.
	AlarmEmail string
	// AllowedOrigins are the web pages that may call WebApi, by commas in the
	// context webapi.allowedOrigins. Defaults to none.
	AllowedOrigins []string
	// LogRole has WebApi make the account's role for API Gateway's logs, where
	// the context webapi.logRole is true. Defaults to false.
	LogRole bool
}

// Production tells whether data must survive.
func (s Settings) Production() bool { return s.Stage == "prod" }

// StackName is the CloudFormation name of the stack id: its own in dev, marked
// in prod, so that no deployment of one ever lands on the other.
func (s Settings) StackName(id string) string {
	if s.Production() {
		return id + "-prod"
	}
	return id
}

// Read takes the settings out of the app's whole context. It refuses bad
// values, and names that nobody reads: a misspelt stage would deploy another.
func Read(context map[string]any) (Settings, error) {
	r := reader{context: context}
	s := Settings{
		Stage:      r.oneOf("stage", "dev", "prod"),
		Arch:       r.oneOf("arch", "arm64", "x86_64"),
		AlarmEmail: r.email("alarmEmail"),

		AllowedOrigins: r.list("webapi.allowedOrigins"),
		LogRole:        r.oneOf("webapi.logRole", "false", "true") == "true",
	}
	r.refuseOthers()
	return s, r.err
}

// reader remembers what was asked for, and the first thing that was wrong.
type reader struct {
	context map[string]any
	known   []string
	err     error
}

func (r *reader) text(name string) string {
	r.known = append(r.known, name)
	switch value := r.context[name].(type) {
	case nil:
		return ""
	case string:
		return value
	default:
		r.fail("context %s must be text, got %v", name, value)
		return ""
	}
}

// oneOf reads one of choices; the first is the default.
func (r *reader) oneOf(name string, choices ...string) string {
	value := r.text(name)
	if value == "" {
		return choices[0]
	}
	if !slices.Contains(choices, value) {
		r.fail("context %s must be %s, got %q", name, strings.Join(choices, " or "), value)
	}
	return value
}

// list reads values between commas.
func (r *reader) list(name string) []string {
	value := r.text(name)
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

func (r *reader) email(name string) string {
	value := r.text(name)
	if value == "" {
		return ""
	}
	if address, err := mail.ParseAddress(value); err != nil || address.Address != value {
		r.fail("context %s must be an address such as ops@example.com, got %q", name, value)
	}
	return value
}

// refuseOthers refuses the names that were not read. Those with a colon or an
// @ are the CDK's own: feature flags, and what it looked up in an account.
func (r *reader) refuseOthers() {
	var unknown []string
	for name := range r.context {
		if !strings.ContainsAny(name, ":@") && !slices.Contains(r.known, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		r.fail("context %s is not known: there are %s", strings.Join(unknown, ", "), strings.Join(r.known, ", "))
	}
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}
