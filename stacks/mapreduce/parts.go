package mapreduce

import (
	"strconv"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
	"refstack/constructs/nag"
	"refstack/constructs/privatebucket"
)

// What the functions call the objects of a run.
const (
	runs         = "runs/"
	resultPrefix = "results/"
)

// addBuckets makes the buckets that the user does not bring.
func (m *MapReduce) addBuckets(p Props) {
	logs := privatebucket.NewAccessLogs(m.Stack, "AccessLogs", &privatebucket.AccessLogsProps{Retain: p.Production})
	bucket := func(id string, eventBridge bool, rules ...*awss3.LifecycleRule) awss3.Bucket {
		return privatebucket.New(m.Stack, id, &privatebucket.Props{
			AccessLogs: logs.Bucket, Retain: p.Production, EventBridge: eventBridge, LifecycleRules: rules,
		}).Bucket
	}
	m.InputBucket = p.InputBucket
	if m.InputBucket == nil {
		m.InputBucket = bucket("Input", true)
	}
	m.WorkBucket = bucket("Work", false, &awss3.LifecycleRule{
		Id: jsii.String("ExpireRuns"), Prefix: jsii.String(runs), Expiration: awscdk.Duration_Days(jsii.Number(p.WorkDays)),
	})
	m.ResultBucket = bucket("Results", false)
}

// addFunctions makes the functions, and lets them reach the objects that they work
// with.
func (m *MapReduce) addFunctions(p Props) {
	function := func(id, description string, memoryMiB, reserved int, timeout time.Duration, environment map[string]string) *gofunction.GoFunction {
		return gofunction.New(m.Stack, id, &gofunction.Props{
			Entry:               "lambdas/mapreduce/" + map[string]string{"Plan": "planner", "Map": "mapper", "Reduce": "reducer"}[id],
			Description:         description,
			MemoryMiB:           memoryMiB,
			Timeout:             timeout,
			ReservedConcurrency: reserved,
			Architecture:        p.Architecture,
			AlarmTopic:          m.Alarms.Topic,
			Retain:              p.Production,
			Environment:         environment,
		})
	}
	work, results := *m.WorkBucket.BucketName(), *m.ResultBucket.BucketName()
	m.Plan = function("Plan", "Cuts the input of a run into splits", 512, 0, planTimeout, map[string]string{
		"WORK_BUCKET":     work,
		"SPLIT_BYTES":     strconv.FormatInt(p.SplitBytes, 10),
		"BATCH_BYTES":     strconv.FormatInt(p.BatchBytes, 10),
		"MAX_BATCH_BYTES": strconv.Itoa(maxBatch),
	})
	m.Map = function("Map", "Maps the rows of a batch of splits", wholeCore, p.reserved(), mapTimeout, nil)
	variables := map[string]string{
		"WORK_BUCKET": work, "RESULT_BUCKET": results, "RESULT_PREFIX": resultPrefix, "MAX_FILES": strconv.Itoa(maxFiles),
	}
	p.BadRows.set("TOLERATED_BAD_ROWS", variables)
	p.LostSplits.set("TOLERATED_FAILURES", variables)
	m.Reduce = function("Reduce", "Reduces what the mappers returned", wholeCore, 0, reduceTimeout, variables)

	m.grantInput(m.Plan.Role)
	m.grantInput(m.Map.Role)
	allow(m.Plan.Role, m.WorkBucket, []string{runs + "*/plan.jsonl"}, "s3:GetObject", "s3:PutObject")
	allow(m.Reduce.Role, m.WorkBucket, []string{runs + "*"}, "s3:GetObject")
	allow(m.Reduce.Role, m.WorkBucket, []string{runs + "*/levels/*", runs + "*/reduced/*"}, "s3:PutObject")
	allow(m.Reduce.Role, m.ResultBucket, []string{resultPrefix + "*"}, "s3:GetObject", "s3:PutObject")
	list(m.Reduce.Role, m.ResultBucket)
	for _, f := range []*gofunction.GoFunction{m.Plan, m.Map, m.Reduce} {
		nag.Suppress(f.Role.Node().FindChild(jsii.String("DefaultPolicy")), nag.Suppression{
			Rule:      "AwsSolutions-IAM5",
			Reason:    "Any object of the input bucket may be a run's input, and each run has objects of its own.",
			AppliesTo: []string{`/^Resource::.+\/.*\*.*$/`},
		})
	}
}

// wholeCore is the memory that brings one.
const wholeCore = 1769

// set writes a tolerance into the variables of a function.
func (t Tolerance) set(name string, variables map[string]string) {
	if t.Count > 0 {
		variables[name] = strconv.Itoa(t.Count)
	}
	if t.Percentage > 0 {
		variables[name+"_PERCENTAGE"] = strconv.FormatFloat(t.Percentage, 'f', -1, 64)
	}
}

// grantInput lets a function read the input, in the version that was planned.
func (m *MapReduce) grantInput(role awsiam.Role) {
	allow(role, m.InputBucket, []string{"*"}, "s3:GetObject", "s3:GetObjectVersion")
	list(role, m.InputBucket)
	if key := m.InputBucket.EncryptionKey(); key != nil {
		key.GrantDecrypt(role)
	}
}

func allow(role awsiam.Role, bucket awss3.IBucket, patterns []string, actions ...string) {
	var resources []*string
	for _, pattern := range patterns {
		resources = append(resources, bucket.ArnForObjects(jsii.String(pattern)))
	}
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: &resources}))
}

// list lets a role learn that an object is missing: S3 answers 404 to those who may
// list its bucket, and 403 to others.
func list(role awsiam.Role, bucket awss3.IBucket) {
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("s3:ListBucket"), Resources: &[]*string{bucket.BucketArn()},
	}))
}
