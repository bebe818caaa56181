package restapi

import (
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"
)

// problem is what API Gateway answers itself, before any function is called.
type problem struct {
	response awsapigateway.ResponseType
	status   int
	name     string // The end of the problem's type.
	title    string
	// detail is a JSON value: API Gateway fills in variables and does nothing
	// else, so that the text of a validation error, with quotes of its own,
	// would spoil the document.
	detail string
}

func problems() []problem {
	return []problem{
		{awsapigateway.ResponseType_UNAUTHORIZED(), 401, "unauthorized", "No valid token", `"Send a token of the user pool in the Authorization header."`},
		{awsapigateway.ResponseType_EXPIRED_TOKEN(), 401, "unauthorized", "Expired token", `"The token has expired: get a new one with the refresh token."`},
		{awsapigateway.ResponseType_ACCESS_DENIED(), 403, "forbidden", "Forbidden", `"The token does not allow this."`},
		{awsapigateway.ResponseType_INVALID_API_KEY(), 403, "invalid-api-key", "Invalid API key", `"Send a valid key in the x-api-key header."`},
		{awsapigateway.ResponseType_WAF_FILTERED(), 403, "filtered", "Filtered", `"The firewall refused the request."`},
		// API Gateway calls a path that it does not know a missing token.
		{awsapigateway.ResponseType_MISSING_AUTHENTICATION_TOKEN(), 404, "not-found", "Not found", `"There is nothing at this path and method."`},
		{awsapigateway.ResponseType_RESOURCE_NOT_FOUND(), 404, "not-found", "Not found", `"There is nothing at this path and method."`},
		{awsapigateway.ResponseType_BAD_REQUEST_BODY(), 400, "invalid-body", "Invalid body", "$context.error.messageString"},
		{awsapigateway.ResponseType_BAD_REQUEST_PARAMETERS(), 400, "invalid-parameters", "Invalid parameters", "$context.error.messageString"},
		{awsapigateway.ResponseType_REQUEST_TOO_LARGE(), 413, "body-too-large", "Body too large", `"API Gateway takes 10 MB at the most."`},
		{awsapigateway.ResponseType_UNSUPPORTED_MEDIA_TYPE(), 415, "unsupported-media-type", "Unsupported media type", `"Send application/json."`},
		{awsapigateway.ResponseType_THROTTLED(), 429, "throttled", "Too many requests", `"Try again, later each time."`},
		{awsapigateway.ResponseType_QUOTA_EXCEEDED(), 429, "quota-exceeded", "Quota exceeded", `"The usage plan of this key is used up."`},
		{awsapigateway.ResponseType_INTEGRATION_TIMEOUT(), 504, "timeout", "Timeout", `"The service took too long: try again."`},
		{awsapigateway.ResponseType_INTEGRATION_FAILURE(), 502, "unavailable", "Unavailable", `"The service did not answer: try again."`},
		{awsapigateway.ResponseType_DEFAULT_4XX(), 0, "bad-request", "Bad request", `"$context.error.responseType"`},
		{awsapigateway.ResponseType_DEFAULT_5XX(), 0, "unavailable", "Unavailable", `"The service cannot answer now: try again."`},
	}
}

// addProblems has API Gateway's own errors look like those of the functions
// behind it, and readable by the pages that may call the API.
func addProblems(api awsapigateway.RestApi, origins []string) {
	headers := map[string]*string{
		"Content-Type":           jsii.String("'application/problem+json'"),
		"Cache-Control":          jsii.String("'no-store'"),
		"X-Content-Type-Options": jsii.String("'nosniff'"),
	}
	if len(origins) > 0 {
		// A gateway response cannot choose among origins; the others see that
		// the call failed, and not why.
		headers["Access-Control-Allow-Origin"] = jsii.String("'" + origins[0] + "'")
		headers["Vary"] = jsii.String("'Origin'")
	}
	for _, p := range problems() {
		own := maps.Clone(headers)
		if p.status == http.StatusUnauthorized {
			own["WWW-Authenticate"] = jsii.String("'Bearer'")
		}
		options := &awsapigateway.GatewayResponseOptions{
			Type:            p.response,
			ResponseHeaders: &own,
			Templates:       &map[string]*string{"application/json": jsii.String(p.template())},
		}
		if p.status > 0 {
			options.StatusCode = jsii.String(fmt.Sprint(p.status))
		}
		id := strings.ReplaceAll(*p.response.ResponseType(), "_", "")
		api.AddGatewayResponse(jsii.String("Problem"+id), options)
	}
}

func (p problem) template() string {
	return Problem(p.status, p.name, p.title, p.detail, "")
}

// Problem is a mapping template for a problem document. The detail is a JSON value,
// or a variable that is one; errors are a JSON array, or "" for none. A status of 0
// is left out.
func Problem(status int, name, title, detail, errors string) string {
	text := fmt.Sprintf(`{"type":"urn:problem-type:%s","title":"%s",`, name, title)
	if status > 0 {
		text += fmt.Sprintf(`"status":%d,`, status)
	}
	text += `"detail":` + detail
	if errors != "" {
		text += `,"errors":` + errors
	}
	return text + `,"requestId":"$context.requestId"}`
}
