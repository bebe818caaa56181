package model_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"refstack/lambdas/internal/model"
	"refstack/test/modeltest"
)

// BenchmarkFirstPiece measures how much later the first piece of text is here
// than for a bare HTTP client that reads the same stream, at the median.
func BenchmarkFirstPiece(b *testing.B) {
	for _, protocol := range modeltest.Protocols {
		b.Run(protocol, func(b *testing.B) {
			server := modeltest.Start(b, nil)
			endpoint := open(b, server, protocol, model.Limits{})
			through := func() {
				if _, err := endpoint.Stream(b.Context(), question("x"), func(string) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			through() // Opens the connection, and leaves the request to send again.
			bare := server.Calls()[0]

			var clients, bares []time.Duration
			for b.Loop() {
				bares = append(bares, firstByte(b, server, bare))
				begin := time.Now()
				var first time.Duration
				_, err := endpoint.Stream(b.Context(), question("x"), func(string) error {
					if first == 0 {
						first = time.Since(begin)
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
				clients = append(clients, first)
			}
			added := median(clients) - median(bares)
			b.ReportMetric(float64(added.Microseconds()), "µs-added")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// firstByte sends the request of call again, and measures until its first byte
// of an answer.
func firstByte(b *testing.B, server *modeltest.Server, call modeltest.Call) time.Duration {
	b.Helper()
	path := map[string]string{
		model.Bedrock:   "/model/" + call.Model + "/converse-stream",
		model.SageMaker: "/endpoints/" + call.Model + "/invocations-response-stream",
		model.HTTP:      "/v1/chat/completions",
	}[call.Protocol]
	begin := time.Now()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+path, bytes.NewReader(call.Body))
	if err != nil {
		b.Fatal(err)
	}
	request.Header = call.Header.Clone()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := response.Body.Read(make([]byte, 1)); err != nil || response.StatusCode != http.StatusOK {
		b.Fatal(response.Status, err)
	}
	first := time.Since(begin)
	_, _ = io.Copy(io.Discard, response.Body) // The connection is used again.
	return first
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkStream is a whole streamed answer of 100 KB.
func BenchmarkStream(b *testing.B) {
	text := string(bytes.Repeat([]byte("0123456789abcdef"), 100<<10/16))
	for _, protocol := range modeltest.Protocols {
		b.Run(protocol, func(b *testing.B) {
			server := modeltest.Start(b, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Text: text} })
			endpoint := open(b, server, protocol, model.Limits{})
			r := question("x")
			r.MaxTokens = len(text)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := endpoint.Stream(b.Context(), r, func(string) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
