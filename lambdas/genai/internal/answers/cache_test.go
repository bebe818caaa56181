package answers

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"refstack/lambdas/internal/model"
)

const (
	shared   = "/qa"      // Its answers are for everybody.
	personal = "/content" // Its answers are not.
)

var bodies = map[string]string{shared: `{"question":"Why?"}`, personal: `{"brief":"A new tea.","kind":"email"}`}

func cached(t *testing.T, endpoint model.Endpoint) (*Service, *memory) {
	t.Helper()
	s, cache := service(t, endpoint), &memory{entries: map[string]Entry{}}
	s.Cache = cache
	if s.Tasks["qa"].Personal || !s.Tasks["content"].Personal {
		t.Fatal("the tasks are not as these tests take them")
	}
	return s, cache
}

func TestAnswersAreKept(t *testing.T) {
	log := logged(t)
	synctest.Test(t, func(t *testing.T) {
		endpoint := &fake{pieces: []string{"So."}, stop: model.End}
		s, _ := cached(t, endpoint)
		first := send(s.Whole(), request(shared, bodies[shared]))
		if first.Code != http.StatusOK || first.Header().Get("Cache-Status") != "genai; fwd=miss" || first.Header().Get("Age") != "" {
			t.Errorf("the first: %d %v", first.Code, first.Header())
		}
		time.Sleep(time.Minute)
		again := request(shared, ` { "detail" : "brief", "question" : "Wh\u0079?" }`)
		again.Header.Set("X-Test-Caller", "bob")
		second := send(s.Whole(), again)
		if second.Code != http.StatusOK || second.Body.String() != first.Body.String() || second.Header().Get("Content-Type") != "application/json" ||
			second.Header().Get("Cache-Status") != "genai; hit; ttl=3540" || second.Header().Get("Age") != "60" || second.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("the second: %d %v %s", second.Code, second.Header(), second.Body)
		}
		// The table has not removed it yet, and it is too old.
		time.Sleep(59 * time.Minute)
		if third := send(s.Whole(), request(shared, bodies[shared])); third.Header().Get("Cache-Status") != "genai; fwd=miss" {
			t.Errorf("the third: %v", third.Header())
		}
		if endpoint.calls() != 2 {
			t.Errorf("the model was called %d times", endpoint.calls())
		}
	})
	if hits := lines(t, log, "answered from the cache"); len(hits) != 1 || hits[0]["CacheHits"] != 1.0 || hits[0]["Task"] != "qa" {
		t.Errorf("logged %v", hits)
	}
}

func TestWhatMakesAnotherAnswer(t *testing.T) {
	logged(t)
	for name, c := range map[string]struct {
		path  string
		other func(*Service, *http.Request) *http.Request
		hit   bool
	}{
		"the same":                 {shared, func(_ *Service, r *http.Request) *http.Request { return r }, true},
		"the same, personal":       {personal, func(_ *Service, r *http.Request) *http.Request { return r }, true},
		"another caller":           {shared, as("bob"), true},
		"another caller, personal": {personal, as("bob"), false},
		"another question":         {shared, func(*Service, *http.Request) *http.Request { return request(shared, `{"question":"How?"}`) }, false},
		"another choice": {shared, func(*Service, *http.Request) *http.Request {
			return request(shared, `{"question":"Why?","detail":"full"}`)
		}, false},
		"another model":                {shared, func(s *Service, r *http.Request) *http.Request { s.Config.Model.ModelID = "2"; return r }, false},
		"another task, the same words": {shared, func(*Service, *http.Request) *http.Request { return request("/summary", `{"document":"Why?"}`) }, false},
	} {
		endpoint := &fake{pieces: []string{"So."}, stop: model.End}
		s, _ := cached(t, endpoint)
		send(s.Whole(), request(c.path, bodies[c.path]))
		w := send(s.Whole(), c.other(s, request(c.path, bodies[c.path])))
		if hit := endpoint.calls() == 1; w.Code != http.StatusOK || hit != c.hit || strings.Contains(w.Header().Get("Cache-Status"), "hit") != c.hit {
			t.Errorf("%s: %d %v, %d calls", name, w.Code, w.Header(), endpoint.calls())
		}
	}
}

func as(caller string) func(*Service, *http.Request) *http.Request {
	return func(_ *Service, r *http.Request) *http.Request {
		r.Header.Set("X-Test-Caller", caller)
		return r
	}
}

// A key is a hash, so that whoever may read the table's keys learns nothing.
func TestKeys(t *testing.T) {
	logged(t)
	s, cache := cached(t, &fake{stop: model.End})
	send(s.Whole(), request(personal, bodies[personal]))
	for key := range cache.entries {
		if len(key) != 64 || strings.Trim(key, "0123456789abcdef") != "" {
			t.Errorf("the key is %q", key)
		}
	}
	if len(cache.entries) != 1 {
		t.Errorf("%d entries", len(cache.entries))
	}
}

func TestWhatIsNotKept(t *testing.T) {
	logged(t)
	for name, endpoint := range map[string]*fake{
		"cut at a limit": {pieces: []string{"So"}, stop: model.Length},
		"failed":         {fail: &model.Error{Kind: model.Refused, Cause: errors.New("no")}},
	} {
		s, cache := cached(t, endpoint)
		send(s.Whole(), request(shared, bodies[shared]))
		if len(cache.entries) != 0 {
			t.Errorf("%s is kept", name)
		}
	}
}

func TestBrokenCacheIsNoCache(t *testing.T) {
	for name, cache := range map[string]*memory{"failing": {fail: errors.New("no table")}, "silent": {slow: true}} {
		log := logged(t)
		synctest.Test(t, func(t *testing.T) {
			s, _ := cached(t, &fake{pieces: []string{"So."}, stop: model.End})
			s.Cache = cache
			start := time.Now()
			if w := send(s.Whole(), request(shared, bodies[shared])); w.Code != http.StatusOK || w.Header().Get("Cache-Status") != "genai; fwd=miss" {
				t.Errorf("%s: %d %v", name, w.Code, w.Header())
			}
			if took := time.Since(start); took > 2*cacheWait {
				t.Errorf("%s: it took %s", name, took)
			}
		})
		if len(lines(t, log, "the cache cannot be read"))+len(lines(t, log, "the cache cannot be written")) != 2 {
			t.Errorf("%s: logged %s", name, log)
		}
	}
}
