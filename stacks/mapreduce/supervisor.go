package mapreduce

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/asl"
	"refstack/constructs/nag"
	"refstack/constructs/statemachine"
)

// spare is how much longer the supervisor lives than its job.
const spare = 5 * time.Minute

// unstarted are the errors of a job that may not have begun. Starting it again is
// safe: by its name Step Functions knows it.
var unstarted = asl.Retry{
	Errors:   []string{"StepFunctions.ExecutionLimitExceededException", "StepFunctions.SdkClientException", "StepFunctions.StepFunctionsException"},
	Attempts: 5, First: 2 * time.Second, Longest: time.Minute,
}

// addSupervisor makes the machine that is started for a run. It has the job done,
// and tells of its failure, even where the job was stopped or ran out of time.
func (m *MapReduce) addSupervisor(p Props) {
	m.Supervisor = statemachine.New(m.Stack, "Supervisor", &statemachine.Props{
		Comment:    "Has a job done, and tells of its failure",
		StartAt:    "Run",
		Timeout:    p.RunTimeout + 2*spare,
		AlarmTopic: m.Alarms.Topic,
		Retain:     p.Production,
		States: asl.State{
			"Run": asl.Task("states:startExecution.sync:2", asl.State{
				"StateMachineArn": m.Job.Alias.Ref(),
				"Name":            asl.Expression("$states.context.Execution.Name"),
				"Input":           asl.Expression("$states.input"),
			}, p.RunTimeout+spare, asl.State{
				"Retry":  asl.Retries(unstarted),
				"Output": asl.Expression("$states.result.Output"),
				"Catch": []asl.State{{
					"ErrorEquals": []string{"States.ALL"},
					"Assign":      asl.State{"failure": asl.Expression(failure)},
					"Next":        "AnnounceFailure",
				}},
				"Next": "Done",
			}),
			"Done":            asl.State{"Type": "Succeed"},
			"AnnounceFailure": otherwise(announce("Run Failed", asl.Expression("$failure"), "PublishFailure"), "PublishFailure"),
			"PublishFailure":  otherwise(m.publish(asl.Expression("$string($failure)"), "Failed"), "Failed"),
			"Failed": asl.State{
				"Type": "Fail", "Error": asl.Expression("$failure.error"), "Cause": asl.Expression("$failure.cause"),
			},
		},
	})
	m.Supervisor.Allow([]*string{m.Job.Alias.Ref()}, "states:StartExecution")
	m.Supervisor.Allow([]*string{m.Job.ExecutionARN("")}, "states:DescribeExecution", "states:StopExecution")
	// With the rule of that name Step Functions follows what a task has started.
	m.Supervisor.Allow([]*string{m.formatARN("events", "rule", "StepFunctionsGetEventsForStepFunctionsExecutionRule")},
		"events:PutTargets", "events:PutRule", "events:DescribeRule")
	m.allowTelling(m.Supervisor)
	nag.Suppress(m.Supervisor.Role.Node().FindChild(jsii.String("DefaultPolicy")), nag.Suppression{
		Rule:      "AwsSolutions-IAM5",
		Reason:    "Executions of the job are many, and named when they begin.",
		AppliesTo: []string{`/^Resource::.+:execution:.+:\*$/`},
	})
}

// failure is what is told of a run that failed. The cause of a job's failure is the
// job itself, as DescribeExecution shows it, of which the input stays out. A job that
// was stopped has a status and no error.
const failure = `(
	$text := function($value, $otherwise) { $type($value) = "string" ? $value : $otherwise };
	$job := $states.errorOutput.Error = "States.TaskFailed" ? $parse($states.errorOutput.Cause);
	{
		"run": $states.context.Execution.Name,
		"outcome": "failed",
		"error": $text($job.Error, $text($job.Status, $states.errorOutput.Error)),
		"cause": $text($exists($job) ? $job.Cause : $states.errorOutput.Cause, "none is known"),
		"job": $job.ExecutionArn
	}
)`

// otherwise goes on where a task fails: what is left to be told is told.
func otherwise(task asl.State, next string) asl.State {
	return with(task, asl.State{"Catch": []asl.State{{"ErrorEquals": []string{"States.ALL"}, "Next": next}}})
}

func (m *MapReduce) defaultBus() *string { return m.formatARN("events", "event-bus", "default") }

func (m *MapReduce) formatARN(service, resource, name string) *string {
	return m.Stack.FormatArn(&awscdk.ArnComponents{Service: jsii.String(service), Resource: jsii.String(resource), ResourceName: jsii.String(name)})
}
