package rules

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

const (
	machineType = "AWS::StepFunctions::StateMachine"
	versionType = "AWS::StepFunctions::StateMachineVersion"
	aliasType   = "AWS::StepFunctions::StateMachineAlias"
)

func init() {
	register(
		Rule{
			Name:  "machine-logs",
			Doc:   "A state machine logs all that it does, and not the data (AWS Step Functions, Logging using CloudWatch Logs; docs/design.md, state machines).",
			Types: []string{machineType},
			Check: func(t *Template, r *Resource, fault Fault) {
				if level := r.text("LoggingConfiguration.Level"); level != "ALL" {
					fault("LoggingConfiguration.Level is %q: it must be ALL", level)
				}
				if r.is("LoggingConfiguration.IncludeExecutionData") {
					fault("IncludeExecutionData puts payloads into the log")
				}
				if groups := t.mentioned(r.get("LoggingConfiguration.Destinations")); len(groups) != 1 || groups[0].Type != "AWS::Logs::LogGroup" {
					fault("LoggingConfiguration must name a log group of the template")
				}
			},
		},
		Rule{
			Name:  "machine-tracing",
			Doc:   "A state machine is traced (AWS Step Functions, Tracing Step Functions requests in AWS X-Ray).",
			Types: []string{machineType},
			Check: func(t *Template, r *Resource, fault Fault) {
				if !r.is("TracingConfiguration.Enabled") {
					fault("TracingConfiguration.Enabled must be true")
				}
			},
		},
		Rule{
			Name:  "machine-timeouts",
			Doc:   "A state machine and each of its tasks end after a time: without one they wait for a year (AWS Step Functions, Best practices: use timeouts to avoid stuck executions).",
			Types: []string{machineType},
			Check: func(t *Template, r *Resource, fault Fault) {
				definition := definitionOf(r, fault)
				if number(definition["TimeoutSeconds"]) < 1 {
					fault("has no TimeoutSeconds")
				}
				eachState(definition, func(name string, state map[string]any) {
					if state["Type"] == "Task" && number(state["TimeoutSeconds"]) < 1 {
						fault("task %s has no TimeoutSeconds", name)
					}
				})
			},
		},
		Rule{
			Name:  "machine-retries",
			Doc:   "Each task is tried again, after waits with full jitter, so that what failed together does not come again together (AWS Step Functions, Handling errors: JitterStrategy).",
			Types: []string{machineType},
			Check: func(t *Template, r *Resource, fault Fault) {
				eachState(definitionOf(r, fault), func(name string, state map[string]any) {
					if state["Type"] == "Task" || state["Type"] == "Map" {
						checkRetries(name, list(state["Retry"]), fault)
					}
				})
			},
		},
		Rule{
			Name:  "machine-failures",
			Doc:   "A failure is caught and told: by each task, or by a machine that runs this one and catches for all of it, as what is caught cannot be redriven (AWS Step Functions, Redriving Map Runs).",
			Types: []string{machineType},
			Check: checkFailures,
		},
		Rule{
			Name:  "machine-versions",
			Doc:   "A state machine has a version of what is deployed, and an alias that leads to it, so that an execution ends as it began (AWS Step Functions, Versions and aliases).",
			Types: []string{machineType, versionType, aliasType},
			Check: checkVersions,
		},
		Rule{
			Name:  "machine-alarms",
			Doc:   "Executions that fail, time out, are stopped or throttled raise an alarm (AWS Step Functions, Monitoring using CloudWatch metrics).",
			Types: []string{machineType},
			Check: func(t *Template, r *Resource, fault Fault) {
				for _, metric := range []string{"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled"} {
					if !t.hasAlarm("AWS/States", metric, "Sum", "StateMachineArn", r, 1) {
						fault("no alarm goes off at the first of %s", metric)
					}
				}
			},
		},
		Rule{
			Name:  "distributed-maps",
			Doc:   "A Distributed Map is bounded, to no more children than its function has reserved, and writes its results to S3, as they would not fit a state (AWS Step Functions, Distributed mode; docs/design.md, Map and reduce).",
			Types: []string{machineType},
			Check: checkDistributedMaps,
		},
	)
}

// definitionOf is the definition of a state machine, with references as text writes
// them.
func definitionOf(r *Resource, fault Fault) map[string]any {
	var definition map[string]any
	if err := json.Unmarshal([]byte(r.text("DefinitionString")), &definition); err != nil {
		fault("DefinitionString is not JSON: %v", err)
	}
	return definition
}

// eachState calls do for all states, those of children included.
func eachState(definition map[string]any, do func(name string, state map[string]any)) {
	states := object(definition["States"])
	for _, name := range slices.Sorted(maps.Keys(states)) {
		state := object(states[name])
		do(name, state)
		eachState(object(state["ItemProcessor"]), do)
	}
}

func number(value any) float64 {
	n, _ := value.(float64)
	return n
}

func checkRetries(name string, retries []any, fault Fault) {
	tried := false
	for _, entry := range retries {
		retry := object(entry)
		if attempts, ok := retry["MaxAttempts"].(float64); ok && attempts == 0 {
			continue // Given up at once.
		}
		tried = true
		if retry["JitterStrategy"] != "FULL" {
			fault("%s is tried again without JitterStrategy FULL", name)
		}
		if number(retry["MaxDelaySeconds"]) < 1 || number(retry["MaxAttempts"]) > 10 {
			fault("%s is tried again without end: it needs MaxDelaySeconds, and at most 10 MaxAttempts", name)
		}
	}
	if !tried {
		fault("%s is not tried again", name)
	}
}

func checkFailures(t *Template, r *Resource, fault Fault) {
	supervised := slices.ContainsFunc(t.of(machineType), func(other *Resource) bool { return other != r && t.supervises(other, r) })
	eachState(object(object(definitionOf(r, fault))), func(name string, state map[string]any) {
		caught := catchesAll(state)
		switch {
		case state["Type"] == "Map" && state["Catch"] != nil:
			fault("%s is caught, so that its failed batches cannot be redriven", name)
		case supervised || caught || state["End"] == true && state["Type"] == "Task" && isOfChild(r, name, fault):
		case state["Type"] == "Task" || state["Type"] == "Map":
			fault("nobody catches the failure of %s", name)
		}
	})
}

// isOfChild tells of a state in the child workflow of a map, whose failure is the
// map's.
func isOfChild(r *Resource, name string, fault Fault) bool {
	return object(definitionOf(r, fault)["States"])[name] == nil
}

func catchesAll(state map[string]any) bool {
	return slices.ContainsFunc(list(state["Catch"]), func(entry any) bool {
		return slices.Contains(texts(object(entry)["ErrorEquals"]), "States.ALL")
	})
}

// supervises tells whether a machine runs another to its end, and catches all that
// may become of it.
func (t *Template) supervises(machine, job *Resource) bool {
	found := false
	eachState(definitionOf(machine, func(string, ...any) {}), func(_ string, state map[string]any) {
		runs := strings.Contains(text(state["Resource"]), "states:startExecution.sync")
		started := t.target(object(state["Arguments"])["StateMachineArn"])
		if started != nil && started.Type == aliasType {
			started = t.machineOf(started)
		}
		found = found || runs && started == job && catchesAll(state)
	})
	return found
}

// machineOf is the machine that an alias leads to.
func (t *Template) machineOf(alias *Resource) *Resource {
	for _, route := range list(alias.get("RoutingConfiguration")) {
		if version := t.target(object(route)["StateMachineVersionArn"]); version != nil && version.Type == versionType {
			return t.target(version.get("StateMachineArn"))
		}
	}
	return nil
}

func checkVersions(t *Template, r *Resource, fault Fault) {
	switch r.Type {
	case versionType:
		machine := t.target(r.get("StateMachineArn"))
		if machine == nil || r.text("StateMachineRevisionId") != "<"+machine.ID+".StateMachineRevisionId>" {
			fault("StateMachineRevisionId must be that of its machine: nothing else makes a version when the definition changes")
		}
		if t.Env.Production && r.ReplacePolicy != "Retain" {
			fault("UpdateReplacePolicy is %s in production: executions that began with an older version may be redriven", r.ReplacePolicy)
		}
	case aliasType:
		if t.machineOf(r) == nil {
			fault("leads to no version of the template")
		}
	default:
		if !slices.ContainsFunc(t.of(aliasType), func(alias *Resource) bool { return t.machineOf(alias) == r }) {
			fault("has no alias")
		}
	}
}

func checkDistributedMaps(t *Template, r *Resource, fault Fault) {
	eachState(definitionOf(r, fault), func(name string, state map[string]any) {
		processor := object(state["ItemProcessor"])
		if state["Type"] != "Map" || object(processor["ProcessorConfig"])["Mode"] != "DISTRIBUTED" {
			return
		}
		most := number(state["MaxConcurrency"])
		if most < 1 || most > 10_000 {
			fault("MaxConcurrency of %s must be from 1 to 10000, got %v", name, state["MaxConcurrency"])
		}
		if object(state["ResultWriter"])["Resource"] == nil || object(object(state["ResultWriter"])["Arguments"])["Bucket"] == nil {
			fault("%s writes its results to no bucket", name)
		}
		if label := text(state["Label"]); label == "" || len(label) > 40 {
			fault("Label of %s must have 1 to 40 characters, got %q", name, label)
		}
		eachState(processor, func(_ string, task map[string]any) {
			function := t.target(object(task["Arguments"])["FunctionName"])
			if function == nil {
				return
			}
			if reserved := function.number("ReservedConcurrentExecutions", most); reserved < most {
				fault("%s runs %v children at once, but %s has reserved %v", name, most, function.ID, reserved)
			}
			if object(processor["ProcessorConfig"])["ExecutionType"] == "EXPRESS" && function.number("Timeout", 3) >= 300 {
				fault("an Express child of %s lives 5 minutes, and %s %v s", name, function.ID, function.number("Timeout", 3))
			}
		})
	})
}
