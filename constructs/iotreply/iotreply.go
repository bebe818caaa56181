// Package iotreply sends what became of a job to its owner's topic of AWS IoT
// Core: one connection by MQTT, over WebSocket where it must, for many jobs, and
// no server of connections to keep. A client connects with its token, and can read
// its own topic only.
//
//	client ⇄ IoT Core (custom authorizer: token) — topic PREFIX/SUB
//	jobs' stream → publish ↗
//
// Its functions are those of this repository, below lambdas/genai: authorizeiot reads
// the environment variables TOKEN_ISSUER, TOKEN_AUDIENCE and TOPIC_PREFIX, and publish
// TOPIC_PREFIX and JOBS_PATH.
package iotreply

import (
	"regexp"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiot"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
	"refstack/constructs/modeljobs"
	"refstack/constructs/nag"
	"refstack/constructs/table"
	"refstack/constructs/userpool"
)

// Props configure an IotReply.
type Props struct {
	// Jobs are those that clients are told of. Required.
	Jobs *modeljobs.ModelJobs
	// UserPool and Client issue the tokens of the callers. Required.
	UserPool awscognito.IUserPool
	Client   awscognito.IUserPoolClient
	// TopicPrefix comes before the sub of a caller in the name of a topic: letters,
	// digits, hyphens, underscores and slashes. Defaults to the stack's name and
	// /jobs.
	TopicPrefix string
	// JobsPath is where jobs are polled, for an answer that is too long to be sent: a
	// path, or better the whole URL before the job's ID. Defaults to /jobs.
	JobsPath string
	// Architecture is the processor of the functions. Defaults to arm64.
	Architecture awslambda.Architecture
	// AlarmTopic is told when a part fails. Defaults to alarms that tell nobody.
	AlarmTopic awssns.ITopic
	// Retain keeps logs when the stack is deleted. Defaults to deleting them with
	// it.
	Retain bool
}

// IotReply sends what became of jobs.
type IotReply struct {
	Construct constructs.Construct
	// Authorizer is the one that clients name when they connect.
	Authorizer awsiot.CfnAuthorizer
	// TopicPrefix is that of the props, or the default.
	TopicPrefix string
	// Authorize checks tokens, Publish sends.
	Authorize, Publish *gofunction.GoFunction
}

// topicPrefix leaves out what MQTT and policies read as wildcards, and the $ of
// AWS's own topics.
var topicPrefix = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,5}$`)

// New makes an IotReply.
func New(scope constructs.Construct, id string, props *Props) *IotReply {
	if props == nil || props.Jobs == nil || props.UserPool == nil || props.Client == nil {
		panic("iotreply: Jobs, UserPool and Client are required")
	}
	p := *props
	this := constructs.NewConstruct(scope, jsii.String(id))
	stack := awscdk.Stack_Of(this)
	if p.TopicPrefix == "" {
		p.TopicPrefix = *stack.StackName() + "/jobs"
	}
	if p.JobsPath == "" {
		p.JobsPath = "/jobs"
	}
	if !topicPrefix.MatchString(p.TopicPrefix) {
		panic("iotreply: TopicPrefix must be up to 6 names between slashes, of letters, digits, hyphens and underscores, got " + p.TopicPrefix)
	}
	r := &IotReply{Construct: this, TopicPrefix: p.TopicPrefix}

	function := func(id, entry, description string, timeout time.Duration, environment map[string]string) *gofunction.GoFunction {
		environment["TOPIC_PREFIX"] = p.TopicPrefix
		return gofunction.New(this, id, &gofunction.Props{
			Entry: entry, Description: description, MemoryMiB: 256, Timeout: timeout, Environment: environment,
			Architecture: p.Architecture, AlarmTopic: p.AlarmTopic, Retain: p.Retain,
		})
	}
	// IoT Core waits for 5 seconds.
	r.Authorize = function("Authorize", "lambdas/genai/authorizeiot", "Checks the token of a client that connects", 5*time.Second,
		userpool.TokenEnvironment(p.UserPool, p.Client))
	r.Authorizer = awsiot.NewCfnAuthorizer(this, jsii.String("Authorizer"), &awsiot.CfnAuthorizerProps{
		AuthorizerFunctionArn: r.Authorize.Function.FunctionArn(),
		Status:                jsii.String("ACTIVE"),
		// The function checks a token that Cognito has signed.
		SigningDisabled: jsii.Bool(true),
	})
	r.Authorize.Function.AddPermission(jsii.String("Authorizer"), &awslambda.Permission{
		Principal: awsiam.NewServicePrincipal(jsii.String("iot.amazonaws.com"), nil),
		SourceArn: r.Authorizer.AttrArn(),
	})

	r.Publish = function("Publish", "lambdas/genai/publish", "Sends what became of a job to its owner", 30*time.Second,
		map[string]string{"JOBS_PATH": p.JobsPath})
	r.Publish.Role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("iot:Publish"),
		Resources: &[]*string{stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("iot"), Resource: jsii.String("topic"), ResourceName: jsii.String(p.TopicPrefix + "/*"),
		})},
	}))
	nag.Suppress(r.Publish.Role.Node().FindChild(jsii.String("DefaultPolicy")), nag.Suppression{
		Rule:      "AwsSolutions-IAM5",
		Reason:    "Each caller has a topic, below one prefix: the function sends to any caller whose job has ended.",
		AppliesTo: []string{`/^Resource::arn:.+:iot:.+:topic\/` + regexp.QuoteMeta(p.TopicPrefix) + `\/\*$/`},
	})
	p.Jobs.Table.Consume("Publish", r.Publish.Function, &table.ConsumerProps{Filter: modeljobs.Ended()})
	return r
}
