// Package httpapi is the frame of a JSON API: http.ServeMux inside, and around
// it what every answer has in common. Errors and panics become problem
// documents, also those of the mux itself; CORS headers go to named origins; one
// line is logged for each request. An answer comes whole, or as a stream of
// events.
package httpapi

import (
	"io"
	"log/slog"
	"net/http"
	"time"

	"refstack/lambdas/internal/problem"
	"refstack/lambdas/internal/rescue"
)

// Answer is what a handler makes of a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // JSON, or nothing
}

// Handler answers a request. An error that is no *problem.Problem becomes a 500
// of which the client sees nothing but the request ID.
type Handler func(*http.Request) (*Answer, error)

// StreamHandler answers a request with a stream of events. It calls begin when
// it is sure that there will be one: that sends the status 200. What is written
// to the writer goes out at once. An error before that becomes a problem document;
// behind it, the handler tells the client itself what the log is told here.
type StreamHandler func(r *http.Request, begin func() io.Writer) error

// API serves handlers. Fill the exported fields before the first request.
type API struct {
	// Origins are those whose scripts may read the answers. Defaults to none.
	Origins []string
	// RequestID names a request in problem documents and in the log.
	RequestID func(*http.Request) string

	mux      http.ServeMux
	patterns []string
}

// Handle registers handler for a pattern of http.ServeMux with a method, such
// as "GET /items/{id}". GET answers HEAD too.
func (a *API) Handle(pattern string, handler Handler) {
	a.handle(pattern, "application/json", func(r *http.Request, c *capture) (err error) {
		c.answer, err = handler(r)
		return err
	})
}

// HandleStream registers handler as Handle does.
func (a *API) HandleStream(pattern string, handler StreamHandler) {
	a.handle(pattern, eventStream, func(r *http.Request, c *capture) error {
		return handler(r, c.stream.begin)
	})
}

func (a *API) handle(pattern, media string, handler func(*http.Request, *capture) error) {
	a.patterns = append(a.patterns, pattern)
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c := w.(*capture)
		c.handled = true
		if c.err = acceptable(r, media); c.err == nil {
			c.err = handler(r, c)
		}
	})
}

// Patterns are those that were registered.
func (a *API) Patterns() []string { return a.patterns }

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	id := a.RequestID(r)
	if a.preflight(w, r) {
		return
	}
	s := &stream{api: a, request: r, to: w}
	answer, route, err := a.answer(r, s)
	status := http.StatusOK
	if !s.begun {
		if err != nil {
			answer = refuse(err, id)
		}
		status = answer.Status
		a.allowOrigin(w.Header(), r)
		answer.write(w, r.Method)
	}

	// Neither path, query nor body: they may name a person.
	line := []any{"method", r.Method, "route", route, "status", status,
		"ms", time.Since(start).Milliseconds(), "apiRequestId", id}
	if status < http.StatusInternalServerError && (err == nil || problem.Of(err).Kind.Status < http.StatusInternalServerError) {
		slog.InfoContext(r.Context(), "request", line...)
		return
	}
	slog.ErrorContext(r.Context(), "request", append(line, "error", err)...)
}

// answer asks the mux, and turns what the mux answers by itself into problems.
func (a *API) answer(r *http.Request, s *stream) (_ *Answer, route string, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = rescue.Error(fault)
		}
	}()
	c := &capture{header: http.Header{}, stream: s}
	a.mux.ServeHTTP(c, r)
	switch {
	case c.handled:
		return c.answer, r.Pattern, c.err
	case c.status == http.StatusMethodNotAllowed:
		allow := c.header.Get("Allow")
		return nil, "", &problem.Problem{
			Kind:   problem.MethodNotAllowed,
			Detail: "It has " + allow + ".",
			Header: http.Header{"Allow": {allow}},
		}
	default: // Not found, or a redirect to a tidier path, which API Gateway would not know.
		return nil, "", problem.New(problem.NotFound, "")
	}
}

func refuse(err error, requestID string) *Answer {
	p := problem.Of(err)
	header := http.Header{}
	merge(header, p.Header)
	header.Set("Content-Type", problem.ContentType)
	return &Answer{Status: p.Kind.Status, Header: header, Body: p.JSON(requestID)}
}

func (answer *Answer) write(w http.ResponseWriter, method string) {
	header := w.Header()
	guard(header)
	if len(answer.Body) > 0 {
		header.Set("Content-Type", "application/json")
	}
	merge(header, answer.Header)
	w.WriteHeader(answer.Status)
	if method != http.MethodHead { // net/http drops the body, the adapter of proxy events does not.
		w.Write(answer.Body) // Whoever hung up does not want to hear of it.
	}
}

// guard sets what every answer has in its header.
func guard(header http.Header) {
	header.Set("Cache-Control", "no-store") // What a caller owns is in nobody's cache.
	header.Set("X-Content-Type-Options", "nosniff")
}

// merge sets the headers of from in to, whatever case they were written in.
func merge(to, from http.Header) {
	for name, values := range from {
		to[http.CanonicalHeaderKey(name)] = values
	}
}

// capture takes what a handler returns through the mux, and what the mux
// answers where no handler is.
type capture struct {
	header  http.Header
	status  int
	stream  *stream
	handled bool
	answer  *Answer
	err     error
}

func (c *capture) Header() http.Header            { return c.header }
func (c *capture) WriteHeader(status int)         { c.status = status }
func (c *capture) Write(text []byte) (int, error) { return len(text), nil }
