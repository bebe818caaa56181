package apigw

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// MaxStreamTimeout is how long API Gateway streams one response.
const MaxStreamTimeout = 15 * time.Minute

// StreamHandler is Handler for integrations with the response transfer mode
// STREAM. The function is invoked as by lambdatest's Function.InvokeHTTP. An error
// before it has begun is answered with 502; behind that, the connection breaks
// off. A caller who hangs up does not end the invocation, as in AWS. Options'
// Timeout defaults to 15 minutes here.
func StreamHandler(invoke func(ctx context.Context, event []byte, begin func(status int, header http.Header) io.Writer) error, opts *Options) http.Handler {
	o := *opts.withDefaults()
	if opts == nil || opts.Timeout == 0 {
		o.Timeout = MaxStreamTimeout
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once := o
		id := o.RequestID()
		once.RequestID = func() string { return id }
		once.stream(w, r, invoke)
	})
}

func (o *Options) stream(w http.ResponseWriter, r *http.Request, invoke func(context.Context, []byte, func(int, http.Header) io.Writer) error) {
	var begun atomic.Bool
	send := func(status int, header http.Header) {
		begun.Store(true)
		maps.Copy(w.Header(), header)
		w.Header().Set("X-Amzn-Requestid", o.RequestID())
		w.Header().Set("X-Amz-Apigw-Id", extendedRequestID(o.RequestID()))
		w.WriteHeader(status)
	}
	answer := func(response *http.Response) {
		send(response.StatusCode, response.Header)
		_, _ = io.Copy(w, response.Body)
	}
	event, err := newEvent(r, o)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		answer(refuse(r, refusal.Status, refusal.Type, refusal.Message))
		return
	case err != nil:
		panic(http.ErrAbortHandler) // The caller hung up in the middle of the body.
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), o.Timeout)
	defer cancel()
	err = invoke(ctx, event, func(status int, header http.Header) io.Writer {
		send(status, renamed(header))
		_ = http.NewResponseController(w).Flush()
		return flushing{w}
	})
	switch {
	case err == nil || r.Context().Err() != nil:
		return
	case begun.Load():
		o.Errorf("apigw: %s %s: within the stream: %v", r.Method, r.URL.Path, err)
		panic(http.ErrAbortHandler)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		o.Errorf("apigw: %s %s: no answer within %s: %v", r.Method, r.URL.Path, o.Timeout, err)
		answer(refuse(r, http.StatusGatewayTimeout, "InternalServerErrorException", "Endpoint request timed out"))
	default:
		o.Errorf("apigw: %s %s: %v", r.Method, r.URL.Path, err)
		answer(refuse(r, http.StatusBadGateway, "InternalServerErrorException", "Internal server error"))
	}
}

// renamed are the headers as API Gateway passes them on.
func renamed(header http.Header) http.Header {
	passed := http.Header{}
	for name, values := range header {
		if slices.Contains(remapped, name) {
			name = "X-Amzn-Remapped-" + name
		}
		passed[name] = values
	}
	return passed
}

// flushing passes each piece on at once. What nobody reads any more is dropped.
type flushing struct{ w http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	if _, err := f.w.Write(p); err == nil {
		_ = http.NewResponseController(f.w).Flush()
	}
	return len(p), nil
}
