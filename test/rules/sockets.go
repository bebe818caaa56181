package rules

import (
	"slices"
	"strings"
)

const (
	socketApiType        = "AWS::ApiGatewayV2::Api"
	socketAuthorizerType = "AWS::ApiGatewayV2::Authorizer"
	socketRouteType      = "AWS::ApiGatewayV2::Route"
	socketStageType      = "AWS::ApiGatewayV2::Stage"
)

func init() {
	register(
		Rule{
			Name:  "socket-authorization",
			Doc:   "A WebSocket API asks who connects, since it asks at $connect alone and never again: every other route relies on it (Amazon API Gateway, Controlling and managing access to a WebSocket API).",
			Types: []string{socketApiType, socketRouteType},
			Check: checkSocketAuthorization,
		},
		Rule{
			Name:  "socket-authorizer",
			Doc:   "Tokens for a WebSocket are checked by a function of the template that API Gateway may call, and none is in the query string, which is logged on the way (Amazon API Gateway, Creating a Lambda REQUEST authorizer function; RFC 9700).",
			Types: []string{socketAuthorizerType},
			Check: checkSocketAuthorizer,
		},
		Rule{
			Name:  "socket-route",
			Doc:   "A route calls a function of the template, and may: without the permission every message fails (Amazon API Gateway, Setting up a WebSocket API integration request).",
			Types: []string{socketRouteType, "AWS::ApiGatewayV2::Integration"},
			Check: checkSocketRoute,
		},
		Rule{
			Name:  "socket-connections",
			Doc:   "A role that sends to the connections of a WebSocket API does so at a stage of the template, and does nothing else with APIs (Amazon API Gateway, Use IAM authorization: permissions for the @connections API).",
			Types: identities,
			Check: checkConnections,
		},
		Rule{
			Name:  "socket-log-level",
			Doc:   "API Gateway logs the errors of a WebSocket API, and not each message (AWS Security Hub, APIGateway.1).",
			Types: []string{socketStageType},
			Check: checkSocketLogs,
		},
	)
}

func checkSocketAuthorization(t *Template, r *Resource, fault Fault) {
	if r.Type == socketApiType {
		if kind := r.text("ProtocolType"); kind != "WEBSOCKET" {
			fault("ProtocolType is %q: only WebSocket APIs have rules yet", kind)
		}
		if t.connectRoute(r) == nil {
			fault("has no route $connect: anybody may connect")
		}
		return
	}
	switch api := t.apiOf(r); {
	case api == nil || api.Type != socketApiType:
		fault("ApiId must be an API of the template")
	case r.text("RouteKey") == "$connect" && !t.asksWhoCalls(r):
		fault("AuthorizationType is %q: anybody may connect", r.text("AuthorizationType"))
	case r.text("RouteKey") != "$connect" && r.text("RouteKey") != "$disconnect" && !t.asksWhoCalls(t.connectRoute(api)):
		fault("takes messages of anybody, since $connect does not ask who connects")
	}
}

// connectRoute is the route at which an API asks who connects, or nil.
func (t *Template) connectRoute(api *Resource) *Resource {
	for _, route := range t.partsOf(api, socketRouteType) {
		if route.text("RouteKey") == "$connect" {
			return route
		}
	}
	return nil
}

// asksWhoCalls tells whether a route asks for a signature, or an authorizer of its
// API.
func (t *Template) asksWhoCalls(route *Resource) bool {
	if route == nil {
		return false
	}
	switch authorizer := t.target(route.get("AuthorizerId")); route.text("AuthorizationType") {
	case "AWS_IAM":
		return true
	case "CUSTOM":
		return authorizer != nil && authorizer.Type == socketAuthorizerType && t.apiOf(authorizer) == t.apiOf(route)
	default:
		return false
	}
}

func checkSocketAuthorizer(t *Template, r *Resource, fault Fault) {
	if kind := r.text("AuthorizerType"); kind != "REQUEST" {
		fault("AuthorizerType is %q: it must be REQUEST", kind)
	}
	for _, source := range texts(r.get("IdentitySource")) {
		if strings.Contains(source, "querystring") {
			fault("IdentitySource holds %s: a token in a query string is logged on the way", source)
		}
	}
	function, api := t.functionIn(r.get("AuthorizerUri")), t.apiOf(r)
	if function == nil || api == nil {
		fault("AuthorizerUri must be a function, and ApiId an API, of the template")
	} else if !t.gatewayMay(function, api, func(pattern string) bool { return matches(pattern, "/authorizers/<"+r.ID+">") }) {
		fault("no permission of %s admits it", function.ID)
	}
}

func checkSocketRoute(t *Template, r *Resource, fault Fault) {
	if r.Type != socketRouteType {
		if kind := r.text("IntegrationType"); kind != "AWS_PROXY" || t.functionIn(r.get("IntegrationUri")) == nil {
			fault("IntegrationType is %q: only calls of functions of the template have rules yet", kind)
		}
		return
	}
	called, api := t.mentioned(r.get("Target")), t.apiOf(r)
	if len(called) != 1 || t.apiOf(called[0]) != api || api == nil {
		fault("Target must be an integration of its API")
		return
	}
	function := t.functionIn(called[0].get("IntegrationUri"))
	admitted := function != nil && t.gatewayMay(function, api, func(pattern string) bool {
		return slices.ContainsFunc(t.partsOf(api, socketStageType), func(stage *Resource) bool {
			return matches(pattern, "/"+stage.text("StageName")+"/"+r.text("RouteKey"))
		})
	})
	if function != nil && !admitted {
		fault("no permission of %s admits %s", function.ID, r.text("RouteKey"))
	}
}

// functionIn is the function of the template in the URI by which API Gateway calls
// it, or nil.
func (t *Template) functionIn(uri any) *Resource {
	for _, r := range t.mentioned(uri) {
		if r.Type == functionType {
			return r
		}
	}
	return nil
}

func checkConnections(t *Template, r *Resource, fault Fault) {
	if slices.ContainsFunc(t.of(pipeType), func(pipe *Resource) bool { return t.target(pipe.get("RoleArn")) == r }) {
		return // It calls the API that its pipe fills, which pipe-grants holds.
	}
	for _, s := range r.identityPolicy() {
		for _, action := range s.actions {
			if s.effect != "Allow" || !strings.HasPrefix(strings.ToLower(action), "execute-api:") {
				continue
			}
			if action != "execute-api:ManageConnections" {
				fault("allows %s", action)
			}
			for _, resource := range s.resources {
				if !slices.ContainsFunc(t.of(socketStageType), func(stage *Resource) bool {
					return strings.HasSuffix(resource, ":"+stage.text("ApiId")+"/"+stage.text("StageName")+"/POST/@connections/*")
				}) {
					fault("allows %s on %s, which are not the connections of a stage", action, resource)
				}
			}
		}
	}
}

func checkSocketLogs(t *Template, r *Resource, fault Fault) {
	for _, s := range settingsOf(r) {
		if level := s.text("LoggingLevel"); level != "ERROR" {
			fault("LoggingLevel of %s is %q: it must be ERROR", s.scope, level)
		}
	}
}
