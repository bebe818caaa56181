package rules

const machineType = "AWS::StepFunctions::StateMachine"

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
	)
}
