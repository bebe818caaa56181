// Package settings reads what a person may set on the command line of the CDK
// CLI or in cdk.json: -c stage=prod and the like.
package settings

import (
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
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

	WebApi    WebApi
	Pipes     Pipes
	GenAi     GenAi
	MapReduce MapReduce
}

// Pipes are the settings of the stack of that name.
type Pipes struct {
	// Targets are names of the catalogue, by commas, or all. Default to those that
	// cost nothing while nothing comes.
	Targets []string
	// Webhook is where the target apidestination posts to.
	Webhook string
}

// WebApi are the contexts webapi.… of the stack WebApi.
type WebApi struct {
	// AllowedOrigins are the web pages that may call the API, by commas. Defaults
	// to none.
	AllowedOrigins []string
	// LogRole has the stack make the account's role for API Gateway's logs.
	// Defaults to false.
	LogRole bool
}

// GenAi are the contexts genai.… of the stack GenAi.
type GenAi struct {
	// AllowedOrigins and LogRole are as in WebApi.
	AllowedOrigins []string
	LogRole        bool
	// Endpoint is bedrock, sagemaker or http. Defaults to bedrock.
	Endpoint string
	// Model is the ID of a model or an inference profile of Bedrock, or the HTTP
	// server's name of the model. Bedrock has a default.
	Model string
	// Guardrail and GuardrailVersion are Bedrock's. Default to none.
	Guardrail, GuardrailVersion string
	// SageMakerEndpoint and InferenceComponent are names. The second defaults to
	// none.
	SageMakerEndpoint, InferenceComponent string
	// URL is where an HTTP endpoint is, and Secret the name of its key in Secrets
	// Manager. Secret defaults to no key.
	URL, Secret string
	// WebSocket and IoT are what the context genai.reply has besides polling, which
	// is always there.
	WebSocket, IoT bool
	// Cache is how long answers are given again. Defaults to no cache.
	Cache time.Duration
	// Concurrency is how many jobs the model does at once, and 0 the stack's
	// default.
	Concurrency int
	// Budget is in US dollars a month. Defaults to none.
	Budget int
}

// MapReduce are the contexts mapreduce.… of the stack MapReduce.
type MapReduce struct {
	// Children of the map are express or standard. Defaults to express.
	Children string
	// Concurrency is how many batches of a run are mapped at once, and
	// AccountConcurrency the limit of the account. 0 is the stack's default.
	Concurrency, AccountConcurrency int
	// BadRows and BadRowsPercentage are tolerated in the input. Default to none.
	BadRows           int
	BadRowsPercentage float64
}

// PipeTargets are the names that pipes.targets may have besides all. They are those
// of the stack, which is not asked, so that this package needs no CDK.
func PipeTargets() []string {
	return []string{
		"apidestination", "apigateway", "batch", "ecs", "eventbridge", "firehose", "kinesis", "lambda", "logs", "redshift", "sagemaker", "sns", "sqs", "stepfunctions",
	}
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

		WebApi: WebApi{
			AllowedOrigins: r.list("webapi.allowedOrigins"),
			LogRole:        r.yes("webapi.logRole"),
		},
		Pipes: Pipes{Targets: r.someOf("pipes.targets", append(PipeTargets(), "all")...), Webhook: r.text("pipes.webhook")},
		GenAi: r.genAi(),
		MapReduce: MapReduce{
			Children:           r.oneOf("mapreduce.children", "express", "standard"),
			Concurrency:        r.number("mapreduce.concurrency"),
			AccountConcurrency: r.number("mapreduce.accountConcurrency"),
			BadRows:            r.number("mapreduce.badRows"),
			BadRowsPercentage:  r.percentage("mapreduce.badRowsPercentage"),
		},
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

// yes reads true or false, the default.
func (r *reader) yes(name string) bool { return r.oneOf(name, "false", "true") == "true" }

// number reads a positive number. Defaults to 0.
func (r *reader) number(name string) int {
	value := r.text(name)
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		r.fail("context %s must be a positive number, got %q", name, value)
	}
	return n
}

// percentage reads a number up to 100. Defaults to 0.
func (r *reader) percentage(name string) float64 {
	value := r.text(name)
	if value == "" {
		return 0
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n > 0 && n <= 100) {
		r.fail("context %s must be a number above 0, up to 100, got %q", name, value)
	}
	return n
}

// duration reads a time such as 90s, 5m or 1h. Defaults to 0.
func (r *reader) duration(name string) time.Duration {
	value := r.text(name)
	if value == "" {
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		r.fail("context %s must be a time such as 90s, 5m or 1h, got %q", name, value)
	}
	return d
}

// someOf reads some of choices, between commas.
func (r *reader) someOf(name string, choices ...string) []string {
	values := r.list(name)
	for _, value := range values {
		if !slices.Contains(choices, value) {
			r.fail("context %s must be of %s, between commas, got %q", name, strings.Join(choices, ", "), value)
		}
	}
	return values
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
