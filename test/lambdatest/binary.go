package lambdatest

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"os"
	"testing"
)

// ReportBinary reports the size of a function's binary and of the zip that a
// deployment uploads.
func ReportBinary(b *testing.B, bootstrap string) {
	b.Helper()
	binary, err := os.ReadFile(bootstrap)
	if err != nil {
		b.Fatal(err)
	}
	var zipped bytes.Buffer
	archive := zip.NewWriter(&zipped)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	file, err := archive.Create("bootstrap")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := file.Write(binary); err != nil {
		b.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(binary))/1e6, "binary-MB")
	b.ReportMetric(float64(zipped.Len())/1e6, "zip-MB")
}
