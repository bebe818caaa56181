package rules

import (
	"strings"
)

const (
	job        = "Job/Machine"
	supervisor = "Supervisor/Machine"
	dropped    = "Dropped/Rule"
)

// redefined is a mutant of a definition: the first of one text in it becomes another.
func redefined(rule, path, old, new string) mutant {
	return mutant{
		name: rule + " " + path + " " + old,
		plant: func(m *mutable) {
			m.t.Helper()
			parts := m.resource(path)["Properties"].(obj)["DefinitionString"].(obj)["Fn::Join"].([]any)[1].([]any)
			for i, part := range parts {
				if text, ok := part.(string); ok && strings.Contains(text, old) {
					parts[i] = strings.Replace(text, old, new, 1)
					return
				}
			}
			m.t.Fatalf("the definition of %s has no %s", path, old)
		},
		want: []string{rule + " " + path},
	}
}

var machineMutants = []mutant{
	one("machine-logs", job, "Properties LoggingConfiguration Level", "ERROR"),
	one("machine-logs", job, "Properties LoggingConfiguration IncludeExecutionData", true),
	one("machine-logs", supervisor, "Properties LoggingConfiguration", gone),
	one("machine-tracing", job, "Properties TracingConfiguration Enabled", false),
	one("machine-tracing", supervisor, "Properties TracingConfiguration", gone),

	redefined("machine-timeouts", job, `"TimeoutSeconds":305,`, ``),
	redefined("machine-timeouts", job, `"TimeoutSeconds":65,`, ``),
	redefined("machine-timeouts", job, `"TimeoutSeconds":21600}`, `"Version":"1.0"}`),
	redefined("machine-timeouts", supervisor, `"TimeoutSeconds":30,`, `"TimeoutSeconds":0,`),

	redefined("machine-retries", job, `"JitterStrategy":"FULL"`, `"JitterStrategy":"NONE"`),
	redefined("machine-retries", job, `"JitterStrategy":"FULL",`, ``),
	redefined("machine-retries", job, `"MaxAttempts":8,`, `"MaxAttempts":99,`),
	redefined("machine-retries", job, `,"MaxDelaySeconds":20`, ``),
	redefined("machine-retries", supervisor, `"Retry":[`, `"Tries":[`),

	redefined("machine-failures", supervisor, `"Catch":[{"Assign"`, `"Caught":[{"Assign"`).And("machine-failures " + job),
	redefined("machine-failures", supervisor, `"Catch":[{"ErrorEquals":["States.ALL"]`, `"Catch":[{"ErrorEquals":["States.Timeout"]`),
	redefined("machine-failures", supervisor, `startExecution.sync:2`, `startExecution`).elsewhere(job),
	redefined("machine-failures", job, `"Label":"Map"`, `"Label":"Map","Catch":[{"ErrorEquals":["States.ALL"],"Next":"Exceeded"}]`),

	one("machine-versions", "Job/Version", "Properties StateMachineRevisionId", gone),
	one("machine-versions", "Job/Version", "Properties StateMachineRevisionId", "INITIAL"),
	one("machine-versions", "Job/Version", "UpdateReplacePolicy", "Delete").in("prod"),
	one("machine-versions", "Supervisor/Alias", "Properties RoutingConfiguration", gone).And("machine-versions " + supervisor),
	{
		name: "an alias of another machine",
		plant: func(m *mutable) {
			m.set("Supervisor/Alias", "Properties RoutingConfiguration 0 StateMachineVersionArn", m.ref("Job/Version"))
		},
		want: []string{"machine-versions " + supervisor},
	},

	one("machine-alarms", "Job/Failed", "Properties MetricName", "ExecutionsStarted").elsewhere(job),
	one("machine-alarms", "Job/TimedOut", "Properties Threshold", 5.0).elsewhere(job),
	one("machine-alarms", "Supervisor/Aborted", "Properties Statistic", "Average").elsewhere(supervisor),
	one("machine-alarms", "Supervisor/Throttled", "Properties Dimensions", []any{}).elsewhere(supervisor),

	redefined("distributed-maps", job, `"MaxConcurrency":100`, `"MaxConcurrency":0`),
	redefined("distributed-maps", job, `"MaxConcurrency":100,`, ``),
	redefined("distributed-maps", job, `"MaxConcurrency":10,`, `"MaxConcurrency":10001,`),
	redefined("distributed-maps", job, `"ResultWriter"`, `"Writer"`),
	redefined("distributed-maps", job, `"Label":"Map"`, `"Label":"A-name-of-more-than-forty-characters-is-one-too-many"`),
	one("distributed-maps", "Map/Function", "Properties ReservedConcurrentExecutions", 99.0).elsewhere(job),
	one("distributed-maps", "Map/Function", "Properties Timeout", 300.0).elsewhere(job).And("function-alarms Map/Function"),

	one("rule-dead-letters", dropped, "Properties Targets 0 DeadLetterConfig", gone).And("queue-dead-letters Dropped/DeadLetterQueue", "dead-letter-retention Dropped/DeadLetterQueue"),
	one("rule-dead-letters", dropped, "Properties Targets 0 RetryPolicy", gone),
	one("rule-dead-letters", dropped, "Properties Targets 0 RetryPolicy MaximumEventAgeInSeconds", gone),
	one("rule-dead-letters", "Dropped/DeadLetterQueue/Policy", "Properties PolicyDocument Statement AllowRule", gone).elsewhere(dropped),

	one("rule-targets", dropped, "Properties Targets", []any{}).And("queue-dead-letters Dropped/DeadLetterQueue", "dead-letter-retention Dropped/DeadLetterQueue"),
	one("rule-targets", dropped, "Properties EventPattern", gone).And("bucket-notifications Input/Bucket"),
	one("rule-targets", dropped, "Properties State", "DISABLED"),
	one("rule-targets", dropped, "Properties Targets 0 Arn", "arn:aws:states:eu-west-1:111122223333:stateMachine:another"),
	one("rule-targets", dropped, "DependsOn", gone),
	one("rule-targets", "Dropped/Role/DefaultPolicy", "Properties PolicyDocument Statement states:StartExecution Action", "states:StartSyncExecution").elsewhere(dropped),
	{
		name:  "a rule that starts a machine and not its alias",
		plant: func(m *mutable) { m.set(dropped, "Properties Targets 0 Arn", m.ref(supervisor)) },
		want:  []string{"rule-targets " + dropped},
	},

	one("bucket-notifications", "Work/Bucket", "Properties NotificationConfiguration", obj{"EventBridgeConfiguration": obj{"EventBridgeEnabled": true}}),
	one("bucket-notifications", dropped, "Properties EventPattern source", []any{"aws.ec2"}).elsewhere("Input/Bucket"),
}

var mapReduceMutants = of("MapReduce", machineMutants)
