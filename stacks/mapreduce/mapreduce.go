// Package mapreduce is f and g over files of any size: a file is dropped into a
// bucket, up to 10,000 functions map its parts at once, and one reduces what they
// return to a document.
//
//	input bucket → rule → supervisor → job: plan → map (Distributed Map) → reduce → result
package mapreduce

import (
	"strconv"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/distributedmap"
	"refstack/constructs/eventrule"
	"refstack/constructs/gofunction"
	"refstack/constructs/output"
	"refstack/constructs/statemachine"
)

// Props configure the MapReduce stack.
type Props struct {
	awscdk.StackProps

	// Production keeps the data when the stack is deleted, and its logs for a
	// year. Defaults to a stack that can be deleted whole.
	Production bool
	// Architecture is the processor of the functions. Defaults to arm64.
	Architecture awslambda.Architecture
	// AlarmEmail is subscribed to the alarm topic. Defaults to nobody.
	AlarmEmail string

	// InputBucket holds what runs read. It must send its events to EventBridge.
	// Defaults to a bucket of the stack's own.
	InputBucket awss3.IBucket
	// InputPrefix begins the keys of objects of which each starts a run. Elsewhere
	// in the bucket only a _SUCCESS or a manifest.json does. Defaults to "in/".
	InputPrefix string

	// Children is the type of the map's child workflows. Defaults to Express.
	Children distributedmap.Children
	// MaxConcurrency is how many batches of a run are mapped at once, from 1 to
	// 10,000. Defaults to 100.
	MaxConcurrency int
	// RunsAtOnce is for how many runs at a time the mapper has room. Further ones
	// share it. Defaults to 2 runs.
	RunsAtOnce int
	// AccountConcurrency is the account's limit of concurrent executions of Lambda
	// in this Region. Defaults to 1000, which AWS raises on request.
	AccountConcurrency int
	// SplitBytes is how much of an object a split has, and BatchBytes how much a
	// mapper gets. The mapper gets 1 GiB at most. Default to 32 MiB and
	// 128 MiB.
	SplitBytes, BatchBytes int64
	// RunTimeout ends a run that takes longer. Defaults to 6 hours.
	RunTimeout time.Duration

	// BadRows may be in the input of a run that succeeds. Defaults to none.
	BadRows Tolerance
	// LostSplits may be missing in the result of a run that succeeds. Defaults to
	// none.
	LostSplits Tolerance

	// WorkDays is how long the intermediate files of a run are kept, from 15 to
	// 90 days: it may be redriven for 14, and its name used again after 90. Defaults
	// to 30 days.
	WorkDays int
}

// Tolerance is how many may fail. Where both are set, neither may be exceeded; the
// zero Tolerance lets none fail.
type Tolerance struct {
	Count      int
	Percentage float64 // From 0 to 100.
}

// MapReduce is the stack, and the parts that a user may want to tune.
type MapReduce struct {
	Stack        awscdk.Stack
	InputBucket  awss3.IBucket
	WorkBucket   awss3.Bucket
	ResultBucket awss3.Bucket
	// Plan, Map and Reduce are the functions.
	Plan, Map, Reduce *gofunction.GoFunction
	// Job does a run, and Supervisor starts it and tells of its failure.
	Job, Supervisor *statemachine.StateMachine
	// Topic gets a message at the end of each run.
	Topic  awssns.Topic
	Rule   *eventrule.EventRule
	Alarms *alarmtopic.AlarmTopic
}

// Timeouts of the functions. That of the mapper leaves an Express child room for
// three tries.
const (
	planTimeout   = 5 * time.Minute
	mapTimeout    = time.Minute
	reduceTimeout = 5 * time.Minute
)

// New makes the MapReduce stack. Props may be nil.
func New(scope constructs.Construct, id string, props *Props) *MapReduce {
	p := props.withDefaults()
	stack := awscdk.NewStack(scope, jsii.String(id), &p.StackProps)
	m := &MapReduce{Stack: stack, Alarms: alarmtopic.New(stack, "Alarms", &alarmtopic.Props{Email: p.AlarmEmail})}
	m.addBuckets(p)
	m.addFunctions(p)
	m.addTopic()
	m.addJob(p)
	m.addSupervisor(p)
	m.Rule = eventrule.New(stack, "Dropped", &eventrule.Props{
		Description:  "Starts a run for what is dropped into the input bucket",
		Pattern:      dropped(m.InputBucket, p.InputPrefix),
		StateMachine: m.Supervisor,
		InputPath:    "$.detail",
		AlarmTopic:   m.Alarms.Topic,
	})

	output.New(stack, "InputBucketName", m.InputBucket.BucketName(), "Drop files here, under "+strconv.Quote(p.InputPrefix))
	output.New(stack, "ResultBucketName", m.ResultBucket.BucketName(), "Results appear here, as "+resultPrefix+"RUN.json")
	output.New(stack, "StateMachineAlias", m.Supervisor.Alias.Ref(), "Start runs by hand with this ARN, and an input such as {\"bucket\": \"B\", \"prefix\": \"data/\"}")
	output.New(stack, "RunTopicArn", m.Topic.TopicArn(), "Subscribe to this topic to be told of the end of each run")
	output.New(stack, "DeadLetterQueueUrl", m.Rule.DeadLetterQueue.QueueUrl(), "Events that started no run wait here")
	output.New(stack, "AlarmTopicArn", m.Alarms.Topic.TopicArn(), "Subscribe to this topic to be told of alarms")
	return m
}

// dropped is the pattern of events that start a run. S3 Inventory puts each
// manifest.json into a folder of its time, such as 2026-06-01T01-00Z.
func dropped(bucket awss3.IBucket, prefix string) map[string]any {
	return map[string]any{
		"source":      []string{"aws.s3"},
		"detail-type": []string{"Object Created"},
		"detail": map[string]any{
			"bucket": map[string]any{"name": []any{bucket.BucketName()}},
			"object": map[string]any{"key": []any{
				map[string]any{"prefix": prefix}, map[string]any{"suffix": "/_SUCCESS"}, map[string]any{"suffix": "Z/manifest.json"},
			}},
		},
	}
}

// addTopic makes the topic, under the key of the alarms: both carry the same news.
func (m *MapReduce) addTopic() {
	m.Topic = awssns.NewTopic(m.Stack, jsii.String("Runs"), &awssns.TopicProps{MasterKey: m.Alarms.Key, EnforceSSL: jsii.Bool(true)})
}
