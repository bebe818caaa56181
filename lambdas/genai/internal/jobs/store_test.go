package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/internal/dynamo"
	"refstack/test/awstest"
)

const (
	tableName = "jobs"
	alice     = "0a1b2c3d-0000-4000-8000-00000000a11c"
	retention = 7 * 24 * time.Hour
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 120e6, time.UTC)

// after is so many seconds after noon.
func after(seconds float64) time.Time {
	return noon.Add(time.Duration(seconds * float64(time.Second)))
}

// table is an empty table of jobs behind a proxy.
type table struct {
	*jobs.Store
	client *dynamodb.Client
	proxy  *awstest.Proxy
}

func newTable(t testing.TB) *table {
	t.Helper()
	moto := awstest.StartMoto(t, "dynamodb")
	moto.CreateTable(map[string]any{"Resources": map[string]any{"Table": map[string]any{
		"Type": "AWS::DynamoDB::GlobalTable",
		"Properties": map[string]any{
			"AttributeDefinitions": []any{
				map[string]any{"AttributeName": "owner", "AttributeType": "S"},
				map[string]any{"AttributeName": "job", "AttributeType": "S"},
			},
			"KeySchema": []any{
				map[string]any{"AttributeName": "owner", "KeyType": "HASH"},
				map[string]any{"AttributeName": "job", "KeyType": "RANGE"},
			},
			"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
		},
	}}}, "Table", tableName)
	proxy := awstest.StartProxy(t, moto.URL)
	client := dynamodb.NewFromConfig(aws.Config{
		Region: awstest.Region, BaseEndpoint: &proxy.URL, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
	})
	return &table{jobs.New(client, tableName, retention), client, proxy}
}

// item is what the table holds of a job, in the form of a stream's image.
func (s *table) item(t *testing.T, ticket jobs.Ticket) map[string]events.DynamoDBAttributeValue {
	t.Helper()
	found, err := s.client.GetItem(context.Background(), &dynamodb.GetItemInput{
		TableName: aws.String(tableName),
		Key:       dynamo.Attributes{"owner": dynamo.Text(ticket.Owner), "job": dynamo.Text(ticket.ID.Key)},
	})
	if err != nil {
		t.Fatal(err)
	}
	image := map[string]events.DynamoDBAttributeValue{}
	for name, value := range found.Item {
		if n, err := dynamo.NumberOf(value); err == nil {
			image[name] = events.NewNumberAttribute(fmt.Sprint(n))
		} else {
			image[name] = events.NewStringAttribute(dynamo.TextOf(value))
		}
	}
	return image
}

func ticket(key string) jobs.Ticket {
	id, err := jobs.NewID(noon, alice, key)
	if err != nil {
		panic(err)
	}
	return jobs.Ticket{ID: id, Owner: alice, Task: "qa", Accepted: noon, Digest: "digest of " + key}
}

func (s *table) claim(t *testing.T, of jobs.Ticket, at, lease time.Time) *jobs.Job {
	t.Helper()
	job, err := s.Claim(context.Background(), of, at, lease)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// cannot checks that nobody can take the job at a time, and what is said to that.
func (s *table) cannot(t *testing.T, of jobs.Ticket, at time.Time, want error) {
	t.Helper()
	_, claim := s.Claim(context.Background(), of, at, at.Add(time.Minute))
	end := s.End(context.Background(), of, jobs.Failed, "reason", at)
	var until *jobs.BusyError
	if errors.As(want, &until) {
		for _, err := range []error{claim, end} {
			var got *jobs.BusyError
			if !errors.As(err, &got) || !got.Until.Equal(until.Until) {
				t.Errorf("busy is told as %v", err)
			}
		}
		return
	}
	if !errors.Is(claim, want) || !errors.Is(end, want) {
		t.Errorf("claim: %v, end: %v, want %v", claim, end, want)
	}
}

var answer = jobs.Result{Answer: "Because of Rayleigh: \x01\u2028<&>", Stop: "end", Model: "m", InputTokens: 7, OutputTokens: 9}

func TestJobSucceeds(t *testing.T) {
	s := newTable(t)
	ctx := context.Background()
	if _, err := s.Get(ctx, alice, "k"); !errors.Is(err, jobs.ErrNotFound) {
		t.Fatal(err)
	}
	job := s.claim(t, ticket("k"), after(1), after(60))
	want := &jobs.Job{Ticket: ticket("k"), Status: jobs.Running, Attempts: 1, Lease: after(60), Run: job.Run, Started: after(1)}
	if diff := cmp.Diff(want, job); diff != "" || job.Run == "" {
		t.Errorf("%+v %s", job, diff)
	}
	if got, err := s.Get(ctx, alice, "k"); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
	s.cannot(t, ticket("k"), after(60), &jobs.BusyError{Until: after(60)})
	if err := s.Succeed(ctx, job, answer, after(61)); err != nil { // Nobody has taken it meanwhile.
		t.Fatal(err)
	}
	want.Status, want.Finished, want.Result = jobs.Succeeded, after(61), answer
	got, err := s.Get(ctx, alice, "k")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	image := s.item(t, ticket("k"))
	if got, err := jobs.FromStream(image); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("of the stream: %v %s", err, cmp.Diff(want, got))
	}
	if got := image["expires"].Number(); got != fmt.Sprint(after(61).Add(retention).Unix()) {
		t.Errorf("expires %s", got)
	}
	s.cannot(t, ticket("k"), after(1000), jobs.ErrEnded)
	for name, err := range map[string]error{
		"succeed": s.Succeed(ctx, job, jobs.Result{Answer: "other"}, after(62)),
		"give up": s.GiveUp(ctx, job, jobs.Failed, "reason", after(62)),
		"release": released(s.Release(ctx, job, true, after(62))),
	} {
		if (name == "succeed") != (err == nil) || (name != "succeed") != errors.Is(err, jobs.ErrLost) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
	if got, _ := s.Get(ctx, alice, "k"); cmp.Diff(want, got) != "" {
		t.Errorf("after the end: %s", cmp.Diff(want, got))
	}
}

func released(_ *jobs.Job, err error) error { return err }

func TestAttemptsAreBounded(t *testing.T) {
	s := newTable(t)
	first := s.claim(t, ticket("k"), after(0), after(10))
	s.cannot(t, ticket("k"), after(10), &jobs.BusyError{Until: after(10)})
	second := s.claim(t, ticket("k"), after(10.001), after(20))
	if second.Attempts != 2 || second.Run == first.Run || !second.Started.Equal(after(0)) || !second.Lease.Equal(after(20)) {
		t.Errorf("%+v", second)
	}
	s.cannot(t, ticket("k"), after(15), &jobs.BusyError{Until: after(20)})
	// The first run wakes up late, and may no longer write.
	if err := s.Succeed(context.Background(), first, answer, after(16)); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("the first run wrote over the second: %v", err)
	}
	if err := s.GiveUp(context.Background(), first, jobs.Failed, "reason", after(16)); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("the first run ended the second: %v", err)
	}
	if err := released(s.Release(context.Background(), first, false, after(16))); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("the first run released the second: %v", err)
	}
	if _, err := s.Claim(context.Background(), ticket("k"), after(20.001), after(30)); !errors.Is(err, jobs.ErrSpent) {
		t.Errorf("a third attempt: %v", err)
	}
	if err := s.End(context.Background(), ticket("k"), jobs.Failed, "Twice.", after(21)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(context.Background(), alice, "k")
	if err != nil || got.Status != jobs.Failed || got.Reason != "Twice." || !got.Finished.Equal(after(21)) || got.Attempts != 2 {
		t.Errorf("%+v %v", got, err)
	}
	s.cannot(t, ticket("k"), after(30), jobs.ErrEnded)
}

func TestRelease(t *testing.T) {
	s := newTable(t)
	for n := 1; n <= 5; n++ {
		job := s.claim(t, ticket("k"), after(1), after(60))
		if job.Attempts != 1 {
			t.Fatalf("%d throttles later the attempts are %d", n-1, job.Attempts)
		}
		got, err := s.Release(context.Background(), job, false, after(2))
		if err != nil || got.Status != jobs.Queued || got.Attempts != 0 || got.Throttles != n {
			t.Fatalf("released: %+v %v", got, err)
		}
	}
	job := s.claim(t, ticket("k"), after(1), after(60))
	got, err := s.Release(context.Background(), job, true, after(2))
	if err != nil || got.Attempts != 1 || got.Throttles != 5 {
		t.Fatalf("released: %+v %v", got, err)
	}
	if job = s.claim(t, ticket("k"), after(3), after(60)); job.Attempts != 2 {
		t.Errorf("%+v", job)
	}
	if _, err = s.Release(context.Background(), job, true, after(4)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Claim(context.Background(), ticket("k"), after(5), after(60)); !errors.Is(err, jobs.ErrSpent) {
		t.Errorf("a third attempt: %v", err)
	}
}

func TestJobEndsUnbegun(t *testing.T) {
	s := newTable(t)
	if err := s.End(context.Background(), ticket("k"), jobs.Expired, "Too late.", after(9)); err != nil {
		t.Fatal(err)
	}
	want := &jobs.Job{Ticket: ticket("k"), Status: jobs.Expired, Reason: "Too late.", Finished: after(9)}
	if got, err := s.Get(context.Background(), alice, "k"); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
	s.cannot(t, ticket("k"), after(10), jobs.ErrEnded)
}

// The first to use a key has it, whatever became of the job, and in whatever
// period the second comes.
func TestKeyUsedForSomethingElse(t *testing.T) {
	s := newTable(t)
	other := ticket("k")
	other.ID.Period++
	other.Digest = "of another body"
	again := ticket("k")
	again.ID.Period++

	job := s.claim(t, ticket("k"), after(0), after(10))
	s.cannot(t, other, after(1), jobs.ErrOther)
	s.cannot(t, other, after(11), jobs.ErrOther)
	s.cannot(t, again, after(1), &jobs.BusyError{Until: after(10)})
	if _, err := s.Release(context.Background(), job, false, after(2)); err != nil {
		t.Fatal(err)
	}
	s.cannot(t, other, after(3), jobs.ErrOther)
	if job = s.claim(t, again, after(4), after(10)); job.ID != ticket("k").ID {
		t.Errorf("the job is now called %s", job.ID)
	}
	if err := s.Succeed(context.Background(), job, answer, after(5)); err != nil {
		t.Fatal(err)
	}
	s.cannot(t, other, after(11), jobs.ErrOther)
	s.cannot(t, again, after(11), jobs.ErrEnded)

	// Another caller's key is another key.
	bob := ticket("k")
	bob.Owner = "0a1b2c3d-0000-4000-8000-000000000b0b" // Whose sub begins with the same characters.
	if _, err := s.Get(context.Background(), bob.Owner, "k"); !errors.Is(err, jobs.ErrNotFound) {
		t.Errorf("bob reads alice's job: %v", err)
	}
	s.claim(t, bob, after(6), after(10))
}

// The SDK sends a write again when its answer is lost, and finds what it did itself.
func TestLostAnswers(t *testing.T) {
	s := newTable(t)
	ctx := context.Background()
	lose := func() {
		lost := false
		s.proxy.Fault(func(awstest.Call) *awstest.Fault {
			if lost {
				return nil
			}
			lost = true
			return &awstest.Fault{AfterEffect: true, CutAfter: -1}
		})
	}
	lose()
	job := s.claim(t, ticket("a"), after(0), after(10))
	if job.Attempts != 1 || job.Run == "" {
		t.Errorf("%+v", job)
	}
	lose()
	if got, err := s.Release(ctx, job, false, after(1)); err != nil || got.Throttles != 1 || got.Attempts != 0 {
		t.Errorf("release: %+v %v", got, err)
	}
	job = s.claim(t, ticket("a"), after(2), after(10))
	lose()
	if err := s.Succeed(ctx, job, answer, after(3)); err != nil {
		t.Errorf("succeed: %v", err)
	}
	job = s.claim(t, ticket("b"), after(0), after(10))
	lose()
	if err := s.GiveUp(ctx, job, jobs.Failed, "reason", after(1)); err != nil {
		t.Errorf("give up: %v", err)
	}
	lose()
	if err := s.End(ctx, ticket("c"), jobs.Failed, "reason", after(1)); !errors.Is(err, jobs.ErrEnded) {
		t.Errorf("end: %v", err) // By itself, which makes no difference.
	}
}

func TestFaultsThatPass(t *testing.T) {
	s := newTable(t)
	ctx := context.Background()
	job := s.claim(t, ticket("k"), after(0), after(10))
	for code, passes := range map[string]bool{"ProvisionedThroughputExceededException": true, "InternalServerError": true, "AccessDeniedException": false, "ValidationException": false} {
		status := 400
		if code == "InternalServerError" {
			status = 500
		}
		s.proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{Status: status, Code: code} })
		once := jobs.New(dynamodb.New(s.client.Options(), func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} }), tableName, retention)
		_, claim := once.Claim(ctx, ticket("k"), after(0), after(10))
		_, get := once.Get(ctx, alice, "k")
		for name, err := range map[string]error{
			"claim": claim, "get": get, "succeed": once.Succeed(ctx, job, answer, after(1)), "end": once.End(ctx, ticket("k"), jobs.Failed, "", after(1)),
		} {
			if err == nil || errors.Is(err, jobs.ErrWillPass) != passes {
				t.Errorf("%s after %s: %v", name, code, err)
			}
		}
	}
}

// A record that somebody deleted while it ran is not made anew by its run.
func TestDeletedWhileItRan(t *testing.T) {
	s := newTable(t)
	job := s.claim(t, ticket("k"), after(0), after(10))
	_, err := s.client.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{
		TableName: aws.String(tableName), Key: dynamo.Attributes{"owner": dynamo.Text(alice), "job": dynamo.Text("k")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Succeed(context.Background(), job, answer, after(1)); !errors.Is(err, jobs.ErrLost) {
		t.Error(err)
	}
	if _, err := s.Get(context.Background(), alice, "k"); !errors.Is(err, jobs.ErrNotFound) {
		t.Error(err)
	}
}

// Of many runs at once one has the job, and the others know until when.
func TestOneRunAtATime(t *testing.T) {
	s := newTable(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 50 {
		all.Go(func() {
			_, err := s.Claim(context.Background(), ticket("k"), after(0), after(10))
			var busy *jobs.BusyError
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case !errors.As(err, &busy):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won != 1 {
		t.Errorf("%d have it", won)
	}
}

func TestRecordsThatMakeNoSense(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"id":{"S":"x"}}`, `{"id":{"S":"17954-0a1b2c3d-k"},"attempts":{"N":"1.5"}}`, `{"id":{"S":"17954-0a1b2c3d-k"},"finished":{"S":"noon"}}`,
	} {
		var image map[string]events.DynamoDBAttributeValue
		if err := json.Unmarshal([]byte(text), &image); err != nil {
			t.Fatal(err)
		}
		if job, err := jobs.FromStream(image); err == nil {
			t.Errorf("%s is %+v", text, job)
		}
	}
}
