package rules

import (
	"maps"
	"slices"
	"strings"
)

const functionType = "AWS::Lambda::Function"

func init() {
	register(
		Rule{
			Name:  "function-runtime",
			Doc:   "A function is a Go binary on provided.al2023, for the processor that was asked for (docs/design.md, functions).",
			Types: []string{functionType},
			Check: checkRuntime,
		},
		Rule{
			Name:  "function-limits",
			Doc:   "A function's memory and timeout are chosen, not Lambda's 128 MiB and 3 seconds (docs/design.md, functions).",
			Types: []string{functionType},
			Check: checkLimits,
		},
		Rule{
			Name:  "function-tracing",
			Doc:   "A function is traced, and its role may write the traces (AWS Lambda, Visualize Lambda function invocations using AWS X-Ray).",
			Types: []string{functionType},
			Check: checkTracing,
		},
		Rule{
			Name:  "function-logs",
			Doc:   "A function writes JSON into a log group of its own in the template, and may do so (AWS Lambda, Configuring advanced logging controls).",
			Types: []string{functionType},
			Check: checkLogs,
		},
		Rule{
			Name:  "log-retention",
			Doc:   "Logs expire: a log group without retention keeps, and costs, forever (AWS Security Hub, CloudWatch.16).",
			Types: []string{"AWS::Logs::LogGroup"},
			Check: checkRetention,
		},
		Rule{
			Name:  "function-role",
			Doc:   "Every function has a role of its own that Lambda alone may assume (docs/design.md, everywhere: one role a function).",
			Types: []string{functionType},
			Check: checkRole,
		},
		Rule{
			Name:  "function-environment",
			Doc:   "A function may use the tables and queues that its environment names: otherwise it fails, and only when somebody calls (docs/design.md, everywhere).",
			Types: []string{functionType},
			Check: checkEnvironment,
		},
		Rule{
			Name:  "function-alarms",
			Doc:   "A function's errors, its throttles and a duration of 80 % of its timeout raise alarms (docs/design.md, functions).",
			Types: []string{functionType},
			Check: checkFunctionAlarms,
		},
	)
}

func checkRuntime(t *Template, r *Resource, fault Fault) {
	if runtime := r.text("Runtime"); runtime != "provided.al2023" {
		fault("Runtime is %q: it must be provided.al2023", runtime)
	}
	if got := texts(r.get("Architectures")); !slices.Equal(got, []string{t.Env.Architecture}) {
		fault("Architectures are %q: they must be %q", got, t.Env.Architecture)
	}
}

func checkLimits(t *Template, r *Resource, fault Fault) {
	if memory := r.number("MemorySize", 0); memory < 128 || memory > 10240 {
		fault("MemorySize must be explicit, from 128 to 10240")
	}
	if timeout := r.number("Timeout", 0); timeout < 1 || timeout > 900 {
		fault("Timeout must be explicit, from 1 to 900")
	}
}

func checkTracing(t *Template, r *Resource, fault Fault) {
	if mode := r.text("TracingConfig.Mode"); mode != "Active" {
		fault("TracingConfig.Mode is %q: it must be Active", mode)
	}
	t.mustAllow(r, fault, nil, "xray:PutTraceSegments", "xray:PutTelemetryRecords")
}

func checkLogs(t *Template, r *Resource, fault Fault) {
	if format := r.text("LoggingConfig.LogFormat"); format != "JSON" {
		fault("LoggingConfig.LogFormat is %q: it must be JSON", format)
	}
	group := t.target(r.get("LoggingConfig.LogGroup"))
	if group == nil || group.Type != "AWS::Logs::LogGroup" {
		fault("LoggingConfig.LogGroup must be a log group of the template: Lambda's own keeps logs forever, and outlives the stack")
		return
	}
	for _, other := range t.of(functionType) {
		if other != r && t.target(other.get("LoggingConfig.LogGroup")) == group {
			fault("shares the log group %s with %s", group.ID, other.ID)
		}
	}
	t.mustAllow(r, fault, group, "logs:CreateLogStream", "logs:PutLogEvents")
}

func checkRetention(t *Template, r *Resource, fault Fault) {
	if r.number("RetentionInDays", 0) < 1 {
		fault("RetentionInDays is not set")
	}
}

func checkRole(t *Template, r *Resource, fault Fault) {
	role := t.target(r.get("Role"))
	if role == nil || role.Type != "AWS::IAM::Role" {
		fault("Role must be a role of the template")
		return
	}
	for _, other := range t.of(functionType) {
		if other != r && t.target(other.get("Role")) == role {
			fault("shares the role %s with %s", role.ID, other.ID)
		}
	}
	doors := role.doors()
	if len(doors) == 0 {
		fault("nobody may assume its role %s", role.ID)
	}
	for _, s := range doors {
		if s.effect != "Allow" || len(s.principals) != 1 || !slices.Equal(s.principals["Service"], []string{"lambda.amazonaws.com"}) {
			fault("others than lambda.amazonaws.com may assume its role %s", role.ID)
		}
	}
}

func checkEnvironment(t *Template, r *Resource, fault Fault) {
	role := t.target(r.get("Role"))
	if role == nil {
		return // That is a fault of another rule.
	}
	variables := object(r.get("Environment.Variables"))
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		named := t.target(variables[name])
		if named == nil || named.Type != queueType && !slices.Contains(tableTypes, named.Type) {
			continue
		}
		uses := slices.ContainsFunc(t.allowances(role), func(s statement) bool {
			// Reading a stream is no use of its table.
			return slices.Contains(s.resources, "<"+named.ID+".Arn>")
		})
		if !uses {
			fault("its role may do nothing with %s, which is in %s", named.ID, name)
		}
	}
}

// mustAllow faults a function whose role may not do something on resource, or
// on everything where that is nil. Without it nothing fails loudly: logs or
// traces stay away, or a queue is never read.
func (t *Template) mustAllow(function *Resource, fault Fault, resource *Resource, actions ...string) {
	role := t.target(function.get("Role"))
	if role == nil {
		return // That is a fault of another rule.
	}
	var missing []string
	for _, action := range actions {
		if !t.roleMay(role, action, resource) {
			missing = append(missing, action)
		}
	}
	if len(missing) > 0 {
		on := "*"
		if resource != nil {
			on = resource.ID
		}
		fault("its role may not %s on %s", strings.Join(missing, ", "), on)
	}
}

func checkFunctionAlarms(t *Template, r *Resource, fault Fault) {
	// A function without a valid timeout is a fault of another rule.
	longest := r.number("Timeout", 3) * 1000 * 0.8
	for _, want := range []struct {
		metric, statistic string
		threshold         float64
	}{
		{"Errors", "Sum", 1},
		{"Throttles", "Sum", 1},
		{"Duration", "Maximum", longest},
	} {
		if !t.hasAlarm("AWS/Lambda", want.metric, want.statistic, "FunctionName", r, want.threshold) {
			fault("has no alarm on the %s of its %s that goes off at %v", strings.ToLower(want.statistic), want.metric, want.threshold)
		}
	}
}
