package httpapi

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/problem"
)

// streamTo has an API with one stream answer into w, and returns what it logs.
func streamTo(t *testing.T, w http.ResponseWriter, handler StreamHandler, headers ...string) string {
	t.Helper()
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	api := &API{Origins: []string{"https://app.example.com"}, RequestID: func(*http.Request) string { return "request-1" }}
	api.HandleStream("GET /ticks", handler)
	api.ServeHTTP(w, get("/ticks", headers...))
	return log.String()
}

func TestStreamGoesOutAtOnce(t *testing.T) {
	w := httptest.NewRecorder()
	log := streamTo(t, w, func(_ *http.Request, begin func() io.Writer) error {
		if w.Flushed {
			t.Error("the status went out before the stream began")
		}
		io.WriteString(begin(), "one\n\n")
		if !w.Flushed || w.Body.String() != "one\n\n" {
			t.Error("the first event waits for the second")
		}
		io.WriteString(begin(), "two\n\n")
		return nil
	}, "Origin", "https://app.example.com", "Accept", "text/event-stream")
	h := w.Header()
	if w.Code != http.StatusOK || w.Body.String() != "one\n\ntwo\n\n" || h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" ||
		h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Access-Control-Allow-Origin") != "https://app.example.com" {
		t.Errorf("answered %d %v %s", w.Code, h, w.Body)
	}
	if !strings.Contains(log, `"level":"INFO"`) || !strings.Contains(log, `"route":"GET /ticks","status":200`) {
		t.Errorf("logged %s", log)
	}
}

func TestErrorsOfStreams(t *testing.T) {
	busy, mistaken := problem.New(problem.Unavailable, ""), problem.New(problem.InvalidBody, "")
	for name, c := range map[string]struct {
		fail          error
		begins        bool
		status        int
		contentType   string
		level, logged string
	}{
		"before":                    {busy, false, 503, problem.ContentType, "ERROR", "unavailable"},
		"before, of the caller":     {mistaken, false, 400, problem.ContentType, "INFO", ""},
		"before, unknown":           {errors.New("secret"), false, 500, problem.ContentType, "ERROR", "secret"},
		"in the stream":             {busy, true, 200, "text/event-stream", "ERROR", "unavailable"},
		"in the stream, the caller": {mistaken, true, 200, "text/event-stream", "INFO", ""},
		"in the stream, unknown":    {errors.New("secret"), true, 200, "text/event-stream", "ERROR", "secret"},
		"a panic in the stream":     {nil, true, 200, "text/event-stream", "ERROR", "panic of string"},
	} {
		w := httptest.NewRecorder()
		log := streamTo(t, w, func(_ *http.Request, begin func() io.Writer) error {
			if c.begins {
				io.WriteString(begin(), "one\n\n")
			}
			if c.fail == nil {
				panic("secret")
			}
			return c.fail
		})
		if w.Code != c.status || w.Header().Get("Content-Type") != c.contentType || c.begins != (w.Body.String() == "one\n\n") || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: answered %d %v %s", name, w.Code, w.Header(), w.Body)
		}
		if !strings.Contains(log, `"level":"`+c.level+`"`) || !strings.Contains(log, c.logged) {
			t.Errorf("%s: logged %s", name, log)
		}
	}
	w := httptest.NewRecorder()
	streamTo(t, w, func(*http.Request, func() io.Writer) error { return nil }, "Accept", "application/json")
	if w.Code != http.StatusNotAcceptable || !strings.Contains(w.Body.String(), "Accept text/event-stream.") {
		t.Errorf("a stream for who wants JSON: %d %s", w.Code, w.Body)
	}
}

// unflushable is a writer that keeps all until the end, as that of a buffered
// integration does.
type unflushable struct{ http.ResponseWriter }

// failing writes, but cannot send.
type failing struct{ *httptest.ResponseRecorder }

func (failing) FlushError() error { return io.ErrClosedPipe }

func TestWhetherAStreamArrives(t *testing.T) {
	var err error
	write := func(_ *http.Request, begin func() io.Writer) error {
		_, err = io.WriteString(begin(), "one\n\n")
		return nil
	}
	if streamTo(t, unflushable{httptest.NewRecorder()}, write); err != nil {
		t.Errorf("what is buffered does not arrive: %v", err)
	}
	if streamTo(t, failing{httptest.NewRecorder()}, write); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("what cannot be sent arrives: %v", err)
	}
}

func TestParseOrigins(t *testing.T) {
	got, err := ParseOrigins(" https://a.example ,,http://localhost:5173")
	if diff := cmp.Diff([]string{"https://a.example", "http://localhost:5173"}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, err := ParseOrigins(""); got != nil || err != nil {
		t.Error(got, err)
	}
	for _, list := range []string{"*", "a.example", "https://a.example/", "https://*.example", "https://a.example/app", "null", "https://a.example,*"} {
		if _, err := ParseOrigins(list); err == nil {
			t.Errorf("%q is accepted", list)
		}
	}
}
