package apigw

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// MalformedError tells why API Gateway answers 502 to what a function returned.
type MalformedError struct {
	Reason string
	// Payload is the start of what the function returned.
	Payload string
}

func (e *MalformedError) Error() string {
	return fmt.Sprintf("apigw: malformed Lambda proxy response: %s: %s", e.Reason, e.Payload)
}

// proxyResponse is what a function may return. A field that is not here makes
// the response malformed, and so does one of another type.
type proxyResponse struct {
	StatusCode        *int                `json:"statusCode"`
	Headers           map[string]*string  `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Body              *string             `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// remapped are the headers of a response that API Gateway renames, because it
// sets them itself.
var remapped = []string{
	"Authorization", "Connection", "Content-Length", "Date", "Expect", "Host", "Proxy-Authenticate", "Server", "Te",
	"Trailer", "Transfer-Encoding", "Upgrade", "Www-Authenticate",
}

// headerName is what HTTP allows for one.
var headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

// NewResponse returns what API Gateway answers to the request when the function
// has returned the payload. The error is a *MalformedError where it answers 502.
func NewResponse(r *http.Request, payload []byte, opts *Options) (*http.Response, error) {
	return newResponse(r, payload, opts.withDefaults())
}

func newResponse(r *http.Request, payload []byte, o *Options) (*http.Response, error) {
	malformed := func(format string, args ...any) (*http.Response, error) {
		return nil, &MalformedError{Reason: fmt.Sprintf(format, args...), Payload: fmt.Sprintf("%.200q", payload)}
	}
	var p proxyResponse
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if !bytes.HasPrefix(bytes.TrimSpace(payload), []byte("{")) {
		return malformed("not an object")
	}
	if err := decoder.Decode(&p); err != nil {
		return malformed("%v", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return malformed("more than one value")
	}
	switch {
	case p.StatusCode == nil:
		return malformed("no statusCode")
	case *p.StatusCode < 200 || *p.StatusCode > 599:
		return malformed("statusCode %d", *p.StatusCode)
	}
	var body []byte
	if p.Body != nil {
		body = []byte(*p.Body)
	}
	if p.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(string(body))
		if err != nil {
			return malformed("body: %v", err)
		}
		// To whoever accepts no binary type first, API Gateway sends the Base64.
		if o.isBinary(r.Header.Get("Accept")) {
			body = decoded
		}
	}
	if len(body) > MaxBody {
		return malformed("body of %d bytes", len(body))
	}
	header, size := p.header(), 0
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(value)
			if !headerName.MatchString(name) || strings.ContainsAny(value, "\r\n\x00") {
				return malformed("header %q: %q", name, value)
			}
		}
	}
	if size > MaxHeaders {
		return malformed("%d bytes of headers", size)
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	return respond(r, *p.StatusCode, header, body), nil
}

// header merges the two maps as the documentation says: a pair that is in both
// counts once.
func (p *proxyResponse) header() http.Header {
	merged := http.Header{}
	add := func(name, value string) {
		canonical := http.CanonicalHeaderKey(name)
		if slices.Contains(remapped, canonical) {
			canonical = "X-Amzn-Remapped-" + canonical
		}
		if !slices.Contains(merged[canonical], value) {
			merged[canonical] = append(merged[canonical], value)
		}
	}
	for name, value := range p.Headers {
		if value != nil {
			add(name, *value)
		}
	}
	for name, values := range p.MultiValueHeaders {
		for _, value := range values {
			add(name, value)
		}
	}
	return merged
}

// refuse is an answer of API Gateway's own.
func refuse(r *http.Request, status int, typ, message string) *http.Response {
	text, _ := json.Marshal(map[string]string{"message": message}) // Strings never fail.
	return respond(r, status, http.Header{"Content-Type": {"application/json"}, "X-Amzn-Errortype": {typ}}, text)
}

func respond(r *http.Request, status int, header http.Header, body []byte) *http.Response {
	return &http.Response{
		Status:     strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status))),
		StatusCode: status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}
}
