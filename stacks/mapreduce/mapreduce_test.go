package mapreduce_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"refstack/constructs/distributedmap"
	"refstack/stacks/mapreduce"
	"refstack/test/awstest"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func like(m map[string]any) assertions.Matcher { return assertions.Match_ObjectLike(&m) }

func synth(t *testing.T, props *mapreduce.Props) *cdktest.Template {
	t.Helper()
	return cdktest.TemplateOf(t, mapreduce.New(cdktest.NewApp(t, nil), "MapReduce", props).Stack)
}

// statesOf are the states of the job or the supervisor.
func statesOf(t *testing.T, template *cdktest.Template, machine string) map[string]map[string]any {
	t.Helper()
	definition, err := awstest.DefinitionOf(template.JSON, template.ID("AWS::StepFunctions::StateMachine", machine), nil)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]map[string]any{}
	for name, state := range definition["States"].(map[string]any) {
		states[name] = state.(map[string]any)
	}
	return states
}

func variables(template *cdktest.Template, function string) map[string]any {
	properties := template.Resource(template.ID("AWS::Lambda::Function", function))["Properties"].(map[string]any)
	environment, _ := properties["Environment"].(map[string]any)
	variables, _ := environment["Variables"].(map[string]any)
	return variables
}

func TestDefaults(t *testing.T) {
	template := synth(t, nil)
	work, results := map[string]any{"Ref": template.ID("AWS::S3::Bucket", "Work")}, map[string]any{"Ref": template.ID("AWS::S3::Bucket", "Results")}
	for function, want := range map[string]map[string]any{
		"Plan":   {"WORK_BUCKET": work, "SPLIT_BYTES": "33554432", "BATCH_BYTES": "134217728", "MAX_BATCH_BYTES": "1073741824"},
		"Map":    nil,
		"Reduce": {"WORK_BUCKET": work, "RESULT_BUCKET": results, "RESULT_PREFIX": "results/", "MAX_FILES": "1000"},
	} {
		if diff := cmp.Diff(want, variables(template, function)); diff != "" {
			t.Errorf("variables of %s (-want +got):\n%s", function, diff)
		}
	}
	template.Has("AWS::Lambda::Function", map[string]any{"ReservedConcurrentExecutions": 200, "MemorySize": 1769, "Timeout": 60})
	template.Has("AWS::S3::Bucket", map[string]any{"LifecycleConfiguration": map[string]any{"Rules": assertions.Match_ArrayWith(&[]any{
		map[string]any{"Id": "ExpireRuns", "Prefix": "runs/", "ExpirationInDays": 30, "Status": "Enabled"},
	})}})
	template.Count("AWS::S3::Bucket", 4)
	template.Count("Custom::S3BucketNotifications", 0)
	state := statesOf(t, template, "Job")["Map"]
	if state["MaxConcurrency"] != 100.0 || state["ToleratedFailureCount"] != nil || state["ToleratedFailurePercentage"] != nil {
		t.Errorf("the map is %v", state)
	}
}

// TestWhatIsDroppedStartsARun holds the rule to the events that start runs.
func TestWhatIsDroppedStartsARun(t *testing.T) {
	template := synth(t, nil)
	template.Has("AWS::Events::Rule", map[string]any{
		"EventPattern": map[string]any{
			"source": []any{"aws.s3"}, "detail-type": []any{"Object Created"},
			"detail": map[string]any{
				"bucket": map[string]any{"name": []any{map[string]any{"Ref": template.ID("AWS::S3::Bucket", "Input")}}},
				"object": map[string]any{"key": []any{
					map[string]any{"prefix": "in/"}, map[string]any{"suffix": "/_SUCCESS"}, map[string]any{"suffix": "Z/manifest.json"},
				}},
			},
		},
		"Targets": []any{like(map[string]any{
			"Arn": map[string]any{"Ref": template.ID("AWS::StepFunctions::StateMachineAlias", "Supervisor")}, "InputPath": "$.detail",
		})},
	})
	template.Has("AWS::S3::Bucket", map[string]any{"NotificationConfiguration": map[string]any{
		"EventBridgeConfiguration": map[string]any{"EventBridgeEnabled": true},
	}})
}

// TestFailuresAreRedrivableAndTold holds the job to catching nothing, and the
// supervisor to catching all.
func TestFailuresAreRedrivableAndTold(t *testing.T) {
	template := synth(t, nil)
	for name, state := range statesOf(t, template, "Job") {
		if state["Catch"] != nil {
			t.Errorf("%s is caught, and cannot be redriven", name)
		}
	}
	supervisor := statesOf(t, template, "Supervisor")
	for name, next := range map[string]string{"Run": "AnnounceFailure", "AnnounceFailure": "PublishFailure", "PublishFailure": "Failed"} {
		catch := supervisor[name]["Catch"].([]any)[0].(map[string]any)
		if diff := cmp.Diff([]any{"States.ALL"}, catch["ErrorEquals"]); diff != "" || catch["Next"] != next {
			t.Errorf("%s catches %v", name, catch)
		}
	}
	if next := supervisor["AnnounceFailure"]["Next"]; next != "PublishFailure" {
		t.Errorf("what is announced goes on to %v", next)
	}
}

// TestTheSupervisorOutlivesItsJob holds the timeouts to each other.
func TestTheSupervisorOutlivesItsJob(t *testing.T) {
	template := synth(t, &mapreduce.Props{RunTimeout: time.Hour})
	seconds := func(machine string) float64 {
		definition, err := awstest.DefinitionOf(template.JSON, template.ID("AWS::StepFunctions::StateMachine", machine), nil)
		if err != nil {
			t.Fatal(err)
		}
		return definition["TimeoutSeconds"].(float64)
	}
	run := statesOf(t, template, "Supervisor")["Run"]["TimeoutSeconds"].(float64)
	if job, supervisor := seconds("Job"), seconds("Supervisor"); job != 3600 || run < job+60 || supervisor < run+60 {
		t.Errorf("the job may take %v s, its task %v s and the supervisor %v s", job, run, supervisor)
	}
}

// TestPermanentErrorsAreNotTriedAgain holds the names of errors to the types of the
// functions, which the states know them by.
func TestPermanentErrorsAreNotTriedAgain(t *testing.T) {
	states := statesOf(t, synth(t, nil), "Job")
	child := func(name string) map[string]any {
		return slices.Collect(maps.Values(states[name]["ItemProcessor"].(map[string]any)["States"].(map[string]any)))[0].(map[string]any)
	}
	for _, c := range []struct {
		state map[string]any
		want  []any
	}{
		{states["Plan"], []any{"InvalidInputError", "InputChangedError"}},
		{child("Map"), []any{"InvalidBatchError", "InputChangedError"}},
		{states["Reduce"], []any{"InvalidEventError"}},
		{child("ReduceFiles"), []any{"InvalidEventError"}},
	} {
		want := map[string]any{"ErrorEquals": c.want, "MaxAttempts": 0.0}
		if diff := cmp.Diff(want, c.state["Retry"].([]any)[0]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestProps(t *testing.T) {
	template := synth(t, &mapreduce.Props{
		Children: distributedmap.Standard, MaxConcurrency: 1500, RunsAtOnce: 1, AccountConcurrency: 1600,
		SplitBytes: 1 << 20, BatchBytes: 1 << 30, WorkDays: 15, InputPrefix: "drop/",
		BadRows: mapreduce.Tolerance{Count: 5, Percentage: 0.00001}, LostSplits: mapreduce.Tolerance{Count: 7, Percentage: 2.5},
	})
	state := statesOf(t, template, "Job")["Map"]
	if state["MaxConcurrency"] != 1500.0 || state["ToleratedFailureCount"] != 7.0 || state["ToleratedFailurePercentage"] != 2.5 {
		t.Errorf("the map is %v", state)
	}
	if got := state["ItemProcessor"].(map[string]any)["ProcessorConfig"].(map[string]any)["ExecutionType"]; got != "STANDARD" {
		t.Errorf("the children are %v", got)
	}
	template.Has("AWS::Lambda::Function", map[string]any{"ReservedConcurrentExecutions": 1500})
	got := variables(template, "Reduce")
	for name, want := range map[string]any{
		"TOLERATED_BAD_ROWS": "5", "TOLERATED_BAD_ROWS_PERCENTAGE": "0.00001", "TOLERATED_FAILURES": "7", "TOLERATED_FAILURES_PERCENTAGE": "2.5",
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if plan := variables(template, "Plan"); plan["SPLIT_BYTES"] != "1048576" || plan["BATCH_BYTES"] != "1073741824" {
		t.Errorf("the planner is told %v", plan)
	}
	template.Has("AWS::Events::Rule", map[string]any{"EventPattern": like(map[string]any{"detail": like(map[string]any{
		"object": map[string]any{"key": assertions.Match_ArrayWith(&[]any{map[string]any{"prefix": "drop/"}})},
	})})})
}

// TestBucketOfTheUser brings a bucket with a key.
func TestBucketOfTheUser(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	mine := awscdk.NewStack(app, jsii.String("Mine"), nil)
	bucket := awss3.NewBucket(mine, jsii.String("Games"), &awss3.BucketProps{EncryptionKey: awskms.NewKey(mine, jsii.String("Key"), nil)})
	m := mapreduce.New(app, "MapReduce", &mapreduce.Props{InputBucket: bucket})
	if m.InputBucket != awss3.IBucket(bucket) {
		t.Error("the stack does not use the user's bucket")
	}
	template := cdktest.TemplateOf(t, m.Stack)
	template.Count("AWS::S3::Bucket", 3)
	key := m.Stack.Resolve(bucket.EncryptionKey().KeyArn())
	for _, function := range []string{"Plan", "Map"} {
		role := template.ID("AWS::IAM::Role", function)
		template.Has("AWS::IAM::Policy", map[string]any{
			"Roles":          []any{map[string]any{"Ref": role}},
			"PolicyDocument": like(map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}})}),
		})
	}
}

// TestConcurrencyThatThrottlesItselfIsRefused tries the bounds, and what is beyond.
func TestConcurrencyThatThrottlesItselfIsRefused(t *testing.T) {
	for want, props := range map[string]mapreduce.Props{
		"2 runs of 500 mappers need 1000 concurrent executions reserved, but of the account's 1000 that leaves 0, and Lambda keeps 100 unreserved":     {MaxConcurrency: 500},
		"1 runs of 901 mappers need 901 concurrent executions reserved, but of the account's 1000 that leaves 99, and Lambda keeps 100 unreserved":     {MaxConcurrency: 901, RunsAtOnce: 1},
		"2 runs of 100 mappers need 200 concurrent executions reserved, but of the account's 10 that leaves -190, and Lambda keeps 100 unreserved":     {AccountConcurrency: 10},
		"1 runs of 10000 mappers need 10000 concurrent executions reserved, but of the account's 10000 that leaves 0, and Lambda keeps 100 unreserved": {MaxConcurrency: 10000, RunsAtOnce: 1, AccountConcurrency: 10000},
		"11 runs of 10 reducers need more than the 100 concurrent executions that Lambda keeps unreserved":                                             {MaxConcurrency: 1, RunsAtOnce: 11},
		"MaxConcurrency, RunsAtOnce and AccountConcurrency must be at least 1, got -1, 2 and 1000":                                                     {MaxConcurrency: -1},
		"distributedmap: MaxConcurrency of Map must be from 1 to 10000, got 10001":                                                                     {MaxConcurrency: 10001, RunsAtOnce: 1, AccountConcurrency: 20000},
	} {
		cdktest.Panics(t, want, func() { mapreduce.New(cdktest.NewApp(t, nil), "MapReduce", &props) })
	}
	for _, props := range []mapreduce.Props{
		{MaxConcurrency: 900, RunsAtOnce: 1},
		{MaxConcurrency: 10000, RunsAtOnce: 1, AccountConcurrency: 10100},
		{MaxConcurrency: 1, RunsAtOnce: 10},
	} {
		mapreduce.New(cdktest.NewApp(t, nil), "MapReduce", &props)
	}
}

func TestBadProps(t *testing.T) {
	for want, props := range map[string]mapreduce.Props{
		`InputPrefix must be of letters, digits and !_.'()/-, got "a b/"`:                                                         {InputPrefix: "a b/"},
		"SplitBytes must be at least 1024, and BatchBytes at least SplitBytes, got 1023 and 134217728":                            {SplitBytes: 1023},
		"SplitBytes must be at least 1024, and BatchBytes at least SplitBytes, got 33554432 and 1024":                             {BatchBytes: 1024},
		"BatchBytes must be at most 1073741824, since a mapper reads some 60,000,000 bytes a second and has 1m0s, got 1073741825": {BatchBytes: 1<<30 + 1},
		"WorkDays must be at most the 90 days after which a run's name may be used again, got 91":                                 {WorkDays: 91},
		"WorkDays must be more than the 14 days for which a run may be redriven, got 14":                                          {WorkDays: 14},
		"RunTimeout must be at least 1m, got 1s":                                                                                  {RunTimeout: time.Second},
		"BadRows must have a Count from 0 and a Percentage from 0 to 100, got -1 and 0":                                           {BadRows: mapreduce.Tolerance{Count: -1}},
		"LostSplits must have a Count from 0 and a Percentage from 0 to 100, got 0 and 100.5":                                     {LostSplits: mapreduce.Tolerance{Percentage: 100.5}},
		`distributedmap: Children of Map must be Express or Standard, got "fast"`:                                                 {Children: "fast"},
	} {
		if !strings.HasPrefix(want, "distributedmap") {
			want = "mapreduce: " + want
		}
		cdktest.Panics(t, want, func() { mapreduce.New(cdktest.NewApp(t, nil), "MapReduce", &props) })
	}
}

// TestFirstFaultIsOneSentence has two tolerances wrong.
func TestFirstFaultIsOneSentence(t *testing.T) {
	defer func() {
		if got := recover(); got != "mapreduce: BadRows must have a Count from 0 and a Percentage from 0 to 100, got -1 and 0" {
			t.Errorf("panicked with %q", got)
		}
	}()
	wrong := mapreduce.Tolerance{Count: -1}
	mapreduce.New(cdktest.NewApp(t, nil), "MapReduce", &mapreduce.Props{BadRows: wrong, LostSplits: wrong})
}

func TestCallersPropsStayAsTheyWere(t *testing.T) {
	props := &mapreduce.Props{}
	mapreduce.New(cdktest.NewApp(t, nil), "MapReduce", props)
	if props.MaxConcurrency != 0 || props.InputPrefix != "" || props.Children != "" {
		t.Errorf("New changed its caller's props: %+v", props)
	}
}
