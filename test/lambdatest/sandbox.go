package lambdatest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// watchInterval is how often the memory of a process is looked at.
const watchInterval = 5 * time.Millisecond

// sandbox is one process of the function and the Runtime API that it talks to.
// Each process has an API of its own, so that nothing of one that was killed can
// reach the next.
type sandbox struct {
	opts     *Options
	log      *os.File
	logStart int64
	cmd      *exec.Cmd
	server   *http.Server
	started  time.Time
	events   chan *invocation // taken by a request for the next event
	ready    chan struct{}    // closed at the first such request
	failed   chan struct{}    // closed when the runtime posts an init error
	exited   chan struct{}    // closed when the process has ended

	mu           sync.Mutex
	initDuration time.Duration
	initErr      *InvokeError
	waiting      bool        // a request for the next event is open
	current      *invocation // the one that the process works on
	killed       cause
	peak         int64
	usage        usage // of the ended process
}

// cause tells why a process was killed.
type cause int

const (
	notKilled cause = iota
	timedOut
	outOfMemory
	canceled
	closed
)

func startSandbox(bootstrap string, opts *Options, log *os.File) (*sandbox, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sandbox{
		opts:   opts,
		log:    log,
		events: make(chan *invocation),
		ready:  make(chan struct{}),
		failed: make(chan struct{}),
		exited: make(chan struct{}),
	}
	if s.logStart, err = log.Seek(0, io.SeekEnd); err != nil {
		listener.Close()
		return nil, err
	}
	s.cmd = &exec.Cmd{
		Path:        bootstrap,
		Args:        []string{bootstrap},
		Dir:         filepath.Dir(bootstrap),
		Env:         opts.environ(bootstrap, listener.Addr().String()),
		Stdout:      log,
		Stderr:      log,
		SysProcAttr: sysProcAttr(),
	}
	startErr := make(chan error)
	go s.run(startErr)
	if err := <-startErr; err != nil {
		listener.Close()
		return nil, fmt.Errorf("start: %w", err)
	}
	// Requests that come before this wait in the listener's queue.
	s.server = &http.Server{Handler: s.runtimeAPI()}
	go s.server.Serve(listener)
	go s.watch()
	return s, nil
}

// run starts the process and waits for its end. Both are done on one thread of
// the system that lives as long: Linux delivers the parent-death signal when the
// thread that started the process ends.
func (s *sandbox) run(startErr chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s.started = time.Now()
	err := s.cmd.Start()
	startErr <- err
	if err != nil {
		return
	}
	_ = s.cmd.Wait() // The status is in ProcessState.
	s.signalGroup()  // Children of the process end with it.
	s.mu.Lock()
	s.usage = usageOf(s.cmd.ProcessState)
	s.mu.Unlock()
	close(s.exited)
}

func (s *sandbox) signalGroup() {
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
}

// kill ends the process. The first cause is the one that is reported.
func (s *sandbox) kill(why cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.exited:
		return
	default:
	}
	if s.killed == notKilled {
		s.killed = why
	}
	s.signalGroup()
}

func (s *sandbox) close() {
	s.kill(closed)
	<-s.exited
	s.server.Close()
}

// watch enforces the memory size.
func (s *sandbox) watch() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.withinMemory()
		case <-s.exited:
			return
		}
	}
}

// withinMemory notes the peak of the process's memory, and kills the process
// and returns false when that is over the limit.
func (s *sandbox) withinMemory() bool {
	peak := peakRSS(s.cmd.Process.Pid)
	s.mu.Lock()
	s.peak = max(s.peak, peak)
	s.mu.Unlock()
	if peak > int64(s.opts.MemoryMiB)<<20 {
		s.kill(outOfMemory)
		return false
	}
	return true
}

func (s *sandbox) awaitInit(ctx context.Context) error {
	timer := time.NewTimer(initTimeout)
	defer timer.Stop()
	select {
	case <-s.ready:
		return nil
	case <-s.failed:
		s.close()
		return fmt.Errorf("init: %w", s.initErr)
	case <-s.exited:
		// It may have posted its error and exited before this goroutine ran.
		select {
		case <-s.failed:
			return fmt.Errorf("init: %w", s.initErr)
		default:
			return s.exitError()
		}
	case <-timer.C:
		s.kill(timedOut)
	case <-ctx.Done():
		s.kill(canceled)
	}
	<-s.exited
	return errors.Join(ctx.Err(), s.exitError())
}

// await waits for the end of an invocation that the process has taken
// and returns its content type.
func (s *sandbox) await(ctx context.Context, inv *invocation) (string, error) {
	timer := time.NewTimer(time.Until(inv.deadline.Add(s.opts.Grace)))
	defer timer.Stop()
	select {
	case <-inv.done:
	case <-s.exited:
	case <-timer.C:
		s.kill(timedOut)
		<-s.exited
	case <-ctx.Done():
		s.kill(canceled)
		<-s.exited
	}
	inv.out.close()

	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-inv.done:
		return inv.contentType, inv.failure()
	default:
	}
	switch {
	case s.killed == canceled:
		return "", ctx.Err()
	case s.killed == notKilled && inv.err != nil:
		return inv.contentType, inv.failure()
	}
	return "", s.exitErrorLocked(inv.answered)
}

func (s *sandbox) exitError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exitErrorLocked(false)
}

func (s *sandbox) exitErrorLocked(responded bool) error {
	text, _ := io.ReadAll(io.NewSectionReader(s.log, s.logStart, 1<<40))
	return &ExitError{
		Init:        !s.isReady(),
		TimedOut:    s.killed == timedOut,
		OutOfMemory: s.killed == outOfMemory,
		Responded:   responded,
		ExitCode:    s.cmd.ProcessState.ExitCode(),
		Status:      s.cmd.ProcessState.String(),
		Log:         tail(string(text), 20),
	}
}

func (s *sandbox) isReady() bool {
	select {
	case <-s.ready:
		return true
	default:
		return false
	}
}

func (s *sandbox) initTime() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.initDuration
}

func (s *sandbox) peakRSS() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.exited:
		return max(s.peak, s.usage.peak)
	default:
	}
	s.peak = max(s.peak, peakRSS(s.cmd.Process.Pid))
	return s.peak
}

func (s *sandbox) cpuTime() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.exited:
		return s.usage.cpu
	default:
	}
	return cpuTime(s.cmd.Process.Pid)
}

// usage is what a process had used at its end.
type usage struct {
	cpu  time.Duration
	peak int64
}
