package lambdatest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxErrorSize is the most of an error's body that is read.
const maxErrorSize = 1 << 20

// invocation is one event on its way through the function.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	limit    int64
	out      *guardedWriter
	done     chan struct{} // closed when the runtime asks for the next event

	// The sandbox's mutex guards these until the invocation has ended.
	begun       bool // the response or the error has begun to arrive
	answered    bool // and has arrived
	contentType string
	err         *InvokeError
	writeErr    error
}

func newInvocation(event []byte, w io.Writer, limit int64, timeout time.Duration) *invocation {
	return &invocation{
		id:       uuid(),
		event:    event,
		deadline: time.Now().Add(timeout),
		limit:    limit,
		out:      &guardedWriter{w: w},
		done:     make(chan struct{}),
	}
}

func (inv *invocation) failure() error {
	if inv.err != nil {
		return inv.err
	}
	return inv.writeErr
}

// guardedWriter keeps a response that still arrives away from the caller's
// writer once Invoke has returned.
type guardedWriter struct {
	mu     sync.Mutex
	w      io.Writer
	closed bool
}

func (g *guardedWriter) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return 0, errors.New("lambdatest: the invocation is over")
	}
	return g.w.Write(p)
}

func (g *guardedWriter) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
}

// runtimeAPI serves what https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html describes.
func (s *sandbox) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h http.HandlerFunc) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			// Looking here, too, finds every peak that is over before the ticker sees it.
			if !s.withinMemory() {
				panic(http.ErrAbortHandler)
			}
			h(w, r)
		})
	}
	handle("GET /2018-06-01/runtime/invocation/next", s.handleNext)
	handle("POST /2018-06-01/runtime/invocation/{id}/response", s.handleResponse)
	handle("POST /2018-06-01/runtime/invocation/{id}/error", s.handleError)
	handle("POST /2018-06-01/runtime/init/error", s.handleInitError)
	return mux
}

func (s *sandbox) handleNext(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.waiting || s.current != nil && !s.current.answered {
		s.mu.Unlock()
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the last event is not answered yet")
		return
	}
	if s.current != nil {
		close(s.current.done)
		s.current = nil
	}
	s.waiting = true
	if !s.isReady() {
		s.initDuration = time.Since(s.started)
		close(s.ready)
	}
	s.mu.Unlock()

	var inv *invocation
	select {
	case inv = <-s.events:
	case <-r.Context().Done():
	}
	s.mu.Lock()
	s.waiting = false
	s.current = inv
	s.mu.Unlock()
	if inv == nil {
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(inv.deadline.UnixMilli()))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", s.opts.arn())
	h.Set("Lambda-Runtime-Trace-Id", fmt.Sprintf("Root=1-%08x-%024x;Parent=%016x;Sampled=1",
		time.Now().Unix(), random(12), random(8)))
	_, _ = w.Write(inv.event)
}

// begin returns the invocation that a request answers, or refuses the request.
func (s *sandbox) begin(w http.ResponseWriter, r *http.Request) *invocation {
	s.mu.Lock()
	defer s.mu.Unlock()
	inv := s.current
	switch {
	case inv == nil || inv.id != r.PathValue("id"):
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "this is not the ID of the current event")
		return nil
	case inv.begun:
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "this event is answered already")
		return nil
	}
	inv.begun = true
	return inv
}

func (s *sandbox) handleResponse(w http.ResponseWriter, r *http.Request) {
	inv := s.begin(w, r)
	if inv == nil {
		return
	}
	s.mu.Lock()
	inv.contentType = r.Header.Get("Content-Type")
	s.mu.Unlock()

	body := &errorKeepingReader{r: r.Body}
	n, writeErr := io.Copy(inv.out, io.LimitReader(body, inv.limit))
	// The rest is read in any case, so that the runtime sees the answer and not
	// a broken connection.
	rest, _ := io.Copy(io.Discard, body)
	if body.err != nil {
		return // The process died while it was sending: its end is what counts.
	}
	var failure *InvokeError
	if writeErr == nil && rest > 0 {
		failure = &InvokeError{
			Type:    "Function.ResponseSizeTooLarge",
			Message: fmt.Sprintf("Response payload size (%d bytes) exceeded maximum allowed payload size (%d bytes).", n+rest, inv.limit),
		}
	} else if typ := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); typ != "" {
		text, _ := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
		failure = parseInvokeError(text, typ)
	}
	s.mu.Lock()
	inv.answered, inv.err, inv.writeErr = true, failure, writeErr
	s.mu.Unlock()
	if failure != nil && rest > 0 {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", failure.Message)
		return
	}
	accept(w)
}

func (s *sandbox) handleError(w http.ResponseWriter, r *http.Request) {
	inv := s.begin(w, r)
	if inv == nil {
		return
	}
	failure, err := readError(r)
	if err != nil {
		return
	}
	s.mu.Lock()
	inv.answered, inv.err = true, failure
	s.mu.Unlock()
	accept(w)
}

func (s *sandbox) handleInitError(w http.ResponseWriter, r *http.Request) {
	failure, err := readError(r)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isReady() || s.initErr != nil {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "init is over")
		return
	}
	s.initErr = failure
	accept(w)
	close(s.failed)
}

func readError(r *http.Request) (*InvokeError, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxErrorSize))
	if err != nil {
		return nil, err
	}
	return parseInvokeError(body, r.Header.Get("Lambda-Runtime-Function-Error-Type")), nil
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, typ, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errorType": typ, "errorMessage": message})
}

// errorKeepingReader keeps the error of the reader apart from that of the
// writer, which io.Copy mixes.
type errorKeepingReader struct {
	r   io.Reader
	err error
}

func (e *errorKeepingReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && err != io.EOF {
		e.err = err
		err = io.EOF
	}
	return n, err
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func uuid() string {
	b := random(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
