package lambdatest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

const (
	// httpContentType says that a streamed response begins with a prelude: status
	// and headers in JSON, and then the delimiter. The rest is the body.
	httpContentType = "application/vnd.awslambda.http-integration-response"
	// MaxPreludeSize is the most bytes in which API Gateway looks for the delimiter.
	MaxPreludeSize = 16 << 10
)

var delimiter = make([]byte, 8)

// InvokeHTTP is InvokeWithResponseStream for a function behind an API whose
// integration has the response transfer mode STREAM. As soon as the function has
// told status and headers it calls begin with them, and then writes the body to
// what begin returns, piece by piece.
func (f *Function) InvokeHTTP(ctx context.Context, event []byte, begin func(status int, header http.Header) io.Writer) error {
	p := prelude{begin: begin}
	contentType, err := f.InvokeWithResponseStream(ctx, event, &p)
	switch {
	case err != nil:
		return err
	case contentType != httpContentType:
		return fmt.Errorf("lambdatest: the response's content type is %q, not %q", contentType, httpContentType)
	case p.body == nil:
		return errors.New("lambdatest: the response ended before its delimiter of 8 null bytes")
	}
	return nil
}

// prelude takes the status and the headers off a streamed response.
type prelude struct {
	begin func(status int, header http.Header) io.Writer
	read  []byte
	body  io.Writer // nil until the delimiter was read
}

// Write implements io.Writer.
func (p *prelude) Write(text []byte) (int, error) {
	if p.body != nil {
		return p.body.Write(text)
	}
	p.read = append(p.read, text...)
	// The bound is the same however the response was cut into pieces.
	head, _, found := bytes.Cut(p.read[:min(len(p.read), MaxPreludeSize)], delimiter)
	if !found {
		if len(p.read) >= MaxPreludeSize {
			return 0, fmt.Errorf("lambdatest: no delimiter in the first %d bytes of the response", MaxPreludeSize)
		}
		return len(text), nil
	}
	rest := p.read[len(head)+len(delimiter):]
	var wire struct {
		StatusCode        int                 `json:"statusCode"`
		Headers           map[string]string   `json:"headers"`
		MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
		Cookies           []string            `json:"cookies"`
	}
	if err := json.Unmarshal(head, &wire); err != nil || wire.StatusCode < 100 || wire.StatusCode > 599 {
		return 0, fmt.Errorf("lambdatest: the prelude %.200q has no status, or is no JSON: %v", head, err)
	}
	header := http.Header{}
	for name, value := range wire.Headers {
		header.Set(name, value)
	}
	for name, values := range wire.MultiValueHeaders {
		header[http.CanonicalHeaderKey(name)] = values
	}
	for _, cookie := range wire.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	p.read, p.body = nil, p.begin(wire.StatusCode, header)
	if len(rest) > 0 {
		if n, err := p.body.Write(rest); err != nil {
			return len(text) - len(rest) + n, err
		}
	}
	return len(text), nil
}
