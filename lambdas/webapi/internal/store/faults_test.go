package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/webapi/internal/items"
	"refstack/lambdas/webapi/internal/store"
)

// script answers calls of DynamoDB one after the other, the last answer for ever.
type script struct {
	answers []answer
	calls   []call
}

// call is a request that the script has answered.
type call struct {
	operation string
	input     map[string]any
}

// answer is made of what came in, and may be none.
type answer func(call) (status int, body string, err error)

func (s *script) Do(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	c := call{operation: operation}
	if err := json.Unmarshal(text, &c.input); err != nil {
		return nil, err
	}
	s.calls = append(s.calls, c)
	status, body, err := s.answers[min(len(s.calls), len(s.answers))-1](c)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

func (s *script) operations() string {
	var all []string
	for _, c := range s.calls {
		all = append(all, c.operation)
	}
	return strings.Join(all, " ")
}

func says(status int, body string) answer {
	return func(call) (int, string, error) { return status, body, nil }
}

func fails(err error) answer { return func(call) (int, string, error) { return 0, "", err } }

func code(status int, name string) answer {
	return says(status, `{"__type":"com.amazonaws.dynamodb.v20120810#`+name+`","message":"about items-table-X"}`)
}

// cancelled is a transaction that failed for the reasons of its two writes.
func cancelled(record, item string) answer {
	return says(400, `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"m",`+
		`"CancellationReasons":[{"Code":"`+record+`"},{"Code":"`+item+`"}]}`)
}

var fine = says(200, `{}`)

// scripted is a store as the function makes it, but for the network.
func scripted(answers ...answer) (*store.Store, *script) {
	s := &script{answers: answers}
	client := dynamo.NewClient(aws.Config{
		Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
	}, func(o *dynamodb.Options) { o.HTTPClient = s })
	return store.New(client, "items-table-X"), s
}

// operations calls each operation of a Store.
var operations = map[string]func(context.Context, *store.Store) error{
	"Create": func(ctx context.Context, s *store.Store) error { return s.Create(ctx, "alice", item(1)) },
	"CreateOnce": func(ctx context.Context, s *store.Store) error {
		_, err := s.CreateOnce(ctx, "alice", item(1), record("k", 1))
		return err
	},
	"Get": func(ctx context.Context, s *store.Store) error {
		_, err := s.Get(ctx, "alice", item(1).ID)
		return err
	},
	"List": func(ctx context.Context, s *store.Store) error {
		_, _, err := s.List(ctx, "alice", "", 5)
		return err
	},
	"Replace": func(ctx context.Context, s *store.Store) error {
		_, err := s.Replace(ctx, "alice", item(1).ID, 1, items.Content{Name: "a"}, start)
		return err
	},
	"Delete": func(ctx context.Context, s *store.Store) error {
		return s.Delete(ctx, "alice", item(1).ID, items.Any)
	},
}

type timeout struct{ error }

func (timeout) Timeout() bool { return true }

func TestFaultsOfDynamoDB(t *testing.T) {
	for name, c := range map[string]struct {
		answer answer
		busy   bool
	}{
		"throughput":       {code(400, "ProvisionedThroughputExceededException"), true},
		"throttling":       {code(400, "ThrottlingException"), true},
		"limit":            {code(400, "RequestLimitExceeded"), true},
		"their fault":      {code(500, "InternalServerError"), true},
		"unavailable":      {says(503, ``), true},
		"connection reset": {fails(&net.OpError{Op: "read", Err: syscall.ECONNRESET}), true},
		"refused":          {fails(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), true},
		"timeout":          {fails(timeout{errors.New("too slow")}), true},
		"conflict":         {code(400, "TransactionConflictException"), true},
		"cut off":          {fails(io.ErrUnexpectedEOF), true},
		"answer broke off": {says(200, `{"Item":{"na`), true},
		"no permission":    {code(400, "AccessDeniedException"), false},
		"no table":         {code(400, "ResourceNotFoundException"), false},
		"our mistake":      {code(400, "ValidationException"), false},
	} {
		for operation, do := range operations {
			t.Run(name+"/"+operation, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, _ := scripted(c.answer)
					err := do(context.Background(), s)
					if err == nil || errors.Is(err, items.ErrBusy) != c.busy || errors.Is(err, items.ErrNotFound) || errors.Is(err, items.ErrStale) {
						t.Errorf("fails with %v", err)
					}
				})
			})
		}
	}
}

func TestPassingFaultsAreNotSeen(t *testing.T) {
	stored := `{"name":{"S":"a"},"tags":{"L":[]},"version":{"N":"1"},"createdAt":{"S":"2026-11-23T08:00:00Z"},"updatedAt":{"S":"2026-11-23T08:00:00Z"}}`
	for operation, do := range operations {
		synctest.Test(t, func(t *testing.T) {
			s, script := scripted(code(400, "ThrottlingException"), code(500, "InternalServerError"),
				says(200, `{"Item":`+stored+`,"Attributes":`+stored+`,"Items":[`+stored+`]}`))
			if err := do(context.Background(), s); err != nil || len(script.calls) != 3 {
				t.Errorf("%s: %v after %s", operation, err, script.operations())
			}
		})
	}
}

func TestEndOfTimeIsBusy(t *testing.T) {
	for operation, do := range operations {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			s, _ := scripted(func(call) (int, string, error) {
				<-ctx.Done()
				return 0, "", ctx.Err()
			})
			if err := do(ctx, s); !errors.Is(err, items.ErrBusy) {
				t.Errorf("%s: %v", operation, err)
			}
		})
	}
}

// A creation that met another one does not wait for longer than its caller.
func TestEndOfTimeInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
		defer cancel()
		s, script := scripted(cancelled("TransactionConflict", "None"))
		_, err := s.CreateOnce(ctx, "alice", item(1), record("k", 1))
		if took := time.Since(start); !errors.Is(err, items.ErrBusy) || took != time.Nanosecond || len(script.calls) != 1 {
			t.Errorf("%v after %s and %s", err, took, script.operations())
		}
	})
}

// A caller who has just created an item finds it, and finds the record of it.
func TestReadsSeeWhatWasWrittenLast(t *testing.T) {
	reads := 0
	for operation, do := range operations {
		s, script := scripted(func(c call) (int, string, error) {
			if c.operation == "TransactWriteItems" {
				return cancelled("ConditionalCheckFailed", "None")(c)
			}
			return code(400, "AccessDeniedException")(c)
		})
		_ = do(context.Background(), s)
		for _, c := range script.calls {
			if c.operation == "GetItem" || c.operation == "Query" {
				reads++
				if c.input["ConsistentRead"] != true {
					t.Errorf("%s: %s of %v", operation, c.operation, c.input)
				}
			}
		}
	}
	if reads != 3 {
		t.Errorf("there were %d reads, want those of Get, List and CreateOnce", reads)
	}
}

// The function's own client gives up on a DynamoDB that accepts a connection and
// says nothing, though nobody else sets a limit.
func TestSilenceIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends []net.Conn
		endpoint := "http://dynamodb.test"
		client := dynamo.NewClient(aws.Config{
			Region: "eu-central-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
		}, func(o *dynamodb.Options) {
			o.HTTPClient = o.HTTPClient.(*awshttp.BuildableClient).WithTransportOptions(func(t *http.Transport) {
				t.DialContext = func(context.Context, string, string) (net.Conn, error) {
					ours, theirs := net.Pipe()
					ends = append(ends, theirs)
					go io.Copy(io.Discard, theirs)
					return ours, nil
				}
			})
		})
		start := time.Now()
		_, err := store.New(client, table).Get(context.Background(), "alice", item(1).ID)
		if !errors.Is(err, items.ErrBusy) {
			t.Error(err)
		}
		// In the bubble's time, which is exact: the function has 10 seconds.
		if took := time.Since(start); took > 7*time.Second || len(ends) != 3 {
			t.Errorf("gave up after %s and %d tries", took, len(ends))
		}
		for _, end := range ends {
			end.Close()
		}
	})
}

// A replacement whose answer was lost is sent again, and finds its own mark.
func TestLostAnswerOfReplace(t *testing.T) {
	old := func(mark, version string) string {
		return `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"m","Item":{"item":{"S":"item#x"},"name":{"S":"a"},"mark":{"S":"` + mark +
			`"},"tags":{"L":[]},"version":{"N":"` + version + `"},"createdAt":{"S":"2026-11-23T08:00:00Z"},"updatedAt":{"S":"2026-11-23T08:00:00Z"}}}`
	}
	synctest.Test(t, func(t *testing.T) {
		s, script := scripted(fails(&net.OpError{Op: "read", Err: syscall.ECONNRESET}), func(c call) (int, string, error) {
			values := c.input["ExpressionAttributeValues"].(map[string]any)
			return 400, old(values[":mark"].(map[string]any)["S"].(string), "8"), nil
		})
		got, err := s.Replace(context.Background(), "alice", "x", 7, items.Content{Name: "a"}, start)
		if err != nil || got.Version != 8 || got.ID != "x" || len(script.calls) != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
	s, _ := scripted(says(400, old("another's", "8")))
	if _, err := s.Replace(context.Background(), "alice", "x", 7, items.Content{Name: "a"}, start); !errors.Is(err, items.ErrStale) {
		t.Errorf("another's write is taken for ours: %v", err)
	}
}

func TestTransactions(t *testing.T) {
	theirs := says(200, `{"Item":{"fingerprint":{"B":"AAEC"},"status":{"N":"201"},"location":{"S":"items/theirs"},"etag":{"S":"\"1\""},"body":{"S":"{}"},"expires":{"N":"4000000000"}}}`)
	ours := says(200, `{"Item":{"fingerprint":{"B":"AAEC"},"status":{"N":"201"},"location":{"S":"items/1"},"etag":{"S":"\"1\""},"body":{"S":"{}"},"expires":{"N":"4000000000"}}}`)
	expired := says(200, `{"Item":{"fingerprint":{"B":"AAEC"},"status":{"N":"201"},"location":{"S":"items/theirs"},"etag":{"S":"\"1\""},"body":{"S":"{}"},"expires":{"N":"1"}}}`)
	const write, read = "TransactWriteItems", "GetItem"
	for name, c := range map[string]struct {
		answers    []answer
		operations []string
		earlier    string // the location of the record that is returned
		busy, bad  bool
	}{
		"lost the race":         {[]answer{cancelled("ConditionalCheckFailed", "None"), theirs}, []string{write, read}, "items/theirs", false, false},
		"met, and won":          {[]answer{cancelled("TransactionConflict", "None"), fine}, []string{write, write}, "", false, false},
		"met, and lost":         {[]answer{cancelled("TransactionConflict", "None"), cancelled("ConditionalCheckFailed", "None"), theirs}, []string{write, write, read}, "items/theirs", false, false},
		"both reasons":          {[]answer{cancelled("ConditionalCheckFailed", "TransactionConflict"), theirs}, []string{write, read}, "items/theirs", false, false},
		"throttled within":      {[]answer{cancelled("None", "ThrottlingError"), fine}, []string{write, write}, "", false, false},
		"no throughput":         {[]answer{cancelled("ProvisionedThroughputExceeded", "None"), fine}, []string{write, write}, "", false, false},
		"always met":            {[]answer{cancelled("TransactionConflict", "None")}, []string{write, write, write, write, write, write}, "", true, false},
		"our own, answer lost":  {[]answer{cancelled("ConditionalCheckFailed", "None"), ours}, []string{write, read}, "", false, false},
		"expired between":       {[]answer{cancelled("ConditionalCheckFailed", "None"), expired, fine}, []string{write, read, write}, "", false, false},
		"removed between":       {[]answer{cancelled("ConditionalCheckFailed", "None"), fine, fine}, []string{write, read, write}, "", false, false},
		"too large":             {[]answer{cancelled("None", "ValidationError")}, []string{write}, "", false, true},
		"too large and met":     {[]answer{cancelled("TransactionConflict", "ValidationError")}, []string{write}, "", false, true},
		"record cannot be read": {[]answer{cancelled("ConditionalCheckFailed", "None"), code(400, "AccessDeniedException")}, []string{write, read}, "", false, true},
		"record makes no sense": {[]answer{cancelled("ConditionalCheckFailed", "None"), says(200, `{"Item":{"status":{"S":"x"}}}`)}, []string{write, read}, "", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, script := scripted(c.answers...)
				earlier, err := s.CreateOnce(context.Background(), "alice", item(1), record("k", 1))
				if errors.Is(err, items.ErrBusy) != c.busy || (err != nil) != (c.busy || c.bad) {
					t.Errorf("fails with %v", err)
				}
				location := ""
				if earlier != nil {
					location = earlier.Response.Location
				}
				if location != c.earlier || script.operations() != strings.Join(c.operations, " ") {
					t.Errorf("returned %q after %s", location, script.operations())
				}
				// Each transaction has a token of its own: the one before was cancelled.
				tokens := map[any]bool{}
				writes := 0
				for _, call := range script.calls {
					if call.operation == write {
						writes++
						tokens[call.input["ClientRequestToken"]] = true
					}
				}
				if len(tokens) != writes || tokens[nil] {
					t.Errorf("%d transactions have the tokens %v", writes, tokens)
				}
			})
		})
	}
}

func TestPageThatDynamoDBCutsShort(t *testing.T) {
	stored := `{"item":{"S":"item#019ab000-0000-7000-8000-000000000000"},"tags":{"L":[]},"version":{"N":"1"},"createdAt":{"S":"2026-11-23T08:00:00Z"},"updatedAt":{"S":"2026-11-23T08:00:00Z"}}`
	s, script := scripted(says(200, `{"Items":[`+stored+`],"LastEvaluatedKey":{"owner":{"S":"alice"},"item":{"S":"item#019ab000-0000-7000-8000-000000000000"}}}`))
	page, more, err := s.List(context.Background(), "alice", "", 5)
	if err != nil || len(page) != 1 || !more {
		t.Errorf("%v %t %v", page, more, err)
	}
	// DynamoDB says that it has more whenever it stops at the limit, also at the
	// very end: one more than asked for tells the two apart.
	if limit := script.calls[0].input["Limit"]; limit != 6.0 {
		t.Errorf("asked for %v", limit)
	}
}

func TestItemThatMakesNoSense(t *testing.T) {
	for _, stored := range []string{
		`{"item":{"S":"item#1"}}`,
		`{"item":{"S":"item#1"},"tags":{"L":[]},"version":{"S":"1"},"createdAt":{"S":"2026-11-23T08:00:00Z"},"updatedAt":{"S":"2026-11-23T08:00:00Z"}}`,
		`{"item":{"S":"item#1"},"tags":{"L":[]},"version":{"N":"1"},"createdAt":{"S":"yesterday"},"updatedAt":{"S":"2026-11-23T08:00:00Z"}}`,
	} {
		s, _ := scripted(says(200, `{"Item":`+stored+`}`))
		if got, err := s.Get(context.Background(), "alice", "1"); err == nil || errors.Is(err, items.ErrBusy) {
			t.Errorf("%s: %+v %v", stored, got, err)
		}
	}
}
