package lambdatest_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/test/lambdatest"
)

func TestInvokeHTTP(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	// The status comes before the body does, and each piece before the next one.
	path := filepath.Join(t.TempDir(), "go on")
	var pieces []string
	status, header := 0, http.Header(nil)
	err := f.InvokeHTTP(t.Context(), marshal(event{Do: "http", Text: path}), func(s int, h http.Header) io.Writer {
		status, header = s, h
		return writer(func(p []byte) (int, error) {
			pieces = append(pieces, string(p))
			return len(p), os.WriteFile(path, nil, 0o600)
		})
	})
	if err != nil || status != 418 || !slices.Equal(pieces, []string{"first\x00", "second"}) {
		t.Errorf("got %d %q, %v", status, pieces, err)
	}
	want := http.Header{"X-One": {"1"}, "X-Two": {"2", "two"}, "Set-Cookie": {"a=1", "b=2"}}
	if diff := cmp.Diff(want, header); diff != "" {
		t.Error(diff)
	}
}

func TestPreludesOfStreams(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	nulls := strings.Repeat("\x00", 8)
	for name, c := range map[string]struct{ raw, want, err string }{
		"a byte at a time":     {`{"statusCode":200}` + nulls + "body" + nulls + "more", "body" + nulls + "more", ""},
		"no body":              {`{"statusCode":204}` + nulls, "", ""},
		"seven nulls":          {`{"statusCode":200}` + nulls[1:] + "body", "", "before its delimiter"},
		"nothing":              {"", "", "before its delimiter"},
		"no JSON":              {"200" + `}` + nulls, "", "is no JSON"},
		"no status":            {`{"headers":{}}` + nulls, "", "has no status"},
		"status of none":       {`{"statusCode":600}` + nulls, "", "has no status"},
		"a large prelude":      {`{"statusCode":200}` + strings.Repeat(" ", 16000) + nulls, "", ""},
		"too large a prelude":  {`{"statusCode":200}` + strings.Repeat(" ", 17000) + nulls, "", "no delimiter in the first"},
		"headers of one value": {`{"statusCode":200,"headers":{"a":["b"]}}` + nulls, "", "is no JSON"},
	} {
		var body bytes.Buffer
		begun := 0
		err := f.InvokeHTTP(t.Context(), marshal(event{Do: "http raw", Text: c.raw}), func(int, http.Header) io.Writer {
			begun++
			return &body
		})
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) || body.String() != c.want || err == nil && begun != 1 {
			t.Errorf("%s: begun %d times, %q, %v", name, begun, &body, err)
		}
	}
	err := f.InvokeHTTP(t.Context(), marshal(event{Do: "echo", Text: "x"}), func(int, http.Header) io.Writer { return io.Discard })
	if err == nil || !strings.Contains(err.Error(), "content type") {
		t.Errorf("a response without a prelude: %v", err)
	}
}

func TestFaultsOfAnHTTPStream(t *testing.T) {
	f := lambdatest.Start(t, bootstrap(t), long)
	var body bytes.Buffer
	into := func(w io.Writer) func(int, http.Header) io.Writer {
		return func(int, http.Header) io.Writer { return w }
	}
	err := f.InvokeHTTP(t.Context(), marshal(event{Do: "http error", Text: "half of it"}), into(&body))
	var failure *lambdatest.InvokeError
	if !errors.As(err, &failure) || failure.Message != "the well is dry" || body.String() != "half of it" {
		t.Errorf("got %q, %v", &body, err)
	}

	// The error of the caller's writer, at either piece, where the function has none
	// of its own.
	full := errors.New("disk full")
	for _, room := range []int{0, 1} {
		path := filepath.Join(t.TempDir(), "go on")
		pieces := 0
		err = f.InvokeHTTP(t.Context(), marshal(event{Do: "http", Text: path}), into(writer(func(p []byte) (int, error) {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return 0, err
			}
			if pieces++; pieces > room {
				return 0, full
			}
			return len(p), nil
		})))
		if !errors.Is(err, full) {
			t.Errorf("with room for %d pieces: got %v", room, err)
		}
	}
	invoke(t, f, event{Do: "count"})
}
