// Package genai is serverless as the front of generative AI. Callers reach a
// foundation model in two forms: at once, whole or piece by piece; or by a queue
// that decides how fast the model is called, and then the answer comes by polling,
// WebSocket or IoT Core.
//
//	client → API Gateway ┬→ answer, stream → model
//	                     └→ queue → work → model
//	client ← polling, WebSocket, IoT ← jobs
package genai

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/apiqueue"
	"refstack/constructs/gofunction"
	"refstack/constructs/iotreply"
	"refstack/constructs/modelendpoint"
	"refstack/constructs/modeljobs"
	"refstack/constructs/output"
	"refstack/constructs/pollingreply"
	"refstack/constructs/restapi"
	"refstack/constructs/table"
	"refstack/constructs/userpool"
	"refstack/constructs/websocketreply"
)

// Props configure the GenAi stack.
type Props struct {
	awscdk.StackProps

	// Production keeps the data when the stack is deleted, asks every user for a
	// second factor, and puts a firewall before the API. Defaults to deleting
	// everything with the stack.
	Production bool
	// Architecture is the processor that runs the functions. Defaults to arm64.
	Architecture awslambda.Architecture
	// AlarmEmail is told of alarms. Defaults to telling nobody.
	AlarmEmail string
	// AllowedOrigins are the web pages that may call the API, such as
	// https://app.example.com. Defaults to none: no CORS.
	AllowedOrigins []string
	// LogRole makes the account's role for API Gateway's logs; see
	// restapi.Props. Defaults to using the role that the account has.
	LogRole bool
	// UserPool and UserPoolClient issue the tokens of the callers. Default to a new
	// pool with a client.
	UserPool       awscognito.IUserPool
	UserPoolClient awscognito.IUserPoolClient
	// Model answers. Defaults to modelendpoint.Bedrock(nil).
	Model *modelendpoint.ModelEndpoint
	// MaxConcurrency is how many jobs the model does at once, from 2 to 1000.
	// Defaults to 5.
	MaxConcurrency int
	// JobDeadline is how long after it was accepted a job may begin. Defaults to 1
	// hour.
	JobDeadline time.Duration
	// WebSocket and IoT tell callers of their jobs as soon as they end. Default to
	// polling, which is always there.
	WebSocket, IoT bool
	// CacheFor is how long the answer to a request is given again without asking
	// the model; to anybody who asks the same, unless the task is personal. From 1
	// second to 24 hours. Defaults to no cache: a model that is asked again says
	// something else, which is often what is wanted.
	CacheFor time.Duration
	// MonthlyBudget, in US dollars, tells AlarmEmail when Amazon Bedrock costs the
	// account 80 % of it, or is forecast to cost more. Defaults to no budget.
	MonthlyBudget int
}

// GenAi is the stack, and the parts that a user may want to tune.
type GenAi struct {
	Stack          awscdk.Stack
	Api            *restapi.RestApi
	UserPool       awscognito.IUserPool
	UserPoolClient awscognito.IUserPoolClient
	// Answer answers at once, Stream piece by piece.
	Answer, Stream *gofunction.GoFunction
	Jobs           *modeljobs.ModelJobs
	Intake         *apiqueue.ApiQueue
	Polling        *pollingreply.PollingReply
	// WebSocket and IoT are nil where they were not asked for.
	WebSocket *websocketreply.WebSocketReply
	IoT       *iotreply.IotReply
	// Cache is nil without CacheFor.
	Cache  *table.Table
	Alarms *alarmtopic.AlarmTopic
}

// New makes the GenAi stack. Props may be nil.
func New(scope constructs.Construct, id string, props *Props) *GenAi {
	p := props.withDefaults()
	stack := awscdk.NewStack(scope, jsii.String(id), &p.StackProps)
	g := &GenAi{Stack: stack, Alarms: alarmtopic.New(stack, "Alarms", &alarmtopic.Props{Email: p.AlarmEmail})}

	g.addUsers(p)
	g.Api = restapi.New(stack, "Rest", &restapi.Props{
		Description:      "Questions to a foundation model",
		UserPool:         g.UserPool,
		AllowedOrigins:   p.AllowedOrigins,
		RatePerSecond:    20, // Of a model, whose every call costs.
		Burst:            40,
		UsagePlan:        &restapi.UsagePlan{RequestsPerDay: 50_000}, // Polls are requests, too.
		Firewall:         p.Production,
		LogRole:          p.LogRole,
		MaxLatencyMillis: 240_000, // Streams are slow by nature, and are counted with the others.
		AlarmTopic:       g.Alarms.Topic,
		Retain:           p.Production,
	})

	// At once.
	g.Answer = g.newFunction(p, "Answer", "lambdas/genai/answer", "Answers at once", 28*time.Second)
	p.Model.GrantGenerate(g.Answer)
	g.addCache(p)
	g.Stream = g.newFunction(p, "Stream", "lambdas/genai/stream", "Answers piece by piece", 5*time.Minute)
	p.Model.GrantStream(g.Stream)

	// By a queue.
	g.Jobs = modeljobs.New(stack, "Jobs", &modeljobs.Props{
		Model: p.Model, MaxConcurrency: p.MaxConcurrency, Deadline: p.JobDeadline,
		Architecture: p.Architecture, AlarmTopic: g.Alarms.Topic, Retain: p.Production,
	})
	g.Intake = apiqueue.New(stack, "Intake", &apiqueue.Props{Api: g.Api, Queue: g.Jobs.Queue.Queue})

	for _, t := range readTasks() {
		g.Api.Method("POST", t.path(), g.Answer.Function, &restapi.MethodProps{Model: t.Input})
		g.Api.Method("POST", t.path()+"/stream", g.Stream.Function, &restapi.MethodProps{Model: t.Input, Stream: true})
		g.Intake.Accept(t.path()+"/jobs", &apiqueue.AcceptProps{Model: t.Input, Attributes: map[string]string{"task": t.name}})
	}
	g.addReplies(p)
	g.addBudget(p)
	g.addOutputs()
	return g
}

// addUsers makes who may call, unless they were brought.
func (g *GenAi) addUsers(p Props) {
	g.UserPool, g.UserPoolClient = p.UserPool, p.UserPoolClient
	if g.UserPool == nil {
		users := userpool.New(g.Stack, "Users", &userpool.Props{Production: p.Production})
		g.UserPool, g.UserPoolClient = users.UserPool, users.Client
	}
}

func (g *GenAi) newFunction(p Props, id, entry, description string, timeout time.Duration) *gofunction.GoFunction {
	return gofunction.New(g.Stack, id, &gofunction.Props{
		Entry: entry, Description: description, MemoryMiB: 512, Timeout: timeout,
		Architecture: p.Architecture, AlarmTopic: g.Alarms.Topic, Retain: p.Production,
		Environment: map[string]string{"ALLOWED_ORIGINS": strings.Join(p.AllowedOrigins, ",")},
	})
}

// addCache has Answer remember what the model said.
func (g *GenAi) addCache(p Props) {
	if p.CacheFor == 0 {
		return
	}
	g.Cache = table.New(g.Stack, "Cache", &table.Props{
		PartitionKey: "key", TimeToLive: "expires", AlarmTopic: g.Alarms.Topic, Retain: p.Production,
	})
	g.Answer.Function.AddEnvironment(jsii.String("CACHE_TABLE"), g.Cache.Table.TableName(), nil)
	g.Answer.Function.AddEnvironment(jsii.String("CACHE_TTL"), jsii.String(p.CacheFor.String()), nil)
	g.Answer.Role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("dynamodb:GetItem", "dynamodb:PutItem"), Resources: &[]*string{g.Cache.Table.TableArn()},
	}))
}

// addReplies makes the ways in which callers learn of their jobs.
func (g *GenAi) addReplies(p Props) {
	g.Polling = pollingreply.New(g.Stack, "Polling", &pollingreply.Props{
		Api: g.Api, Jobs: g.Jobs, Architecture: p.Architecture, AlarmTopic: g.Alarms.Topic, Retain: p.Production,
	})
	if p.WebSocket {
		g.WebSocket = websocketreply.New(g.Stack, "WebSocket", &websocketreply.Props{
			Jobs: g.Jobs, UserPool: g.UserPool, Client: g.UserPoolClient, JobsPath: *g.Api.URL("/jobs"),
			Architecture: p.Architecture, AlarmTopic: g.Alarms.Topic, Retain: p.Production,
		})
		if p.LogRole {
			// API Gateway refuses a stage with logs until the account has the role,
			// which the API's own stage waits for.
			g.WebSocket.Stage.Node().AddDependency(g.Api.Api.DeploymentStage())
		}
	}
	if p.IoT {
		g.IoT = iotreply.New(g.Stack, "IoT", &iotreply.Props{
			Jobs: g.Jobs, UserPool: g.UserPool, Client: g.UserPoolClient, JobsPath: *g.Api.URL("/jobs"),
			Architecture: p.Architecture, AlarmTopic: g.Alarms.Topic, Retain: p.Production,
		})
	}
}

func (g *GenAi) addOutputs() {
	output.New(g.Stack, "Url", g.Api.URL(""), "The API: POST qa, content, summary, and each with /stream or /jobs")
	output.New(g.Stack, "ApiKeyId", g.Api.ApiKey.KeyId(), "The ID of the first API key: aws apigateway get-api-key --include-value tells the key")
	output.New(g.Stack, "UserPoolId", g.UserPool.UserPoolId(), "Callers are users of this pool")
	output.New(g.Stack, "UserPoolClientId", g.UserPoolClient.UserPoolClientId(), "Sign in with this client")
	if g.WebSocket != nil {
		output.New(g.Stack, "WebSocketUrl", g.WebSocket.Stage.Url(), "Connect here with a token, to be told of jobs")
	}
	if g.IoT != nil {
		output.New(g.Stack, "IotAuthorizer", g.IoT.Authorizer.Ref(), "The custom authorizer to name when connecting to IoT Core")
		output.New(g.Stack, "IotTopicPrefix", jsii.String(g.IoT.TopicPrefix), "A caller's topic is this, a slash and its sub")
	}
	output.New(g.Stack, "JobsTableName", g.Jobs.Table.Table.TableName(), "What became of jobs")
	output.New(g.Stack, "AlarmTopicArn", g.Alarms.Topic.TopicArn(), "Subscribe to this topic to be told of alarms")
}

func (p *Props) withDefaults() Props {
	var out Props
	if p != nil {
		out = *p
	}
	if out.Model == nil {
		out.Model = modelendpoint.Bedrock(nil)
	}
	if (out.UserPool == nil) != (out.UserPoolClient == nil) {
		panic("genai: UserPool and UserPoolClient belong together")
	}
	if out.CacheFor < 0 || out.CacheFor > 24*time.Hour || out.CacheFor%time.Second != 0 {
		panic("genai: CacheFor must be whole seconds up to 24h, got " + out.CacheFor.String())
	}
	if out.MonthlyBudget < 0 {
		panic("genai: MonthlyBudget must not be negative, got " + strconv.Itoa(out.MonthlyBudget))
	}
	if out.MonthlyBudget > 0 && out.AlarmEmail == "" {
		panic("genai: MonthlyBudget needs an AlarmEmail, which it tells")
	}
	return out
}
