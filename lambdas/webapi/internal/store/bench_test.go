//go:build unix

package store_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/webapi/internal/store"
)

// The function's own time: everything but the network, with DynamoDB's answers
// decoded by the SDK.
func benchmark(b *testing.B, target, answer string) {
	client := dynamo.NewClient(aws.Config{
		Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", ""),
	}, func(o *dynamodb.Options) { o.HTTPClient = always(answer) })
	h := apiOf(b, store.New(client, table))
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		if w := send(h, "GET", target, ""); w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// processorTime is what Lambda has a function pay for, garbage collection included.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// always is a DynamoDB that has one answer.
type always string

func (a always) Do(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(strings.NewReader(string(a))), ContentLength: int64(len(a)),
	}, nil
}

func storedItem(n int) string {
	return fmt.Sprintf(`{"owner":{"S":"alice"},"item":{"S":"item#019ab000-%04x-7000-8000-000000000000"},"name":{"S":"item %d"},"note":{"S":"`+strings.Repeat("note ", 20)+
		`"},"tags":{"L":[{"S":"one"},{"S":"two"},{"S":"three"}]},"version":{"N":"3"},"createdAt":{"S":"2026-11-23T08:00:00.12Z"},"updatedAt":{"S":"2026-11-23T09:00:00.345Z"},"mark":{"S":"ABCDEFGHIJKLMNOPQRSTUVWXYZ"}}`, n, n)
}

func BenchmarkGet(b *testing.B) {
	benchmark(b, "/items/019ab000-0001-7000-8000-000000000000", `{"Item":`+storedItem(1)+`}`)
}

func BenchmarkPageOf25(b *testing.B) {
	all := storedItem(0)
	for n := range 25 {
		all += "," + storedItem(n+1)
	}
	benchmark(b, "/items", `{"Items":[`+all+`],"Count":26}`)
}
