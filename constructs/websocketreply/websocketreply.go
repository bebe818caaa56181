// Package websocketreply sends what became of a job to every WebSocket of its
// owner: a browser is told at once, and need not ask again and again.
//
//	client ⇄ WebSocket API (token at $connect) → connections ┐
//	jobs' stream → push → client                             ┘
//
// Its functions are those of this repository, below lambdas/genai: authorize reads the
// environment variables TOKEN_ISSUER and TOKEN_AUDIENCE, connect CONNECTIONS_TABLE, and
// push CONNECTIONS_TABLE, CONNECTIONS_ENDPOINT and JOBS_PATH.
package websocketreply

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2authorizers"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
	"refstack/constructs/loggroup"
	"refstack/constructs/modeljobs"
	"refstack/constructs/nag"
	"refstack/constructs/table"
	"refstack/constructs/userpool"
)

// Props configure a WebSocketReply.
type Props struct {
	// Jobs are those that clients are told of. Required.
	Jobs *modeljobs.ModelJobs
	// UserPool and Client issue the tokens of the callers. Required.
	UserPool awscognito.IUserPool
	Client   awscognito.IUserPoolClient
	// JobsPath is where jobs are polled, for an answer that is too long to be sent: a
	// path, or better the whole URL before the job's ID. Defaults to /jobs.
	JobsPath string
	// RatePerSecond and Burst bound the new connections and messages of all clients
	// together. Default to 100 a second, and 200 at once.
	RatePerSecond, Burst int
	// Architecture is the processor of the functions. Defaults to arm64.
	Architecture awslambda.Architecture
	// AlarmTopic is told when a part fails. Defaults to alarms that tell nobody.
	AlarmTopic awssns.ITopic
	// Retain keeps tables and logs when the stack is deleted. Defaults to deleting
	// them with it.
	Retain bool
}

// WebSocketReply sends what became of jobs.
type WebSocketReply struct {
	Construct   constructs.Construct
	Api         awsapigatewayv2.WebSocketApi
	Stage       awsapigatewayv2.WebSocketStage
	Connections *table.Table
	// Authorize checks tokens, Connect keeps the table of connections, Push sends.
	Authorize, Connect, Push *gofunction.GoFunction
}

// New makes a WebSocketReply.
func New(scope constructs.Construct, id string, props *Props) *WebSocketReply {
	p := props.withDefaults()
	this := constructs.NewConstruct(scope, jsii.String(id))
	stack := awscdk.Stack_Of(this)
	w := &WebSocketReply{Construct: this}

	w.Connections = table.New(this, "Connections", &table.Props{
		PartitionKey: "owner", SortKey: "connection", TimeToLive: "expires", AlarmTopic: p.AlarmTopic, Retain: p.Retain,
	})
	function := func(id, entry, description string, timeout time.Duration, environment map[string]string, tableActions ...string) *gofunction.GoFunction {
		f := gofunction.New(this, id, &gofunction.Props{
			Entry: entry, Description: description, MemoryMiB: 256, Timeout: timeout, Environment: environment,
			Architecture: p.Architecture, AlarmTopic: p.AlarmTopic, Retain: p.Retain,
		})
		if len(tableActions) > 0 {
			f.Role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Actions: jsii.Strings(tableActions...), Resources: &[]*string{w.Connections.Table.TableArn()},
			}))
		}
		return f
	}
	w.Authorize = function("Authorize", "lambdas/genai/authorize", "Checks the token of a client that connects", 5*time.Second,
		userpool.TokenEnvironment(p.UserPool, p.Client))
	w.Connect = function("Connect", "lambdas/genai/connect", "Remembers who is connected", 10*time.Second,
		map[string]string{"CONNECTIONS_TABLE": *w.Connections.Table.TableName()}, "dynamodb:PutItem", "dynamodb:DeleteItem")

	remember := func(id string) awsapigatewayv2.WebSocketRouteIntegration {
		return awsapigatewayv2integrations.NewWebSocketLambdaIntegration(jsii.String(id), w.Connect.Function, nil)
	}
	// Without identity sources: the token may come in either of two headers.
	authorizer := awsapigatewayv2authorizers.NewWebSocketLambdaAuthorizer(jsii.String("Authorizer"), w.Authorize.Function,
		&awsapigatewayv2authorizers.WebSocketLambdaAuthorizerProps{IdentitySource: &[]*string{}})
	w.Api = awsapigatewayv2.NewWebSocketApi(this, jsii.String("Api"), &awsapigatewayv2.WebSocketApiProps{
		ApiName:                this.Node().Path(), // Required by the service, and no name that must be unique.
		Description:            jsii.String("What became of jobs"),
		ConnectRouteOptions:    &awsapigatewayv2.WebSocketRouteOptions{Integration: remember("Connect"), Authorizer: authorizer},
		DisconnectRouteOptions: &awsapigatewayv2.WebSocketRouteOptions{Integration: remember("Disconnect")},
	})
	nag.Suppress(w.Api.Node().FindChild(jsii.String("$disconnect-Route")), nag.Suppression{
		Rule:   "AwsSolutions-APIG4",
		Reason: "API Gateway asks for authorization when a client connects, and at no other route.",
	})
	w.Stage = newStage(this, w.Api, p)

	w.Push = function("Push", "lambdas/genai/push", "Sends what became of a job to its owner", 30*time.Second, map[string]string{
		"CONNECTIONS_TABLE":    *w.Connections.Table.TableName(),
		"CONNECTIONS_ENDPOINT": *w.Stage.CallbackUrl(),
		"JOBS_PATH":            p.JobsPath,
	}, "dynamodb:Query", "dynamodb:DeleteItem")
	connections := stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("execute-api"), Resource: w.Api.ApiId(),
		ResourceName: jsii.String(*w.Stage.StageName() + "/POST/@connections/*"),
	})
	w.Push.Role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("execute-api:ManageConnections"), Resources: &[]*string{connections},
	}))
	nag.Suppress(w.Push.Role.Node().FindChild(jsii.String("DefaultPolicy")), nag.Suppression{
		Rule:      "AwsSolutions-IAM5",
		Reason:    "Connections come and go, and each has an ARN of its own: the function sends to those of this stage.",
		AppliesTo: []string{`/^Resource::arn:.+:execute-api:.+\/POST\/@connections\/\*$/`},
	})
	p.Jobs.Table.Consume("Push", w.Push.Function, &table.ConsumerProps{Filter: modeljobs.Ended()})
	return w
}

// accessLogFormat has neither tokens nor query strings.
const accessLogFormat = `{"requestId":"$context.requestId","time":"$context.requestTime","ip":"$context.identity.sourceIp",` +
	`"event":"$context.eventType","route":"$context.routeKey","status":"$context.status","connectionId":"$context.connectionId",` +
	`"error":"$context.error.responseType","authorizerError":"$context.authorizer.error",` +
	`"integrationStatus":"$context.integration.status","integrationMs":"$context.integration.latency"}`

const stageName = "v1"

func newStage(scope constructs.Construct, api awsapigatewayv2.WebSocketApi, p Props) awsapigatewayv2.WebSocketStage {
	logs := loggroup.New(scope, "AccessLogs", p.Retain)
	stage := awsapigatewayv2.NewWebSocketStage(scope, jsii.String("Stage"), &awsapigatewayv2.WebSocketStageProps{
		WebSocketApi: api,
		StageName:    jsii.String(stageName),
		AutoDeploy:   jsii.Bool(true),
		Throttle: &awsapigatewayv2.ThrottleSettings{
			RateLimit: jsii.Number(p.RatePerSecond), BurstLimit: jsii.Number(p.Burst),
		},
	})
	l1 := stage.Node().DefaultChild().(awsapigatewayv2.CfnStage)
	l1.SetAccessLogSettings(&awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
		DestinationArn: logs.LogGroupArn(), Format: jsii.String(accessLogFormat),
	})
	l1.AddPropertyOverride(jsii.String("DefaultRouteSettings.LoggingLevel"), "ERROR")
	l1.AddPropertyOverride(jsii.String("DefaultRouteSettings.DataTraceEnabled"), false) // It would log bodies and tokens.
	// API Gateway writes its own errors into a group of this name. It would make one
	// that keeps them for ever, and leave it behind when the stack is deleted.
	errors := loggroup.New(scope, "ExecutionLogs", p.Retain)
	errors.Node().DefaultChild().(awslogs.CfnLogGroup).SetLogGroupName(jsii.String("/aws/apigateway/" + *api.ApiId() + "/" + stageName))
	stage.Node().AddDependency(errors)
	return stage
}

func (props *Props) withDefaults() Props {
	if props == nil || props.Jobs == nil || props.UserPool == nil || props.Client == nil {
		panic("websocketreply: Jobs, UserPool and Client are required")
	}
	p := *props
	if p.JobsPath == "" {
		p.JobsPath = "/jobs"
	}
	if p.RatePerSecond == 0 {
		p.RatePerSecond = 100
	}
	if p.Burst == 0 {
		p.Burst = 200
	}
	if p.RatePerSecond < 1 || p.Burst < 1 {
		panic(fmt.Sprintf("websocketreply: RatePerSecond and Burst must be at least 1, got %d and %d", p.RatePerSecond, p.Burst))
	}
	return p
}
