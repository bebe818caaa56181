package items

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/strictjson"
)

const testMaxBody = 64 << 10

// api is a handler of store whose caller is in a header.
func api(store Store) http.Handler {
	return New(store, Config{AllowedOrigins: []string{"https://app.example.com"}, MaxBodyBytes: testMaxBody}, httpapi.Identity{
		Subject:   func(r *http.Request) string { return r.Header.Get("X-Test-Caller") },
		RequestID: func(*http.Request) string { return "request-1" },
	})
}

// request is one of alice, unless the headers say otherwise.
func request(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("X-Test-Caller", "alice")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func quiet(t testing.TB) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
}

func captureLog(t *testing.T) *bytes.Buffer {
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &out
}

func expect(t testing.TB, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("answered %d, want %d: %s", w.Code, status, w.Body)
	}
}

func itemIn(t testing.TB, w *httptest.ResponseRecorder) Item {
	t.Helper()
	var i Item
	if err := json.Unmarshal(w.Body.Bytes(), &i); err != nil {
		t.Fatal(err)
	}
	return i
}

// create has alice create an item.
func create(t testing.TB, h http.Handler, name string, headers ...string) Item {
	t.Helper()
	w := send(t, h, request("POST", "/items", `{"name":"`+name+`"}`, headers...))
	expect(t, w, http.StatusCreated)
	return itemIn(t, w)
}

func TestItemLives(t *testing.T) {
	quiet(t)
	h := api(newMemory())
	before := time.Now()
	w := send(t, h, request("POST", "/items", `{"name":"Grüße","tags":["a","b"]}`))
	expect(t, w, http.StatusCreated)
	item := itemIn(t, w)
	if diff := cmp.Diff(Content{Name: "Grüße", Tags: []string{"a", "b"}}, item.Content); diff != "" {
		t.Error(diff)
	}
	if item.Version != 1 || w.Header().Get("ETag") != `"1"` || w.Header().Get("Location") != "items/"+item.ID {
		t.Errorf("version %d, %v", item.Version, w.Header())
	}
	if item.CreatedAt.Before(before.Truncate(time.Millisecond)) || item.CreatedAt.After(time.Now()) || !item.CreatedAt.Equal(item.UpdatedAt) {
		t.Errorf("created %s, updated %s", item.CreatedAt, item.UpdatedAt)
	}
	if !strings.Contains(w.Body.String(), `Z","updatedAt":"`) {
		t.Errorf("its times are not UTC: %s", w.Body)
	}
	if item.CreatedAt.Nanosecond()%int(time.Millisecond) != 0 {
		t.Errorf("created at %s, which is finer than a millisecond", item.CreatedAt)
	}
	path := "/items/" + item.ID

	w = send(t, h, request("GET", path, ""))
	expect(t, w, http.StatusOK)
	if diff := cmp.Diff(item, itemIn(t, w)); diff != "" || w.Header().Get("ETag") != `"1"` {
		t.Error(diff, w.Header())
	}
	w = send(t, h, request("HEAD", path, ""))
	expect(t, w, http.StatusOK)
	if w.Body.Len() != 0 || w.Header().Get("ETag") != `"1"` {
		t.Errorf("HEAD answers %q, %v", w.Body, w.Header())
	}

	w = send(t, h, request("PUT", path, `{"name":"other","note":"n"}`, "If-Match", `"1"`))
	expect(t, w, http.StatusOK)
	changed := itemIn(t, w)
	if diff := cmp.Diff(Content{Name: "other", Note: "n", Tags: []string{}}, changed.Content); diff != "" {
		t.Error(diff)
	}
	if changed.UpdatedAt.Before(item.UpdatedAt) || changed.UpdatedAt.Nanosecond()%int(time.Millisecond) != 0 {
		t.Errorf("updated at %s", changed.UpdatedAt)
	}
	if changed.Version != 2 || w.Header().Get("ETag") != `"2"` || !changed.CreatedAt.Equal(item.CreatedAt) {
		t.Errorf("%+v, %v", changed, w.Header())
	}

	expect(t, send(t, h, request("DELETE", path, "", "If-Match", `"1"`)), http.StatusPreconditionFailed)
	w = send(t, h, request("DELETE", path, "", "If-Match", `"2"`))
	expect(t, w, http.StatusNoContent)
	if w.Body.Len() != 0 || w.Header().Get("Content-Type") != "" {
		t.Errorf("204 has a body: %q, %v", w.Body, w.Header())
	}
	expect(t, send(t, h, request("DELETE", path, "")), http.StatusNotFound)
	expect(t, send(t, h, request("GET", path, "")), http.StatusNotFound)
}

func TestDeleteWithoutVersion(t *testing.T) {
	quiet(t)
	h := api(newMemory())
	item := create(t, h, "a")
	expect(t, send(t, h, request("DELETE", "/items/"+item.ID, "")), http.StatusNoContent)
}

func TestListPages(t *testing.T) {
	quiet(t)
	h := api(newMemory())
	var want []string
	for n := range 30 {
		want = append(want, create(t, h, fmt.Sprint("item ", n)).ID)
	}
	send(t, h, request("POST", "/items", `{"name":"bob's"}`, "X-Test-Caller", "bob"))
	for _, c := range []struct {
		query string
		pages []int
	}{
		{"", []int{25, 5}}, {"?limit=10", []int{10, 10, 10}}, {"?limit=100", []int{30}}, {"?limit=30", []int{30}}, {"?limit=1", slices.Repeat([]int{1}, 30)},
	} {
		var got []string
		var pages []int
		for target := "/items" + c.query; target != ""; {
			w := send(t, h, request("GET", target, ""))
			expect(t, w, http.StatusOK)
			var page struct {
				Items []Item
				Next  *string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			for _, i := range page.Items {
				got = append(got, i.ID)
			}
			pages = append(pages, len(page.Items))
			target = ""
			if page.Next != nil {
				target = "/items" + c.query + map[bool]string{true: "?", false: "&"}[c.query == ""] + "cursor=" + *page.Next
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.query, diff)
		}
		if diff := cmp.Diff(c.pages, pages); diff != "" {
			t.Errorf("%s: %s", c.query, diff)
		}
	}
	w := send(t, h, request("GET", "/items", "", "X-Test-Caller", "nobody"))
	if w.Body.String() != `{"items":[]}` {
		t.Errorf("an empty list: %s", w.Body)
	}
}

func TestAnotherCallerSeesNothing(t *testing.T) {
	quiet(t)
	h := api(newMemory())
	create(t, h, "first")
	item := create(t, h, "second")
	bob := []string{"X-Test-Caller", "bob", "If-Match", `"1"`}
	for _, r := range []*http.Request{
		request("GET", "/items/"+item.ID, "", bob...),
		request("PUT", "/items/"+item.ID, `{"name":"mine"}`, bob...),
		request("DELETE", "/items/"+item.ID, "", bob...),
	} {
		expect(t, send(t, h, r), http.StatusNotFound)
	}
	w := send(t, h, request("GET", "/items?limit=1", ""))
	var page struct{ Next string }
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || page.Next == "" {
		t.Fatal(err, w.Body)
	}
	w = send(t, h, request("GET", "/items?cursor="+page.Next, "", bob...))
	if w.Code != http.StatusOK || w.Body.String() != `{"items":[]}` {
		t.Errorf("with alice's cursor, bob reads %s", w.Body)
	}
	// What is alice's is as it was.
	if got := itemIn(t, send(t, h, request("GET", "/items/"+item.ID, ""))); cmp.Diff(item, got) != "" {
		t.Error(cmp.Diff(item, got))
	}
}

func TestIdempotencyKey(t *testing.T) {
	quiet(t)
	m := newMemory()
	h := api(m)
	post := func(body, key string, headers ...string) *httptest.ResponseRecorder {
		return send(t, h, request("POST", "/items", body, append(headers, "Idempotency-Key", key)...))
	}
	first := post(`{"name":"a","tags":[]}`, "key 1")
	expect(t, first, http.StatusCreated)
	if first.Header().Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says that it is a second one")
	}
	same := func(w *httptest.ResponseRecorder) {
		t.Helper()
		if w.Code != first.Code || w.Body.String() != first.Body.String() || w.Header().Get("Idempotency-Replayed") != "true" ||
			w.Header().Get("Location") != first.Header().Get("Location") || w.Header().Get("ETag") != first.Header().Get("ETag") {
			t.Errorf("the second answer is %d %v %s\nthe first was %d %v %s", w.Code, w.Header(), w.Body, first.Code, first.Header(), first.Body)
		}
	}
	same(post(`{"name":"a","tags":[]}`, "key 1"))
	same(post(` {"note":"", "name":"\u0061"} `, "key 1")) // It says the same.
	w := post(`{"name":"b"}`, "key 1")
	expect(t, w, http.StatusUnprocessableEntity)

	path := "/items/" + itemIn(t, first).ID
	expect(t, send(t, h, request("PUT", path, `{"name":"z"}`, "If-Match", `"1"`)), http.StatusOK)
	same(post(`{"name":"a"}`, "key 1"))
	expect(t, send(t, h, request("DELETE", path, "")), http.StatusNoContent)
	same(post(`{"name":"a"}`, "key 1"))
	expect(t, send(t, h, request("GET", path, "")), http.StatusNotFound)

	for _, w := range []*httptest.ResponseRecorder{
		post(`{"name":"a"}`, "key 2"), post(`{"name":"a"}`, "key 1", "X-Test-Caller", "bob"), post(`{"name":"a"}`, strings.Repeat("~", 200)),
	} {
		if w.Code != http.StatusCreated || w.Header().Get("Location") == first.Header().Get("Location") {
			t.Errorf("another key: %d %v", w.Code, w.Header())
		}
	}
	for key, record := range m.records {
		record.Expires = time.Now().Add(-time.Second)
		m.records[key] = record
	}
	if w := post(`{"name":"b"}`, "key 1"); w.Code != http.StatusCreated || w.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("an expired key: %d %s", w.Code, w.Body)
	}
	if got := time.Until(m.records["alice/key 1"].Expires).Round(time.Hour); got != 24*time.Hour {
		t.Errorf("a key lives %s", got)
	}
}

func TestThousandCreationsWithDuplicates(t *testing.T) {
	quiet(t)
	m := newMemory()
	h := api(m)
	var all sync.WaitGroup
	var answers sync.Map
	for n := range 1000 {
		all.Go(func() {
			key := fmt.Sprint(n % 900)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, request("POST", "/items", `{"name":"`+key+`"}`, "Idempotency-Key", key))
			if first, _ := answers.LoadOrStore(key, w.Body.String()); w.Code != http.StatusCreated || first != w.Body.String() {
				t.Errorf("answered %d %s, and %s before", w.Code, w.Body, first)
			}
		})
	}
	all.Wait()
	if len(m.items) != 900 {
		t.Errorf("made %d items", len(m.items))
	}
}

const missingID = "019ab000-0000-7000-8000-000000000000"

// TestProblems has one line for each way to go wrong. Each says what the client
// is told: status, type and the place at fault.
func TestProblems(t *testing.T) {
	quiet(t)
	m := newMemory()
	h := api(m)
	item := create(t, h, "a", "Idempotency-Key", "taken")
	path := "/items/" + item.ID
	put := func(headers ...string) *http.Request { return request("PUT", path, `{"name":"b"}`, headers...) }
	post := func(body string) *http.Request {
		return request("POST", "/items", body, "Content-Type", "application/json")
	}
	headed := func(r *http.Request, headers ...string) *http.Request {
		for i := 0; i < len(headers); i += 2 {
			r.Header.Add(headers[i], headers[i+1])
		}
		return r
	}
	chunked := post(`{"name":"` + strings.Repeat("a", testMaxBody) + `"}`)
	chunked.ContentLength = -1
	broken := post("")
	broken.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"na`), failingReader{}))
	met := seen{}
	for name, c := range map[string]struct {
		request *http.Request
		status  int
		kind    string
		place   string // of the first error
	}{
		"no caller":           {request("GET", "/items", "", "X-Test-Caller", ""), 401, "unauthorized", ""},
		"no caller, create":   {request("POST", "/items", `{"name":"a"}`, "X-Test-Caller", ""), 401, "unauthorized", ""},
		"unknown path":        {request("GET", "/nothing", ""), 404, "not-found", ""},
		"root":                {request("GET", "/", ""), 404, "not-found", ""},
		"slash behind":        {request("GET", "/items/", ""), 404, "not-found", ""},
		"double slash":        {request("GET", "//items", ""), 404, "not-found", ""},
		"dots":                {request("GET", "/items/../items", ""), 404, "not-found", ""},
		"deeper":              {request("GET", path+"/tags", ""), 404, "not-found", ""},
		"unknown ID":          {request("GET", "/items/"+missingID, ""), 404, "not-found", ""},
		"unknown ID, put":     {request("PUT", "/items/"+missingID, `{"name":"a"}`, "If-Match", `"1"`), 404, "not-found", ""},
		"unknown ID, delete":  {request("DELETE", "/items/"+missingID, "", "If-Match", `"1"`), 404, "not-found", ""},
		"no ID":               {request("GET", "/items/x", ""), 404, "not-found", ""},
		"no ID, put":          {request("PUT", "/items/x", "", "If-Match", `"1"`), 404, "not-found", ""},
		"no ID, delete":       {request("DELETE", "/items/x", ""), 404, "not-found", ""},
		"ID in capitals":      {request("GET", strings.ToUpper(path[:7])+strings.ToUpper(path[7:]), ""), 404, "not-found", ""},
		"ID of capitals":      {request("GET", "/items/"+strings.ToUpper(item.ID), ""), 404, "not-found", ""},
		"ID of a record":      {request("GET", "/items/idempotency%23taken", ""), 404, "not-found", ""},
		"ID with a slash":     {request("GET", "/items/a%2Fb", ""), 404, "not-found", ""},
		"method of a list":    {request("DELETE", "/items", ""), 405, "method-not-allowed", ""},
		"method of an item":   {request("POST", path, ""), 405, "method-not-allowed", ""},
		"made-up method":      {request("BREW", path, ""), 405, "method-not-allowed", ""},
		"options of no page":  {request("OPTIONS", path, ""), 405, "method-not-allowed", ""},
		"accepts XML":         {request("GET", "/items", "", "Accept", "text/html, application/xml;q=0.9"), 406, "not-acceptable", ""},
		"accepts all but":     {request("GET", "/items", "", "Accept", "*/*, application/json;q=0"), 406, "not-acceptable", ""},
		"no content type":     {request("POST", "/items", `{"name":"a"}`, "Content-Type", ""), 415, "unsupported-media-type", ""},
		"form":                {request("POST", "/items", `name=a`, "Content-Type", "application/x-www-form-urlencoded"), 415, "unsupported-media-type", ""},
		"JSON in Latin-1":     {request("POST", "/items", `{"name":"a"}`, "Content-Type", "application/json; charset=iso-8859-1"), 415, "unsupported-media-type", ""},
		"JSON-like":           {request("PUT", path, `{"name":"a"}`, "Content-Type", "application/json-patch+json", "If-Match", `"1"`), 415, "unsupported-media-type", ""},
		"gzip":                {request("POST", "/items", `{"name":"a"}`, "Content-Encoding", "gzip"), 415, "unsupported-media-type", ""},
		"large":               {post(`{"name":"` + strings.Repeat("a", testMaxBody) + `"}`), 413, "body-too-large", ""},
		"large, chunked":      {chunked, 413, "body-too-large", ""},
		"large, deep":         {post(strings.Repeat("[", testMaxBody+1)), 413, "body-too-large", ""},
		"cut off":             {broken, 400, "invalid-body", ""},
		"empty":               {post(""), 400, "invalid-body", "#"},
		"blank":               {post(" \n"), 400, "invalid-body", "#"},
		"half":                {post(`{"name":"a"`), 400, "invalid-body", "#"},
		"trailing data":       {post(`{"name":"a"} {}`), 400, "invalid-body", "#"},
		"trailing comma":      {post(`{"name":"a",}`), 400, "invalid-body", "#"},
		"comment":             {post(`{"name":"a"/* */}`), 400, "invalid-body", "#"},
		"single quotes":       {post(`{'name':'a'}`), 400, "invalid-body", "#"},
		"byte order mark":     {post("\ufeff" + `{"name":"a"}`), 400, "invalid-body", "#"},
		"invalid UTF-8":       {post("{\"name\":\"\xff\"}"), 400, "invalid-body", "#"},
		"half a character":    {post(`{"name":"\ud83d"}`), 400, "invalid-body", "#"},
		"other half":          {post(`{"name":"\ude00\ud83d"}`), 400, "invalid-body", "#"},
		"deep":                {post(strings.Repeat("[", 9) + strings.Repeat("]", 9)), 400, "invalid-body", "#"},
		"deep objects":        {post(strings.Repeat(`{"a":`, 9) + "1" + strings.Repeat("}", 9)), 400, "invalid-body", "#"},
		"array":               {post(`[]`), 400, "invalid-body", "#"},
		"null":                {post(`null`), 400, "invalid-body", "#"},
		"string":              {post(`"name"`), 400, "invalid-body", "#"},
		"nameless":            {post(`{}`), 400, "invalid-body", "#/name"},
		"empty name":          {post(`{"name":""}`), 400, "invalid-body", "#/name"},
		"long name":           {post(`{"name":"` + strings.Repeat("ü", 101) + `"}`), 400, "invalid-body", "#/name"},
		"null name":           {post(`{"name":null}`), 400, "invalid-body", "#/name"},
		"name of a number":    {post(`{"name":1e400}`), 400, "invalid-body", "#/name"},
		"long note":           {post(`{"name":"a","note":"` + strings.Repeat("n", 2001) + `"}`), 400, "invalid-body", "#/note"},
		"note of an object":   {post(`{"name":"a","note":{}}`), 400, "invalid-body", "#/note"},
		"tags of a string":    {post(`{"name":"a","tags":"x"}`), 400, "invalid-body", "#/tags"},
		"null tags":           {post(`{"name":"a","tags":null}`), 400, "invalid-body", "#/tags"},
		"many tags":           {post(`{"name":"a","tags":["x"` + strings.Repeat(`,"x"`, 20) + `]}`), 400, "invalid-body", "#/tags"},
		"note of null":        {post(`{"name":"a","note":null}`), 400, "invalid-body", "#/note"},
		"tags of null":        {post(`{"name":"a","tags":null}`), 400, "invalid-body", "#/tags"},
		"tag of a number":     {post(`{"name":"a","tags":["x",2]}`), 400, "invalid-body", "#/tags/1"},
		"empty tag":           {post(`{"name":"a","tags":[""]}`), 400, "invalid-body", "#/tags/0"},
		"long tag":            {post(`{"name":"a","tags":["` + strings.Repeat("t", 51) + `"]}`), 400, "invalid-body", "#/tags/0"},
		"unknown field":       {post(`{"name":"a","nöte/~":"x"}`), 400, "invalid-body", "#/n%C3%B6te~1~0"},
		"field in capitals":   {post(`{"name":"a","Note":"x"}`), 400, "invalid-body", "#/Note"},
		"name in capitals":    {post(`{"name":"a","NAME":"b"}`), 400, "invalid-body", "#/NAME"},
		"our field":           {post(`{"name":"a","version":7}`), 400, "invalid-body", "#/version"},
		"another's field":     {post(`{"name":"a","owner":"bob"}`), 400, "invalid-body", "#/owner"},
		"field twice":         {post(`{"name":"a","name":"a"}`), 400, "invalid-body", "#/name"},
		"field twice, hidden": {post(`{"name":"a","n\u0061me":"b"}`), 400, "invalid-body", "#/name"},
		"long unknown field":  {post(`{"name":"a","` + strings.Repeat("x", 1000) + `":1}`), 400, "invalid-body", "#"},
		"put, too":            {request("PUT", path, `{"name":""}`, "If-Match", `"1"`), 400, "invalid-body", "#/name"},
		"limit 0":             {request("GET", "/items?limit=0", ""), 400, "invalid-parameters", "limit"},
		"limit 101":           {request("GET", "/items?limit=101", ""), 400, "invalid-parameters", "limit"},
		"limit -1":            {request("GET", "/items?limit=-1", ""), 400, "invalid-parameters", "limit"},
		"limit of a word":     {request("GET", "/items?limit=ten", ""), 400, "invalid-parameters", "limit"},
		"limit of nothing":    {request("GET", "/items?limit=", ""), 400, "invalid-parameters", "limit"},
		"limit out of range":  {request("GET", "/items?limit=99999999999999999999", ""), 400, "invalid-parameters", "limit"},
		"limit twice":         {request("GET", "/items?limit=1&limit=2", ""), 400, "invalid-parameters", "limit"},
		"unknown parameter":   {request("GET", "/items?limt=1", ""), 400, "invalid-parameters", "limt"},
		"malformed query":     {request("GET", "/items?limit=%zz", ""), 400, "invalid-parameters", ""},
		"empty cursor":        {request("GET", "/items?cursor=", ""), 400, "invalid-parameters", "cursor"},
		"made-up cursor":      {request("GET", "/items?cursor=abc", ""), 400, "invalid-parameters", "cursor"},
		"cursor of an ID":     {request("GET", "/items?cursor="+item.ID, ""), 400, "invalid-parameters", "cursor"},
		"no version":          {put(), 428, "version-required", ""},
		"any version":         {put("If-Match", "*"), 400, "invalid-parameters", "If-Match"},
		"any version, delete": {request("DELETE", path, "", "If-Match", "*"), 400, "invalid-parameters", "If-Match"},
		"bare version":        {put("If-Match", "1"), 400, "invalid-parameters", "If-Match"},
		"empty version":       {put("If-Match", ""), 400, "invalid-parameters", "If-Match"},
		"two versions":        {headed(put(), "If-Match", `"1"`, "If-Match", `"2"`), 400, "invalid-parameters", "If-Match"},
		"versions in a list":  {put("If-Match", `"1", "2"`), 400, "invalid-parameters", "If-Match"},
		"stale version":       {put("If-Match", `"2"`), 412, "version-conflict", ""},
		"version 0":           {put("If-Match", `"0"`), 412, "version-conflict", ""},
		"version of a word":   {put("If-Match", `"one"`), 412, "version-conflict", ""},
		"version 01":          {put("If-Match", `"01"`), 412, "version-conflict", ""},
		"weak version":        {put("If-Match", `W/"1"`), 412, "version-conflict", ""},
		"stale delete":        {request("DELETE", path, "", "If-Match", `"9"`), 412, "version-conflict", ""},
		"zero delete":         {request("DELETE", path, "", "If-Match", `"0"`), 412, "version-conflict", ""},
		"empty key":           {headed(post(`{"name":"a"}`), "Idempotency-Key", ""), 400, "invalid-parameters", "Idempotency-Key"},
		"long key":            {headed(post(`{"name":"a"}`), "Idempotency-Key", strings.Repeat("k", 201)), 400, "invalid-parameters", "Idempotency-Key"},
		"key not of ASCII":    {headed(post(`{"name":"a"}`), "Idempotency-Key", "schlüssel"), 400, "invalid-parameters", "Idempotency-Key"},
		"key with control":    {headed(post(`{"name":"a"}`), "Idempotency-Key", "a\tb"), 400, "invalid-parameters", "Idempotency-Key"},
		"two keys":            {headed(post(`{"name":"a"}`), "Idempotency-Key", "a", "Idempotency-Key", "a"), 400, "invalid-parameters", "Idempotency-Key"},
		"key of another body": {headed(post(`{"name":"b"}`), "Idempotency-Key", "taken"), 422, "idempotency-key-reused", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := send(t, h, c.request)
			document := met.add(t, w)
			place := ""
			if faults, ok := document["errors"].([]any); ok {
				first := faults[0].(map[string]any)
				for _, key := range []string{"pointer", "parameter", "header"} {
					if value, ok := first[key].(string); ok {
						place = value
					}
				}
				if first["detail"] == "" {
					t.Error("it does not say what is wrong")
				}
			}
			if w.Code != c.status || document["type"] != "urn:problem-type:"+c.kind || place != c.place {
				t.Errorf("answered %d at %q: %s", w.Code, place, w.Body)
			}
			if allow := w.Header().Get("Allow"); (allow != "") != (c.status == 405) {
				t.Errorf("Allow: %s", allow)
			}
			if w.Code == 401 && w.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("401 without a challenge: %v", w.Header())
			}
		})
	}
	if len(m.items) != 1 || m.items["alice/"+item.ID].Version != 1 {
		t.Errorf("refused requests left their traces: %v", m.items)
	}
	for _, c := range []struct {
		fault  error
		status int
		retry  string
	}{
		{fmt.Errorf("reading from items-table-X: %w", ErrBusy), 503, "1"},
		{errors.New("no permission for items-table-X"), 500, ""},
	} {
		m.fail = c.fault
		for _, r := range []*http.Request{
			request("GET", path, ""), request("GET", "/items", ""), put("If-Match", `"1"`), request("DELETE", path, ""),
			post(`{"name":"a"}`), headed(post(`{"name":"a"}`), "Idempotency-Key", "k"),
		} {
			w := send(t, h, r)
			met.add(t, w)
			if w.Code != c.status || w.Header().Get("Retry-After") != c.retry || strings.Contains(w.Body.String(), "table") {
				t.Errorf("%s: %d %v %s", r.Pattern, w.Code, w.Header(), w.Body)
			}
		}
	}
	met.compare(t)
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestManyFaultsAreToldAtOnceButNotAll(t *testing.T) {
	quiet(t)
	var body strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&body, `"x%d":1,`, n)
	}
	w := send(t, api(newMemory()), request("POST", "/items", "{"+body.String()+`"name":""}`))
	var document struct{ Errors []any }
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil || len(document.Errors) != strictjson.MaxFaults {
		t.Errorf("%d errors: %v", len(document.Errors), err)
	}
	w = send(t, api(newMemory()), request("POST", "/items", `{"name":"","note":1,"tags":[""],"x":0}`))
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil || len(document.Errors) != 4 {
		t.Errorf("%v: %s", err, w.Body)
	}
}

func TestFaultsOfAQueryAreToldInOrder(t *testing.T) {
	quiet(t)
	faults := func(query string) (told []string) {
		t.Helper()
		w := send(t, api(newMemory()), request("GET", "/items?"+query, ""))
		expect(t, w, http.StatusBadRequest)
		var document struct{ Errors []struct{ Parameter string } }
		if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
			t.Fatal(err)
		}
		for _, fault := range document.Errors {
			told = append(told, fault.Parameter)
		}
		return told
	}
	if diff := cmp.Diff([]string{"", "Limit", "cursor", "limit"}, faults("limit=0&cursor=x&Limit=5&=")); diff != "" {
		t.Error(diff)
	}
	var many strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&many, "x%d=1&", n)
	}
	if told := faults(many.String() + "cursor=x"); len(told) != strictjson.MaxFaults || told[0] != "cursor" {
		t.Errorf("%d faults: %q", len(told), told)
	}
}

func TestLargestItem(t *testing.T) {
	quiet(t)
	character := `\ud83d\ude00` // One, in the most bytes.
	tag := `"` + strings.Repeat(character, maxTag) + `"`
	body := `{"name":"` + strings.Repeat(character, maxName) + `","note":"` + strings.Repeat(character, maxNote) +
		`","tags":[` + tag + strings.Repeat(","+tag, maxTags-1) + `]}`
	w := send(t, api(newMemory()), request("POST", "/items", body))
	expect(t, w, http.StatusCreated)
}

func TestAcceptedHeaders(t *testing.T) {
	quiet(t)
	h := api(newMemory())
	for _, accept := range []string{"", "*/*", "application/*", "application/json", "text/html, */*;q=0.1", "application/json;q=0.5, */*;q=0", "x"} {
		want := http.StatusOK
		if accept == "x" {
			want = http.StatusNotAcceptable
		}
		expect(t, send(t, h, request("GET", "/items", "", "Accept", accept)), want)
	}
	for _, contentType := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
		expect(t, send(t, h, request("POST", "/items", `{"name":"a"}`, "Content-Type", contentType, "Content-Encoding", "identity")), http.StatusCreated)
	}
}

func TestCORS(t *testing.T) {
	quiet(t)
	h := api(newMemory())
	for origin, allowed := range map[string]string{
		"https://app.example.com": "https://app.example.com", "https://evil.example": "", "null": "", "": "", "https://app.example.com.evil.example": "",
	} {
		for _, target := range []string{"/items", "/nothing"} {
			w := send(t, h, request("GET", target, "", "Origin", origin))
			if got := w.Header().Get("Access-Control-Allow-Origin"); got != allowed || w.Header().Get("Vary") != "Origin" {
				t.Errorf("%s for %q: %v", target, origin, w.Header())
			}
			if exposed := w.Header().Get("Access-Control-Expose-Headers"); (exposed != "") != (allowed != "") {
				t.Errorf("%s for %q exposes %q", target, origin, exposed)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request("OPTIONS", "/items", "", "Origin", origin, "Access-Control-Request-Method", "PUT", "X-Test-Caller", ""))
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != allowed || w.Code != http.StatusNoContent ||
			strings.Contains(w.Header().Get("Access-Control-Allow-Methods"), "PUT") != (allowed != "") {
			t.Errorf("preflight of %q: %d %v", origin, w.Code, w.Header())
		}
	}
}

type panicking struct{ Store }

func TestPanicIsAnsweredAndLoggedWithoutPayload(t *testing.T) {
	log := captureLog(t)
	w := send(t, api(panicking{}), request("POST", "/items", `{"name":"secret name"}`, "Authorization", "secret token"))
	expect(t, w, http.StatusInternalServerError)
	if text := log.String(); !strings.Contains(text, "nil pointer") || !strings.Contains(text, "create") || strings.Contains(text, "secret") {
		t.Errorf("the log: %s", text)
	}
	if strings.Contains(w.Body.String(), "nil pointer") || strings.Contains(w.Body.String(), ".go") {
		t.Errorf("the answer: %s", w.Body)
	}
}

type quoting struct{ Store }

func TestValueOfPanicStaysOut(t *testing.T) {
	log := captureLog(t)
	h := New(quoting{}, Config{MaxBodyBytes: 9}, httpapi.Identity{
		Subject: func(r *http.Request) string { panic("secret " + r.URL.Path) }, RequestID: func(*http.Request) string { return "r" }})
	expect(t, send(t, h, request("GET", "/items", "")), http.StatusInternalServerError)
	if strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), "panic of string") {
		t.Errorf("the log: %s", log)
	}
}

func TestLogHasNoPersonalData(t *testing.T) {
	log := captureLog(t)
	m := newMemory()
	h := api(m)
	item := create(t, h, "secret name", "Authorization", "secret token", "Idempotency-Key", "secret key")
	send(t, h, request("GET", "/items/"+item.ID, "", "X-Test-Caller", "secret caller"))
	send(t, h, request("GET", "/items?secret=1", ""))
	send(t, h, request("GET", "/secret", ""))
	m.fail = errors.New("access denied")
	send(t, h, request("GET", "/items/"+item.ID, ""))
	if text := log.String(); strings.Contains(text, "secret") || strings.Contains(text, item.ID) || strings.Contains(text, "alice") {
		t.Errorf("the log: %s", text)
	}
	var lines []map[string]any
	for line := range strings.Lines(log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		delete(entry, "time")
		delete(entry, "ms")
		lines = append(lines, entry)
	}
	entry := func(level, method, route string, status float64) map[string]any {
		return map[string]any{"level": level, "msg": "request", "method": method, "route": route, "status": status, "apiRequestId": "request-1"}
	}
	failed := entry("ERROR", "GET", "GET /items/{id}", 500)
	failed["error"] = "access denied"
	want := []map[string]any{
		entry("INFO", "POST", "POST /items", 201), entry("INFO", "GET", "GET /items/{id}", 404), entry("INFO", "GET", "GET /items", 400),
		entry("INFO", "GET", "", 404), failed,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestHostileRequestsReachNoStore(t *testing.T) {
	quiet(t)
	m := newMemory()
	h := api(m)
	for _, r := range []*http.Request{
		request("GET", "/items/..%2f..", ""), request("GET", "/items/item%23x", ""), request("GET", "/items?cursor=AQAAAAAAAAAAAAAAAAAAAAA", ""),
		request("POST", "/items", `{"name":1}`), request("PUT", "/items/"+missingID, `{"name":"a"}`),
		request("GET", "/items", "", "X-Test-Caller", ""),
	} {
		send(t, h, r)
	}
	if m.calls != 0 {
		t.Errorf("the store was called %d times", m.calls)
	}
}
