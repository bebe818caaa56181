package test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/mapreduce/local"
	"refstack/test/awstest"
	"refstack/test/cdktest"
	"refstack/test/distmap"
	"refstack/test/lambdatest"
	"refstack/test/states"
)

// mapReducing is the state machines of the assembly at work, with its functions, on
// buckets.
type mapReducing struct {
	t        testing.TB
	template *cdktest.Template
	s3       *awstest.S3
	names    map[string]string
	// By the name of the function: plan, map or reduce.
	functions map[string]*lambdatest.Function
	proxies   map[string]*awstest.Proxy
	roles     map[string]*awstest.Role

	job, supervisor *machine
	// jobs are the executions of the job.
	jobs []*states.Execution
	// perFile is how many results the writer puts into a file.
	perFile int
	// sick says whether a child fails.
	sick func(batch int) bool
	// payloads are the events of the functions, by their names.
	mu       sync.Mutex
	payloads map[string][]map[string]any
	// What was told.
	events   []map[string]any
	messages []string
	silent   bool // The bus takes no event.
}

// machine is a state machine, and what it has called.
type machine struct {
	id         string
	definition map[string]any
	runner     *states.Runner
	role       *awstest.Role

	mu    sync.Mutex
	calls []awstest.Call
}

func (m *machine) called(action, resource string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, awstest.Call{Service: "states", Operation: action, Actions: []string{action}, Resource: resource, Status: 200})
}

const (
	jobARN   = "arn:aws:states:us-east-1:123456789012:stateMachine:job"
	topicARN = "arn:aws:sns:us-east-1:123456789012:runs"
)

// startMapReducing starts the functions with the variables of the template and env.
func startMapReducing(t testing.TB, env map[string]string) *mapReducing {
	t.Helper()
	r := &mapReducing{
		t: t, template: templateOf(t, "MapReduce"), s3: awstest.StartS3(t),
		functions: map[string]*lambdatest.Function{}, proxies: map[string]*awstest.Proxy{}, roles: map[string]*awstest.Role{},
		payloads: map[string][]map[string]any{},
	}
	id := r.template.ID
	r.names = map[string]string{
		id("AWS::SNS::Topic", "Runs"): "runs", id("AWS::KMS::Key", "Alarms"): "key",
		id("AWS::StepFunctions::StateMachineAlias", "Job"): jobARN + ":live",
	}
	for bucket, name := range map[string]string{"Input": "input", "Work": "work", "Results": "results"} {
		r.names[id("AWS::S3::Bucket", bucket)] = name
		r.s3.CreateBucket(name, true)
	}
	ids := map[string]string{"plan": id("AWS::Lambda::Function", "Plan"), "map": id("AWS::Lambda::Function", "Map"), "reduce": id("AWS::Lambda::Function", "Reduce")}
	for name, function := range ids {
		r.names[function] = name
	}
	for name, function := range ids {
		role, err := awstest.RoleOf(r.template.JSON, function, r.names)
		if err != nil {
			t.Fatal(err)
		}
		r.roles[name], r.proxies[name] = role, awstest.StartProxy(t, r.s3.URL)
		r.proxies[name].Enforce(role)
		all := map[string]string{"AWS_ENDPOINT_URL_S3": r.proxies[name].URL, "AWS_MAX_ATTEMPTS": "1"}
		maps.Copy(all, env)
		r.functions[name] = startFunction(t, r.template, function, r.names, all)
	}
	r.job, r.supervisor = r.machine("Job"), r.machine("Supervisor")
	r.job.runner.Tasks["lambda:invoke"] = r.invoke
	r.job.runner.Map = r.mapRun
	r.supervisor.runner.Tasks["states:startExecution.sync:2"] = r.startJob
	for _, m := range []*machine{r.job, r.supervisor} {
		m.runner.Tasks["events:putEvents"] = r.putEvents(m)
		m.runner.Tasks["sns:publish"] = r.publish(m)
	}
	return r
}

func (r *mapReducing) machine(prefix string) *machine {
	r.t.Helper()
	m := &machine{id: r.template.ID("AWS::StepFunctions::StateMachine", prefix), runner: states.New(r.t)}
	r.names[m.id], r.names[m.id+".Name"] = strings.ToLower(prefix), strings.ToLower(prefix)
	var err error
	if m.definition, err = awstest.DefinitionOf(r.template.JSON, m.id, r.names); err != nil {
		r.t.Fatal(err)
	}
	if m.role, err = awstest.RoleOf(r.template.JSON, m.id, r.names); err != nil {
		r.t.Fatal(err)
	}
	return m
}

// invoke is lambda:invoke.
func (r *mapReducing) invoke(ctx context.Context, arguments map[string]any) (any, error) {
	arn := fmt.Sprint(arguments["FunctionName"])
	r.job.called("lambda:InvokeFunction", arn)
	name := arn[strings.LastIndex(arn, ":")+1:]
	function := r.functions[name]
	if function == nil {
		return nil, fmt.Errorf("there is no function %s", arn)
	}
	r.mu.Lock()
	r.payloads[name] = append(r.payloads[name], field(arguments, "Payload"))
	r.mu.Unlock()
	var result any
	err := function.InvokeJSON(ctx, arguments["Payload"], &result)
	var failed *lambdatest.InvokeError
	if errors.As(err, &failed) {
		cause, _ := json.Marshal(map[string]string{"errorMessage": failed.Message, "errorType": failed.Type})
		return nil, &states.Error{Name: failed.Type, Cause: string(cause)}
	}
	return map[string]any{"Payload": result, "StatusCode": 200, "ExecutedVersion": "$LATEST"}, err
}

// startJob is states:startExecution.sync:2.
func (r *mapReducing) startJob(ctx context.Context, arguments map[string]any) (any, error) {
	alias, name := fmt.Sprint(arguments["StateMachineArn"]), fmt.Sprint(arguments["Name"])
	if alias != jobARN+":live" {
		return nil, fmt.Errorf("%s is not the job", alias)
	}
	r.supervisor.called("states:StartExecution", alias)
	execution, output, err := r.job.runner.Run(ctx, r.job.definition, name, arguments["Input"])
	r.jobs = append(r.jobs, execution)
	arn := "arn:aws:states:us-east-1:123456789012:execution:job:" + name
	var failure *states.Error
	if errors.As(err, &failure) {
		cause, _ := json.Marshal(map[string]any{
			"ExecutionArn": arn, "Name": name, "Status": "FAILED", "Error": failure.Name, "Cause": failure.Cause, "Input": "{}",
		})
		return nil, &states.Error{Name: "States.TaskFailed", Cause: string(cause)}
	}
	return map[string]any{"ExecutionArn": arn, "Name": name, "Status": "SUCCEEDED", "Output": output}, err
}

// mapRun is a Distributed Map.
func (r *mapReducing) mapRun(ctx context.Context, run *states.MapRun) (any, error) {
	reader, batcher, writer := field(run.State, "ItemReader", "Arguments"), field(run.State, "ItemBatcher"), field(run.State, "ResultWriter", "Arguments")
	bucket, key, prefix := fmt.Sprint(reader["Bucket"]), fmt.Sprint(reader["Key"]), fmt.Sprint(writer["Prefix"])
	r.job.called("s3:GetObject", "arn:aws:s3:::"+bucket+"/"+key)
	r.job.called("s3:PutObject", fmt.Sprintf("arn:aws:s3:::%v/%s/RUN/manifest.json", writer["Bucket"], prefix))
	r.job.called("s3:GetObject", fmt.Sprintf("arn:aws:s3:::%v/%s/RUN/manifest.json", writer["Bucket"], prefix))
	if started, ok := run.Started.(*distmap.Run); ok {
		return mapResult(started.Redrive(ctx))
	}
	label := fmt.Sprint(run.State["Label"])
	r.job.called("states:StartExecution", jobARN)
	r.job.called("states:DescribeExecution", "arn:aws:states:us-east-1:123456789012:execution:job/"+label+":1")
	items, err := distmap.ReadLines(r.s3, bucket, key)
	if err != nil {
		return nil, err
	}
	perBatch, ok := batcher["MaxItemsPerBatch"].(float64)
	if !ok {
		return nil, fmt.Errorf("MaxItemsPerBatch is %v", batcher["MaxItemsPerBatch"])
	}
	state := &distmap.Map{
		Items: items, MaxItemsPerBatch: int(perBatch), BatchInput: batcher["BatchInput"], MaxConcurrency: int(run.State["MaxConcurrency"].(float64)),
		Writer: distmap.Writer{S3: r.s3, Bucket: fmt.Sprint(writer["Bucket"]), Prefix: prefix, PerFile: r.perFile},
		Task: func(ctx context.Context, batch, _ int, input []byte) ([]byte, error) {
			if r.sick != nil && r.sick(batch) {
				return nil, errors.New("the function is throttled")
			}
			return run.Child(ctx, input)
		},
	}
	started, manifest, err := state.Start(ctx)
	run.Started = started
	return mapResult(manifest, err)
}

func mapResult(manifest distmap.Location, err error) (any, error) {
	if errors.Is(err, distmap.ErrThreshold) {
		return nil, &states.Error{Name: "States.ExceedToleratedFailureThreshold", Cause: "The specified tolerated failure threshold was exceeded"}
	}
	return map[string]any{"MapRunArn": "arn:aws:states:us-east-1:123456789012:mapRun:job/Map:RUN", "ResultWriterDetails": manifest}, err
}

func field(value map[string]any, names ...string) map[string]any {
	for _, name := range names {
		value, _ = value[name].(map[string]any)
	}
	return value
}

func (r *mapReducing) putEvents(m *machine) states.Task {
	return func(_ context.Context, arguments map[string]any) (any, error) {
		m.called("events:PutEvents", "arn:aws:events:us-east-1:123456789012:event-bus/default")
		if r.silent {
			return nil, &states.Error{Name: "EventBridge.FailedEntry", Cause: "{}"}
		}
		for _, entry := range arguments["Entries"].([]any) {
			r.events = append(r.events, entry.(map[string]any))
		}
		return map[string]any{"FailedEntryCount": 0}, nil
	}
}

func (r *mapReducing) publish(m *machine) states.Task {
	return func(_ context.Context, arguments map[string]any) (any, error) {
		m.called("sns:Publish", fmt.Sprint(arguments["TopicArn"]))
		m.called("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/key")
		m.called("kms:GenerateDataKey", "arn:aws:kms:us-east-1:123456789012:key/key")
		if arguments["TopicArn"] != topicARN {
			return nil, fmt.Errorf("%v is not the topic", arguments["TopicArn"])
		}
		r.messages = append(r.messages, arguments["Message"].(string))
		return map[string]any{"MessageId": "1"}, nil
	}
}

// start starts the supervisor and returns its output.
func (r *mapReducing) start(name string, input any) (map[string]any, error) {
	r.t.Helper()
	_, output, err := r.supervisor.runner.Run(r.t.Context(), r.supervisor.definition, name, input)
	summary, _ := output.(map[string]any)
	return summary, err
}

// drop puts an object, and starts what the rule would with S3's event of it.
func (r *mapReducing) drop(key, content string) (map[string]any, error) {
	r.t.Helper()
	return r.start(fmt.Sprintf("run-%d_%d", len(r.jobs), len(content)), r.event(key, content))
}

// event is what the rule passes on of S3's event.
func (r *mapReducing) event(key, content string) any {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "mapreduce", "object-created.json"))
	if err != nil {
		r.t.Fatal(err)
	}
	version, sum := r.s3.Put("input", key, []byte(content), nil), md5.Sum([]byte(content))
	replaced := strings.NewReplacer("in/games.csv", key, "VERSION", version, "ETAG", hex.EncodeToString(sum[:])).Replace(string(text))
	var event map[string]any
	if err := json.Unmarshal([]byte(replaced), &event); err != nil {
		r.t.Fatal(err)
	}
	rule := r.template.Resource(r.template.ID("AWS::Events::Rule", "Dropped"))["Properties"].(map[string]any)
	if path := rule["Targets"].([]any)[0].(map[string]any)["InputPath"]; path != "$.detail" {
		r.t.Fatalf("the rule passes %v on", path)
	}
	return event["detail"]
}

func (r *mapReducing) document(summary map[string]any) map[string]any {
	r.t.Helper()
	at := field(summary, "result")
	text, _, ok := r.s3.Get(fmt.Sprint(at["bucket"]), fmt.Sprint(at["key"]))
	if !ok {
		r.t.Fatalf("there is no result at %v", at)
	}
	return decoded(r.t, string(text))
}

func decoded(t testing.TB, text string) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return document
}

// onALaptop is the document of the same content, by the command.
func onALaptop(t testing.TB, content string) map[string]any {
	t.Helper()
	file := filepath.Join(t.TempDir(), "games.csv")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	local.Command(t.Context(), "mapreduce", []string{file}, &stdout, &stderr)
	return decoded(t, stdout.String())
}

// small cuts what tests can afford into many splits.
var small = map[string]string{"SPLIT_BYTES": "20000", "BATCH_BYTES": "40000"}

// games is some hundred splits.
var games = sync.OnceValue(func() string {
	var content strings.Builder
	content.WriteString("Game Number,Game Length\n")
	for i := range 100_000 {
		fmt.Fprintf(&content, "%d,%d.%d\n", i, i%300, i%7)
	}
	return content.String()
})

func TestMapReduceOfADroppedFile(t *testing.T) {
	r := startMapReducing(t, small)
	summary, err := r.drop("in/games.csv", games())
	if err != nil {
		t.Fatal(err)
	}
	want, got := onALaptop(t, games()), r.document(summary)
	if diff := cmp.Diff(want["result"], got["result"]); diff != "" {
		t.Errorf("the result (-laptop +cloud):\n%s", diff)
	}
	if visited := r.job.runner.Visited(); !slices.Equal(visited, []string{"Plan", "Map", "Reduce", "Outcome", "Announce", "Publish", "Done"}) {
		t.Errorf("the job went by %v", visited)
	}
	if visited := r.supervisor.runner.Visited(); !slices.Equal(visited, []string{"Input", "Run", "Done"}) {
		t.Errorf("the supervisor went by %v", visited)
	}
	if planned := field(summary, "splits")["planned"].(float64); planned < 50 {
		t.Errorf("there were %v splits", planned)
	}
	event := map[string]any{"Source": "refstack.mapreduce", "DetailType": "MapReduce Run Succeeded", "Detail": any(summary)}
	if diff := cmp.Diff([]map[string]any{event}, r.events); diff != "" {
		t.Errorf("the event (-want +got):\n%s", diff)
	}
	if len(r.messages) != 1 {
		t.Fatalf("there are %d messages", len(r.messages))
	}
	if diff := cmp.Diff(summary, decoded(t, r.messages[0])); diff != "" || summary["outcome"] != "succeeded" {
		t.Errorf("the message (-summary +message):\n%s", diff)
	}
}

// shape leaves of a value the names of its fields.
func shape(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, field := range value {
			out[name] = shape(field)
		}
		return out
	case []any:
		return []any{shape(value[0])}
	}
	return "…"
}

// TestMapReduceEventsAreThoseOfTheFunctionsTests holds what the job gives the functions
// to the events that their own tests are about.
func TestMapReduceEventsAreThoseOfTheFunctionsTests(t *testing.T) {
	r := startMapReducing(t, map[string]string{"SPLIT_BYTES": "20000", "BATCH_BYTES": "40000", "MAX_FILES": "2"})
	r.perFile = 1
	if _, err := r.drop("in/games.csv", games()); err != nil {
		t.Fatal(err)
	}
	// 58 splits, two to a batch; each a file, for one reducer.
	for name, want := range map[string]int{"plan": 1, "map": 29, "reduce": 1 + 1 + 1} {
		if got := len(r.payloads[name]); got != want {
			t.Fatalf("%s was invoked %d times, want %d", name, got, want)
		}
	}
	if r.payloads["plan"][0]["key"] != "in/games.csv" || r.payloads["plan"][0]["bucket"] != "input" {
		t.Errorf("the planner is given %v", r.payloads["plan"][0])
	}
	for file, payload := range map[string]map[string]any{
		"planning/testdata/event.json":       r.payloads["plan"][0],
		"mapping/testdata/event.json":        r.payloads["map"][0],
		"reducing/testdata/event.json":       r.payloads["reduce"][0],
		"reducing/testdata/level-event.json": r.payloads["reduce"][1],
	} {
		text, err := os.ReadFile(filepath.Join(cdktest.Root(), "lambdas", "mapreduce", "internal", file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(shape(decoded(t, string(text))), shape(payload)); diff != "" {
			t.Errorf("%s (-functions' test +job):\n%s", file, diff)
		}
	}
}

func TestMapReduceByHand(t *testing.T) {
	r := startMapReducing(t, small)
	r.s3.Put("input", "data/1.csv", []byte(games()), nil)
	r.s3.Put("input", "data/2.csv", []byte(games()), nil)
	r.s3.Put("input", "data/list.manifest", []byte("s3://input/data/1.csv\n"), nil)
	for name, input := range map[string]map[string]any{
		"by-prefix":   {"bucket": "input", "prefix": "data/2", "comment": "nobody reads this"},
		"by-key":      {"bucket": "input", "key": "data/1.csv"},
		"by-manifest": {"bucket": "input", "key": "data/list.manifest"},
	} {
		summary, err := r.start(name, input)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := r.document(summary)["rows"].(map[string]any)["good"]; got != 100_000.0 || summary["run"] != name {
			t.Errorf("%s has %v rows: %v", name, got, summary)
		}
	}
}

func TestMapReduceTree(t *testing.T) {
	r := startMapReducing(t, map[string]string{"SPLIT_BYTES": "20000", "BATCH_BYTES": "20000", "MAX_FILES": "2"})
	r.perFile = 1
	summary, err := r.drop("in/games.csv", games())
	if err != nil {
		t.Fatal(err)
	}
	if visited := r.job.runner.Visited(); !slices.Contains(visited, "ReduceFiles") {
		t.Errorf("there was no tree: %v", visited)
	}
	if diff := cmp.Diff(onALaptop(t, games())["result"], r.document(summary)["result"]); diff != "" {
		t.Errorf("the result (-laptop +cloud):\n%s", diff)
	}

	// A tree that does not get lower ends all the same.
	var first map[string]any
	r.job.runner.Tasks["lambda:invoke"] = func(ctx context.Context, arguments map[string]any) (any, error) {
		result, err := r.invoke(ctx, arguments)
		if field(arguments, "Payload")["manifest"] == nil || err != nil {
			return result, err
		}
		if first == nil {
			first = result.(map[string]any)
		}
		return first, nil
	}
	_, err = r.drop("in/games.csv", games())
	if want := "ToleranceExceeded: the tree of the reduce does not end"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMapReduceFailures(t *testing.T) {
	r := startMapReducing(t, small)
	bad := "Game Number,Game Length\n1,2\n2,x\n"
	overwritten := r.event("in/games.csv", games())
	r.s3.Delete("input", "in/games.csv")
	r.s3.Put("input", "in/other.txt", nil, nil)
	changed := r.event("in/changed.csv", games()) // As of a bucket that keeps no versions.
	delete(field(changed.(map[string]any), "object"), "version-id")
	r.s3.Put("input", "in/changed.csv", []byte("Game Number,Game Length\n1,2\n"), nil)
	for name, c := range map[string]struct {
		input        any
		error, cause string
	}{
		"no-format": {map[string]any{"bucket": "input", "key": "in/other.txt"}, "InvalidInputError", "neither its name nor its content type"},
		"no-object": {map[string]any{"bucket": "input", "key": "in/none.csv"}, "InputChangedError", "overwritten or deleted"},
		"changed":   {changed, "InputChangedError", "overwritten or deleted"},
		"bad-rows":  {r.event("in/bad.csv", bad), "ToleranceExceeded", "1 of 2 rows are bad: see s3://results/results/bad-rows.json"},
	} {
		r.events, r.messages = nil, nil
		_, err := r.start(name, c.input)
		var failure *states.Error
		if !errors.As(err, &failure) || failure.Name != c.error || !strings.Contains(failure.Cause, c.cause) {
			t.Errorf("%s: got %v, want %s: %s", name, err, c.error, c.cause)
			continue
		}
		want := map[string]any{
			"run": name, "outcome": "failed", "error": c.error, "cause": failure.Cause,
			"job": "arn:aws:states:us-east-1:123456789012:execution:job:" + name,
		}
		event := map[string]any{"Source": "refstack.mapreduce", "DetailType": "MapReduce Run Failed", "Detail": want}
		if diff := cmp.Diff([]map[string]any{event}, r.events); diff != "" {
			t.Errorf("%s: the event (-want +got):\n%s", name, diff)
		}
		if len(r.messages) != 1 || cmp.Diff(want, decoded(t, r.messages[0])) != "" {
			t.Errorf("%s: the messages are %v", name, r.messages)
		}
	}
	// What was dropped is read in its version, though another is there by now.
	if _, err := r.start("old-version", overwritten); err != nil {
		t.Error(err)
	}
}

// TestMapReduceTellsOfEveryEnd has the job end in ways that leave no cause, and the
// bus fail.
func TestMapReduceTellsOfEveryEnd(t *testing.T) {
	r := startMapReducing(t, small)
	long := strings.Repeat("{it} ", 10_000)
	for name, c := range map[string]struct {
		failure     *states.Error
		error, want string
	}{
		"stopped":   {&states.Error{Name: "States.TaskFailed", Cause: `{"ExecutionArn":"arn","Status":"ABORTED","Input":"{}"}`}, "ABORTED", "none is known"},
		"nulls":     {&states.Error{Name: "States.TaskFailed", Cause: `{"ExecutionArn":"arn","Status":"ABORTED","Error":null,"Cause":null}`}, "ABORTED", "none is known"},
		"timeout":   {&states.Error{Name: "States.Timeout", Cause: "it took too long"}, "States.Timeout", "it took too long"},
		"cut off":   {&states.Error{Name: "States.TaskFailed", Cause: `{"ExecutionArn":"arn","Input":"{}","Error":"InvalidInputError","Cause":"` + long}, "InvalidInputError", long[:1000]},
		"cut at }":  {&states.Error{Name: "States.TaskFailed", Cause: `{"ExecutionArn":"arn","Error":"InvalidInputError","Cause":"` + long + "}"}, "InvalidInputError", long[:1000]},
		"cut early": {&states.Error{Name: "States.TaskFailed", Cause: `{"Cause":"the in`}, "FAILED", "the in"},
		"no cause":  {&states.Error{Name: "States.TaskFailed"}, "FAILED", "none is known"},
		"whole":     {&states.Error{Name: "States.TaskFailed", Cause: `{"ExecutionArn":"arn","Error":"E","Cause":"` + long[:7900] + `"}`}, "E", long[:7900]},
		"silence":   {&states.Error{Name: "States.Timeout"}, "States.Timeout", "none is known"},
	} {
		r.messages, r.silent = nil, name == "stopped"
		r.supervisor.runner.Tasks["states:startExecution.sync:2"] = func(context.Context, map[string]any) (any, error) { return nil, c.failure }
		_, err := r.start(name, map[string]any{})
		var failure *states.Error
		if !errors.As(err, &failure) || failure.Name != c.error || failure.Cause != c.want {
			t.Errorf("%s: got %v", name, err)
		}
		if len(r.messages) != 1 || decoded(t, r.messages[0])["cause"] != c.want {
			t.Errorf("%s: the messages are %v", name, r.messages)
		}
	}
}

// TestMapReduceStartsAgain has Step Functions start no job for a moment, and then a
// job fail, which is not begun anew.
func TestMapReduceStartsAgain(t *testing.T) {
	r := startMapReducing(t, small)
	for _, name := range []string{
		"StepFunctions.ExecutionLimitExceededException", "StepFunctions.SdkClientException", "StepFunctions.StepFunctionsException", "States.TaskFailed",
	} {
		starts := 0
		r.supervisor.runner.Tasks["states:startExecution.sync:2"] = func(context.Context, map[string]any) (any, error) {
			if starts++; starts < 4 {
				return nil, &states.Error{Name: name, Cause: `{"Status":"FAILED"}`}
			}
			return map[string]any{"Output": map[string]any{}}, nil
		}
		_, err := r.start("again", map[string]any{})
		if want := map[bool]int{true: 1, false: 4}[name == "States.TaskFailed"]; starts != want || (err == nil) != (want == 4) {
			t.Errorf("after %s there were %d starts, want %d: %v", name, starts, want, err)
		}
	}
}

// TestMapReduceStartsNothingForWhatIsNoData drops what consoles and Hadoop write
// beside data.
func TestMapReduceStartsNothingForWhatIsNoData(t *testing.T) {
	r := startMapReducing(t, small)
	for _, key := range []string{"in/", "in/new folder/", "in/_temporary/0/part.csv", "in/a/.hive-staging/b.csv", "in/.part.csv.crc", "a/_SUCCESS/",
		"in/manifest.json", "in/app/manifest.json", "of/Z/manifest.json", "of/2026-06-01T01-00Z/a/manifest.json"} {
		if _, err := r.drop(key, ""); err != nil || len(r.jobs) != 0 || len(r.messages) != 0 {
			t.Errorf("%s: %d jobs, %v, %v", key, len(r.jobs), r.messages, err)
		}
	}
	for _, key := range []string{"in/a_b.csv", "in/a/b.c.csv", "in/d/_SUCCESS", "_a/.b/_SUCCESS", "_in/in/_x/2026-06-01T01-00Z/manifest.json", "in/a-manifest.json"} {
		before := len(r.jobs)
		_, _ = r.drop(key, "Game Number,Game Length\n1,2\n")
		if len(r.jobs) != before+1 {
			t.Errorf("%s starts no run", key)
		}
	}
}

// TestMapReduceRedrive redrives a job of which some batches failed: these alone run
// again.
func TestMapReduceRedrive(t *testing.T) {
	r := startMapReducing(t, small)
	r.sick = func(batch int) bool { return batch%5 == 3 }
	_, err := r.drop("in/games.csv", games())
	if err == nil || !strings.HasPrefix(err.Error(), "States.ExceedToleratedFailureThreshold") || len(r.messages) != 1 {
		t.Fatalf("got %v, and the messages %v", err, r.messages)
	}
	r.sick = nil
	before := len(r.job.calls)
	output, err := r.jobs[0].Redrive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var invoked int
	for _, call := range r.job.calls[before:] {
		if call.Operation == "lambda:InvokeFunction" && strings.HasSuffix(call.Resource, ":map") {
			invoked++
		}
	}
	if invoked == 0 || invoked > 20 {
		t.Errorf("%d batches were mapped again", invoked)
	}
	if diff := cmp.Diff(onALaptop(t, games())["result"], r.document(output.(map[string]any))["result"]); diff != "" {
		t.Errorf("the result (-laptop +cloud):\n%s", diff)
	}
	if len(r.messages) != 2 || decoded(t, r.messages[1])["outcome"] != "succeeded" {
		t.Errorf("the messages are %v", r.messages)
	}
}

func TestMapReduceRoles(t *testing.T) {
	r := startMapReducing(t, map[string]string{"SPLIT_BYTES": "20000", "BATCH_BYTES": "20000", "MAX_FILES": "3"})
	r.perFile = 2
	run := func(name string, input any) {
		if _, err := r.start(name, input); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	event := r.event("in/games.csv", games())
	run("dropped", event)
	run("dropped", event) // The plan and the result are there.
	run("prefix", map[string]any{"bucket": "input", "prefix": "in/"})
	if _, err := r.start("missing", map[string]any{"bucket": "input", "key": "in/none.csv"}); err == nil {
		t.Error("a run of nothing succeeds")
	}
	r.sick = func(int) bool { r.s3.Delete("input", "in/games.csv"); return false }
	if _, err := r.start("deleted", map[string]any{"bucket": "input", "prefix": "in/"}); err == nil {
		t.Error("a run of what is deleted meanwhile succeeds")
	}
	byLambda := map[string]string{
		"logs:CreateLogStream":     "Lambda writes what the function prints.",
		"logs:PutLogEvents":        "Lambda writes what the function prints.",
		"xray:PutTraceSegments":    "Lambda sends the trace.",
		"xray:PutTelemetryRecords": "Lambda sends the trace.",
	}
	for name, role := range r.roles {
		awstest.CheckRole(t, role, r.proxies[name].Calls(), byLambda)
	}
	byStepFunctions := map[string]string{
		"logs:*": "Step Functions delivers its logs.",
		"xray:*": "Step Functions sends the trace.",
	}
	supervisor := maps.Clone(byStepFunctions)
	for _, action := range []string{"events:PutTargets", "events:PutRule", "events:DescribeRule"} {
		supervisor[action] = "Step Functions follows the job by a rule."
	}
	supervisor["states:DescribeExecution"], supervisor["states:StopExecution"] = "Step Functions follows the job.", "Who stops a run stops its job."
	awstest.CheckRole(t, r.supervisor.role, r.supervisor.calls, supervisor)
	job := maps.Clone(byStepFunctions)
	for _, action := range []string{"s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"} {
		job[action] = "The result writer uploads large files in parts."
	}
	job["states:DescribeExecution"], job["states:StopExecution"] = "Step Functions follows children, by either form of their ARN.", "Who stops a job stops its children."
	for _, forbidden := range []struct {
		role     *awstest.Role
		action   string
		resource string
	}{
		{r.job.role, "s3:PutObject", "work/runs/1/plan.jsonl"},
		{r.job.role, "s3:GetObject", "input/in/games.csv"},
		{r.job.role, "s3:PutObject", "results/results/1.json"},
		{r.roles["plan"], "s3:PutObject", "work/runs/1/map/x/manifest.json"},
		{r.roles["map"], "s3:GetObject", "work/runs/1/plan.jsonl"},
		{r.roles["reduce"], "s3:PutObject", "work/runs/1/plan.jsonl"},
		{r.roles["reduce"], "s3:GetObject", "input/in/games.csv"},
	} {
		call := awstest.Call{Service: "s3", Operation: forbidden.action, Actions: []string{forbidden.action}, Resource: "arn:aws:s3:::" + forbidden.resource}
		if len(forbidden.role.Denied([]awstest.Call{call})) == 0 {
			t.Errorf("%s may %s on %s", forbidden.role.LogicalID, forbidden.action, forbidden.resource)
		}
	}
	job["states:StartExecution"], job["states:RedriveExecution"] = "The children of a version.", "A redrive runs the children again that failed."
	awstest.CheckRole(t, r.job.role, r.job.calls, job)
}
