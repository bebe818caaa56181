package awstest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// motoTimeout is how long a start of moto, or a call of ours, may take.
const motoTimeout = time.Minute

// motoServer is a process of moto. A start takes half a second, so that tests
// hand it on, one after the other; two at once have one each.
type motoServer struct {
	url       string
	transport *http.Transport
	stdin     io.WriteCloser // open as long as the process is to live

	mu    sync.Mutex
	lines []string
	ended chan struct{} // closed when the process has ended
}

var idleMotos struct {
	sync.Mutex
	servers []*motoServer
}

// takeMoto returns an empty moto that nobody else has.
func takeMoto(path string) (*motoServer, error) {
	for {
		idleMotos.Lock()
		n := len(idleMotos.servers)
		if n == 0 {
			idleMotos.Unlock()
			return startMoto(path)
		}
		server := idleMotos.servers[n-1]
		idleMotos.servers = idleMotos.servers[:n-1]
		idleMotos.Unlock()
		if server.reset() == nil {
			return server, nil
		}
		server.kill() // Whatever ended it, the next test is not to blame.
	}
}

func (s *motoServer) release() {
	idleMotos.Lock()
	defer idleMotos.Unlock()
	idleMotos.servers = append(idleMotos.servers, s)
}

func (s *motoServer) reset() error {
	request, err := http.NewRequest(http.MethodPost, s.url+"/moto-api/reset", nil)
	if err != nil {
		return err
	}
	status, _, err := s.do(request)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("reset: status %d", status)
	}
	return err
}

// watched ends moto when the shell's standard input ends, and that is at the
// latest when the process of the tests does, however it dies. The shell lets go
// of standard error, so that this ends with moto.
const watched = `trap '' INT QUIT TERM
"$@" </dev/null &
exec >/dev/null 2>&1
read -r _
kill -KILL $!`

// running is the line in which moto tells the port that it was given.
var running = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

func startMoto(path string) (*motoServer, error) {
	cmd := exec.Command("sh", "-c", watched, "sh", path, "-H", "127.0.0.1", "-p", "0")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MOTO_") || strings.HasPrefix(variable, "AWS_")
	})
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &motoServer{transport: &http.Transport{DisableCompression: true}, stdin: stdin, ended: make(chan struct{})}
	up := make(chan string, 1)
	go func() {
		s.read(stderr, up)
		stdin.Close()
		_ = cmd.Wait() // The log tells why it ended.
		close(s.ended)
	}()
	timer := time.NewTimer(motoTimeout)
	defer timer.Stop()
	select {
	case s.url = <-up:
		return s, nil
	case <-s.ended:
		return nil, fmt.Errorf("it ended: %s", s.log())
	case <-timer.C:
		s.kill()
		return nil, errors.New("it does not start: " + s.log())
	}
}

// read keeps the end of moto's log, and sends its address once.
func (s *motoServer) read(stderr io.Reader, up chan<- string) {
	told := false
	for reader := bufio.NewReader(stderr); ; {
		line, err := reader.ReadString('\n')
		if err != nil {
			return
		}
		if found := running.FindStringSubmatch(line); found != nil && !told {
			up <- found[1]
			told = true
		}
		s.mu.Lock()
		s.lines = append(s.lines, strings.TrimSuffix(line, "\n"))
		s.lines = s.lines[max(0, len(s.lines)-40):]
		s.mu.Unlock()
	}
}

func (s *motoServer) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// kill ends the process and waits for that.
func (s *motoServer) kill() {
	s.stdin.Close()
	<-s.ended
	s.transport.CloseIdleConnections()
}
