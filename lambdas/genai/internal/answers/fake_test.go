package answers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/model"
)

// fake is a model whose every answer is the same: its pieces, each after a pause,
// and then how it ends.
type fake struct {
	pieces []string
	pause  time.Duration
	stop   model.Stop
	fail   error

	mutex sync.Mutex
	asked []model.Request
}

func (f *fake) Generate(ctx context.Context, r model.Request) (model.Answer, error) {
	var all strings.Builder
	answer, err := f.Stream(ctx, r, func(text string) error {
		all.WriteString(text)
		return nil
	})
	answer.Text = all.String()
	return answer, err
}

func (f *fake) Stream(ctx context.Context, r model.Request, emit func(string) error) (model.Answer, error) {
	f.mutex.Lock()
	f.asked = append(f.asked, r)
	f.mutex.Unlock()
	wait := func() error {
		select {
		case <-time.After(f.pause):
			return nil
		case <-ctx.Done():
			return &model.Error{Kind: model.Unavailable, MaybeBilled: true, Cause: ctx.Err()}
		}
	}
	for _, piece := range f.pieces {
		if err := wait(); err != nil {
			return model.Answer{}, err
		}
		if err := emit(piece); err != nil {
			return model.Answer{}, err
		}
	}
	if err := wait(); err != nil {
		return model.Answer{}, err
	}
	if f.fail != nil {
		return model.Answer{}, f.fail
	}
	return model.Answer{Stop: f.stop, Model: "model-1", Usage: model.Usage{InputTokens: 12, OutputTokens: 34}}, nil
}

func (f *fake) calls() int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return len(f.asked)
}

// memory is a cache in memory, which fails with what fail is.
type memory struct {
	entries map[string]Entry
	fail    error
	slow    bool
}

func (m *memory) Get(ctx context.Context, key string) (*Entry, error) {
	if m.slow {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if entry, ok := m.entries[key]; ok && m.fail == nil {
		return &entry, nil
	}
	return nil, m.fail
}

func (m *memory) Put(ctx context.Context, key string, entry Entry) error {
	if m.slow {
		<-ctx.Done()
		return ctx.Err()
	}
	if m.fail == nil {
		m.entries[key] = entry
	}
	return m.fail
}

// service answers with endpoint to the caller in a header.
func service(t testing.TB, endpoint model.Endpoint) *Service {
	t.Helper()
	all, err := tasks.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &Service{Tasks: all, Endpoint: endpoint, Config: Config{AllowedOrigins: []string{"https://app.example.com"}, CacheTTL: time.Hour},
		Identity: httpapi.Identity{
			Subject:   func(r *http.Request) string { return r.Header.Get("X-Test-Caller") },
			RequestID: func(*http.Request) string { return "request-1" },
		}}
}

func request(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Test-Caller", "alice")
	return r
}

func send(handler http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// logged has slog write to the buffer it returns.
func logged(t testing.TB) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &out
}

// lines are those of the log whose message is msg.
func lines(t testing.TB, log *bytes.Buffer, msg string) (found []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record["msg"] == msg {
			found = append(found, record)
		}
	}
	return found
}

// brokenWriter is a client that goes away after some writes.
type brokenWriter struct {
	*httptest.ResponseRecorder
	left int
}

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		return 0, errors.New("broken pipe")
	}
	return w.ResponseRecorder.Write(p)
}
