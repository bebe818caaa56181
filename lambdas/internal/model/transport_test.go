package model

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// closedBody is the body of a request as AWS's SDK makes it, after the SDK has
// closed it: there is nothing left, which WriteTo calls an error.
type closedBody struct{ io.ReadCloser }

func (closedBody) Read([]byte) (int, error)         { return 0, io.EOF }
func (closedBody) WriteTo(io.Writer) (int64, error) { return 0, io.EOF }

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// The connection would be cut while the answer comes.
func TestBodyThatIsClosedEarly(t *testing.T) {
	ctx, _ := start(t.Context(), 1)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1", closedBody{io.NopCloser(strings.NewReader(""))})
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport{roundTrip(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body) // As net/http does once the body is written.
		return &http.Response{Body: http.NoBody}, err
	})}.RoundTrip(request)
	if err != nil {
		t.Fatalf("the end of the body is taken for a failure: %v", err)
	}
	_ = response.Body.Close()
}
