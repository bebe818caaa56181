package apigw

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The API that the events seem to come from.
const (
	accountID  = "123456789012"
	apiID      = "a1b2c3d4e5"
	domain     = apiID + ".execute-api.us-east-1.amazonaws.com"
	resourceID = "r1s2t3"
	issuer     = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE"
	clientID   = "1example23456789"
)

// event is payload format 1.0. Pointers, maps and any are null where API Gateway
// sends null.
type event struct {
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  requestContext      `json:"requestContext"`
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID         string         `json:"accountId"`
	APIID             string         `json:"apiId"`
	Authorizer        *authorizer    `json:"authorizer,omitempty"`
	DomainName        string         `json:"domainName"`
	DomainPrefix      string         `json:"domainPrefix"`
	ExtendedRequestID string         `json:"extendedRequestId"`
	HTTPMethod        string         `json:"httpMethod"`
	Identity          map[string]any `json:"identity"`
	Path              string         `json:"path"`
	Protocol          string         `json:"protocol"`
	RequestID         string         `json:"requestId"`
	RequestTime       string         `json:"requestTime"`
	RequestTimeEpoch  int64          `json:"requestTimeEpoch"`
	ResourceID        string         `json:"resourceId"`
	ResourcePath      string         `json:"resourcePath"`
	Stage             string         `json:"stage"`
}

type authorizer struct {
	Claims map[string]string `json:"claims"`
}

// callerless are the parts of an identity that only AWS credentials, API keys
// and Cognito identity pools fill.
var callerless = []string{
	"accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
	"cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn",
}

// dropped are the headers that end at API Gateway.
var dropped = []string{
	"Connection", "Content-Length", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade",
}

// Refusal is an answer that API Gateway gives without asking the function.
type Refusal struct {
	Status int
	// Type is in the header x-amzn-ErrorType.
	Type    string
	Message string
}

func (r *Refusal) Error() string { return fmt.Sprintf("apigw: %d %s: %s", r.Status, r.Type, r.Message) }

// NewEvent returns the event that API Gateway makes of a request, which it reads
// to its end. The error is a *Refusal where the function is not asked.
func NewEvent(r *http.Request, opts *Options) ([]byte, error) {
	return newEvent(r, opts.withDefaults())
}

func newEvent(r *http.Request, o *Options) ([]byte, error) {
	if headerSize(r) > MaxHeaders {
		return nil, &Refusal{http.StatusRequestHeaderFieldsTooLarge, "RequestHeaderSectionTooLargeException", "Request Header Fields Too Large"}
	}
	path := r.URL.EscapedPath()
	resource, parameters, ok := route(o.Resources, r.Method, path)
	if !ok {
		return nil, &Refusal{http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token"}
	}
	now, id := o.Now(), o.RequestID()
	e := event{
		Resource:       resource,
		Path:           path,
		HTTPMethod:     r.Method,
		PathParameters: parameters,
		StageVariables: o.StageVariables,
		RequestContext: requestContext{
			AccountID: accountID, APIID: apiID, DomainName: domain, DomainPrefix: apiID,
			ExtendedRequestID: extendedRequestID(id), HTTPMethod: r.Method, Identity: identity(r),
			Path: "/" + o.Stage + path, Protocol: "HTTP/1.1", RequestID: id,
			RequestTime: now.UTC().Format("02/Jan/2006:15:04:05 -0700"), RequestTimeEpoch: now.UnixMilli(),
			ResourceID: resourceID, ResourcePath: resource, Stage: o.Stage,
		},
	}
	if o.Claims != nil {
		claims := o.Claims(r)
		if claims == nil {
			return nil, &Refusal{http.StatusUnauthorized, "UnauthorizedException", "Unauthorized"}
		}
		e.RequestContext.Authorizer = &authorizer{allClaims(claims, now)}
	}
	e.Headers, e.MultiValueHeaders = headers(r)
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &Refusal{http.StatusBadRequest, "BadRequestException", "Bad Request"}
	}
	if len(query) > 0 {
		e.QueryStringParameters, e.MultiValueQueryStringParameters = lasts(query), query
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		text := strings.ToValidUTF8(string(body), "\uFFFD")
		if o.isBinary(r.Header.Get("Content-Type")) {
			text, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
		}
		e.Body = &text
	}
	return json.Marshal(e)
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("apigw: body: %w", err)
	}
	if len(body) > MaxBody {
		_, _ = io.Copy(io.Discard, r.Body) // A caller that still sends would miss the answer.
		return nil, &Refusal{http.StatusRequestEntityTooLarge, "RequestTooLargeException", "Request Too Long"}
	}
	return body, nil
}

// headerSize is what the quota counts: the request line, and names and values.
func headerSize(r *http.Request) int {
	size := len(r.Method) + len(r.URL.RequestURI()) + len(" HTTP/1.1") + 1 + len("Host") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}

// headers are those of the request and what API Gateway adds to them.
func headers(r *http.Request) (single map[string]string, multi map[string][]string) {
	multi = map[string][]string{}
	for name, values := range r.Header {
		if !slices.Contains(dropped, name) {
			multi[name] = values
		}
	}
	forwarded := sourceIP(r)
	if before := r.Header.Get("X-Forwarded-For"); before != "" {
		forwarded = before + ", " + forwarded
	}
	multi["Host"] = []string{domain}
	multi["X-Amzn-Trace-Id"] = []string{fmt.Sprintf("Root=1-%08x-%x", time.Now().Unix(), random(12))}
	multi["X-Forwarded-For"] = []string{forwarded}
	multi["X-Forwarded-Port"] = []string{"443"}
	multi["X-Forwarded-Proto"] = []string{"https"}
	return lasts(multi), multi
}

// lasts is what the maps with one value have of those with several.
func lasts(multi map[string][]string) map[string]string {
	single := make(map[string]string, len(multi))
	for name, values := range multi {
		single[name] = values[len(values)-1]
	}
	return single
}

func identity(r *http.Request) map[string]any {
	all := map[string]any{"sourceIp": sourceIP(r), "userAgent": nil}
	if agent := r.UserAgent(); agent != "" {
		all["userAgent"] = agent
	}
	for _, name := range callerless {
		all[name] = nil
	}
	return all
}

// sourceIP is an address for documentation where the request came by no network.
func sourceIP(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return "192.0.2.1"
}

// allClaims are those of an ID token of a user pool. API Gateway writes all of
// them as strings, and some times as Java does.
func allClaims(claims map[string]string, now time.Time) map[string]string {
	issued := now.UTC().Truncate(time.Second)
	all := map[string]string{
		"aud":              clientID,
		"auth_time":        fmt.Sprint(issued.Unix()),
		"cognito:username": claims["sub"],
		"exp":              issued.Add(time.Hour).Format(time.UnixDate),
		"iat":              issued.Format(time.UnixDate),
		"iss":              issuer,
		"token_use":        "id",
	}
	maps.Copy(all, claims)
	return all
}

func extendedRequestID(id string) string {
	return base64.StdEncoding.EncodeToString([]byte(id)[:min(10, len(id))])
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func uuid() string {
	b := random(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
