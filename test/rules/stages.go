package rules

import (
	"encoding/json"
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
			Types: []string{stageType},
			Check: checkStageLogs,
		},
		Rule{
			Name:  "stage-execution-logs",
			Doc:   "The log group in which API Gateway writes its own errors is in the template, and there before the stage: API Gateway would make one that keeps its events for ever and outlives the stack (Amazon API Gateway, Set up CloudWatch logging for REST APIs).",
			Types: []string{stageType},
			Check: checkExecutionLogs,
		},
		Rule{
			Name:  "stage-data-trace",
			Doc:   "A stage does not write bodies and tokens into its logs (Amazon API Gateway, Set up CloudWatch logging for REST APIs: data tracing).",
			Types: []string{stageType},
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
			Types: []string{stageType},
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
	if group := t.target(r.get("AccessLogSetting.DestinationArn")); group == nil || group.Type != "AWS::Logs::LogGroup" {
		fault("AccessLogSetting.DestinationArn must be a log group of the template")
	}
	format := r.text("AccessLogSetting.Format")
	// A variable may stand for a number, without quotes.
	if !json.Valid([]byte(variable.ReplaceAllString(format, "0"))) || !strings.HasPrefix(format, "{") {
		fault("AccessLogSetting.Format must be a JSON object, got %q", format)
		return
	}
	found := variable.FindAllString(format, -1)
	if !slices.Contains(found, "$context.requestId") {
		fault("AccessLogSetting.Format must hold $context.requestId, by which a caller's complaint is found")
	}
	for _, name := range found {
		if private.MatchString(name) && !free.MatchString(name) {
			fault("AccessLogSetting.Format holds %s, which comes from the caller", name)
		}
	}
}

// executionLogs is the name that API Gateway gives to the log group of a stage.
func executionLogs(stage *Resource) string {
	return "API-Gateway-Execution-Logs_" + stage.text("RestApiId") + "/" + stage.text("StageName")
}

func checkExecutionLogs(t *Template, r *Resource, fault Fault) {
	writes := slices.ContainsFunc(list(r.get("MethodSettings")), func(setting any) bool {
		level := text(object(setting)["LoggingLevel"])
		return level != "" && level != "OFF"
	})
	made := slices.ContainsFunc(t.of("AWS::Logs::LogGroup"), func(group *Resource) bool {
		return group.text("LogGroupName") == executionLogs(r) && slices.Contains(r.DependsOn, group.ID)
	})
	if writes && !made {
		fault("must depend on a log group named %s", executionLogs(r))
	}
}

func checkDataTrace(t *Template, r *Resource, fault Fault) {
	for _, entry := range list(r.get("MethodSettings")) {
		setting := &Resource{Properties: object(entry)}
		if setting.get("DataTraceEnabled") != nil && setting.text("DataTraceEnabled") != "false" {
			fault("DataTraceEnabled is %s for %s %s", setting.text("DataTraceEnabled"), setting.text("HttpMethod"), setting.text("ResourcePath"))
		}
	}
}

func checkThrottling(t *Template, r *Resource, fault Fault) {
	all := false
	for _, entry := range list(r.get("MethodSettings")) {
		setting := &Resource{Properties: object(entry)}
		method, path := setting.text("HttpMethod"), setting.text("ResourcePath")
		all = all || method == "*" && path == "/*"
		// The settings of one method replace those of all.
		for _, limit := range []string{"ThrottlingRateLimit", "ThrottlingBurstLimit"} {
			if setting.number(limit, 0) <= 0 {
				fault("%s of %s %s must be more than 0", limit, method, path)
			}
		}
	}
	if !all {
		fault("MethodSettings has none for all methods: HttpMethod * and ResourcePath /*")
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
	late := func(alarm *Resource) bool {
		threshold := alarm.number("Threshold", 0)
		return (alarm.text("Statistic") == "Maximum" || strings.HasPrefix(alarm.text("ExtendedStatistic"), "p")) &&
			strings.HasPrefix(alarm.text("ComparisonOperator"), "GreaterThan") && threshold > 0 && threshold < longestLatency
	}
	if !watched("Latency", late) {
		fault("has no alarm on a percentile or the maximum of its Latency below %d ms, where API Gateway gives up", longestLatency)
	}
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
