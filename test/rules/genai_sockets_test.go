package rules

const (
	restStage        = "Rest/Api/DeploymentStage.v1"
	socketApi        = "WebSocket/Api"
	socketAuthorizer = "WebSocket/Api/Authorizer"
	connect          = "WebSocket/Api/$connect-Route"
	disconnect       = "WebSocket/Api/$disconnect-Route"
	mayConnect       = "WebSocket/Api/$connect-Route/Connect-Permission"
	mayAuthorize     = "WebSocket/Api/GenAiWebSocketApiAuthorizerDD664E3F-Permission"
	socketStage      = "WebSocket/Stage"
)

// route adds a route for messages, which calls the function that connects.
func (m *mutable) route(id string) {
	m.add(id, socketRouteType, obj{
		"ApiId": m.ref(socketApi), "RouteKey": "ask", "AuthorizationType": "NONE",
		"Target": obj{"Fn::Sub": "integrations/${" + m.id(connect+"/Connect") + "}"},
	})
	m.Copy("AskPermission", mayConnect)
	m.set("AskPermission", "Properties SourceArn", obj{"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${" + m.id(socketApi) + "}/*/ask"})
}

var socketMutants = []mutant{
	one("socket-authorization", connect, "Properties AuthorizationType", "NONE"),
	one("socket-authorization", connect, "Properties AuthorizationType", gone),
	one("socket-authorization", connect, "Properties AuthorizerId", gone),
	one("socket-authorization", connect, "Properties AuthorizerId", "abc123"),
	one("socket-authorization", socketApi, "Properties ProtocolType", "HTTP"),
	{
		name:  "an authorizer that is none",
		plant: func(m *mutable) { m.set(connect, "Properties AuthorizerId", m.ref(disconnect)) },
		want:  []string{"socket-authorization " + connect},
	},
	{
		name:  "nobody asks who connects",
		plant: func(m *mutable) { delete(m.resources(), m.id(connect)) },
		want:  []string{"socket-authorization " + socketApi},
	},
	{
		name: "nobody asks who connects and sends",
		plant: func(m *mutable) {
			m.route("Ask")
			delete(m.resources(), m.id(connect))
		},
		want: []string{"socket-authorization " + socketApi, "socket-authorization Ask"},
	},
	{
		name: "anybody connects and sends",
		plant: func(m *mutable) {
			m.route("Ask")
			m.set(connect, "Properties AuthorizationType", "NONE")
		},
		want: []string{"socket-authorization " + connect, "socket-authorization Ask"},
	},
	{
		name:  "a route of another API",
		plant: func(m *mutable) { m.set(disconnect, "Properties ApiId", "another") },
		want:  []string{"socket-authorization " + disconnect, "socket-route " + disconnect},
	},

	one("socket-authorizer", socketAuthorizer, "Properties AuthorizerType", "JWT"),
	one("socket-authorizer", socketAuthorizer, "Properties IdentitySource", []any{"route.request.querystring.token"}),
	one("socket-authorizer", socketAuthorizer, "Properties AuthorizerUri", "arn:aws:lambda:eu-west-1:111122223333:function:another"),
	one("socket-authorizer", mayAuthorize, "Properties SourceArn", obj{"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:another/authorizers/abc"}).elsewhere(socketAuthorizer),
	one("socket-authorizer", mayAuthorize, "Properties Action", "lambda:GetFunction").elsewhere(socketAuthorizer),
	one("socket-authorizer", mayAuthorize, "Properties SourceArn", gone).elsewhere(socketAuthorizer).And("service-principals " + mayAuthorize),
	{
		name: "an authorizer that may be called for a route alone",
		plant: func(m *mutable) {
			m.set(mayAuthorize, "Properties SourceArn", m.resource(mayConnect)["Properties"].(obj)["SourceArn"])
		},
		want: []string{"socket-authorizer " + socketAuthorizer},
	},

	one("socket-route", connect, "Properties Target", "integrations/abc"),
	one("socket-route", connect+"/Connect", "Properties ApiId", "another").elsewhere(connect),
	one("socket-route", connect+"/Connect", "Properties IntegrationType", "HTTP_PROXY"),
	one("socket-route", connect+"/Connect", "Properties IntegrationUri", "https://example.com"),
	one("socket-route", mayConnect, "Properties SourceArn", gone).elsewhere(connect).And("service-principals " + mayConnect),
	one("socket-route", mayConnect, "Properties Principal", "events.amazonaws.com").elsewhere(connect).And("failure-destination WebSocket/Connect/Function"),
	{
		name: "a permission for another route",
		plant: func(m *mutable) {
			m.set(mayConnect, "Properties SourceArn", m.resource("WebSocket/Api/$disconnect-Route/Disconnect-Permission")["Properties"].(obj)["SourceArn"])
		},
		want: []string{"socket-route " + connect},
	},

	one("socket-connections", pushPolicy, "Properties PolicyDocument Statement execute-api:ManageConnections Resource", "arn:aws:execute-api:eu-west-1:111122223333:*/v1/POST/@connections/*"),
	one("socket-connections", pushPolicy, "Properties PolicyDocument Statement execute-api:ManageConnections Action", "execute-api:Manage*"),
	one("socket-connections", socketStage, "Properties StageName", "v2").elsewhere(pushPolicy).And("stage-execution-logs " + socketStage),

	one("stage-access-logs", socketStage, "Properties AccessLogSettings", gone),
	one("stage-access-logs", socketStage, "Properties AccessLogSettings Format", "$context.requestId"),
	one("stage-access-logs", socketStage, "Properties AccessLogSettings Format", `{"id":"$context.requestId","user":"$context.authorizer.owner"}`),
	one("stage-access-logs", socketStage, "Properties AccessLogSettings Format", `{"id":"$context.requestId","token":"$request.querystring.token"}`),
	one("stage-access-logs", socketStage, "Properties AccessLogSettings Format", `{"route":"$context.routeKey"}`),
	one("stage-execution-logs", socketStage, "DependsOn", gone).And("stage-log-role " + socketStage),
	one("stage-execution-logs", "WebSocket/ExecutionLogs", "Properties LogGroupName", gone).elsewhere(socketStage),
	one("stage-execution-logs", "WebSocket/ExecutionLogs", "Properties LogGroupName", "/aws/apigateway/abc/v1").elsewhere(socketStage).And("no-physical-names WebSocket/ExecutionLogs"),
	{
		name: "a stage that does not wait for the role of its logs",
		plant: func(m *mutable) {
			m.set(socketStage, "DependsOn", []any{m.id("WebSocket/ExecutionLogs")})
		},
		want: []string{"stage-log-role " + socketStage},
	},
	{
		name: "stages that wait for each other, and not for the role of their logs",
		plant: func(m *mutable) {
			m.set(restStage, "DependsOn", []any{m.id("Rest/ExecutionLogs"), m.id(socketStage)})
		},
		want: []string{"stage-log-role " + restStage, "stage-log-role " + socketStage},
	},
	one("stage-data-trace", socketStage, "Properties DefaultRouteSettings DataTraceEnabled", true),
	one("stage-data-trace", socketStage, "Properties RouteSettings", obj{"$connect": obj{
		"DataTraceEnabled": true, "LoggingLevel": "ERROR", "ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1.0,
	}}),
	one("stage-throttling", socketStage, "Properties DefaultRouteSettings ThrottlingRateLimit", gone),
	one("stage-throttling", socketStage, "Properties DefaultRouteSettings ThrottlingBurstLimit", 0.0),
	one("stage-throttling", socketStage, "Properties RouteSettings", obj{"$connect": obj{"LoggingLevel": "ERROR", "ThrottlingRateLimit": 1.0}}),
	one("stage-throttling", socketStage, "Properties DefaultRouteSettings", gone),
	one("socket-log-level", socketStage, "Properties DefaultRouteSettings LoggingLevel", "INFO"),
	one("socket-log-level", socketStage, "Properties DefaultRouteSettings LoggingLevel", gone),
	one("no-physical-names", "WebSocket/AccessLogs", "Properties LogGroupName", "/aws/apigateway/jobs"),
}
