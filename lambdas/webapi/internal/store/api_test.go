package store_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/webapi/internal/items"
	"refstack/lambdas/webapi/internal/store"
)

// apiOf is the whole API over a store; the caller is in a header.
func apiOf(t testing.TB, s items.Store) http.Handler {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
	return items.New(s, items.Config{MaxBodyBytes: 64 << 10}, httpapi.Identity{
		Subject:   func(r *http.Request) string { return r.Header.Get("X-Test-Caller") },
		RequestID: func(*http.Request) string { return "request-1" },
	})
}

// send sends a request of alice, unless the headers say otherwise.
func send(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Test-Caller", "alice")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestAPIOverDynamoDB goes through every route and every answer that depends on
// what the table holds.
func TestAPIOverDynamoDB(t *testing.T) {
	s, client := fresh(t)
	h := apiOf(t, s)
	var path string
	expect := func(w *httptest.ResponseRecorder, status int, etag, kind string) *httptest.ResponseRecorder {
		t.Helper()
		if w.Code != status || w.Header().Get("ETag") != etag || (kind != "") != strings.Contains(w.Body.String(), `"urn:problem-type:`+kind+`"`) {
			t.Errorf("answered %d %v %s", w.Code, w.Header(), w.Body)
		}
		return w
	}
	expect(send(h, "POST", "/items", `{"name":"a","tags":["x",""]}`), 400, "", "invalid-body")
	first := expect(send(h, "POST", "/items", `{"name":"a","tags":["x"]}`, "Idempotency-Key", "k"), 201, `"1"`, "")
	path = "/" + first.Header().Get("Location")
	if again := expect(send(h, "POST", "/items", `{"tags":["x"],"name":"a"}`, "Idempotency-Key", "k"), 201, `"1"`, ""); again.Body.String() != first.Body.String() ||
		again.Header().Get("Location") != first.Header().Get("Location") || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("answered %v %s again", again.Header(), again.Body)
	}
	expect(send(h, "POST", "/items", `{"name":"b"}`, "Idempotency-Key", "k"), 422, "", "idempotency-key-reused")
	if read := expect(send(h, "GET", path, ""), 200, `"1"`, ""); read.Body.String() != first.Body.String() {
		t.Errorf("created %s, read %s", first.Body, read.Body)
	}
	expect(send(h, "HEAD", path, ""), 200, `"1"`, "")
	expect(send(h, "PUT", path, `{"name":"b"}`), 428, "", "version-required")
	expect(send(h, "PUT", path, `{"name":"b"}`, "If-Match", `"7"`), 412, "", "version-conflict")
	expect(send(h, "PUT", path, `{"name":"b"}`, "If-Match", `"x"`), 412, "", "version-conflict")
	put := expect(send(h, "PUT", path, `{"name":"b"}`, "If-Match", `"1"`), 200, `"2"`, "")
	expect(send(h, "PUT", path, `{"name":"c"}`, "If-Match", `"1"`), 412, "", "version-conflict")
	if read := expect(send(h, "GET", path, ""), 200, `"2"`, ""); read.Body.String() != put.Body.String() {
		t.Errorf("put %s, read %s", put.Body, read.Body)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		expect(send(h, method, path, `{"name":"b"}`, "If-Match", `"2"`, "X-Test-Caller", "bob"), 404, "", "not-found")
		expect(send(h, method, "/items/019ab000-0000-7000-8000-000000000000", `{"name":"b"}`, "If-Match", `"2"`), 404, "", "not-found")
	}
	expect(send(h, "POST", "/items", `{"name":"z"}`), 201, `"1"`, "")
	page := expect(send(h, "GET", "/items?limit=1", ""), 200, "", "")
	var list struct {
		Items []items.Item
		Next  string
	}
	if err := json.Unmarshal(page.Body.Bytes(), &list); err != nil || len(list.Items) != 1 || list.Items[0].Name != "b" || list.Next == "" {
		t.Fatalf("%v: %s", err, page.Body)
	}
	if bobs := expect(send(h, "GET", "/items?cursor="+list.Next, "", "X-Test-Caller", "bob"), 200, "", ""); bobs.Body.String() != `{"items":[]}` {
		t.Errorf("bob reads %s", bobs.Body)
	}
	page = expect(send(h, "GET", "/items?limit=1&cursor="+list.Next, ""), 200, "", "")
	list.Next = ""
	if err := json.Unmarshal(page.Body.Bytes(), &list); err != nil || len(list.Items) != 1 || list.Items[0].Name != "z" || list.Next != "" {
		t.Errorf("%v: %s", err, page.Body)
	}
	expect(send(h, "GET", "/items?cursor=x", ""), 400, "", "invalid-parameters")
	expect(send(h, "DELETE", path, "", "If-Match", `"1"`), 412, "", "version-conflict")
	expect(send(h, "DELETE", path, "", "If-Match", `"2"`), 204, "", "")
	expect(send(h, "DELETE", path, ""), 404, "", "not-found")
	expect(send(h, "GET", path, ""), 404, "", "not-found")
	expect(send(h, "PUT", path, `{"name":"b"}`, "If-Match", `"2"`), 404, "", "not-found")
	if again := expect(send(h, "POST", "/items", `{"name":"a","tags":["x"]}`, "Idempotency-Key", "k"), 201, `"1"`, ""); again.Body.String() != first.Body.String() {
		t.Errorf("after the deletion answered %s", again.Body)
	}
	if n := count(t, client); n != 2 {
		t.Errorf("the table has %d", n)
	}
}

func TestParallelUpdatesOverHTTP(t *testing.T) {
	s, _ := fresh(t)
	h := apiOf(t, s)
	created := send(h, "POST", "/items", `{"name":"a"}`)
	path := "/" + created.Header().Get("Location")
	const writers = 200
	var all sync.WaitGroup
	var won, stale atomic.Int32
	for n := range writers {
		all.Go(func() {
			w := send(h, "PUT", path, fmt.Sprintf(`{"name":"%d"}`, n), "If-Match", `"1"`)
			switch {
			case w.Code == 200 && w.Header().Get("ETag") == `"2"`:
				won.Add(1)
			case w.Code == 412:
				stale.Add(1)
			default:
				t.Errorf("answered %d %s", w.Code, w.Body)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || stale.Load() != writers-1 {
		t.Errorf("%d won, %d were stale", won.Load(), stale.Load())
	}
	if w := send(h, "GET", path, ""); w.Header().Get("ETag") != `"2"` {
		t.Errorf("in the end: %v %s", w.Header(), w.Body)
	}
}

func TestFaultsOverHTTP(t *testing.T) {
	for _, c := range []struct {
		answer answer
		status int
		retry  string
	}{
		{code(400, "ProvisionedThroughputExceededException"), 503, "1"},
		{fails(timeout{fmt.Errorf("too slow")}), 503, "1"},
		{cancelled("TransactionConflict", "None"), 503, "1"},
		{code(400, "AccessDeniedException"), 500, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := scripted(c.answer)
			w := send(apiOf(t, s), "POST", "/items", `{"name":"a"}`, "Idempotency-Key", "k")
			if w.Code != c.status || w.Header().Get("Retry-After") != c.retry || strings.Contains(w.Body.String(), "items-table-X") || strings.Contains(w.Body.String(), "DynamoDB") {
				t.Errorf("answered %d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
}

var _ items.Store = (*store.Store)(nil)
