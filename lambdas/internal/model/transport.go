package model

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// dialTimeout is how long a connection may take to come about. It is part of
// the time of an answer, and a host that is silent for this long will not speak.
const dialTimeout = 5 * time.Second

// attempt is what the transport sees of one call, told to it through the
// context.
type attempt struct {
	sent   atomic.Bool  // the request may have reached the endpoint
	unread atomic.Int64 // how many bytes may come before the next sign of sense
}

type attemptKey struct{}

// newClient makes the HTTP client of all protocols from what AWS's configuration
// has, as that knows of a CA bundle. Redirects are not followed: a prompt goes
// where the stack said, or nowhere.
func newClient(configured aws.HTTPClient) *http.Client {
	buildable, ok := configured.(*awshttp.BuildableClient)
	if !ok {
		buildable = awshttp.NewBuildableClient()
	}
	return &http.Client{
		Transport: transport{buildable.
			WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
			WithTransportOptions(func(t *http.Transport) {
				t.TLSHandshakeTimeout = dialTimeout
				t.MaxIdleConnsPerHost = t.MaxIdleConns
			}).GetTransport()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// transport tells an attempt whether its request was sent, and bounds what is
// read for it: SDKs read an answer, or one event of it, into memory whole.
type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	a, ok := request.Context().Value(attemptKey{}).(*attempt)
	if !ok {
		return t.base.RoundTrip(request)
	}
	traced := httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		WroteHeaders: func() { a.sent.Store(true) },
	})
	request = request.WithContext(traced)
	if request.Body != nil {
		request.Body = onlyReader{request.Body}
	}
	response, err := t.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	response.Body = &boundedBody{response.Body, a}
	return response, nil
}

// onlyReader hides the WriteTo of a request's body. AWS's SDK closes the body when
// the response has begun, and its WriteTo then fails with io.EOF; the transport,
// which may not be done with the body yet, would take that for a failure and cut
// the connection in the middle of the response.
type onlyReader struct{ io.ReadCloser }

var errTooLarge = errors.New("the answer, or one piece of it, is far too large")

type boundedBody struct {
	io.ReadCloser
	attempt *attempt
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.attempt.unread.Add(int64(-n)) < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// start begins an attempt that may read so many bytes.
func start(ctx context.Context, bytes int) (context.Context, *attempt) {
	a := new(attempt)
	a.unread.Store(int64(bytes))
	return context.WithValue(ctx, attemptKey{}, a), a
}
