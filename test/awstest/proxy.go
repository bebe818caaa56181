package awstest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// maxBody is the most of a request's body that is read to decode it: DynamoDB's
// limit, the largest of the services that put the resource there.
const maxBody = 16 << 20

// Proxy stands between a function and a stand-in. It records every AWS call,
// fails those that the test wants to fail, and passes the others on.
type Proxy struct {
	// URL is the endpoint for the function, such as in AWS_ENDPOINT_URL_S3.
	URL string

	backend   *url.URL
	transport *http.Transport
	done      chan struct{} // closed at the end of the test

	mu    sync.Mutex
	calls []*Call
	role  *Role

	faultMu sync.Mutex // held while fault runs, so that it may count
	fault   func(Call) *Fault
}

// Fault is what happens to a call in place of its answer. The zero Fault does nothing.
type Fault struct {
	// Status and Code make an error of the service in its own form, such as 503
	// and SlowDown. The call is not forwarded unless AfterEffect is set.
	Status int
	Code   string
	// Members are what the error has besides, in services that speak JSON, such as
	// the CancellationReasons of a TransactionCanceledException.
	Members map[string]any
	// Delay passes before the call is forwarded or failed, or with AfterEffect
	// between its effect and the answer. A caller that hangs up before it is over
	// has its call not forwarded.
	Delay time.Duration
	// CutAfter passes this many bytes of the response's body and then cuts the
	// connection; a body that is no longer passes whole. At -1 the connection is
	// closed without an answer, and without the call being forwarded unless
	// AfterEffect is set.
	CutAfter int64
	// AfterEffect forwards the call first: the effect happens, and the answer is lost.
	AfterEffect bool
}

// StartProxy starts a proxy to the stand-in at backendURL on a free port of
// 127.0.0.1. It ends with the test.
func StartProxy(t testing.TB, backendURL string) *Proxy {
	t.Helper()
	backend, err := url.Parse(backendURL)
	if err != nil {
		t.Fatalf("awstest: %v", err)
	}
	p := &Proxy{
		backend:   backend,
		transport: &http.Transport{DisableCompression: true},
		done:      make(chan struct{}),
	}
	server := httptest.NewServer(p)
	p.URL = server.URL
	t.Cleanup(func() {
		close(p.done)
		server.CloseClientConnections()
		server.Close()
		p.transport.CloseIdleConnections()
	})
	return p
}

// Calls returns all calls so far, in the order in which they arrived.
func (p *Proxy) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := make([]Call, len(p.calls))
	for i, call := range p.calls {
		calls[i] = *call
	}
	return calls
}

// Fault has f decide, for every call that arrives from now on, whether it fails;
// f returns nil to let a call pass. It runs for one call at a time. A nil f lets
// all calls pass.
func (p *Proxy) Fault(f func(Call) *Fault) {
	p.faultMu.Lock()
	defer p.faultMu.Unlock()
	p.fault = f
}

// Enforce answers, from now on, as AWS answers to the role: that access is
// denied, to calls that it does not allow, and to those that would tell it that
// something does not exist when it may not know. A nil role allows everything again.
func (p *Proxy) Enforce(role *Role) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.role = role
}

func (p *Proxy) faultFor(call Call) *Fault {
	p.faultMu.Lock()
	defer p.faultMu.Unlock()
	if p.fault != nil {
		if fault := p.fault(call); fault != nil {
			return fault
		}
	}
	return &Fault{}
}

// ServeHTTP records, fails or forwards a call.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	decoded := decode(&request{Request: r, body: func() ([]byte, error) { return readBody(r) }})
	call := &decoded
	p.mu.Lock()
	p.calls = append(p.calls, call)
	role := p.role
	p.mu.Unlock()
	a := &answer{p: p, call: call, w: w, protocol: protocolOf(call)}

	fault := p.faultFor(decoded)
	switch {
	case call.Unsigned:
		// Nothing that the stand-ins play is open to the public.
		drain(r.Body)
		a.fail(a.protocol.unsigned)
		return
	case role != nil && len(role.Denied([]Call{decoded})) > 0:
		drain(r.Body)
		a.fail(a.protocol.denied)
		return
	}
	if !fault.AfterEffect && !p.wait(r, fault.Delay) {
		panic(http.ErrAbortHandler)
	}
	if !fault.AfterEffect && fault.replaces() {
		drain(r.Body)
		a.replace(fault)
		return
	}

	response, err := p.forward(r)
	if err != nil {
		if r.Context().Err() != nil {
			panic(http.ErrAbortHandler)
		}
		http.Error(w, "awstest: "+err.Error(), http.StatusBadGateway)
		a.note(http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	if fault.AfterEffect {
		if !p.wait(r, fault.Delay) {
			panic(http.ErrAbortHandler)
		}
		if fault.replaces() {
			drain(response.Body)
			a.replace(fault)
			return
		}
	}
	if role != nil && response.StatusCode == http.StatusNotFound && len(role.denies(decoded, decoded.IfMissing)) > 0 {
		a.fail(a.protocol.denied)
		return
	}
	a.pass(response, fault.CutAfter)
}

// replaces tells whether the caller gets something else than the stand-in's answer.
func (f *Fault) replaces() bool { return f.Status != 0 || f.CutAfter < 0 }

// wait returns false when the caller hung up or the test ended.
func (p *Proxy) wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-p.done:
	}
	return false
}

// hopByHop are headers of a connection, which a proxy does not pass on.
var hopByHop = []string{"Connection", "Expect", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// forward sends the request on with its path as it is: a client that cleaned
// the path or encoded it anew would name another object.
func (p *Proxy) forward(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL = &url.URL{
		Scheme: p.backend.Scheme, Host: p.backend.Host,
		Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery,
	}
	out.RequestURI = ""
	for _, name := range hopByHop {
		out.Header.Del(name)
	}
	if _, ok := out.Header["User-Agent"]; !ok {
		out.Header["User-Agent"] = nil
	}
	if r.ContentLength == 0 {
		out.Body = http.NoBody
	}
	return p.transport.RoundTrip(out)
}

// answer writes to the caller, and notes the status in the call.
type answer struct {
	p        *Proxy
	call     *Call
	w        http.ResponseWriter
	protocol *protocol
}

func (a *answer) note(status int) {
	a.p.mu.Lock()
	a.call.Status = status
	a.p.mu.Unlock()
}

func (a *answer) fail(f failure) {
	a.note(f.status)
	f.message = "awstest"
	a.protocol.write(a.w, f)
}

// replace answers with the fault. The request has been read to its end, so that
// the caller gets the fault and not an error in sending.
func (a *answer) replace(f *Fault) {
	if f.CutAfter < 0 {
		panic(http.ErrAbortHandler)
	}
	a.fail(failure{status: f.Status, code: f.Code, members: f.Members})
}

// pass hands on a response piece by piece, as it comes.
func (a *answer) pass(response *http.Response, cutAfter int64) {
	a.note(response.StatusCode)
	header := a.w.Header()
	for name, values := range response.Header {
		if !slices.Contains(hopByHop, name) {
			header[name] = values
		}
	}
	a.w.WriteHeader(response.StatusCode)
	var body io.Reader = response.Body
	if cutAfter > 0 {
		body = io.LimitReader(body, cutAfter)
	}
	flush := http.NewResponseController(a.w)
	buffer := make([]byte, 32<<10)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			if _, err := a.w.Write(buffer[:n]); err != nil {
				return
			}
			_ = flush.Flush()
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			panic(http.ErrAbortHandler) // The stand-in broke off; so does the proxy.
		}
	}
	if cutAfter > 0 {
		if n, _ := io.ReadFull(response.Body, buffer[:1]); n > 0 {
			panic(http.ErrAbortHandler)
		}
	}
}

func drain(r io.Reader) { _, _ = io.Copy(io.Discard, r) }

// readBody reads the body and puts it back.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("body of more than %d bytes", maxBody)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(body), r.Body}
	return body, nil
}
