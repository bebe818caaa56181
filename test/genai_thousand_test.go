package test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"refstack/test/awstest"
	"refstack/test/modeltest"
)

// chance is true for so many of a hundred things, always the same ones.
func chance(percent uint32, thing string) bool {
	hash := fnv.New32a()
	hash.Write([]byte(thing))
	return hash.Sum32()%100 < percent
}

// crashes kills functions between the answer of the model and its record.
type crashes struct {
	q       *genaiQueue
	mu      sync.Mutex
	of      map[string]bool // Bodies of messages that are still to crash.
	crashed atomic.Int32
}

// wrap kills a worker when it is about to write for the second time: the first
// time, it claims the job.
func (c *crashes) wrap(worker int, invoke invocation) invocation {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var batch events.SQSEvent
		if err := json.Unmarshal(event, &batch); err != nil {
			return nil, err
		}
		c.mu.Lock()
		crash := c.of[batch.Records[0].Body]
		delete(c.of, batch.Records[0].Body)
		c.mu.Unlock()
		if !crash {
			return invoke(ctx, event)
		}
		ctx, kill := context.WithCancel(ctx)
		defer kill()
		writes := 0
		c.q.workProxies[worker].Fault(func(call awstest.Call) *awstest.Fault {
			if writes++; writes < 2 {
				return nil
			}
			kill()
			return &awstest.Fault{Delay: time.Minute} // It never arrives.
		})
		defer c.q.workProxies[worker].Fault(nil)
		response, err := invoke(ctx, event)
		if err != nil {
			c.crashed.Add(1)
		}
		return response, err
	}
}

// TestGenAiThousandJobs has a model that is throttled a fifth of the time, a
// queue that delivers a twentieth twice, callers who send a twentieth again, and
// functions that die between the answer of the model and its record. Every job
// succeeds; those that met no crash are billed once, and the others twice at most.
func TestGenAiThousandJobs(t *testing.T) {
	const count, workers = 1000, 8
	name := func(i int) string { return fmt.Sprint("job-", i) }
	crashing := func(name string) bool { return chance(2, "crash "+name) }
	var billed bills
	q := startQueue(t, workers, modeltest.Bedrock, billed.by(func(name string, nth int) modeltest.Reply {
		if chance(20, fmt.Sprint("throttle ", name, nth)) && !(crashing(name) && nth == 1) {
			return modeltest.Reply{Fault: modeltest.Throttle}
		}
		return modeltest.Reply{}
	})).startPolling().startBury()

	c := &crashes{q: q, of: map[string]bool{}}
	willCrash := 0
	for i := range count {
		key := name(i)
		if crashing(key) {
			c.of[question(key)] = true
			willCrash++
		}
		id := q.send(genaiAlice, "qa", key, question(key))
		if chance(5, "deliver twice "+key) {
			q.jobs.Duplicate(id)
		}
		if chance(5, "send twice "+key) {
			q.send(genaiAlice, "qa", key, question(key))
		}
	}
	q.consume(c.wrap)
	eventually(t, func() bool { return q.jobs.Len() == 0 })
	if q.dead.Sent() != 0 {
		t.Errorf("%d messages went to the dead letters", q.dead.Sent())
	}
	if willCrash < 10 || int(c.crashed.Load()) != willCrash {
		t.Errorf("%d functions died, want %d", c.crashed.Load(), willCrash)
	}

	throttled, twice := 0, 0
	for i := range count {
		key := name(i)
		got := q.poll(genaiAlice, q.jobID(genaiAlice, key))
		if got.body["status"] != "succeeded" || got.body["answer"] != "This is about "+key+"." {
			t.Errorf("%s: %v", key, got.body)
		}
		asked, worked := billed.of(key)
		if most := map[bool]int{false: 1, true: 2}[crashing(key)]; worked < 1 || worked > most {
			t.Errorf("%s is billed %d times, want at most %d", key, worked, most)
		}
		throttled += asked - worked
		twice += worked - 1
	}
	if throttled < count/10 || twice == 0 {
		t.Errorf("%d calls were throttled and %d jobs billed twice: too few for a test", throttled, twice)
	}
	t.Logf("%d throttled, %d died, %d billed twice, %d messages", throttled, c.crashed.Load(), twice, q.jobs.Sent())
}

// BenchmarkGenAiJobs has twenty workers do a thousand jobs with a model that
// answers in 200 ms: ideally in ten seconds. The table takes what it takes in AWS,
// which the one of the tests would not on so few processors.
func BenchmarkGenAiJobs(b *testing.B) {
	const count, workers = 1000, 20
	for b.Loop() {
		b.StopTimer()
		q := newQueue(b, new(bills).by(func(string, int) modeltest.Reply { return modeltest.Reply{Delay: 200 * time.Millisecond} }))
		q.startWorkers(workers, modeltest.Bedrock, startAgreeingTable(b))
		for i := range count {
			q.send(genaiAlice, "qa", fmt.Sprint("job-", i), question(fmt.Sprint("job-", i)))
		}
		b.StartTimer()
		q.consume(nil)
		for q.jobs.Len() > 0 {
			time.Sleep(time.Millisecond)
		}
		if counts := q.model.Counts(); counts.Worked != count || counts.Most > workers {
			b.Fatalf("the model worked %d times, %d at once", counts.Worked, counts.Most)
		}
	}
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(seconds, "s/1000jobs")
	b.ReportMetric(seconds/10, "times-ideal")
}

// startAgreeingTable starts a DynamoDB that agrees to every update after 5 ms,
// whatever its condition, and tells what the update sets.
func startAgreeingTable(b *testing.B) (url string) {
	type item = map[string]map[string]string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var update struct {
			Key, ExpressionAttributeValues item
			ReturnValues                   string
		}
		if err := json.NewDecoder(r.Body).Decode(&update); err != nil {
			b.Error(err)
		}
		time.Sleep(5 * time.Millisecond)
		if update.ReturnValues == "" {
			_, _ = w.Write([]byte("{}"))
			return
		}
		attributes := update.Key
		for name, value := range update.ExpressionAttributeValues {
			if _, attribute, ok := strings.Cut(name, "_"); ok {
				attributes[attribute] = value
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]item{"Attributes": attributes})
	}))
	b.Cleanup(server.Close)
	return server.URL
}
