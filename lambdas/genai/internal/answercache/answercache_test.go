package answercache

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/genai/internal/answers"
	"refstack/test/awstest"
)

func config(url string) aws.Config {
	return aws.Config{Region: awstest.Region, BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", "")}
}

func TestTable(t *testing.T) {
	moto := awstest.StartMoto(t, "dynamodb")
	moto.CreateTable(map[string]any{"Resources": map[string]any{"Table": map[string]any{
		"Type": "AWS::DynamoDB::GlobalTable",
		"Properties": map[string]any{
			"AttributeDefinitions":    []any{map[string]any{"AttributeName": "key", "AttributeType": "S"}},
			"KeySchema":               []any{map[string]any{"AttributeName": "key", "KeyType": "HASH"}},
			"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
		},
	}}}, "Table", "answers")
	table := New(config(moto.URL), "answers")
	if entry, err := table.Get(t.Context(), "a"); entry != nil || err != nil {
		t.Errorf("before: %v %v", entry, err)
	}
	want := answers.Entry{Body: []byte(`{"answer":"“So.”"}`), Stored: time.Unix(1700000000, 0), Expires: time.Unix(1700003600, 0)}
	if err := table.Put(t.Context(), "a", want); err != nil {
		t.Fatal(err)
	}
	got, err := table.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Error(diff)
	}
	if entry, err := table.Get(t.Context(), "b"); entry != nil || err != nil {
		t.Errorf("under another key: %v %v", entry, err)
	}
}

func TestFaults(t *testing.T) {
	calls, status, body := 0, 0, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	defer server.Close()
	table := New(config(server.URL), "answers")
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"throttled":    {400, `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}`, "reading an answer"},
		"broken":       {500, `{"__type":"InternalServerError"}`, "reading an answer"},
		"no body":      {200, `{"Item":{"key":{"S":"a"},"stored":{"N":"1"},"expires":{"N":"2"}}}`, "not one of ours"},
		"no expiry":    {200, `{"Item":{"key":{"S":"a"},"body":{"S":"{}"},"stored":{"N":"1"}}}`, "not one of ours"},
		"no time":      {200, `{"Item":{"key":{"S":"a"},"body":{"S":"{}"},"expires":{"N":"1"}}}`, "not one of ours"},
		"another kind": {200, `{"Item":{"key":{"S":"a"},"body":{"S":"{}"},"stored":{"S":"1"},"expires":{"N":"2"}}}`, "not one of ours"},
	} {
		calls, status, body = 0, c.status, c.body
		if entry, err := table.Get(t.Context(), "a"); entry != nil || err == nil || !strings.Contains(err.Error(), c.want) || calls != 1 {
			t.Errorf("%s: %v %v after %d calls", name, entry, err, calls)
		}
	}
	calls, status, body = 0, 500, `{"__type":"InternalServerError"}`
	if err := table.Put(t.Context(), "a", answers.Entry{Body: []byte("{}")}); err == nil || !strings.Contains(err.Error(), "writing an answer") || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}
