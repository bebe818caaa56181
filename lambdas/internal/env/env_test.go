package env

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func of(values map[string]string) *Reader {
	return Read(func(name string) string { return values[name] })
}

func TestReader(t *testing.T) {
	r := of(map[string]string{
		"TABLE": "jobs", "DEADLINE": "1h30m", "QUEUE": "https://sqs.us-east-1.amazonaws.com/1/jobs/", "IDS": "a, b,,", "SIZE": "1024",
	})
	got := []any{r.Text("TABLE"), r.Duration("DEADLINE"), r.URL("QUEUE"), r.List("IDS"), r.List("NONE"), r.Number("SIZE", 1024)}
	want := []any{"jobs", 90 * time.Minute, "https://sqs.us-east-1.amazonaws.com/1/jobs", []string{"a", "b"}, []string(nil), int64(1024)}
	if diff := cmp.Diff(want, got); diff != "" || r.Err() != nil {
		t.Errorf("%v %s", r.Err(), diff)
	}
}

func TestReaderKeepsTheFirstError(t *testing.T) {
	for name, read := range map[string]func(*Reader){
		"":        func(r *Reader) { r.Text("V") },
		"1023":    func(r *Reader) { r.Number("V", 1024) },
		"64k":     func(r *Reader) { r.Number("V", 1) },
		"1.5":     func(r *Reader) { r.Number("V", 1) },
		"1":       func(r *Reader) { r.Duration("V") },
		"-1s":     func(r *Reader) { r.Duration("V") },
		"0s":      func(r *Reader) { r.Duration("V") },
		"jobs":    func(r *Reader) { r.URL("V") },
		"ftp://x": func(r *Reader) { r.URL("V") },
		"https:/": func(r *Reader) { r.URL("V") },
	} {
		r := of(map[string]string{"V": name})
		read(r)
		r.Text("LATER")
		if r.Err() == nil || !strings.HasPrefix(r.Err().Error(), "V ") {
			t.Errorf("%q: %v", name, r.Err())
		}
	}
}
