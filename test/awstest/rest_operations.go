package awstest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
)

// connectionsPath ends with the API, the stage and the connection. In AWS the
// API is in the host; an endpoint of the tests has it before the stage.
var connectionsPath = regexp.MustCompile(`/([^/]+)/([^/]+)/@connections/([^/]+)$`)

// decodeConnections reads a request about a WebSocket.
func decodeConnections(r *request) operation {
	name := map[string]string{http.MethodPost: "PostToConnection", http.MethodGet: "GetConnection", http.MethodDelete: "DeleteConnection"}[r.Method]
	parts := connectionsPath.FindStringSubmatch(r.URL.EscapedPath())
	if name == "" || parts == nil {
		return operation{}
	}
	connection, err := url.PathUnescape(parts[3])
	if err != nil {
		return operation{}
	}
	return operation{
		name: name, actions: []string{"execute-api:ManageConnections"},
		resource: fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s/@connections/%s", r.region, AccountID, parts[1], parts[2], r.Method, connection),
	}
}

// topicsPath ends with a topic, whose slashes are escaped.
var topicsPath = regexp.MustCompile(`^/topics/([^/]+)$`)

// decodeIoT reads a request to publish to a topic.
func decodeIoT(r *request) operation {
	parts := topicsPath.FindStringSubmatch(r.URL.EscapedPath())
	if parts == nil || r.Method != http.MethodPost {
		return operation{}
	}
	topic, err := url.PathUnescape(parts[1])
	if err != nil {
		return operation{}
	}
	return operation{
		name: "Publish", actions: []string{"iot:Publish"},
		resource: fmt.Sprintf("arn:aws:iot:%s:%s:topic/%s", r.region, AccountID, topic),
	}
}
