// Package lambdatest starts a function's bootstrap binary the way AWS Lambda
// starts it: alone in an environment of its own, with a Runtime API to ask for
// events. A test that invokes the binary in cdk.out through this package tests
// what is deployed, wiring and all, and not a handler that was called in-process.
//
//	fn := lambdatest.Start(t, "cdk.out/asset.../bootstrap", &lambdatest.Options{
//		Env: map[string]string{"BUCKET": "thumbnails", "AWS_ENDPOINT_URL_S3": proxy.URL},
//	})
//	var result Result
//	err := fn.InvokeJSON(ctx, event, &result)
//
// What is as in Lambda: the environment variables, the Runtime API (version
// 2018-06-01), one invocation at a time, the function's timeout, its memory
// limit, the 6 MB limits on events and responses, and a fresh process after one
// has died. An invocation ends when the runtime asks for the next event, so that
// a crash between the response and that is seen.
//
// What is not: the file system is not read-only, CPU is not scaled with memory,
// a process between two invocations is not frozen, the Extensions and Telemetry
// APIs answer 404, and the credentials are dummies. The memory limit is enforced on
// Linux alone, by looking at the resident set every few milliseconds and at
// every call of the Runtime API.
package lambdatest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// AWS's limits on what goes in and out of a function.
const (
	// MaxEventSize is the most bytes that the event of a synchronous invocation may have.
	MaxEventSize = 6 << 20
	// MaxResponseSize is the most bytes of a buffered response: 6 MB and a little
	// that AWS adds for the envelope.
	MaxResponseSize = 6<<20 + 100
	// MaxStreamSize is the most bytes of a streamed response.
	MaxStreamSize = 200 << 20

	initTimeout = 10 * time.Second
)

// Options tell how the function is configured. A nil *Options takes every default.
type Options struct {
	// Env holds the variables of the template and what the test adds, such as
	// AWS_ENDPOINT_URL_S3. The process gets these, what Lambda itself sets, and
	// nothing of the test's own environment. Names that Lambda reserves are refused.
	Env map[string]string
	// Handler is the function's handler. Defaults to "bootstrap".
	Handler string
	// MemoryMiB is the memory size; on Linux a process that passes it is killed.
	// Defaults to 128.
	MemoryMiB int
	// Timeout is the function's timeout; a process that passes it is killed.
	// Defaults to 3 seconds.
	Timeout time.Duration
	// Grace is how long a process that passes its timeout lives on before it is
	// killed. It is for functions that end in time by themselves, and may have less
	// of the machine for that than Lambda gives them. Defaults to none.
	Grace time.Duration
	// Region is where the function seems to run. Defaults to us-east-1.
	Region string
	// AccountID is the account of the function's ARN. Defaults to 123456789012.
	AccountID string
	// FunctionName is the function's name. Defaults to "test-function".
	FunctionName string
}

func (o *Options) withDefaults() Options {
	var r Options
	if o != nil {
		r = *o
	}
	if r.Handler == "" {
		r.Handler = "bootstrap"
	}
	if r.MemoryMiB == 0 {
		r.MemoryMiB = 128
	}
	if r.Timeout == 0 {
		r.Timeout = 3 * time.Second
	}
	if r.Region == "" {
		r.Region = "us-east-1"
	}
	if r.AccountID == "" {
		r.AccountID = "123456789012"
	}
	if r.FunctionName == "" {
		r.FunctionName = "test-function"
	}
	return r
}

func (o *Options) arn() string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", o.Region, o.AccountID, o.FunctionName)
}

// Function is a started function. Its methods may be called from several goroutines.
type Function struct {
	bootstrap string
	opts      Options
	log       *os.File
	turn      chan struct{} // holds one token while an invocation runs

	mu      sync.Mutex
	closed  bool
	sandbox *sandbox
	cpu     time.Duration // of sandboxes that have ended
	peak    int64         // likewise
}

// Start runs the bootstrap binary with a Runtime API on a free port of 127.0.0.1
// and waits until it asks for its first event. It fails t, with the function's
// log, when the function does not get that far. The function ends with the test;
// if the test has failed, the end of the function's log is in the test's.
func Start(t testing.TB, bootstrap string, opts *Options) *Function {
	t.Helper()
	f, err := TryStart(t, bootstrap, opts)
	if err != nil {
		t.Fatalf("lambdatest: %s: %v", bootstrap, err)
	}
	return f
}

// TryStart is Start for tests of functions that must refuse to start: it
// returns the error of the initialization, which is an *ExitError or, when the
// runtime has posted one, an *InvokeError.
func TryStart(t testing.TB, bootstrap string, opts *Options) (*Function, error) {
	t.Helper()
	f := &Function{opts: opts.withDefaults(), turn: make(chan struct{}, 1)}
	if err := f.opts.validate(); err != nil {
		return nil, err
	}
	var err error
	if f.bootstrap, err = filepath.Abs(bootstrap); err != nil {
		return nil, err
	}
	// The processes write to a file and not to a pipe: what they wrote before
	// they answered is there when Invoke returns.
	f.log, err = os.OpenFile(filepath.Join(t.TempDir(), "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		f.Close()
		if t.Failed() {
			t.Logf("lambdatest: end of the log of %s:\n%s", f.opts.FunctionName, tail(f.Log(), 40))
		}
		f.log.Close()
	})
	if _, err := f.current(context.Background()); err != nil {
		return nil, err
	}
	return f, nil
}

// Invoke hands the event to the function and returns its response. Only one
// invocation runs at a time: others wait for their turn. After the process has
// died the next Invoke starts a fresh one.
//
// The error is an *InvokeError when the function answered with an error, or an
// *ExitError when its process exited, ran out of time or out of memory, or did
// not come up again. When ctx ends before the function has answered, the process
// is killed and the error is ctx's.
func (f *Function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	var response bytes.Buffer
	if _, err := f.invoke(ctx, event, &response, MaxResponseSize); err != nil {
		return nil, err
	}
	return response.Bytes(), nil
}

// InvokeJSON is Invoke with the event and the response as Go values. A result
// of nil ignores the response.
func (f *Function) InvokeJSON(ctx context.Context, event, result any) error {
	payload, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("lambdatest: event: %w", err)
	}
	response, err := f.Invoke(ctx, payload)
	if err != nil || result == nil {
		return err
	}
	if err := json.Unmarshal(response, result); err != nil {
		return fmt.Errorf("lambdatest: response %.200q: %w", response, err)
	}
	return nil
}

// InvokeWithResponseStream is Invoke for a function that streams its response:
// every piece is written to w as it arrives, and nothing is kept. It returns the
// response's content type, which tells API Gateway whether a prelude of status
// and headers comes first. An error in the middle of the stream comes back as
// *InvokeError after w got what was sent before it. It returns only after the
// last Write has returned.
func (f *Function) InvokeWithResponseStream(ctx context.Context, event []byte, w io.Writer) (contentType string, err error) {
	return f.invoke(ctx, event, w, MaxStreamSize)
}

func (f *Function) invoke(ctx context.Context, event []byte, w io.Writer, limit int64) (string, error) {
	if len(event) > MaxEventSize {
		return "", fmt.Errorf("lambdatest: event of %d bytes: AWS answers RequestTooLargeException above %d", len(event), MaxEventSize)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	// A process that dies while idle is replaced, but one that always does is a fault.
	for try := 0; ; try++ {
		s, err := f.current(ctx)
		if err != nil {
			return "", err
		}
		inv := newInvocation(event, w, limit, f.opts.Timeout)
		select {
		case s.events <- inv:
			return s.await(ctx, inv)
		case <-s.exited:
			if try == 2 {
				return "", s.exitError()
			}
		}
	}
}

// current returns a process that is ready for an event, starting it if need be.
func (f *Function) current(ctx context.Context) (*sandbox, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, errors.New("lambdatest: the function is closed")
	}
	if f.sandbox != nil {
		select {
		case <-f.sandbox.exited:
			f.retire()
		default:
			return f.sandbox, nil
		}
	}
	s, err := startSandbox(f.bootstrap, &f.opts, f.log)
	if err != nil {
		return nil, err
	}
	f.sandbox = s
	// From here on Close finds the process, and init may go on without the lock.
	f.mu.Unlock()
	err = s.awaitInit(ctx)
	f.mu.Lock()
	if err != nil {
		return nil, err
	}
	return s, nil
}

// retire keeps the figures of a process that is over. The caller holds f.mu.
func (f *Function) retire() {
	s := f.sandbox
	s.close()
	f.cpu += s.cpuTime()
	f.peak = max(f.peak, s.peakRSS())
	f.sandbox = nil
}

// Close kills the process, ends an invocation that is under way, and waits for
// both. Start calls it at the end of the test.
func (f *Function) Close() {
	f.mu.Lock()
	f.closed = true
	if f.sandbox != nil {
		f.retire()
	}
	f.mu.Unlock()
	f.turn <- struct{}{}
	<-f.turn
}

// Log returns all that the function's processes have written to standard output
// and standard error so far.
func (f *Function) Log() string {
	text, err := io.ReadAll(io.NewSectionReader(f.log, 0, 1<<40))
	if err != nil {
		return "lambdatest: " + err.Error()
	}
	return string(text)
}

// LogLines returns the whole lines of Log.
func (f *Function) LogLines() []string {
	lines := strings.Split(f.Log(), "\n")
	return lines[:len(lines)-1]
}

// LogRecords returns the lines of Log that are JSON objects, parsed; others,
// such as a panic's trace, are left out.
func (f *Function) LogRecords() []map[string]any {
	var records []map[string]any
	for _, line := range f.LogLines() {
		var record map[string]any
		if json.Unmarshal([]byte(line), &record) == nil && record != nil {
			records = append(records, record)
		}
	}
	return records
}

// InitDuration returns the time from the start of the newest process to its
// first request for an event.
func (f *Function) InitDuration() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sandbox == nil {
		return 0
	}
	return f.sandbox.initTime()
}

// PeakRSS returns the most bytes that were resident in a process of the
// function. On systems other than Linux it is known only once the process has ended.
func (f *Function) PeakRSS() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sandbox == nil {
		return f.peak
	}
	return max(f.peak, f.sandbox.peakRSS())
}

// CPU returns the time that the function's processes have spent on a CPU, in
// user and system mode. On systems other than Linux a process counts only once
// it has ended.
func (f *Function) CPU() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sandbox == nil {
		return f.cpu
	}
	return f.cpu + f.sandbox.cpuTime()
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
