package rules

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const stageType = "AWS::ApiGateway::Stage"

func init() {
	register(
		Rule{
			Name:  "stage-access-logs",
			Doc:   "A stage logs every request as JSON into a log group of the template, by its ID and without what the caller says of itself (Amazon API Gateway, Set up CloudWatch logging for REST APIs; docs/design.md, APIs).",
			Types: []string{stageType, socketStageType},
			Check: checkStageLogs,
		},
		Rule{
			Name:  "stage-execution-logs",
			Doc:   "The log group in which API Gateway writes its own errors is in the template, and there before the stage: API Gateway would make one that keeps its events for ever and outlives the stack (Amazon API Gateway, Set up CloudWatch logging for REST APIs).",
			Types: []string{stageType, socketStageType},
			Check: checkExecutionLogs,
		},
		Rule{
			Name:  "stage-log-role",
			Doc:   "Where a template makes the role for the logs of all APIs, its stages wait for it: API Gateway refuses a stage that logs as long as the account has none (AWS CloudFormation, AWS::ApiGateway::Account).",
			Types: []string{stageType, socketStageType},
			Check: checkLogRole,
		},
		Rule{
			Name:  "stage-data-trace",
			Doc:   "A stage does not write bodies and tokens into its logs (Amazon API Gateway, Set up CloudWatch logging for REST APIs: data tracing).",
			Types: []string{stageType, socketStageType},
			Check: checkDataTrace,
		},
		Rule{
			Name:  "stage-tracing",
			Doc:   "A stage is traced (AWS Security Hub, APIGateway.3).",
			Types: []string{stageType},
			Check: func(t *Template, r *Resource, fault Fault) {
				if !r.is("TracingEnabled") {
					fault("TracingEnabled must be true")
				}
			},
		},
		Rule{
			Name:  "stage-throttling",
			Doc:   "A stage bounds what all its callers may ask for: otherwise it can use up the account's limit, which all APIs share (Amazon API Gateway, Throttle requests to your REST APIs).",
			Types: []string{stageType, socketStageType},
			Check: checkThrottling,
		},
		Rule{
			Name:  "stage-firewall",
			Doc:   "In production a web ACL of the template stands before every stage (AWS Security Hub, APIGateway.4).",
			Types: []string{stageType},
			Check: checkStageFirewall,
		},
		Rule{
			Name:  "stage-alarms",
			Doc:   "The server errors of a stage and its latency raise alarms, under the name that its API really has (Amazon API Gateway, Amazon CloudWatch metrics and dimensions).",
			Types: []string{stageType},
			Check: checkStageAlarms,
		},
	)
}

// variable is a variable of an access log's format.
var variable = regexp.MustCompile(`\$\{?[A-Za-z]+(?:[._-]?[A-Za-z0-9]+)*\}?`)

// private are the variables that hold what a caller says of itself, and free
// those among them that tell how authorisation went.
var (
	private = regexp.MustCompile(`^\$\{?(context\.authorizer\.|context\.(request|response)Override|context\.identity\.(accessKey|accountId|apiKey|caller|clientCert|cognito|principalOrgId|user$|userArn)|input|method|request\.|stageVariables)`)
	free    = regexp.MustCompile(`^\$\{?context\.authorizer\.(error|integrationLatency|integrationStatus|latency|requestId|status)\}?$`)
)

func checkStageLogs(t *Template, r *Resource, fault Fault) {
	// REST and WebSocket APIs call it by different names.
	setting := &Resource{Properties: object(r.get("AccessLogSetting"))}
	if r.Type == socketStageType {
		setting.Properties = object(r.get("AccessLogSettings"))
	}
	if group := t.target(setting.get("DestinationArn")); group == nil || group.Type != "AWS::Logs::LogGroup" {
		fault("the access logs must go to a log group of the template")
	}
	format := setting.text("Format")
	// A variable may stand for a number, without quotes.
	if !json.Valid([]byte(variable.ReplaceAllString(format, "0"))) || !strings.HasPrefix(format, "{") {
		fault("the format of access logs must be a JSON object, got %q", format)
		return
	}
	found := variable.FindAllString(format, -1)
	if !slices.Contains(found, "$context.requestId") {
		fault("the format of access logs must hold $context.requestId, by which a caller's complaint is found")
	}
	for _, name := range found {
		if private.MatchString(name) && !free.MatchString(name) {
			fault("the format of access logs holds %s, which comes from the caller", name)
		}
	}
}

// settings are those of a part of a stage, or of all of it.
type settings struct {
	*Resource
	scope string
	all   bool
}

// settingsOf are the settings of a stage. Those of one method or route replace
// those of all.
func settingsOf(stage *Resource) []settings {
	var found []settings
	for _, entry := range list(stage.get("MethodSettings")) {
		s := &Resource{Properties: object(entry)}
		scope := s.text("HttpMethod") + " " + s.text("ResourcePath")
		found = append(found, settings{s, scope, scope == "* /*"})
	}
	if all := stage.get("DefaultRouteSettings"); all != nil {
		found = append(found, settings{&Resource{Properties: object(all)}, "all routes", true})
	}
	routes := object(stage.get("RouteSettings"))
	for _, route := range slices.Sorted(maps.Keys(routes)) {
		found = append(found, settings{&Resource{Properties: object(routes[route])}, route, false})
	}
	return found
}

// executionLogs is the name that API Gateway gives to the log group of a stage.
func executionLogs(stage *Resource) string {
	if stage.Type == socketStageType {
		return "/aws/apigateway/" + stage.text("ApiId") + "/" + stage.text("StageName")
	}
	return "API-Gateway-Execution-Logs_" + stage.text("RestApiId") + "/" + stage.text("StageName")
}

// logs tells whether API Gateway writes its own errors, or more, for a stage.
func logs(stage *Resource) bool {
	return slices.ContainsFunc(settingsOf(stage), func(s settings) bool {
		level := s.text("LoggingLevel")
		return level != "" && level != "OFF"
	})
}

func checkExecutionLogs(t *Template, r *Resource, fault Fault) {
	made := slices.ContainsFunc(t.of("AWS::Logs::LogGroup"), func(group *Resource) bool {
		return group.text("LogGroupName") == executionLogs(r) && slices.Contains(r.DependsOn, group.ID)
	})
	if logs(r) && !made {
		fault("must depend on a log group named %s", executionLogs(r))
	}
}

func checkLogRole(t *Template, r *Resource, fault Fault) {
	for _, account := range t.of(accountType) {
		if !t.waitsFor(r, account) {
			fault("must depend on %s, with which API Gateway gets its role", account.ID)
		}
	}
}

func checkDataTrace(t *Template, r *Resource, fault Fault) {
	for _, s := range settingsOf(r) {
		if s.get("DataTraceEnabled") != nil && s.text("DataTraceEnabled") != "false" {
			fault("DataTraceEnabled is %s for %s", s.text("DataTraceEnabled"), s.scope)
		}
	}
}

func checkThrottling(t *Template, r *Resource, fault Fault) {
	for _, s := range settingsOf(r) {
		for _, limit := range []string{"ThrottlingRateLimit", "ThrottlingBurstLimit"} {
			if s.number(limit, 0) <= 0 {
				fault("%s of %s must be more than 0", limit, s.scope)
			}
		}
	}
	if !slices.ContainsFunc(settingsOf(r), func(s settings) bool { return s.all }) {
		fault("has no settings for all of it: MethodSettings of * /*, or DefaultRouteSettings")
	}
}

// stageAt is the stage of the template that an ARN names, or nil.
func (t *Template) stageAt(arn any) *Resource {
	for _, r := range t.of(stageType) {
		api := t.apiOf(r)
		if api == nil {
			continue
		}
		for _, name := range []string{"<" + r.ID + ">", r.text("StageName")} {
			if strings.HasSuffix(text(arn), "::/restapis/<"+api.ID+">/stages/"+name) {
				return r
			}
		}
	}
	return nil
}

func checkStageFirewall(t *Template, r *Resource, fault Fault) {
	guarded := slices.ContainsFunc(t.of(associationType), func(association *Resource) bool {
		return t.stageAt(association.get("ResourceArn")) == r
	})
	if t.Env.Production && !guarded {
		fault("has no web ACL in production")
	}
}

// longestLatency is when API Gateway gives up, in milliseconds.
const longestLatency = 29_000

func checkStageAlarms(t *Template, r *Resource, fault Fault) {
	api := t.apiOf(r)
	if api == nil {
		fault("RestApiId must be an API of the template")
		return
	}
	watched := func(metric string, goesOff func(alarm *Resource) bool) bool {
		return slices.ContainsFunc(t.of(alarmType), func(alarm *Resource) bool {
			return alarm.text("Namespace") == "AWS/ApiGateway" && alarm.text("MetricName") == metric &&
				t.isOfStage(alarm, r, api) && goesOff(alarm)
		})
	}
	if !watched("5XXError", func(alarm *Resource) bool { return alarm.text("Statistic") == "Sum" && alarm.goesOffAt(1) }) {
		fault("has no alarm on the sum of its 5XXError that goes off at 1")
	}
	end := t.longestAnswer(api)
	late := func(alarm *Resource) bool {
		threshold := alarm.number("Threshold", 0)
		return (alarm.text("Statistic") == "Maximum" || strings.HasPrefix(alarm.text("ExtendedStatistic"), "p")) &&
			strings.HasPrefix(alarm.text("ComparisonOperator"), "GreaterThan") && threshold > 0 && threshold < end
	}
	if !watched("Latency", late) {
		fault("has no alarm on a percentile or the maximum of its Latency below %v ms, where API Gateway gives up", end)
	}
}

// longestAnswer is when API Gateway gives up the slowest method of api, in
// milliseconds.
func (t *Template) longestAnswer(api *Resource) float64 {
	longest := float64(longestLatency)
	for _, method := range t.of(methodType) {
		if t.apiOf(method) == api && streams(method) {
			longest = longestStream
		}
	}
	return longest
}

// isOfStage tells whether the alarm is about one stage and no other. A wrong
// name makes an alarm that never goes off.
func (t *Template) isOfStage(alarm, stage, api *Resource) bool {
	dimensions := map[string]any{}
	for _, dimension := range list(alarm.get("Dimensions")) {
		dimensions[text(object(dimension)["Name"])] = object(dimension)["Value"]
	}
	if len(dimensions) != 2 || api.text("Name") == "" || text(dimensions["ApiName"]) != api.text("Name") {
		return false
	}
	return t.target(dimensions["Stage"]) == stage || text(dimensions["Stage"]) == stage.text("StageName")
}
