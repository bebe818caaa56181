package test

import (
	"testing"
	"time"

	"refstack/test/lambdatest"
	"refstack/test/photos"
)

// BenchmarkResize tells of the resize function: the size of its binary and of
// its zip, the time from its start to its first request for an event, and time,
// CPU and memory for a 12-megapixel photograph, S3's stand-in included in the
// time.
func BenchmarkResize(b *testing.B) {
	var init time.Duration
	for range 10 {
		init += startResizing(b, nil).function.InitDuration() / 10
	}
	r, photo := startResizing(b, nil), photos.TwelveMegapixels()
	work := func() { r.succeed(r.put(time.Now().String(), photo).message) }
	work()
	before := r.function.CPU()
	for b.Loop() {
		work()
	}
	template := templateOf(b, "Thumbnailer")
	lambdatest.ReportBinary(b, bootstrap(b, template, template.ID("AWS::Lambda::Function", "Resize")))
	b.ReportMetric(float64(init.Microseconds())/1000, "init-ms")
	b.ReportMetric(float64((r.function.CPU()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(r.function.PeakRSS())/(1<<20), "peak-MiB")
}
