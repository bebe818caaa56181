package apiqueue

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/restapi"
)

// The templates are Velocity's, and stand on one line each: a line break in the
// form that SQS reads would be part of a value.

// headers finds the request's headers, whose names HTTP/2 sends in lower case and
// other clients as they like.
const headers = `#set($key = $context.requestId)#set($origin = "")` +
	`#foreach($name in $input.params().header.keySet())` +
	`#if($name.toLowerCase() == "idempotency-key")#set($key = $input.params().header.get($name))#end` +
	`#if($name.toLowerCase() == "origin")#set($origin = $input.params().header.get($name))#end` +
	`#end`

// identity makes the id of the work out of when, who, and the key.
const identity = `#set($time = "$context.requestTimeEpoch")#set($sub = $context.authorizer.claims.sub)` +
	`#set($id = "${time.substring(0, 5)}-${sub.substring(0, 8)}-$key")`

// badKey is true of a key that could not be a part of a URL and of the table's key.
// Between single quotes a $ is just that; between double ones it begins a reference.
const badKey = `$key == "" || $key.replaceAll('^[A-Za-z0-9_-]{1,64}$', "") != ""`

// refusal is no action of SQS. A request template cannot answer by itself, so a
// bad key becomes a request that SQS refuses, and the answer to that tells why.
const refusal = "RefuseIdempotencyKey"

var plain = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// requestTemplate makes a request of SQS out of the caller's. What the caller
// wrote is the body alone, and escaped; nothing of it can become a parameter.
func requestTemplate(attributes map[string]string) string {
	type attribute struct{ name, value string }
	all := []attribute{
		{"owner", "$util.urlEncode($sub)"},
		{"id", "$util.urlEncode($id)"},
		{"accepted", "$time"},
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if !plain.MatchString(name) || !plain.MatchString(attributes[name]) {
			panic(fmt.Sprintf("apiqueue: Attributes must be letters, digits, hyphens and underscores, got %q: %q", name, attributes[name]))
		}
		if slices.ContainsFunc(all, func(a attribute) bool { return a.name == name }) {
			panic("apiqueue: Attributes must not have " + name + ", which every message has")
		}
		all = append(all, attribute{name, attributes[name]})
	}
	// Messages of one caller are a group: SQS serves the others first where one has
	// sent very many (a fair queue).
	send := "Action=SendMessage&Version=2012-11-05&MessageGroupId=$util.urlEncode($sub)&MessageBody=$util.urlEncode($input.body)"
	for i, a := range all {
		prefix := fmt.Sprintf("&MessageAttribute.%d.", i+1)
		send += prefix + "Name=" + a.name + prefix + "Value.DataType=String" + prefix + "Value.StringValue=" + a.value
	}
	return headers + identity + "#if(" + badKey + ")Action=" + refusal + "#{else}" + send + "#end"
}

// answer is what API Gateway makes of one of SQS.
type answer struct {
	status      string
	selection   *string // The status of SQS; nil for any other.
	contentType string
	headers     map[string]string
	template    string
}

func (q *ApiQueue) answers(path string) []answer {
	// Relative, so that it holds behind a custom domain as well as behind a stage.
	location := strings.Repeat("../", strings.Count(path, "/")-1) + strings.TrimPrefix(q.props.StatusPath, "/") + "/"
	cors := headers + q.props.Api.CORSTemplate()
	const problem = "application/problem+json"
	return []answer{
		{"202", jsii.String("200"), "application/json", map[string]string{"Cache-Control": "no-store"}, cors + identity +
			`#set($context.responseOverride.header.Location = "` + location + `$id")` +
			`{"id":"$id","status":"queued"}`},
		{"400", jsii.String("400"), problem, map[string]string{"Cache-Control": "no-store"}, cors +
			`#set($code = $input.path('$.Error.Code'))` +
			`#if($code == "InvalidAction")` + restapi.Problem(400, "invalid-parameters", "Invalid parameters",
			`"The Idempotency-Key is not valid."`, `[{"detail":"must have 1 to 64 characters of A-Z, a-z, 0-9, _ and -","header":"Idempotency-Key"}]`) +
			`#elseif($code == "InvalidParameterValue")#set($context.responseOverride.status = 413)` + restapi.Problem(413, "body-too-large", "Body too large",
			`"The queue takes 1 MiB at the most."`, "") +
			`#{else}` + restapi.Problem(400, "invalid-body", "Invalid body",
			`"The body has a character that the queue does not take."`, "") + `#end`},
		{"503", nil, problem, map[string]string{"Cache-Control": "no-store", "Retry-After": "5"}, cors +
			restapi.Problem(503, "unavailable", "Unavailable", `"The queue cannot be reached now: try again."`, "")},
	}
}
