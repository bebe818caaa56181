package awstest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Permission is one IAM action on one resource, by ARN. The resource is "*" for
// actions that AWS cannot limit to a resource.
type Permission struct {
	Action   string
	Resource string
}

func (p Permission) String() string { return p.Action + " on " + p.Resource }

// Call is one request of the AWS SDK, as the proxy saw it. A retry is a call of its own.
type Call struct {
	// Service is the signing name from the SigV4 credential scope, such as "s3".
	Service string
	// Operation is the API operation, such as "GetObject", or "Unknown:METHOD path"
	// for one that this package does not know, with the X-Amz-Target after it if
	// there is one.
	Operation string
	// Actions are the IAM actions that AWS evaluates on Resource.
	Actions []string
	// Resource is the ARN that the call is about; the key of an object is decoded.
	Resource string
	// Others are what the call needs on other resources, such as the source of a copy.
	Others []Permission
	// IfMissing is what it takes besides to learn that the resource does not
	// exist: without it AWS answers 403 where the stand-in answered 404.
	IfMissing []Permission
	// Context holds the IAM condition keys of the call, in lower case, each with
	// its values. Global keys need not be in it. A call on several tables has the
	// values of all of them.
	Context map[string][]string
	// Unsigned is true for a request without an AWS signature.
	Unsigned bool
	// Method, Path (escaped, with the query) and Header are those of the request.
	Method, Path string
	Header       http.Header
	// Status is the status that the caller got, and 0 while the call is under way
	// or when the connection was cut before an answer.
	Status int
}

func (c Call) String() string {
	s := fmt.Sprintf("%s %s (%s %s", c.Service, c.Operation, c.Method, c.Path)
	if c.Status != 0 {
		s += fmt.Sprintf(": %d", c.Status)
	}
	return s + ")"
}

func (c Call) permissions() []Permission {
	var all []Permission
	for _, action := range c.Actions {
		all = append(all, Permission{action, c.Resource})
	}
	all = append(all, c.Others...)
	return all
}

// service knows the protocol of one AWS service.
type service struct {
	// decode tells what a request asks for; an operation without a name is unknown.
	decode func(*request) operation
	// protocol is the form of the service's errors.
	protocol *protocol
	// conditionKeys are the service's own keys that decode can set, in lower case.
	conditionKeys []string
	// listKeys are those that have a list of values in a request.
	listKeys []string
}

// services has an entry for each signing name.
var services = map[string]service{
	"dynamodb": {
		decode:        decodeDynamoDB,
		protocol:      jsonProtocol("com.amazonaws.dynamodb.v20120810#"),
		conditionKeys: []string{dynamoDBLeadingKeys, dynamoDBAttributes, dynamoDBEnclosing},
		listKeys:      []string{dynamoDBLeadingKeys, dynamoDBAttributes},
	},
	"execute-api": {decode: decodeConnections, protocol: restJSON},
	"iotdata":     {decode: decodeIoT, protocol: restJSON},
	"s3":          {decode: decodeS3, protocol: restXML, conditionKeys: s3ConditionKeys},
	"sqs":         {decode: decodeSQS, protocol: jsonProtocol(sqsNamespace)},
}

// request is what a service decodes.
type request struct {
	*http.Request
	// region is the one that the request is signed for.
	region string
	// body reads the whole body, for protocols that name the resource there. It
	// is forwarded all the same.
	body func() ([]byte, error)
}

// operation is what a service found in a request.
type operation struct {
	name      string
	actions   []string
	resource  string
	others    []Permission
	ifMissing []Permission
	context   map[string][]string
}

// credentialScope reads Region and service from the request's signature, which
// is in a header or, for a presigned URL, in the query.
func credentialScope(header http.Header, query url.Values) (region, service string, ok bool) {
	credential := query.Get("X-Amz-Credential")
	if auth := header.Get("Authorization"); strings.HasPrefix(auth, "AWS4-") {
		_, rest, _ := strings.Cut(auth, "Credential=")
		credential, _, _ = strings.Cut(rest, ",")
	}
	// KEY/DATE/REGION/SERVICE/aws4_request
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != "aws4_request" || scope[3] == "" {
		return "", "", false
	}
	return scope[2], scope[3], true
}

func decode(r *request) Call {
	call := Call{Method: r.Method, Path: r.RequestURI, Header: r.Header.Clone()}
	var op operation
	region, name, signed := credentialScope(r.Header, r.URL.Query())
	call.Service, call.Unsigned, r.region = name, !signed, region
	if svc, ok := services[name]; ok {
		op = svc.decode(r)
	}
	call.Operation = op.name
	if op.name == "" {
		call.Operation = strings.TrimSpace("Unknown:" + r.Method + " " + r.URL.Path + " " + r.Header.Get(targetHeader))
		return call
	}
	call.Actions, call.Resource, call.Others = op.actions, op.resource, op.others
	call.IfMissing, call.Context = op.ifMissing, op.context
	return call
}
