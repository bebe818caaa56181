// Package restapi makes a Regional REST API on API Gateway whose every method
// asks for a token, validates what comes in, and answers errors as problem
// documents (RFC 9457), its own included: access logs, throttling, tracing,
// alarms, CORS for named origins, and a web application firewall on request.
package restapi

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/loggroup"
	"refstack/constructs/nag"
)

// Props configure a RestApi.
type Props struct {
	// Description is shown in the console. Defaults to none.
	Description string
	// UserPool issues the tokens that every method asks for. Required, unless the
	// requests are Signed.
	UserPool awscognito.IUserPool
	// Signed asks for requests that a role of AWS has signed, such as a pipe's, in
	// place of tokens. Defaults to tokens.
	Signed bool
	// AllowedOrigins are the web pages that may call the API, such as
	// https://app.example.com; never *. Defaults to none: no CORS.
	AllowedOrigins []string
	// RatePerSecond and Burst bound the requests of all callers together.
	// Default to 100 a second, and 200 at once.
	RatePerSecond, Burst int
	// UsagePlan asks every caller for an API key besides the token, and bounds
	// what a key may do. Defaults to no keys.
	UsagePlan *UsagePlan
	// Firewall puts AWS WAF before the API, with AWS's common rules, and at most
	// FirewallRate requests from an address in 5 minutes. It costs about $9 a
	// month. Defaults to no firewall.
	Firewall bool
	// FirewallRate defaults to 2000 requests in 5 minutes; at least 10.
	FirewallRate int
	// LogRole makes the role with which API Gateway writes logs in this account
	// and Region. There is one setting for all APIs, so that a second stack with
	// a role overwrites the first's; without any, a deployment with access logs
	// fails. The role stays when the stack is deleted, since other APIs write with
	// it. Defaults to using the role that the account has.
	LogRole bool
	// MaxLatencyMillis is the 99th percentile at which an alarm goes off, over 5
	// minutes. Defaults to 3000 ms.
	MaxLatencyMillis int
	// AlarmTopic is told of server errors and of latency. Defaults to alarms
	// that tell nobody.
	AlarmTopic awssns.ITopic
	// Retain keeps the access logs when the stack is deleted, and their events
	// for a year. Defaults to deleting them with the stack, and events after a
	// month.
	Retain bool
}

// UsagePlan bounds what the holder of an API key may do.
type UsagePlan struct {
	// RatePerSecond and Burst default to 10 a second, and 20 at once.
	RatePerSecond, Burst int
	// RequestsPerDay defaults to 10000.
	RequestsPerDay int
}

// RestApi is a REST API with the defaults of this repository.
type RestApi struct {
	Construct constructs.Construct
	Api       awsapigateway.RestApi
	// Authorizer checks the tokens, and is nil where requests are signed.
	Authorizer awsapigateway.IAuthorizer
	Validator  awsapigateway.RequestValidator
	AccessLogs awslogs.LogGroup
	// ExecutionLogs is where API Gateway writes its own errors, under a name of its
	// choice.
	ExecutionLogs awslogs.LogGroup
	// AllowedOrigins are those of the props.
	AllowedOrigins []string
	// ApiKey is the first key of the usage plan, or nil.
	ApiKey awsapigateway.IApiKey
	// WebAcl is the firewall, or nil.
	WebAcl awswafv2.CfnWebACL
}

// stageName is a part of the URL.
const stageName = "v1"

// New makes a RestApi. Method adds what it answers to.
func New(scope constructs.Construct, id string, props *Props) *RestApi {
	p := props.withDefaults()
	this := constructs.NewConstruct(scope, jsii.String(id))
	logs := loggroup.New(this, "AccessLogs", p.Retain)
	apiProps := &awsapigateway.RestApiProps{
		RestApiName:                 this.Node().Path(), // Required by the service, and no name that must be unique.
		EndpointConfiguration:       &awsapigateway.EndpointConfiguration{Types: &[]awsapigateway.EndpointType{awsapigateway.EndpointType_REGIONAL}},
		CloudWatchRole:              jsii.Bool(false), // The CDK's has an AWS managed policy, and anybody's API may use it.
		DefaultCorsPreflightOptions: preflight(p),
		DeployOptions: &awsapigateway.StageOptions{
			StageName:            jsii.String(stageName),
			AccessLogDestination: awsapigateway.NewLogGroupLogDestination(logs),
			AccessLogFormat:      accessLogFormat(),
			LoggingLevel:         awsapigateway.MethodLoggingLevel_ERROR,
			DataTraceEnabled:     jsii.Bool(false), // It would log bodies and tokens.
			MetricsEnabled:       jsii.Bool(false), // By method they cost $0.30 each a month; the stage's are free.
			TracingEnabled:       jsii.Bool(true),
			ThrottlingRateLimit:  jsii.Number(p.RatePerSecond),
			ThrottlingBurstLimit: jsii.Number(p.Burst),
		},
	}
	if p.Description != "" {
		apiProps.Description = jsii.String(p.Description)
	}
	api := awsapigateway.NewRestApi(this, jsii.String("Api"), apiProps)
	a := &RestApi{
		Construct: this,
		Api:       api,
		Validator: api.AddRequestValidator(jsii.String("Validator"), &awsapigateway.RequestValidatorOptions{
			ValidateRequestBody:       jsii.Bool(true),
			ValidateRequestParameters: jsii.Bool(true),
		}),
		AccessLogs:     logs,
		ExecutionLogs:  newExecutionLogs(this, api, p.Retain),
		AllowedOrigins: p.AllowedOrigins,
	}
	if p.LogRole {
		addLogRole(this, api)
	}
	if !p.Signed {
		a.Authorizer = awsapigateway.NewCognitoUserPoolsAuthorizer(this, jsii.String("Authorizer"), &awsapigateway.CognitoUserPoolsAuthorizerProps{
			CognitoUserPools: &[]awscognito.IUserPool{p.UserPool},
		})
	}
	addProblems(api, p.AllowedOrigins)
	if p.UsagePlan != nil {
		a.ApiKey = addUsagePlan(api, *p.UsagePlan)
	}
	if p.Firewall {
		a.WebAcl = newFirewall(this, api, p.FirewallRate)
	} else {
		nag.Suppress(api.DeploymentStage(), nag.Suppression{
			Rule:   "AwsSolutions-APIG3",
			Reason: "Its stack asks for no firewall: it costs more than a small API, and production has one.",
		})
	}
	// The output that the CDK adds has neither a name nor a description of ours.
	api.Node().TryRemoveChild(jsii.String("Endpoint"))
	addAlarms(this, api, p)
	return a
}

// URL is where the API has path, such as /items. That of the API itself, for "", ends
// without the slash that API Gateway puts there.
func (a *RestApi) URL(path string) *string {
	return jsii.String(strings.TrimSuffix(*a.Api.Url(), "/") + path)
}

// newExecutionLogs makes the log group before API Gateway does, which would keep
// its events for ever, and leave it behind when the stack is deleted.
func newExecutionLogs(scope constructs.Construct, api awsapigateway.RestApi, retain bool) awslogs.LogGroup {
	logs := loggroup.New(scope, "ExecutionLogs", retain)
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetLogGroupName(jsii.String("API-Gateway-Execution-Logs_" + *api.RestApiId() + "/" + stageName))
	api.DeploymentStage().Node().AddDependency(logs)
	return logs
}

func (props *Props) withDefaults() Props {
	if props == nil || props.UserPool == nil && !props.Signed {
		panic("restapi: UserPool is required: no method is open to everybody")
	}
	p := *props
	if p.UserPool != nil && p.Signed {
		panic("restapi: UserPool must not be set where requests are Signed")
	}
	p.RatePerSecond = cmp.Or(p.RatePerSecond, 100)
	p.Burst = cmp.Or(p.Burst, 200)
	p.FirewallRate = cmp.Or(p.FirewallRate, 2000)
	p.MaxLatencyMillis = cmp.Or(p.MaxLatencyMillis, 3000)
	for _, allowed := range p.AllowedOrigins {
		if !origin.MatchString(allowed) {
			panic(fmt.Sprintf("restapi: AllowedOrigins must be such as https://app.example.com, got %q", allowed))
		}
	}
	if p.RatePerSecond < 1 || p.Burst < 1 {
		panic(fmt.Sprintf("restapi: RatePerSecond and Burst must be at least 1, got %d and %d", p.RatePerSecond, p.Burst))
	}
	if plan := p.UsagePlan; plan != nil {
		if plan.RatePerSecond < 0 || plan.Burst < 0 || plan.RequestsPerDay < 0 {
			panic(fmt.Sprintf("restapi: UsagePlan must hold positive numbers, got %+v", *plan))
		}
	}
	if p.FirewallRate < 10 {
		panic(fmt.Sprintf("restapi: FirewallRate must be at least 10, got %d", p.FirewallRate))
	}
	if p.MaxLatencyMillis < 1 || p.MaxLatencyMillis > 900_000 {
		panic(fmt.Sprintf("restapi: MaxLatencyMillis must be from 1 to 900000, where API Gateway ends a stream, got %d", p.MaxLatencyMillis))
	}
	return p
}

// origin is a scheme and a host, with a port or without, in the one spelling that
// browsers send: plain HTTP is for a developer's own machine alone.
var origin = regexp.MustCompile(`^(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]+)?$`)

// addUsagePlan makes the plan and its first key.
func addUsagePlan(api awsapigateway.RestApi, p UsagePlan) awsapigateway.IApiKey {
	plan := api.AddUsagePlan(jsii.String("UsagePlan"), &awsapigateway.UsagePlanProps{
		ApiStages: &[]*awsapigateway.UsagePlanPerApiStage{{Api: api, Stage: api.DeploymentStage()}},
		Throttle: &awsapigateway.ThrottleSettings{
			RateLimit:  jsii.Number(cmp.Or(p.RatePerSecond, 10)),
			BurstLimit: jsii.Number(cmp.Or(p.Burst, 20)),
		},
		Quota: &awsapigateway.QuotaSettings{
			Limit:  jsii.Number(cmp.Or(p.RequestsPerDay, 10_000)),
			Period: awsapigateway.Period_DAY,
		},
	})
	key := api.AddApiKey(jsii.String("ApiKey"), nil)
	plan.AddApiKey(key, nil)
	return key
}
