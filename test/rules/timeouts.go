package rules

import (
	"slices"
	"strings"
)

func init() {
	register(
		Rule{
			Name:  "method-timeout",
			Doc:   "API Gateway waits for a function as long as that may take: a caller who was told of a timeout tries again, while the first try goes on and costs (Amazon API Gateway, Quotas for configuring and running a REST API).",
			Types: []string{methodType},
			Check: checkMethodTimeout,
		},
		Rule{
			Name:  "method-streaming",
			Doc:   "An answer is streamed by an API that is not at the edge, where 30 seconds of silence end it, and by the call of Lambda that streams (Amazon API Gateway, Stream the integration response for your proxy integrations).",
			Types: []string{methodType},
			Check: checkStreaming,
		},
	)
}

// longestStream is the longest time for a streamed answer, in milliseconds.
const longestStream = 15 * 60_000

func checkMethodTimeout(t *Template, r *Resource, fault Fault) {
	timeout := r.number("Integration.TimeoutInMillis", longestLatency)
	if streams(r) && (timeout < 50 || timeout > longestStream) {
		fault("TimeoutInMillis must be from 50 to %d", longestStream)
	}
	if function := t.functionIn(r.get("Integration.Uri")); function != nil && function.number("Timeout", 3)*1000 > timeout {
		fault("waits for %v ms, and %s may take %v s", timeout, function.ID, function.number("Timeout", 3))
	}
}

// streams tells of a method whose answer goes to the caller as it is made.
func streams(method *Resource) bool {
	return method.text("Integration.ResponseTransferMode") == "STREAM"
}

func checkStreaming(t *Template, r *Resource, fault Fault) {
	calls := strings.HasSuffix(r.text("Integration.Uri"), "/response-streaming-invocations")
	if calls != streams(r) {
		fault("ResponseTransferMode is %q, and its function is called by %s", r.text("Integration.ResponseTransferMode"), r.text("Integration.Uri"))
	}
	if !streams(r) {
		return
	}
	if kind := r.text("Integration.Type"); kind != "AWS_PROXY" && kind != "HTTP_PROXY" {
		fault("an integration of type %s cannot stream", kind)
	}
	api := t.apiOf(r)
	if api != nil && !slices.Equal(texts(api.get("EndpointConfiguration.Types")), []string{"REGIONAL"}) {
		fault("streams from %s, which is not REGIONAL", api.ID)
	}
}
