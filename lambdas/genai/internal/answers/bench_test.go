package answers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"refstack/lambdas/internal/model"
	"refstack/test/apigw"
	"refstack/test/lambdatest"
	"refstack/test/modeltest"
)

// question is the event of a question to the stream function.
func question(b *testing.B) []byte {
	r := httptest.NewRequest(http.MethodPost, "/qa/stream", strings.NewReader(`{"question":"Why is the sky blue?"}`))
	r.Header.Set("Content-Type", "application/json")
	event, err := apigw.NewEvent(r, &apigw.Options{Resources: []string{"/qa/stream"}, Claims: apigw.Caller("alice")})
	if err != nil {
		b.Fatal(err)
	}
	return event
}

// BenchmarkFirstText compares the time to the first text through the function,
// over the Runtime API, with that of the endpoint alone, called the same way.
func BenchmarkFirstText(b *testing.B) {
	for _, protocol := range modeltest.Protocols {
		b.Run(protocol, func(b *testing.B) {
			endpoint := modeltest.Start(b, func(modeltest.Call) modeltest.Reply { return modeltest.Reply{Delay: 20 * time.Millisecond} })
			f := start(b, "stream", endpoint, protocol, lambdatest.Options{MemoryMiB: 256})
			event := question(b)
			env := endpoint.Environment(protocol)
			config, err := model.ConfigFromEnv(func(name string) string { return env[name] })
			if err != nil {
				b.Fatal(err)
			}
			direct, err := model.Open(config, aws.Config{Region: "eu-west-1", BaseEndpoint: &endpoint.URL,
				Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "test", "")})
			if err != nil {
				b.Fatal(err)
			}
			var through, alone []time.Duration
			for b.Loop() {
				begin := time.Now()
				first := true
				if err := f.InvokeHTTP(b.Context(), event, func(int, http.Header) io.Writer {
					return writer(func(p []byte) (int, error) {
						if first {
							through, first = append(through, time.Since(begin)), false
						}
						return len(p), nil
					})
				}); err != nil {
					b.Fatal(err)
				}
				begin, first = time.Now(), true
				if _, err := direct.Stream(context.Background(), model.Request{Instructions: "Answer.", Text: "Why is the sky blue?", MaxTokens: 1024}, func(string) error {
					if first {
						alone, first = append(alone, time.Since(begin)), false
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
			slices.Sort(through)
			slices.Sort(alone)
			b.ReportMetric(float64(through[len(through)/2].Microseconds())/1000, "ms-through")
			b.ReportMetric(float64(alone[len(alone)/2].Microseconds())/1000, "ms-alone")
			b.ReportMetric(float64((through[len(through)/2]-alone[len(alone)/2]).Microseconds())/1000, "ms-added")
			b.ReportMetric(float64(f.InitDuration().Microseconds())/1000, "ms-init")
			b.ReportMetric(0, "ns/op")
		})
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// BenchmarkStream streams short answers, and such as go on until the model's
// client ends them at 256 KiB, each in a process of their own.
func BenchmarkStream(b *testing.B) {
	for name, reply := range map[string]modeltest.Reply{"short": {}, "256KiB": {Fault: modeltest.Babble}} {
		b.Run(name, func(b *testing.B) {
			endpoint := modeltest.Start(b, func(modeltest.Call) modeltest.Reply { return reply })
			f := start(b, "stream", endpoint, modeltest.Bedrock, lambdatest.Options{MemoryMiB: 256})
			event := question(b)
			bytes := 0
			for b.Loop() {
				if err := f.InvokeHTTP(b.Context(), event, func(int, http.Header) io.Writer {
					return writer(func(p []byte) (int, error) { bytes += len(p); return len(p), nil })
				}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(bytes)/1024/float64(b.N), "KiB/op")
			b.ReportMetric(float64(f.PeakRSS())/(1<<20), "MiB-peak")
		})
	}
}
