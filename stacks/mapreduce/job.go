package mapreduce

import (
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/asl"
	"refstack/constructs/distributedmap"
	"refstack/constructs/statemachine"
)

// The tree of the reduce: beyond maxFiles a level reduces filesPerBatch of them at a
// time, by levelConcurrency reducers.
const (
	maxFiles         = 1000
	filesPerBatch    = 100
	levelConcurrency = 10
	maxLevels        = 3
)

// Errors that come again however often one tries, by the names of their types.
var (
	noPlan   = []string{"InvalidInputError", "InputChangedError"}
	noMap    = []string{"InvalidBatchError", "InputChangedError"}
	noReduce = []string{"InvalidEventError"}
)

// quick is the timeout of what AWS does in a moment.
const quick = 30 * time.Second

// addJob makes the machine that does a run. It catches nothing: what is caught
// cannot be redriven, and a redrive of the map runs the batches alone that failed.
// The supervisor catches its failure as a whole.
func (m *MapReduce) addJob(p Props) {
	batches := distributedmap.New(m.Stack, "Batches", &distributedmap.Props{
		Label:          "Map",
		Items:          distributedmap.Place{Bucket: m.WorkBucket, Key: asl.Expression("$plan.plan.key"), Pattern: runs + "*/plan.jsonl"},
		ItemsPerBatch:  asl.Expression("$plan.itemsPerBatch"),
		BatchInput:     asl.State{"run": asl.Expression("$plan.run")},
		Function:       m.Map.Function,
		Timeout:        mapTimeout,
		Permanent:      noMap,
		Results:        distributedmap.Place{Bucket: m.WorkBucket, Key: inRun("map"), Pattern: runs + "*/map/*"},
		Children:       p.Children,
		MaxConcurrency: p.MaxConcurrency,

		ToleratedFailureCount:      p.LostSplits.Count,
		ToleratedFailurePercentage: p.LostSplits.Percentage,
	})
	files := distributedmap.New(m.Stack, "Files", &distributedmap.Props{
		Label:          "ReduceFiles",
		Items:          distributedmap.Place{Bucket: m.WorkBucket, Key: asl.Expression("$summary.files.key"), Pattern: runs + "*/levels/*/files.jsonl"},
		ItemsPerBatch:  filesPerBatch,
		BatchInput:     asl.State{"run": asl.Expression("$summary.level.run"), "splits": asl.Expression("$summary.level.splits")},
		Function:       m.Reduce.Function,
		Timeout:        reduceTimeout,
		Permanent:      noReduce,
		Results:        distributedmap.Place{Bucket: m.WorkBucket, Key: inRun("levels"), Pattern: runs + "*/levels/*"},
		Children:       distributedmap.Standard, // A level is a few children, each of minutes.
		MaxConcurrency: levelConcurrency,
	})
	m.Job = statemachine.New(m.Stack, "Job", &statemachine.Props{
		Comment:    "Plan, map and reduce, for one run",
		StartAt:    "Plan",
		Timeout:    p.RunTimeout,
		AlarmTopic: m.Alarms.Topic,
		Retain:     p.Production,
		States: asl.State{
			"Plan": task(m.Plan.Function, planTimeout, noPlan, asl.Expression(planInput), asl.State{
				"Assign": asl.State{"plan": asl.Expression("$states.result.Payload"), "level": 0}, "Next": "Map",
			}),
			"Map": with(batches.State, asl.State{
				"Assign": asl.State{"manifest": asl.Expression("$states.result.ResultWriterDetails")}, "Next": "Reduce",
			}),
			"Reduce": task(m.Reduce.Function, reduceTimeout, noReduce, asl.State{
				"plan": asl.Expression("$plan"), "manifest": asl.Expression("$manifest"),
			}, asl.State{
				"Assign": asl.State{"summary": asl.Expression("$states.result.Payload")}, "Next": "Outcome",
			}),
			"Outcome": asl.State{
				"Type": "Choice",
				"Choices": []asl.State{
					{"Condition": asl.Expression("$summary.outcome = 'succeeded'"), "Next": "Announce"},
					{"Condition": asl.Expression(fmt.Sprintf("$summary.outcome = 'tree' and $level < %d", maxLevels)), "Next": "ReduceFiles"},
				},
				"Default": "Exceeded",
			},
			"ReduceFiles": with(files.State, asl.State{
				"Assign": asl.State{
					"manifest": asl.Expression("$states.result.ResultWriterDetails"), "level": asl.Expression("$level + 1"),
				},
				"Next": "Reduce",
			}),
			"Announce": announce("Run Succeeded", asl.Expression("$summary"), "Publish"),
			"Publish":  m.publish(asl.Expression("$string($summary)"), "Done"),
			"Done":     asl.State{"Type": "Succeed", "Output": asl.Expression("$summary")},
			"Exceeded": asl.State{
				"Type": "Fail", "Error": "ToleranceExceeded",
				"Cause": asl.Expression("$exists($summary.cause) ? $summary.cause & ': see s3://' & $summary.result.bucket & '/' & $summary.result.key : 'the tree of the reduce does not end'"),
			},
		},
	})
	m.Job.Allow([]*string{m.Plan.Function.FunctionArn(), m.Reduce.Function.FunctionArn()}, "lambda:InvokeFunction")
	m.allowTelling(m.Job)
	batches.Grant(m.Job)
	files.Grant(m.Job)
}

// planInput is the planner's event. A run's input is either the detail of an event
// of S3, or what a person wrote.
const planInput = `$merge([{"run": $states.context.Execution.Name}, $exists($states.input.object) ? {
	"bucket": $states.input.bucket.name,
	"key": $states.input.object.key,
	"versionId": $states.input.object."version-id",
	"etag": $states.input.object.etag
} : $sift($states.input, function($value, $name) { $name in ["bucket", "key", "versionId", "etag", "prefix"] })])`

// inRun is a prefix below that of the run's own objects.
func inRun(name string) string { return asl.Expression("'" + runs + "' & $plan.run & '/" + name + "'") }

// task is a call of one of the functions.
func task(function awslambda.Function, timeout time.Duration, permanent []string, payload any, more asl.State) asl.State {
	return asl.Invocation{FunctionARN: *function.FunctionArn(), Timeout: timeout, Permanent: permanent, Payload: payload}.Task(more)
}

func with(state, more asl.State) asl.State {
	out := maps.Clone(state)
	maps.Copy(out, more)
	return out
}

// source is what the events of this stack say they come from.
const source = "refstack.mapreduce"

// announce puts an event on the account's default bus, where rules of others find
// it without any knowledge of this stack.
func announce(detailType string, detail any, next string) asl.State {
	return asl.Task("events:putEvents", asl.State{"Entries": []asl.State{
		{"Source": source, "DetailType": "MapReduce " + detailType, "Detail": detail},
	}}, quick, asl.State{"Next": next})
}

// publish sends a message to the topic.
func (m *MapReduce) publish(message, next string) asl.State {
	return asl.Task("sns:publish", asl.State{"TopicArn": m.Topic.TopicArn(), "Message": message}, quick, asl.State{"Next": next})
}

// allowTelling lets a machine announce and publish.
func (m *MapReduce) allowTelling(machine *statemachine.StateMachine) {
	machine.Allow([]*string{m.defaultBus()}, "events:PutEvents")
	machine.Allow([]*string{m.Topic.TopicArn()}, "sns:Publish")
	m.Alarms.Key.Grant(machine.Role, jsii.String("kms:Decrypt"), jsii.String("kms:GenerateDataKey"))
}
