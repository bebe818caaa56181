// Package modeljobs calls a foundation model in the background: jobs wait in a
// queue, at most so many calls run at once, and what became of each is kept in a
// table until it expires. However often a job is delivered, the model does it
// once, or twice where a function died between the call and the record; and every
// job ends, as succeeded, failed or expired.
//
//	queue → work → model
//	          ↘ table → (stream) → replies
//	dead letters → bury ↗
//
// Its functions are those of this repository, below lambdas/genai: work and bury read
// the environment variables JOBS_TABLE and JOB_RETENTION, and work JOBS_QUEUE_URL,
// JOB_DEADLINE and those that modelendpoint sets. Their commands tell what each means.
package modeljobs

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/gofunction"
	"refstack/constructs/modelendpoint"
	"refstack/constructs/table"
	"refstack/constructs/workqueue"
)

// timeout is that of a call with all that is around it.
const timeout = 2 * time.Minute

// Props configure ModelJobs.
type Props struct {
	// Model does the jobs. Required.
	Model *modelendpoint.ModelEndpoint
	// MaxConcurrency is how many calls of the model run at once, from 2 to 1000.
	// Defaults to 5.
	MaxConcurrency int
	// Deadline is how long after it was accepted a job may begin, from 2 minutes to
	// less than 4 days; later it has expired. Defaults to 1 hour.
	Deadline time.Duration
	// Retention is how long the record of a job and its answer are kept, in whole
	// hours; longer than the Deadline. Defaults to 7 days.
	Retention time.Duration
	// Architecture is the processor of the functions. Defaults to arm64.
	Architecture awslambda.Architecture
	// AlarmTopic is told of failed jobs, besides what its parts tell. Defaults to
	// alarms that tell nobody.
	AlarmTopic awssns.ITopic
	// Retain keeps jobs and logs when the stack is deleted. Defaults to deleting
	// them with it.
	Retain bool
}

// ModelJobs is a queue of jobs for a model, and what becomes of them.
type ModelJobs struct {
	Construct constructs.Construct
	// Queue takes jobs, in the form that apiqueue gives them.
	Queue *workqueue.WorkQueue
	// Failed takes the jobs that failed every try.
	Failed *workqueue.WorkQueue
	// Table has what became of the jobs, under owner and job.
	Table *table.Table
	// Work does jobs, and Bury records those that nobody could do.
	Work, Bury *gofunction.GoFunction
	// Deadline is that of the props, or the default.
	Deadline time.Duration
}

// New makes ModelJobs.
func New(scope constructs.Construct, id string, props *Props) *ModelJobs {
	p := props.withDefaults()
	this := constructs.NewConstruct(scope, jsii.String(id))
	j := &ModelJobs{Construct: this, Deadline: p.Deadline}

	j.Table = table.New(this, "Jobs", &table.Props{
		PartitionKey: "owner", SortKey: "job", TimeToLive: "expires", Stream: true,
		AlarmTopic: p.AlarmTopic, Retain: p.Retain,
	})
	j.Failed = workqueue.New(this, "Failed", &workqueue.Props{AlarmTopic: p.AlarmTopic})
	j.Queue = workqueue.New(this, "Queue", &workqueue.Props{
		DeadLetters: j.Failed, MaxAge: p.Deadline / 2, AlarmTopic: p.AlarmTopic,
	})
	function := func(id, entry, description string, timeout time.Duration) *gofunction.GoFunction {
		f := gofunction.New(this, id, &gofunction.Props{
			Entry: entry, Description: description, MemoryMiB: 256, Timeout: timeout,
			Architecture: p.Architecture, AlarmTopic: p.AlarmTopic, Retain: p.Retain,
			Environment: map[string]string{
				"JOBS_TABLE": *j.Table.Table.TableName(), "JOB_RETENTION": p.Retention.String(),
			},
		})
		f.Role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings("dynamodb:UpdateItem"), Resources: &[]*string{j.Table.Table.TableArn()},
		}))
		return f
	}
	j.Work = function("Work", "lambdas/genai/work", "Has the model do a job", timeout)
	j.Work.Function.AddEnvironment(jsii.String("JOBS_QUEUE_URL"), j.Queue.Queue.QueueUrl(), nil)
	j.Work.Function.AddEnvironment(jsii.String("JOB_DEADLINE"), jsii.String(p.Deadline.String()), nil)
	j.Work.Role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("sqs:SendMessage"), Resources: &[]*string{j.Queue.Queue.QueueArn()},
	}))
	p.Model.GrantGenerate(j.Work)
	// One job an invocation: the concurrency is that of the calls.
	j.Queue.Consume(j.Work.Function, &workqueue.ConsumerProps{BatchSize: 1, MaxConcurrency: p.MaxConcurrency})

	j.Bury = function("Bury", "lambdas/genai/bury", "Records that a job could not be done", 30*time.Second)
	j.Failed.Consume(j.Bury.Function, &workqueue.ConsumerProps{MaxConcurrency: 2})

	fiveMinutes := awscdk.Duration_Minutes(jsii.Number(5))
	alarmtopic.NewAlarm(this, "UnansweredJobs", p.AlarmTopic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("Jobs failed that the model was asked for, or should have been, and not by what they ask: the log of work says why."),
		Metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String("GenAi"), MetricName: jsii.String("Jobs"),
			DimensionsMap: &map[string]*string{"FunctionName": j.Work.Function.FunctionName(), "Outcome": jsii.String("failed")},
			Statistic:     awscloudwatch.Stats_SUM(), Period: fiveMinutes,
		}),
		Threshold: jsii.Number(1),
	})
	alarmtopic.NewAlarm(this, "FailedJobs", p.AlarmTopic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("Jobs failed every try and were recorded as failed: their message IDs are in the log of bury."),
		Metric:           j.Bury.Function.MetricInvocations(&awscloudwatch.MetricOptions{Period: fiveMinutes}),
		Threshold:        jsii.Number(1),
	})
	return j
}

func (props *Props) withDefaults() Props {
	if props == nil || props.Model == nil {
		panic("modeljobs: Model is required")
	}
	p := *props
	if p.MaxConcurrency == 0 {
		p.MaxConcurrency = 5
	}
	if p.Deadline == 0 {
		p.Deadline = time.Hour
	}
	if p.Retention == 0 {
		p.Retention = 7 * 24 * time.Hour
	}
	if p.MaxConcurrency < 2 || p.MaxConcurrency > 1000 {
		panic(fmt.Sprintf("modeljobs: MaxConcurrency must be from 2 to 1000, got %d", p.MaxConcurrency))
	}
	// The queue keeps a message for 4 days.
	if p.Deadline < 2*time.Minute || p.Deadline >= 4*24*time.Hour || p.Deadline%time.Second != 0 {
		panic(fmt.Sprintf("modeljobs: Deadline must be whole seconds from 2m to less than the 4 days of the queue, got %s", p.Deadline))
	}
	if p.Retention <= p.Deadline || p.Retention%time.Hour != 0 {
		panic(fmt.Sprintf("modeljobs: Retention must be whole hours and longer than the Deadline of %s, got %s", p.Deadline, p.Retention))
	}
	return p
}

// Ended is the filter of a consumer of the table that wants to know of jobs that
// have ended, and of nothing else.
func Ended() map[string]any {
	return map[string]any{
		"eventName": []string{"INSERT", "MODIFY"},
		"dynamodb": map[string]any{"NewImage": map[string]any{
			"status": map[string]any{"S": []string{"succeeded", "failed", "expired"}},
		}},
	}
}
