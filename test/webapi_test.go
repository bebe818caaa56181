package test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/test/apigw"
	"refstack/test/awstest"
	"refstack/test/lambdatest"
)

// itemsAPI is the items function of the assembly behind an API, on a table that
// the template declares.
type itemsAPI struct {
	t        testing.TB
	proxy    *awstest.Proxy
	role     *awstest.Role
	start    func() *lambdatest.Function
	function *lambdatest.Function // What answers: the first that was started.
	server   *httptest.Server
}

func startItems(t testing.TB, env map[string]string) *itemsAPI {
	t.Helper()
	template := templateOf(t, "WebApi")
	function, table := template.ID("AWS::Lambda::Function", "ItemsFunction"), template.ID("AWS::DynamoDB::GlobalTable", "Items")
	names := map[string]string{table: "items"}
	role, err := awstest.RoleOf(template.JSON, function, names)
	if err != nil {
		t.Fatal(err)
	}
	moto := awstest.StartMoto(t, "dynamodb")
	moto.CreateTable(template.JSON, table, "items")
	a := &itemsAPI{t: t, proxy: awstest.StartProxy(t, moto.URL), role: role}
	a.proxy.Enforce(role)
	all := map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": a.proxy.URL}
	maps.Copy(all, env)
	a.start = func() *lambdatest.Function { return startFunction(t, template, function, names, all) }
	a.function = a.start()
	a.server = httptest.NewServer(apigw.Handler(func(ctx context.Context, event []byte) ([]byte, error) { return a.function.Invoke(ctx, event) }, &apigw.Options{
		Resources: []string{"/items", "/items/{id}"},
		Claims:    apigw.CallerClaims,
		Errorf:    t.Errorf,
	}))
	t.Cleanup(a.server.Close)
	return a
}

// reply is what a caller reads.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

// call makes a request of a caller with headers as "Name: value".
func (a *itemsAPI) call(caller, method, path, body string, headers ...string) reply {
	a.t.Helper()
	request, err := http.NewRequest(method, a.server.URL+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set(apigw.CallerHeader, caller)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	r := reply{status: response.StatusCode, header: response.Header}
	if len(content) > 0 {
		if err := json.Unmarshal(content, &r.body); err != nil {
			a.t.Fatalf("%s %s answered %d %q: %v", method, path, r.status, content, err)
		}
	}
	return r
}

// want calls, and checks the status.
func (a *itemsAPI) want(status int, caller, method, path, body string, headers ...string) reply {
	a.t.Helper()
	r := a.call(caller, method, path, body, headers...)
	if r.status != status {
		a.t.Fatalf("%s %s answered %d %v, want %d\n%s", method, path, r.status, r.body, status, a.function.Log())
	}
	return r
}

func TestWebApiLifeOfAnItem(t *testing.T) {
	a := startItems(t, nil)
	created := a.want(201, "alice", "POST", "/items", `{"name":"bread","tags":["food"]}`, "Idempotency-Key: k1")
	id := created.body["id"].(string)
	if created.header.Get("Location") == "" || created.header.Get("ETag") != `"1"` {
		t.Errorf("created with %v", created.header)
	}
	again := a.want(201, "alice", "POST", "/items", `{"name":"bread","tags":["food"]}`, "Idempotency-Key: k1")
	if diff := cmp.Diff(created.body, again.body); diff != "" || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same key and body answers something else: %s", diff)
	}
	a.want(422, "alice", "POST", "/items", `{"name":"butter"}`, "Idempotency-Key: k1")

	if got := a.want(200, "alice", "GET", "/items/"+id, ""); got.body["name"] != "bread" {
		t.Errorf("got %v", got.body)
	}
	a.want(404, "mallory", "GET", "/items/"+id, "")
	a.want(404, "mallory", "DELETE", "/items/"+id, "")
	a.want(404, "mallory", "PUT", "/items/"+id, `{"name":"mine"}`, `If-Match: "1"`)

	a.want(428, "alice", "PUT", "/items/"+id, `{"name":"rye"}`)
	updated := a.want(200, "alice", "PUT", "/items/"+id, `{"name":"rye"}`, `If-Match: "1"`)
	if updated.header.Get("ETag") != `"2"` || updated.body["name"] != "rye" {
		t.Errorf("updated to %v %v", updated.header, updated.body)
	}
	stale := a.want(412, "alice", "PUT", "/items/"+id, `{"name":"wheat"}`, `If-Match: "1"`)
	if stale.header.Get("Content-Type") != "application/problem+json" || stale.body["type"] == nil || stale.body["requestId"] == nil {
		t.Errorf("a stale update answers no problem: %v %v", stale.header, stale.body)
	}
	a.want(204, "alice", "DELETE", "/items/"+id, "")
	a.want(404, "alice", "GET", "/items/"+id, "")
	// What was created once is answered once more, and not created again.
	a.want(201, "alice", "POST", "/items", `{"name":"bread","tags":["food"]}`, "Idempotency-Key: k1")
	a.want(404, "alice", "GET", "/items/"+id, "")

	awstest.CheckRole(t, a.withList().role, a.proxy.Calls(), map[string]string{
		"logs:CreateLogStream":     "Lambda writes what the function prints.",
		"logs:PutLogEvents":        "Lambda writes what the function prints.",
		"xray:PutTraceSegments":    "Lambda sends the trace.",
		"xray:PutTelemetryRecords": "Lambda sends the trace.",
	})
}

// withList lists the items, and makes one without a key.
func (a *itemsAPI) withList() *itemsAPI {
	a.t.Helper()
	a.want(201, "alice", "POST", "/items", `{"name":"salt"}`)
	if items := a.want(200, "alice", "GET", "/items", "").body["items"].([]any); len(items) != 1 {
		a.t.Errorf("the list is %v", items)
	}
	return a
}

// TestWebApiRefusals has the binary refuse what a hostile or mistaken caller sends
// through API Gateway, each with its type of problem, and write nothing.
func TestWebApiRefusals(t *testing.T) {
	a := startItems(t, nil)
	none := "019ab000-0000-7000-8000-000000000000"
	for _, c := range []struct {
		status                   int
		kind, method, path, body string
		headers                  []string
	}{
		{400, "invalid-body", "POST", "/items", "{\"name\":\"\xff\"}", nil},
		{400, "invalid-body", "POST", "/items", `{"name":"a","name":"b"}`, nil},
		{400, "invalid-body", "POST", "/items", `{"name":"a","Name":"b"}`, nil},
		{400, "invalid-body", "POST", "/items", `{"name":"a","owner":"bob"}`, nil},
		{400, "invalid-body", "POST", "/items", `{"name":"a"}{}`, nil},
		{400, "invalid-body", "POST", "/items", strings.Repeat("[", 60000), nil},
		{413, "body-too-large", "POST", "/items", `{"name":"` + strings.Repeat("a", 65<<10) + `"}`, nil},
		{415, "unsupported-media-type", "POST", "/items", `{"name":"a"}`, []string{"Content-Type: text/plain"}},
		{415, "unsupported-media-type", "POST", "/items", `{"name":"a"}`, []string{"Content-Encoding: gzip"}},
		{400, "invalid-parameters", "POST", "/items", `{"name":"a"}`, []string{"Idempotency-Key: " + strings.Repeat("k", 201)}},
		{400, "invalid-parameters", "GET", "/items?limit=1&limit=2", "", nil},
		{400, "invalid-parameters", "GET", "/items?limit=0", "", nil},
		{400, "invalid-parameters", "GET", "/items?limt=5", "", nil},
		{400, "invalid-parameters", "PUT", "/items/" + none, `{"name":"a"}`, []string{"If-Match: *"}},
		{404, "not-found", "PUT", "/items/" + none, `{"name":"a"}`, []string{`If-Match: "1"`}},
		{404, "not-found", "GET", "/items/%2e%2e", "", nil},
		{404, "not-found", "GET", "/items/item%23" + none, "", nil},
		{405, "method-not-allowed", "PATCH", "/items/" + none, `{"name":"a"}`, nil},
		{405, "method-not-allowed", "DELETE", "/items", "", nil},
		{406, "not-acceptable", "GET", "/items", "", []string{"Accept: text/html"}},
		{428, "version-required", "PUT", "/items/" + none, `{"name":"a"}`, nil},
	} {
		r := a.want(c.status, "alice", c.method, c.path, c.body, c.headers...)
		if r.header.Get("Content-Type") != "application/problem+json" || r.body["type"] != "urn:problem-type:"+c.kind || r.body["requestId"] == "" {
			t.Errorf("%s %s answered %v %v, want %s", c.method, c.path, r.header, r.body, c.kind)
		}
	}
	a.want(401, "", "GET", "/items", "")
	if calls := a.proxy.Calls(); len(calls) != 1 || calls[0].Operation != "UpdateItem" {
		t.Errorf("the table was asked %v", calls)
	}
}

func TestWebApiPages(t *testing.T) {
	a := startItems(t, nil)
	for i := range 7 {
		a.want(201, "alice", "POST", "/items", fmt.Sprintf(`{"name":"item %d"}`, i))
	}
	a.want(201, "bob", "POST", "/items", `{"name":"bob's"}`)
	var names []string
	path, pages := "/items?limit=3", 0
	for path != "" {
		page := a.want(200, "alice", "GET", path, "")
		for _, item := range page.body["items"].([]any) {
			names = append(names, item.(map[string]any)["name"].(string))
		}
		path = ""
		if next, ok := page.body["next"].(string); ok {
			path = "/items?limit=3&cursor=" + next
			// Another's cursor reads one's own items alone.
			for _, item := range a.want(200, "bob", "GET", path, "").body["items"].([]any) {
				if item.(map[string]any)["name"] != "bob's" {
					t.Errorf("bob reads %v", item)
				}
			}
		}
		pages++
	}
	want := []string{"item 0", "item 1", "item 2", "item 3", "item 4", "item 5", "item 6"}
	if diff := cmp.Diff(want, names); diff != "" || pages != 3 {
		t.Errorf("%d pages: %s", pages, diff)
	}
	for _, cursor := range []string{"x", "%00", "AAAA", strings.Repeat("A", 5000)} {
		a.want(400, "alice", "GET", "/items?cursor="+cursor, "")
	}
}

func TestWebApiOneWinnerAVersion(t *testing.T) {
	a := startItems(t, nil)
	id := a.want(201, "alice", "POST", "/items", `{"name":"contested"}`).body["id"].(string)
	var wins sync.Map
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			switch r := a.call("alice", "PUT", "/items/"+id, fmt.Sprintf(`{"name":"writer %d"}`, i), `If-Match: "1"`); r.status {
			case 200:
				wins.Store(i, true)
			case 412:
			default:
				t.Errorf("answered %d %v", r.status, r.body)
			}
		})
	}
	all.Wait()
	winners := 0
	wins.Range(func(any, any) bool { winners++; return true })
	if winners != 1 {
		t.Errorf("%d of 50 updates of version 1 won", winners)
	}
}

func TestWebApiFaultsOfTheTable(t *testing.T) {
	for name, test := range map[string]struct {
		fault awstest.Fault
		want  int
	}{
		"throttled":     {awstest.Fault{Status: 400, Code: "ProvisionedThroughputExceededException"}, 503},
		"broken":        {awstest.Fault{Status: 500, Code: "InternalServerError"}, 503},
		"cut off":       {awstest.Fault{CutAfter: -1}, 503},
		"access denied": {awstest.Fault{Status: 400, Code: "AccessDeniedException"}, 500},
	} {
		t.Run(name, func(t *testing.T) {
			a := startItems(t, map[string]string{"AWS_MAX_ATTEMPTS": "1"})
			a.proxy.Fault(func(awstest.Call) *awstest.Fault { return &test.fault })
			r := a.want(test.want, "alice", "GET", "/items", "")
			if text := fmt.Sprint(r.body); strings.Contains(text, "Dynamo") || strings.Contains(text, "Exception") || strings.Contains(text, "127.0.0.1") {
				t.Errorf("the caller learns of the inside: %s", text)
			}
			if test.want == 503 && r.header.Get("Retry-After") == "" {
				t.Error("the caller is not told when to try again")
			}
		})
	}
}
