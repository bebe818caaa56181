// Package apigw puts an HTTP front before a function, as an API Gateway REST API
// with a Lambda proxy integration does: a test talks HTTP to the very binary that
// is deployed.
//
//	fn := lambdatest.Start(t, bootstrap, &lambdatest.Options{…})
//	api := httptest.NewServer(apigw.Handler(fn.Invoke, &apigw.Options{
//		Resources: []string{"/items", "/items/{id}"},
//		Claims:    apigw.Caller("user-1"),
//		Errorf:    t.Errorf,
//	}))
//	response, err := http.Get(api.URL + "/items/7")
//
// What is as in API Gateway: the event (payload format 1.0), the routes, the
// limits on requests and responses, which responses it refuses, the time that it
// waits, the headers that it renames and adds, and the errors that it answers
// itself, in their default form.
//
// What is not: request validation, CORS preflight, throttling, caching, WAF,
// custom gateway responses and base paths of custom domains are not played, and a
// token is not checked: the test says whose it is. The stage is not part of the
// URL, as behind a custom domain.
package apigw

import (
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// AWS's quotas for REST APIs.
const (
	// MaxBody is the most bytes of a request's or a response's body.
	MaxBody = 10 << 20
	// MaxHeaders is the most bytes of the request line and the headers together.
	MaxHeaders = 10240
	// MaxTimeout is how long API Gateway waits for the function, unless AWS has
	// raised that quota for a Region.
	MaxTimeout = 29 * time.Second
)

// Options tell how the API is configured. A nil *Options takes every default.
type Options struct {
	// Resources are the paths of the API, such as "/items/{id}" or "/{proxy+}",
	// for any method, or for one as in "GET /items". Defaults to "/" and
	// "/{proxy+}".
	Resources []string
	// Claims returns what the Cognito authorizer has found in the request's
	// token, and nil for a token that it refuses. Claims that every token has are
	// added. Defaults to methods without an authorizer.
	Claims func(*http.Request) map[string]string
	// Stage is the name of the stage. Defaults to "prod".
	Stage string
	// StageVariables are those of the stage. Defaults to none.
	StageVariables map[string]string
	// BinaryMediaTypes are the API's, such as "image/png" or "*/*". Bodies of
	// requests with such a content type go to the function in Base64, and bodies
	// that come in Base64 are decoded for a caller who accepts such a type first.
	// Defaults to none.
	BinaryMediaTypes []string
	// RequestID returns the ID of a request. Defaults to a random UUID for each.
	RequestID func() string
	// Timeout is that of the integration. Defaults to 29 seconds.
	Timeout time.Duration
	// Errorf is told why the API answered 502 or 504 for the function; pass
	// t.Errorf to fail the test. Defaults to telling nobody.
	Errorf func(format string, args ...any)
	// Now is the time of a request. Defaults to time.Now.
	Now func() time.Time
}

func (o *Options) withDefaults() *Options {
	var r Options
	if o != nil {
		r = *o
	}
	if len(r.Resources) == 0 {
		r.Resources = []string{"/", "/{proxy+}"}
	}
	if r.Stage == "" {
		r.Stage = "prod"
	}
	if r.RequestID == nil {
		r.RequestID = uuid
	}
	if r.Timeout == 0 {
		r.Timeout = MaxTimeout
	}
	if r.Errorf == nil {
		r.Errorf = func(string, ...any) {}
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	return &r
}

// Caller is for Options.Claims where every request is of one user.
func Caller(sub string) func(*http.Request) map[string]string {
	return func(*http.Request) map[string]string { return map[string]string{"sub": sub} }
}

// isBinary tells whether a media type is one of the API's binary ones.
func (o *Options) isBinary(mediaType string) bool {
	mediaType, _, _ = strings.Cut(mediaType, ",")
	if parsed, _, err := mime.ParseMediaType(mediaType); err == nil {
		mediaType = parsed
	}
	return slices.ContainsFunc(o.BinaryMediaTypes, func(binary string) bool {
		return binary == "*/*" || strings.EqualFold(binary, strings.TrimSpace(mediaType))
	})
}
