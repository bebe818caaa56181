package model

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

// bothWays is the body that AWS's SDK sends: it has WriteTo.
type bothWays struct{ *bytes.Reader }

func (bothWays) Close() error { return nil }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The race itself, of net/http with an SDK that closes the body, takes a machine
// under load to see.
func TestBodiesAreOnlyRead(t *testing.T) {
	ctx, _ := start(t.Context(), 100)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1/", bothWays{bytes.NewReader([]byte("asked"))})
	if err != nil {
		t.Fatal(err)
	}
	sent := ""
	base := roundTrip(func(r *http.Request) (*http.Response, error) {
		if _, ok := r.Body.(io.WriterTo); ok {
			t.Error("the body still has WriteTo")
		}
		text, err := io.ReadAll(r.Body)
		sent = string(text)
		return &http.Response{Body: http.NoBody}, err
	})
	if _, err := (transport{base}).RoundTrip(request); err != nil || sent != "asked" {
		t.Errorf("sent %q, %v", sent, err)
	}
	without, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (transport{roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			t.Error("a body came from nowhere")
		}
		return &http.Response{Body: http.NoBody}, nil
	})}).RoundTrip(without); err != nil {
		t.Error(err)
	}
}
