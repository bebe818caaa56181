package lambdatest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"refstack/test/lambdatest"
)

var binaries = lambdatest.NewBinaries("./testdata/function")

func TestMain(m *testing.M) { binaries.Main(m) }

func bootstrap(t *testing.T) string { return binaries.Path(t, "function") }

type event struct {
	Do    string
	Text  string `json:",omitempty"`
	Bytes int    `json:",omitempty"`
	Code  int    `json:",omitempty"`
}

// long is for tests that wait for something other than the timeout.
var long = &lambdatest.Options{Timeout: time.Minute}

func invoke(t *testing.T, f *lambdatest.Function, e event) string {
	t.Helper()
	response, err := f.Invoke(t.Context(), marshal(e))
	if err != nil {
		t.Fatalf("%s: %v", e.Do, err)
	}
	return string(response)
}

func marshal(e event) []byte {
	payload, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return payload
}

// waitForLog waits until the function has written text.
func waitForLog(t *testing.T, f *lambdatest.Function, text string) {
	t.Helper()
	for start := time.Now(); !strings.Contains(f.Log(), text); time.Sleep(time.Millisecond) {
		if time.Since(start) > 30*time.Second {
			t.Fatalf("the function does not write %q", text)
		}
	}
}

func wantExit(t *testing.T, err error) *lambdatest.ExitError {
	t.Helper()
	var exit *lambdatest.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("got %v, want an *ExitError", err)
	}
	return exit
}

func TestInvoke(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	if got := invoke(t, f, event{Do: "echo", Text: "ça va 日本"}); got != `"ça va 日本"` {
		t.Errorf("got %s", got)
	}
	var n int
	if err := f.InvokeJSON(t.Context(), event{Do: "count"}, &n); err != nil || n != 2 {
		t.Errorf("got %d, %v: the process must be the same for two events", n, err)
	}
	if err := f.InvokeJSON(t.Context(), event{Do: "echo", Text: "x"}, &n); err == nil {
		t.Error("a response of the wrong type passed")
	}
	if f.InitDuration() <= 0 || f.InitDuration() > time.Minute {
		t.Errorf("init took %s", f.InitDuration())
	}
}

func TestContextOfAnInvocation(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), &lambdatest.Options{Region: "eu-west-3", FunctionName: "resize", Timeout: time.Hour})
	var got, next struct {
		RequestID, ARN, Trace string
		Deadline              time.Time
	}
	before := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	if err := f.InvokeJSON(t.Context(), event{Do: "context"}, &got); err != nil {
		t.Fatal(err)
	}
	if got.ARN != "arn:aws:lambda:eu-west-3:123456789012:function:resize" {
		t.Errorf("ARN is %s", got.ARN)
	}
	if got.Deadline.Before(before) || got.Deadline.After(time.Now().Add(time.Hour)) {
		t.Errorf("deadline is %s", got.Deadline)
	}
	if !strings.HasPrefix(got.Trace, "Root=1-") {
		t.Errorf("trace is %q", got.Trace)
	}
	if err := f.InvokeJSON(t.Context(), event{Do: "context"}, &next); err != nil {
		t.Fatal(err)
	}
	if len(got.RequestID) != 36 || next.RequestID == got.RequestID {
		t.Errorf("request IDs are %q and %q", got.RequestID, next.RequestID)
	}
}

func TestFunctionError(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	_, err := f.Invoke(t.Context(), marshal(event{Do: "error", Text: "no such item"}))
	var failure *lambdatest.InvokeError
	if !errors.As(err, &failure) || failure.Type != "errorString" || failure.Message != "no such item" || failure.StackTrace != nil {
		t.Fatalf("got %#v", err)
	}
	if got := invoke(t, f, event{Do: "count"}); got != "2" {
		t.Errorf("an error must not end the process, but count is %s", got)
	}
	if _, err := f.Invoke(t.Context(), []byte("{")); !errors.As(err, &failure) {
		t.Errorf("got %v for an event that is not JSON", err)
	}
}

func TestPanic(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	_, err := f.Invoke(t.Context(), marshal(event{Do: "panic", Text: "index out of range"}))
	var failure *lambdatest.InvokeError
	if !errors.As(err, &failure) || failure.Message != "index out of range" {
		t.Fatalf("got %v", err)
	}
	if !slices.ContainsFunc(failure.StackTrace, func(line string) bool { return strings.HasSuffix(line, " handle") }) {
		t.Errorf("no frame of the handler in %q", failure.StackTrace)
	}
	if got := invoke(t, f, event{Do: "count"}); got != "1" {
		t.Errorf("count is %s: the process must be fresh after a panic", got)
	}
}

func TestExitDuringInvocation(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	invoke(t, f, event{Do: "count"})
	_, err := f.Invoke(t.Context(), marshal(event{Do: "exit", Code: 3}))
	exit := wantExit(t, err)
	if exit.ExitCode != 3 || exit.Init || exit.TimedOut || exit.OutOfMemory || exit.Responded || !strings.Contains(exit.Log, "about to exit") {
		t.Errorf("got %+v", exit)
	}
	if got := invoke(t, f, event{Do: "count"}); got != "1" {
		t.Errorf("count is %s: the process must be fresh after a crash", got)
	}
}

func TestExitWhileIdle(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	path := filepath.Join(t.TempDir(), "now")
	invoke(t, f, event{Do: "exit idle", Text: path})
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for {
		response, err := f.Invoke(t.Context(), marshal(event{Do: "count"}))
		if err != nil {
			// The event reached the process just before it went.
			if exit := wantExit(t, err); exit.ExitCode != 7 {
				t.Fatalf("got %+v", exit)
			}
			continue
		}
		if string(response) == "1" {
			break // from a fresh process
		}
	}
}

func TestInitFailure(t *testing.T) {
	for mode, want := range map[string]struct {
		code int
		log  string
	}{
		"exit":  {4, "BUCKET is not set"},
		"panic": {2, "no configuration"},
	} {
		_, err := lambdatest.TryStart(t, bootstrap(t), &lambdatest.Options{Env: map[string]string{"INIT": mode}})
		if exit := wantExit(t, err); !exit.Init || exit.ExitCode != want.code || !strings.Contains(exit.Log, want.log) {
			t.Errorf("%s: got %+v", mode, exit)
		}
	}
	var failure *lambdatest.InvokeError
	_, err := lambdatest.TryStart(t, bootstrap(t), &lambdatest.Options{Env: map[string]string{"INIT": "post error"}})
	if !errors.As(err, &failure) || failure.Type != "Config.Missing" || failure.Message != "BUCKET is not set" || len(failure.StackTrace) != 1 {
		t.Errorf("post error: got %#v", err)
	}
	if _, err := lambdatest.TryStart(t, filepath.Join(t.TempDir(), "bootstrap"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

func TestInitFailureOfALaterProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken")
	f := lambdatest.Start(t, bootstrap(t), &lambdatest.Options{Timeout: time.Minute, Env: map[string]string{"INIT": "exit if", "FILE": path}})
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	invoke(t, f, event{Do: "count"})
	if _, err := f.Invoke(t.Context(), marshal(event{Do: "exit"})); wantExit(t, err).Init {
		t.Error("the first process had its init")
	}
	if _, err := f.Invoke(t.Context(), marshal(event{Do: "count"})); !wantExit(t, err).Init {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	invoke(t, f, event{Do: "count"})
}

func TestTimeout(t *testing.T) {
	const timeout = 2 * time.Second // It must do for the new process, too.
	for _, grace := range []time.Duration{0, time.Second} {
		f := lambdatest.Start(t, bootstrap(t), &lambdatest.Options{Timeout: timeout, Grace: grace})
		start := time.Now()
		_, err := f.Invoke(t.Context(), marshal(event{Do: "hang"}))
		if exit := wantExit(t, err); !exit.TimedOut || exit.OutOfMemory || exit.ExitCode != -1 || !strings.Contains(exit.Log, "hanging") {
			t.Errorf("got %+v", exit)
		}
		if elapsed := time.Since(start); elapsed < timeout+grace {
			t.Errorf("killed after %s", elapsed)
		}
		if got := invoke(t, f, event{Do: "count"}); got != "1" {
			t.Errorf("count is %s: the process must be fresh after a timeout", got)
		}
	}
}

func TestContextEnds(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := f.Invoke(ctx, marshal(event{Do: "hang"}))
		done <- err
	}()
	waitForLog(t, f, "hanging")
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("got %v", err)
	}
	if _, err := f.Invoke(ctx, marshal(event{Do: "count"})); err != context.Canceled {
		t.Errorf("got %v for a context that is over", err)
	}
	if got := invoke(t, f, event{Do: "count"}); got != "1" {
		t.Errorf("count is %s: the process must be fresh after it was given up", got)
	}
}

func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not enforced here")
	}
	f := lambdatest.Start(t, bootstrap(t), &lambdatest.Options{Timeout: time.Minute})
	invoke(t, f, event{Do: "allocate", Bytes: 64 << 20})
	if peak := f.PeakRSS(); peak < 64<<20 || peak > 128<<20 {
		t.Errorf("peak is %d", peak)
	}
	_, err := f.Invoke(t.Context(), marshal(event{Do: "allocate", Bytes: 200 << 20}))
	if exit := wantExit(t, err); !exit.OutOfMemory || exit.TimedOut {
		t.Errorf("got %+v", exit)
	}
	if got := invoke(t, f, event{Do: "count"}); got != "1" {
		t.Errorf("count is %s: the process must be fresh", got)
	}
	if peak := f.PeakRSS(); peak < 128<<20 {
		t.Errorf("peak of both processes is %d", peak)
	}

	// It is seen without the function's help, too.
	_, err = f.Invoke(t.Context(), marshal(event{Do: "allocate and hang", Bytes: 200 << 20}))
	if exit := wantExit(t, err); !exit.OutOfMemory {
		t.Errorf("got %+v", exit)
	}

	large := lambdatest.Start(t, bootstrap(t), &lambdatest.Options{Timeout: time.Minute, MemoryMiB: 512})
	invoke(t, large, event{Do: "allocate", Bytes: 200 << 20})
}

func TestCPU(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	before := f.CPU()
	invoke(t, f, event{Do: "burn", Code: 50})
	if runtime.GOOS == "linux" && f.CPU() <= before {
		t.Errorf("CPU went from %s to %s", before, f.CPU())
	}
	during := f.CPU()
	f.Close()
	if f.CPU() < during || f.CPU() <= 0 {
		t.Errorf("CPU went from %s to %s at the end", during, f.CPU())
	}
	if f.PeakRSS() <= 0 {
		t.Error("the peak is lost at the end")
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("AWS_PROFILE", "of-the-developer")
	t.Setenv("SECRET_OF_THE_TEST", "x")
	t.Setenv("BUCKET", "of-the-developer")
	f := lambdatest.Start(t, bootstrap(t), &lambdatest.Options{
		MemoryMiB: 256, Timeout: time.Minute, FunctionName: "resize",
		Env: map[string]string{"BUCKET": "thumbnails", "TZ": "Asia/Tokyo"},
	})
	var got []string
	if err := f.InvokeJSON(t.Context(), event{Do: "env"}, &got); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, entry := range got {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	for name, want := range map[string]string{
		"BUCKET": "thumbnails", "TZ": "Asia/Tokyo", "AWS_REGION": "us-east-1",
		"AWS_LAMBDA_FUNCTION_NAME": "resize", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
		"LAMBDA_TASK_ROOT": filepath.Dir(bootstrap(t)), "_HANDLER": "bootstrap",
		"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_EC2_METADATA_DISABLED": "true",
	} {
		if env[name] != want {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
	for _, name := range []string{"AWS_PROFILE", "SECRET_OF_THE_TEST", "HOME", "AWS_EXECUTION_ENV"} {
		if value, ok := env[name]; ok {
			t.Errorf("%s=%s is inherited", name, value)
		}
	}
	var cwd string
	if err := f.InvokeJSON(t.Context(), event{Do: "cwd"}, &cwd); err != nil || cwd != filepath.Dir(bootstrap(t)) {
		t.Errorf("cwd is %s, %v", cwd, err)
	}
}

func TestOptionsThatLambdaRefuses(t *testing.T) {
	for _, opts := range []*lambdatest.Options{
		{Env: map[string]string{"AWS_REGION": "eu-west-1"}},
		{Env: map[string]string{"AWS_ACCESS_KEY_ID": "x"}},
		{MemoryMiB: 64},
		{Timeout: -1},
		{Grace: -1},
	} {
		if _, err := lambdatest.TryStart(t, bootstrap(t), opts); err == nil {
			t.Errorf("%+v passed", opts)
		}
	}
}

func TestOneInvocationAtATime(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	const n = 20
	seen := make([]atomic.Bool, n+1)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			var count int
			if err := f.InvokeJSON(t.Context(), event{Do: "count"}, &count); err != nil {
				t.Error(err)
				return
			}
			if count < 1 || count > n || seen[count].Swap(true) {
				t.Errorf("count %d is out of turn", count)
			}
			f.PeakRSS()
			f.CPU()
			f.Log()
		})
	}
	wg.Wait()
}

// The time that an event waits for its turn is not the function's.
func TestDeadlineBeginsWithTheTurn(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), &lambdatest.Options{Timeout: time.Hour})
	path := filepath.Join(t.TempDir(), "go on")
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := f.Invoke(t.Context(), marshal(event{Do: "stream two", Text: path})); err != nil {
			t.Error(err)
		}
	})
	waitForLog(t, f, "stream two")
	var got struct{ Deadline time.Time }
	asking := make(chan struct{})
	wg.Go(func() {
		close(asking)
		if err := f.InvokeJSON(t.Context(), event{Do: "context"}, &got); err != nil {
			t.Error(err)
		}
	})
	<-asking
	time.Sleep(10 * time.Millisecond) // Nothing tells that it waits.
	released := time.Now()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if got.Deadline.Before(released.Add(time.Hour).Truncate(time.Millisecond)) {
		t.Errorf("deadline is %s, an hour after the event was free to start is %s", got.Deadline, released.Add(time.Hour))
	}
}

func TestLog(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	// The line is there as soon as Invoke returns, each time.
	for i := 1; i <= 50; i++ {
		invoke(t, f, event{Do: "count"})
		if records := f.LogRecords(); len(records) != i {
			t.Fatalf("%d records after %d events", len(records), i)
		}
	}
	record := f.LogRecords()[0]
	if record["message"] != "handling" || record["do"] != "count" || record["requestId"] == "" {
		t.Errorf("got %v", record)
	}
	_, _ = f.Invoke(t.Context(), marshal(event{Do: "exit"}))
	if !slices.Contains(f.LogLines(), "about to exit") || !strings.Contains(f.Log(), "about to exit\n") {
		t.Errorf("got %q", f.Log())
	}
	if len(f.LogRecords()) != 51 {
		t.Error("a line that is not JSON is among the records")
	}
}

func TestLimitOfResponses(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), &lambdatest.Options{Timeout: time.Minute, MemoryMiB: 1024})
	if got := invoke(t, f, event{Do: "large", Bytes: 6 << 20}); len(got) != 6<<20+2 {
		t.Errorf("got %d bytes", len(got))
	}
	for _, do := range []string{"large", "stream"} {
		_, err := f.Invoke(t.Context(), marshal(event{Do: do, Bytes: 7 << 20}))
		var failure *lambdatest.InvokeError
		if !errors.As(err, &failure) || failure.Type != "Function.ResponseSizeTooLarge" {
			t.Errorf("%s: got %v", do, err)
		}
		invoke(t, f, event{Do: "count"})
	}
	if _, err := f.Invoke(t.Context(), make([]byte, lambdatest.MaxEventSize+1)); err == nil {
		t.Error("an event over the limit passed")
	}
}

func TestStreaming(t *testing.T) {
	// 64 MiB go through a function of 128 MiB, and are not collected here.
	f := lambdatest.Start(t, bootstrap(t), long)
	var n counter
	contentType, err := f.InvokeWithResponseStream(t.Context(), marshal(event{Do: "stream", Bytes: 64 << 20}), &n)
	if err != nil || n != 64<<20 || contentType != "application/octet-stream" {
		t.Errorf("got %d bytes of %q, %v", n, contentType, err)
	}

	// Each piece arrives before the next is made.
	path := filepath.Join(t.TempDir(), "go on")
	var pieces []string
	_, err = f.InvokeWithResponseStream(t.Context(), marshal(event{Do: "stream two", Text: path}), writer(func(p []byte) (int, error) {
		pieces = append(pieces, string(p))
		return len(p), os.WriteFile(path, nil, 0o600)
	}))
	if err != nil || !slices.Equal(pieces, []string{"first", "second"}) {
		t.Errorf("got %q, %v", pieces, err)
	}

	// An error in the middle comes in a trailer, after what was sent before it.
	var got bytes.Buffer
	_, err = f.InvokeWithResponseStream(t.Context(), marshal(event{Do: "stream error", Text: "half of it"}), &got)
	var failure *lambdatest.InvokeError
	if !errors.As(err, &failure) || failure.Message != "the well is dry" || got.String() != "half of it" {
		t.Errorf("got %q, %v", got.String(), err)
	}

	// So does it for a caller that buffers.
	if _, err := f.Invoke(t.Context(), marshal(event{Do: "stream error"})); !errors.As(err, &failure) {
		t.Errorf("got %v", err)
	}

	// A crash in the middle.
	_, err = f.InvokeWithResponseStream(t.Context(), marshal(event{Do: "stream exit", Code: 9}), io.Discard)
	if exit := wantExit(t, err); exit.ExitCode != 9 || exit.Responded {
		t.Errorf("got %+v", exit)
	}

	// The error of the caller's writer.
	full := errors.New("disk full")
	_, err = f.InvokeWithResponseStream(t.Context(), marshal(event{Do: "stream", Bytes: 8 << 20}), writer(func([]byte) (int, error) { return 0, full }))
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	invoke(t, f, event{Do: "count"})
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestRuntimeAPI(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), &lambdatest.Options{Timeout: time.Minute, Env: map[string]string{"INIT": "protocol"}})
	if got, err := f.Invoke(t.Context(), nil); err != nil || string(got) != "first" {
		t.Fatalf("got %q, %v", got, err)
	}
	if got := f.LogLines(); len(got) != 1 || got[0] != "403 400 400 403 202 403 403 404" {
		t.Errorf("answers are %q", got)
	}
	_, err := f.Invoke(t.Context(), nil)
	var failure *lambdatest.InvokeError
	if !errors.As(err, &failure) || failure.Type != "Runtime.FromHeader" || failure.Message != "no JSON" {
		t.Errorf("got %v", err)
	}
	// The process exits after its response and before it asks for more.
	_, err = f.Invoke(t.Context(), nil)
	if exit := wantExit(t, err); exit.ExitCode != 8 || !exit.Responded || exit.Log[len(exit.Log)-3:] != "400" {
		t.Errorf("got %+v", exit)
	}
}

func TestClose(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	done := make(chan error, 1)
	go func() {
		_, err := f.Invoke(context.Background(), marshal(event{Do: "hang"}))
		done <- err
	}()
	waitForLog(t, f, "hanging")
	f.Close()
	f.Close()
	wantExit(t, <-done)
	if _, err := f.Invoke(t.Context(), nil); err == nil {
		t.Error("a closed function was invoked")
	}
}

// TestDiesWithTheTest starts this test binary as the parent of a function, and
// kills it. The function holds a connection to this process, which ends with it.
func TestDiesWithTheTest(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no parent-death signal here")
	}
	if function := os.Getenv("LAMBDATEST_PARENT_OF"); function != "" { // We are that parent.
		f := lambdatest.Start(t, function, long)
		invoke(t, f, event{Do: "dial", Text: os.Getenv("LAMBDATEST_DIAL")})
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	parent := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	parent.Env = append(os.Environ(), "LAMBDATEST_PARENT_OF="+bootstrap(t), "LAMBDATEST_DIAL="+listener.Addr().String())
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = parent.Wait()
		listener.Close() // ends Accept when the parent fails
	}()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if n, _ := conn.Read(make([]byte, 1)); n != 0 {
		t.Error("the function writes")
	}
}
