package mapreduce

import (
	"fmt"
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
		StartAt:    "Input",
		Timeout:    p.RunTimeout + 2*spare,
		AlarmTopic: m.Alarms.Topic,
		Retain:     p.Production,
		States: asl.State{
			"Input": asl.State{
				"Type":    "Choice",
				"Choices": []asl.State{{"Condition": asl.Expression(fmt.Sprintf(noInput, len(p.InputPrefix), p.InputPrefix)), "Next": "Done"}},
				"Default": "Run",
			},
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

// noInput tells of an event that is no fault of anybody, and no data: a folder that
// the console made, what Hadoop hides below the prefix, but for its marker, and a
// manifest.json that is not in a folder of S3 Inventory. Below the prefix is what
// follows its last character, which tells whether a name begins there.
const noInput = `(
	$key := $exists($states.input.object) ? $states.input.object.key : "";
	$below := $substring($key, 0, %[1]d) = "%[2]s" ? $substring($key, %[1]d - 1) : "";
	$contains($key, /[\/]$/)
	or ($contains($below, /[\/][_.]/) and $not($contains($below, /[\/]_SUCCESS$/)))
	or ($contains($key, /(^|[\/])manifest[.]json$/) and $not($contains($key, /[0-9]T[0-9]{2}-[0-9]{2}Z[\/]manifest[.]json$/)))
)`

// failure is what is told of a run that failed. The cause of a job's failure is the
// job itself, as DescribeExecution shows it, of which the input stays out. A job that
// was stopped has a status and no error. Step Functions cuts a long cause off at 32 KiB,
// and then it is no JSON, whatever its end looks like. Fewer than 8000 characters are
// whole, even of four bytes each; of more, what names the job and its error is told,
// and how the cause begins.
const failure = `(
	$text := function($value, $otherwise) { $type($value) = "string" ? $value : $otherwise };
	$told := $states.errorOutput.Cause;
	$job := $states.errorOutput.Error = "States.TaskFailed" ? ($length($told) < 8000 and $substring($told, -1) = "}" ? $parse($told) : {
		"ExecutionArn": $match($told, /"ExecutionArn":"([^"]+)"/)[0].groups[0],
		"Error": $match($told, /"Error":"([^"]+)"/)[0].groups[0],
		"Status": "FAILED",
		"Cause": $substring($substringAfter($told, '"Cause":"'), 0, 1000)
	});
	{
		"run": $states.context.Execution.Name,
		"outcome": "failed",
		"error": $text($job.Error, $text($job.Status, $states.errorOutput.Error)),
		"cause": $text($exists($job) ? $job.Cause : $told, "none is known"),
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
