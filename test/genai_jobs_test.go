package test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"refstack/test/apigw"
	"refstack/test/awstest"
	"refstack/test/lambdatest"
	"refstack/test/modeltest"
)

const (
	genaiAlice = "0a1b2c3d-0000-4000-8000-00000000a11c"
	genaiBob   = "bbbbbbbb-0000-4000-8000-000000000b0b"
	// genaiAlike has the sub of another user that begins as alice's does.
	genaiAlike = "0a1b2c3d-ffff-4000-8000-0000000a11ce"

	genaiDeadline = time.Hour
)

// genaiQueue is the queued half: queues, table and model, and the functions
// between them.
type genaiQueue struct {
	t     testing.TB
	began time.Time // When its jobs are accepted: an ID would change within a test that ends in the next period.
	moto  *awstest.Moto
	model *modeltest.Server

	jobs, dead, buried    *awstest.Queue
	workEnv               map[string]string
	workers               []*lambdatest.Function
	workProxies           []*awstest.Proxy // Of each worker, between it and the table.
	queueProxy            *awstest.Proxy
	bury, polling         *lambdatest.Function
	buryProxy, tableProxy *awstest.Proxy // The second is of polling.
	api                   *httptest.Server
}

// genaiTimeout is that of the worker in tests: a job of a run that died waits no
// longer than this for the next one.
const genaiTimeout = 10 * time.Second

// startQueue starts the queued half with so many workers.
func startQueue(t testing.TB, workers int, protocol string, reply func(modeltest.Call) modeltest.Reply) *genaiQueue {
	t.Helper()
	q := newQueue(t, reply)
	q.moto = awstest.StartMoto(t, "dynamodb")
	q.moto.CreateTable(genaiTables, "Jobs", "jobs")
	q.startWorkers(workers, protocol, q.moto.URL)
	return q
}

// newQueue makes the queues and the model.
func newQueue(t testing.TB, reply func(modeltest.Call) modeltest.Reply) *genaiQueue {
	t.Helper()
	q := &genaiQueue{t: t, began: time.Now(), model: modeltest.Start(t, reply)}
	sqs := awstest.StartSQS(t)
	// In AWS a message comes back after minutes, and a delay of a second takes one.
	quick := awstest.QueueOptions{Visibility: 3 * time.Second, MaxReceives: 3, Second: 200 * time.Millisecond}
	buriedOptions, deadOptions, jobsOptions := quick, quick, quick
	q.buried = sqs.CreateQueue("buried", &buriedOptions)
	deadOptions.DeadLetters = q.buried
	q.dead = sqs.CreateQueue("dead", &deadOptions)
	jobsOptions.DeadLetters = q.dead
	q.jobs = sqs.CreateQueue("jobs", &jobsOptions)
	q.queueProxy = awstest.StartProxy(t, sqs.URL)

	q.workEnv = map[string]string{
		"JOBS_TABLE": "jobs", "JOBS_QUEUE_URL": q.jobs.URL, "JOB_DEADLINE": genaiDeadline.String(), "JOB_RETENTION": "168h0m0s",
		"AWS_ENDPOINT_URL_SQS": q.queueProxy.URL,
	}
	return q
}

// startWorkers starts the functions that work, on the table of an endpoint.
func (q *genaiQueue) startWorkers(workers int, protocol, table string) {
	q.t.Helper()
	for range workers {
		proxy := awstest.StartProxy(q.t, table)
		q.workProxies = append(q.workProxies, proxy)
		q.workers = append(q.workers, startGenAi(q.t, "work", genaiTimeout, q.workEnv, q.model.Environment(protocol), map[string]string{
			"AWS_ENDPOINT_URL_DYNAMODB": proxy.URL,
		}))
	}
}

// startPolling starts the API for those who ask.
func (q *genaiQueue) startPolling() *genaiQueue {
	q.t.Helper()
	q.tableProxy = awstest.StartProxy(q.t, q.moto.URL)
	q.polling = startGenAi(q.t, "jobs", 10*time.Second, map[string]string{
		"JOBS_TABLE": "jobs", "JOB_DEADLINE": genaiDeadline.String(), "AWS_ENDPOINT_URL_DYNAMODB": q.tableProxy.URL,
	})
	q.api = httptest.NewServer(apigw.Handler(q.polling.Invoke, &apigw.Options{
		Resources: []string{"/jobs/{id}"},
		Claims:    apigw.CallerClaims,
		Errorf:    q.t.Errorf,
	}))
	q.t.Cleanup(q.api.Close)
	return q
}

// startBury has dead letters buried.
func (q *genaiQueue) startBury() *genaiQueue {
	q.t.Helper()
	q.buryProxy = awstest.StartProxy(q.t, q.moto.URL)
	q.bury = startGenAi(q.t, "bury", 5*time.Second, map[string]string{
		"JOBS_TABLE": "jobs", "JOB_RETENTION": "168h0m0s", "AWS_ENDPOINT_URL_DYNAMODB": q.buryProxy.URL,
	})
	q.t.Cleanup(q.dead.Consume(10, q.bury.Invoke))
	return q
}

// consume has all workers work until the test ends.
func (q *genaiQueue) consume(wrap func(worker int, invoke invocation) invocation) {
	var all []func(ctx context.Context, event []byte) ([]byte, error)
	for i, worker := range q.workers {
		invoke := invocation(worker.Invoke)
		if wrap != nil {
			invoke = wrap(i, invoke)
		}
		all = append(all, invoke)
	}
	q.t.Cleanup(q.jobs.Consume(1, all...))
}

// jobID is what API Gateway calls a job of owner.
func (q *genaiQueue) jobID(owner, key string) string {
	return fmt.Sprint(q.began.UnixMilli())[:5] + "-" + owner[:8] + "-" + key
}

// attributes are those that API Gateway gives a message.
func (q *genaiQueue) attributes(owner, task, key string, accepted time.Time) map[string]string {
	return map[string]string{"owner": owner, "task": task, "id": q.jobID(owner, key), "accepted": fmt.Sprint(accepted.UnixMilli())}
}

// send puts a job into the queue as API Gateway would.
func (q *genaiQueue) send(owner, task, key, body string) (messageID string) {
	return q.jobs.Send(body, q.attributes(owner, task, key, q.began))
}

// jobReply is what a caller reads who asks for a job.
type jobReply struct {
	status int
	header http.Header
	body   map[string]any
}

// poll asks for a job.
func (q *genaiQueue) poll(caller, id string) jobReply {
	q.t.Helper()
	request, err := http.NewRequest("GET", q.api.URL+"/jobs/"+id, nil)
	if err != nil {
		q.t.Fatal(err)
	}
	request.Header.Set(apigw.CallerHeader, caller)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		q.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		q.t.Fatal(err)
	}
	r := jobReply{status: response.StatusCode, header: response.Header}
	if err := json.Unmarshal(text, &r.body); err != nil {
		q.t.Fatalf("%d %s", r.status, text)
	}
	return r
}

// ended waits until a job has ended, as a caller would.
func (q *genaiQueue) ended(caller, key, status string) map[string]any {
	q.t.Helper()
	var last jobReply
	eventually(q.t, func() bool {
		last = q.poll(caller, q.jobID(caller, key))
		ended := last.body["status"] != "queued" && last.body["status"] != "running"
		if (last.header.Get("Retry-After") == "") != ended {
			q.t.Errorf("%v says to ask again: %v", last.body, last.header)
		}
		return ended
	})
	if last.status != 200 || last.body["status"] != status {
		q.t.Fatalf("%s: %d %v, want %s\n%s", key, last.status, last.body, status, q.workers[0].Log())
	}
	return last.body
}

// eventually waits for what takes a while.
func eventually(t testing.TB, happened func() bool) {
	t.Helper()
	for start := time.Now(); !happened(); time.Sleep(50 * time.Millisecond) {
		if time.Since(start) > 2*time.Minute {
			t.Fatal("it does not happen")
		}
	}
}

// question is a body of the task qa, which asks for something by its name.
func question(name string) string {
	body, err := json.Marshal(map[string]string{"question": "Why is the sky blue \u2028 & \"quoted\" 日本語, called " + name + "?"})
	if err != nil {
		panic(err)
	}
	return string(body)
}

var called = regexp.MustCompile(`called ([a-z0-9-]+)\?`)

// bills are the model's: how often it was asked what, and how often that cost
// something.
type bills struct {
	mu            sync.Mutex
	asked, worked map[string]int
}

// by treats calls as treat says, by name and number, and answers them with their
// name.
func (b *bills) by(treat func(name string, nth int) modeltest.Reply) func(modeltest.Call) modeltest.Reply {
	b.asked, b.worked = map[string]int{}, map[string]int{}
	return func(call modeltest.Call) modeltest.Reply {
		name := ""
		if found := called.FindStringSubmatch(call.Text); found != nil {
			name = found[1]
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asked[name]++
		reply := modeltest.Reply{}
		if treat != nil {
			reply = treat(name, b.asked[name])
		}
		if reply.Fault != modeltest.Throttle {
			b.worked[name]++
		}
		if reply.Text == "" && reply.Fault == "" {
			reply.Text = "This is about " + name + "."
		}
		return reply
	}
}

func (b *bills) of(name string) (asked, worked int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked[name], b.worked[name]
}

// TestGenAiJobsOnEveryEndpoint has each sort of model do a job of its own.
func TestGenAiJobsOnEveryEndpoint(t *testing.T) {
	for _, protocol := range modeltest.Protocols {
		t.Run(protocol, func(t *testing.T) {
			q := startQueue(t, 1, protocol, new(bills).by(nil)).startPolling()
			if got := q.poll(genaiAlice, q.jobID(genaiAlice, "order-7")); got.status != 200 || got.body["status"] != "queued" || got.header.Get("Retry-After") == "" {
				t.Errorf("before it is begun: %d %v", got.status, got.body)
			}
			q.send(genaiAlice, "qa", "order-7", question("sky"))
			q.consume(nil)
			got := q.ended(genaiAlice, "order-7", "succeeded")
			usage, _ := got["usage"].(map[string]any)
			if got["answer"] != "This is about sky." || got["task"] != "qa" || got["id"] != q.jobID(genaiAlice, "order-7") ||
				got["stop"] != "end" || usage["inputTokens"] == 0.0 || usage["outputTokens"] == 0.0 || got["model"] == "" {
				t.Errorf("polled %v", got)
			}
			for _, other := range []string{genaiBob, genaiAlike} {
				theirs := q.poll(other, q.jobID(genaiAlice, "order-7"))
				if theirs.body["answer"] != nil || other == genaiBob && theirs.status != 404 {
					t.Errorf("%s reads %d %v", other, theirs.status, theirs.body)
				}
			}
			if log := q.workers[0].Log() + q.polling.Log(); strings.Contains(log, "sky") || strings.Contains(log, "This is about") || strings.Contains(log, "order-7") || strings.Contains(log, genaiAlice[:8]) {
				t.Errorf("the log has what it must not: %s", log)
			}
			checkGenAiRole(t, "jobs", []*awstest.Proxy{q.tableProxy})
		})
	}
}

// TestGenAiJobsThatCannotSucceed end all the same, with a reason.
func TestGenAiJobsThatCannotSucceed(t *testing.T) {
	faults := []modeltest.Fault{modeltest.Refuse, modeltest.Reject, modeltest.Deny, modeltest.Cut}
	var billed bills
	q := startQueue(t, 2, modeltest.Bedrock, billed.by(func(name string, _ int) modeltest.Reply {
		return modeltest.Reply{Fault: modeltest.Fault(name)}
	})).startPolling()
	late := q.began.Add(-genaiDeadline)
	q.jobs.Send(question("late"), q.attributes(genaiAlice, "qa", "late", late))
	q.send(genaiAlice, "poem", "no-task", question("x"))
	q.send(genaiAlice, "qa", "no-json", `{"question":`)
	q.send(genaiAlice, "qa", "field", `{"question":"x","owner":"`+genaiBob+`"}`)
	for _, fault := range faults {
		q.send(genaiAlice, "qa", string(fault), question(string(fault)))
	}
	q.consume(nil)
	for key, status := range map[string]string{
		"late": "expired", "no-task": "failed", "no-json": "failed", "field": "failed",
		"refuse": "failed", "reject": "failed", "deny": "failed", "cut": "failed",
	} {
		if got := q.ended(genaiAlice, key, status); got["reason"] == nil || got["answer"] != nil {
			t.Errorf("%s: %v", key, got)
		}
	}
	for name, want := range map[string]int{"cut": 2, "refuse": 1, "reject": 1, "deny": 1, "late": 0, "x": 0} {
		if asked, _ := billed.of(name); asked != want {
			t.Errorf("the model was asked for %s %d times, want %d", name, asked, want)
		}
	}
	eventually(t, func() bool { return q.jobs.Len() == 0 })
	if q.dead.Len() != 0 {
		t.Errorf("among the dead letters are %q", q.dead.Bodies())
	}
	if got := q.poll(genaiBob, q.jobID(genaiBob, "field")); got.body["status"] != "queued" {
		t.Errorf("the body has put a job in bob's name: %v", got.body)
	}
}

// TestGenAiOneKeyOneJob sends a key again, with the same body and with another.
func TestGenAiOneKeyOneJob(t *testing.T) {
	q := startQueue(t, 2, modeltest.HTTP, new(bills).by(func(string, int) modeltest.Reply {
		return modeltest.Reply{Delay: 300 * time.Millisecond}
	})).startPolling()
	first, second := question("first"), question("second")
	q.send(genaiAlice, "qa", "k", first)
	q.consume(nil)
	eventually(t, func() bool { return q.model.Counts().Asked == 1 })
	q.send(genaiAlice, "qa", "k", first) // While it runs.
	q.send(genaiAlice, "qa", "k", second)
	q.send(genaiBob, "qa", "k", second)
	if got := q.ended(genaiAlice, "k", "succeeded"); got["answer"] != "This is about first." {
		t.Errorf("alice reads %v", got)
	}
	if got := q.ended(genaiBob, "k", "succeeded"); got["answer"] != "This is about second." {
		t.Errorf("bob reads %v", got)
	}
	q.send(genaiAlice, "qa", "k", first) // After it has ended.
	q.send(genaiAlice, "qa", "k", second)
	eventually(t, func() bool { return q.jobs.Len() == 0 })
	if asked := q.model.Counts().Asked; asked != 2 || q.dead.Len() != 0 {
		t.Errorf("the model was asked %d times, and dead letters are %q", asked, q.dead.Bodies())
	}
	checkGenAiRole(t, "work", append(q.workProxies, q.queueProxy), grantedForQueue, grantedForModel)
}

// TestGenAiDeadLetters are buried: no job hangs, and what is no job is kept for
// people to look at.
func TestGenAiDeadLetters(t *testing.T) {
	q := startQueue(t, 1, modeltest.Bedrock, nil).startPolling()
	q.workProxies[0].Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{Status: 400, Code: "AccessDeniedException"} })
	q.send(genaiAlice, "qa", "hangs", question("x"))
	q.jobs.Send("hello", nil)
	q.consume(nil)
	q.startBury()
	if got := q.ended(genaiAlice, "hangs", "failed"); got["reason"] == nil {
		t.Errorf("polled %v", got)
	}
	eventually(t, func() bool { return q.buried.Len() == 1 && q.jobs.Len() == 0 && q.dead.Len() == 0 })
	if bodies := q.buried.Bodies(); bodies[0] != "hello" {
		t.Errorf("in the last queue is %q", bodies)
	}
	checkGenAiRole(t, "bury", []*awstest.Proxy{q.buryProxy}, grantedForQueue)
}

// TestGenAiLongAnswers fit into an item of the table, however long they are.
func TestGenAiLongAnswers(t *testing.T) {
	for _, fault := range []modeltest.Fault{modeltest.Babble, modeltest.Huge, modeltest.BadUTF8} {
		t.Run(string(fault), func(t *testing.T) {
			q := startQueue(t, 1, modeltest.HTTP, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Fault: fault} }).startPolling()
			q.send(genaiAlice, "qa", "k", question("x"))
			q.consume(nil)
			eventually(t, func() bool {
				status := q.poll(genaiAlice, q.jobID(genaiAlice, "k")).body["status"]
				return status == "succeeded" || status == "failed"
			})
			got := q.poll(genaiAlice, q.jobID(genaiAlice, "k")).body
			answer, _ := got["answer"].(string)
			if len(answer) > 256<<10 || got["status"] == "succeeded" && fault != modeltest.BadUTF8 && (got["stop"] != "length" || len(answer) < 200<<10) {
				t.Errorf("%s with %d bytes, %v %v", got["status"], len(answer), got["stop"], got["reason"])
			}
			eventually(t, func() bool { return q.jobs.Len() == 0 })
		})
	}
}
