package answers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/model"
)

const (
	endEvent = "event: end\ndata: {\"stop\":\"end\",\"model\":\"model-1\",\"usage\":{\"inputTokens\":12,\"outputTokens\":34}}\n\n"
	alive    = ": still there\n\n"
)

func textEvent(text string) string { return "event: text\ndata: {\"text\":" + text + "}\n\n" }

func question(t *testing.T) *http.Request {
	t.Helper()
	r := request("/qa/stream", `{"question":"What colour?"}`)
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Origin", "https://app.example.com")
	return r
}

func TestStream(t *testing.T) {
	log := logged(t)
	endpoint := &fake{pieces: []string{"It is", " <blue> &\r\n\"sky\"\u2028", "", "ä😀"}, stop: model.End}
	w := send(service(t, endpoint).Stream(), question(t))
	want := textEvent(`"It is"`) + textEvent(`" <blue> &\r\n\"sky\"\u2028"`) + textEvent(`""`) + textEvent(`"ä😀"`) + endEvent
	if diff := cmp.Diff(want, w.Body.String()); diff != "" || w.Code != http.StatusOK {
		t.Error(w.Code, diff)
	}
	for name, value := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Access-Control-Allow-Origin": "https://app.example.com", "Vary": "Origin"} {
		if w.Header().Get(name) != value {
			t.Errorf("%s: %q", name, w.Header().Get(name))
		}
	}
	if !w.Flushed {
		t.Error("nothing was flushed")
	}
	if calls := lines(t, log, "model called"); len(calls) != 1 || calls[0]["Outcome"] != "answered" || calls[0]["OutputTokens"] != 34.0 || calls[0]["stop"] != "end" {
		t.Errorf("logged %v", calls)
	}
	if requests := lines(t, log, "request"); len(requests) != 1 || requests[0]["status"] != 200.0 || requests[0]["level"] != "INFO" || requests[0]["route"] != "POST /qa/stream" {
		t.Errorf("logged %v", requests)
	}
	if text := log.String(); strings.Contains(text, "colour") || strings.Contains(text, "blue") {
		t.Errorf("the log: %s", text)
	}
}

func TestStreamOfNothing(t *testing.T) {
	logged(t)
	if w := send(service(t, &fake{stop: model.End}).Stream(), question(t)); w.Code != http.StatusOK || w.Body.String() != endEvent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRefusalsOfStreams(t *testing.T) {
	logged(t)
	endpoint := &fake{}
	api := service(t, endpoint).Stream()
	for name, c := range refusals("/stream") {
		expectProblem(t, name, send(api, c.request), c.status, c.kind)
	}
	r := question(t)
	r.Header.Set("Accept", "application/json")
	expectProblem(t, "JSON", send(api, r), http.StatusNotAcceptable, "not-acceptable")
	if endpoint.calls() != 0 {
		t.Errorf("the model was called %d times", endpoint.calls())
	}
	if w := send(api, request("/qa/stream", `{"question":"Why?"}`+strings.Repeat(" ", tasks.MaxBody-19))); w.Code != http.StatusOK {
		t.Errorf("a body of exactly 1 MiB: %d", w.Code)
	}
}

// Before the first text, a failure has its own status.
func TestFailuresBeforeTheFirstText(t *testing.T) {
	for name, c := range failures {
		log := logged(t)
		w := send(service(t, &fake{fail: c.err}).Stream(), question(t))
		expectProblem(t, name, w, c.status, c.kind)
		expectRetry(t, name, w.Header().Get("Retry-After"), c.retry)
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: the caller sees %s", name, w.Body)
		}
		if got := lines(t, log, "model called"); len(got) != 1 || got[0]["Outcome"] != c.outcome {
			t.Errorf("%s: logged %v", name, got)
		}
	}
}

// Behind it, the stream says what happened.
func TestFailuresInMidStream(t *testing.T) {
	for name, c := range failures {
		log := logged(t)
		w := send(service(t, &fake{pieces: []string{"It"}, fail: c.err}).Stream(), question(t))
		rest, found := strings.CutPrefix(w.Body.String(), textEvent(`"It"`)+"event: error\ndata: ")
		var document struct {
			Type      string
			Status    int
			RequestID string
		}
		if err := json.Unmarshal([]byte(rest), &document); !found || err != nil || !strings.HasSuffix(rest, "}\n\n") || w.Code != http.StatusOK ||
			document.Type != "urn:problem-type:"+c.kind || document.Status != c.status || document.RequestID != "request-1" || strings.Contains(rest, "secret") {
			t.Errorf("%s: %v: %s", name, err, w.Body)
		}
		level := "INFO"
		if c.status >= 500 {
			level = "ERROR"
		}
		if got := lines(t, log, "request"); len(got) != 1 || got[0]["level"] != level || got[0]["status"] != 200.0 {
			t.Errorf("%s: logged %v", name, got)
		}
	}
}

// The client has gone: the model is stopped, and nobody is alarmed.
func TestGoneClient(t *testing.T) {
	log := logged(t)
	endpoint := &fake{pieces: []string{"a", "b", "c", "d"}, stop: model.End}
	w := &brokenWriter{httptest.NewRecorder(), 2}
	service(t, endpoint).Stream().ServeHTTP(w, question(t))
	if got := w.Body.String(); got != textEvent(`"a"`)+textEvent(`"b"`) {
		t.Errorf("got %s", got)
	}
	if calls := lines(t, log, "model called"); len(calls) != 1 || calls[0]["Outcome"] != "gone" {
		t.Errorf("logged %v", calls)
	}
	if strings.Contains(log.String(), `"ERROR"`) {
		t.Errorf("logged %s", log)
	}
}

func TestGoneClientOfAThinkingModel(t *testing.T) {
	log := logged(t)
	synctest.Test(t, func(t *testing.T) {
		w := &brokenWriter{httptest.NewRecorder(), 1}
		start := time.Now()
		service(t, &fake{pieces: []string{"a"}, pause: time.Hour}).Stream().ServeHTTP(w, question(t))
		if took := time.Since(start); took != 2*silence {
			t.Errorf("the model went on for %s", took)
		}
	})
	if calls := lines(t, log, "model called"); len(calls) != 1 || calls[0]["Outcome"] != "gone" {
		t.Errorf("logged %v", calls)
	}
}

// The status waits for the first text, though no longer than a silence may last.
func TestThinkingModel(t *testing.T) {
	log := logged(t)
	synctest.Test(t, func(t *testing.T) {
		w := send(service(t, &fake{pieces: []string{"a", "b"}, pause: 40 * time.Second, stop: model.End}).Stream(), question(t))
		// 15 s and 30 s into the first silence of 40 s; and into the next ones, which the ticker meets half-way.
		if want := alive + alive + textEvent(`"a"`) + alive + alive + textEvent(`"b"`) + alive + alive + endEvent; w.Body.String() != want {
			t.Errorf("%s", w.Body)
		}
	})
	if calls := lines(t, log, "model called"); len(calls) != 1 || calls[0]["FirstTextMs"] != 40000.0 || calls[0]["LatencyMs"] != 120000.0 {
		t.Errorf("logged %v", calls)
	}
	synctest.Test(t, func(t *testing.T) {
		w := send(service(t, &fake{pause: 14 * time.Second, fail: &model.Error{Kind: model.Throttled, Cause: errors.New("no")}}).Stream(), question(t))
		expectProblem(t, "throttled late", w, http.StatusServiceUnavailable, "unavailable")
	})
	synctest.Test(t, func(t *testing.T) {
		w := send(service(t, &fake{pause: 16 * time.Second, fail: &model.Error{Kind: model.Throttled, Cause: errors.New("no")}}).Stream(), question(t))
		if body := w.Body.String(); w.Code != http.StatusOK || !strings.HasPrefix(body, alive+"event: error\n") {
			t.Errorf("throttled very late: %d %s", w.Code, body)
		}
	})
}

func TestBusyStreamNeedsNoComments(t *testing.T) {
	logged(t)
	synctest.Test(t, func(t *testing.T) {
		pieces := make([]string, 60)
		for i := range pieces {
			pieces[i] = fmt.Sprint(i)
		}
		w := send(service(t, &fake{pieces: pieces, pause: 5 * time.Second, stop: model.End}).Stream(), question(t))
		if strings.Contains(w.Body.String(), alive) {
			t.Errorf("%s", w.Body)
		}
	})
}

// A client that reads slowly slows the model's stream down.
func TestBackpressure(t *testing.T) {
	logged(t)
	synctest.Test(t, func(t *testing.T) {
		w := &slowWriter{ResponseRecorder: httptest.NewRecorder()}
		endpoint := &fake{pieces: []string{"a", "b", "c"}, stop: model.End}
		start := time.Now()
		service(t, endpoint).Stream().ServeHTTP(w, question(t))
		if took := time.Since(start); took != 4*time.Minute { // Three texts and the end.
			t.Errorf("it took %s", took)
		}
		if w.Body.String() != textEvent(`"a"`)+textEvent(`"b"`)+textEvent(`"c"`)+endEvent {
			t.Errorf("%s", w.Body)
		}
	})
}

type slowWriter struct{ *httptest.ResponseRecorder }

func (w *slowWriter) Write(p []byte) (int, error) {
	time.Sleep(time.Minute)
	return w.ResponseRecorder.Write(p)
}
