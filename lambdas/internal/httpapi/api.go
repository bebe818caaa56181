// Package httpapi is the frame of a JSON API: http.ServeMux inside, and around
// it what every answer has in common. Errors and panics become problem
// documents, also those of the mux itself; CORS headers go to named origins; one
// line is logged for each request.
package httpapi

import (
	"errors"
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
	a.patterns = append(a.patterns, pattern)
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c := w.(*capture)
		c.handled = true
		if c.err = acceptable(r); c.err == nil {
			c.answer, c.err = handler(r)
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
	answer, route, err := a.answer(r)
	if err != nil {
		answer = refuse(err, id)
	}
	a.allowOrigin(w.Header(), r)
	answer.write(w, r.Method)

	// Neither path, query nor body: they may name a person.
	line := []any{"method", r.Method, "route", route, "status", answer.Status,
		"ms", time.Since(start).Milliseconds(), "apiRequestId", id}
	if answer.Status < http.StatusInternalServerError {
		slog.InfoContext(r.Context(), "request", line...)
		return
	}
	slog.ErrorContext(r.Context(), "request", append(line, "error", err)...)
}

// answer asks the mux, and turns what the mux answers by itself into problems.
func (a *API) answer(r *http.Request) (_ *Answer, route string, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = rescue.Error(fault)
		}
	}()
	c := &capture{header: http.Header{}}
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
	var p *problem.Problem
	if !errors.As(err, &p) {
		p = &problem.Problem{Kind: problem.Internal, Detail: "Tell us the request ID if it does not go away."}
	}
	header := http.Header{}
	merge(header, p.Header)
	header.Set("Content-Type", problem.ContentType)
	return &Answer{Status: p.Kind.Status, Header: header, Body: p.JSON(requestID)}
}

func (answer *Answer) write(w http.ResponseWriter, method string) {
	header := w.Header()
	header.Set("Cache-Control", "no-store") // What a caller owns is in nobody's cache.
	header.Set("X-Content-Type-Options", "nosniff")
	if len(answer.Body) > 0 {
		header.Set("Content-Type", "application/json")
	}
	merge(header, answer.Header)
	w.WriteHeader(answer.Status)
	if method != http.MethodHead { // net/http drops the body, the adapter of proxy events does not.
		w.Write(answer.Body) // Whoever hung up does not want to hear of it.
	}
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
	handled bool
	answer  *Answer
	err     error
}

func (c *capture) Header() http.Header            { return c.header }
func (c *capture) WriteHeader(status int)         { c.status = status }
func (c *capture) Write(text []byte) (int, error) { return len(text), nil }
