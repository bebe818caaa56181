package pipes

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/asl"
	"refstack/constructs/gofunction"
	"refstack/constructs/loggroup"
	"refstack/constructs/nag"
	"refstack/constructs/pipe"
	"refstack/constructs/restapi"
	"refstack/constructs/statemachine"
	"refstack/constructs/workqueue"
)

func (c *catalogue) sqs(scope constructs.Construct) pipe.Target {
	out := workqueue.New(scope, "Out", &workqueue.Props{AlarmTopic: c.Alarms.Topic, VisibilityTimeout: visibility})
	return pipe.ToQueue(out.Queue, nil)
}

func (c *catalogue) sns(scope constructs.Construct) pipe.Target {
	return pipe.ToTopic(awssns.NewTopic(scope, jsii.String("Topic"), &awssns.TopicProps{
		EnforceSSL: jsii.Bool(true),
		MasterKey:  c.Alarms.Key, // A key costs $1 a month: one is enough for a catalogue.
	}))
}

func (c *catalogue) lambda(scope constructs.Construct) pipe.Target {
	receive := gofunction.New(scope, "Receive", &gofunction.Props{
		Entry:        "lambdas/pipes/receive",
		Description:  "Takes messages from a pipe",
		Timeout:      10 * time.Second,
		Architecture: c.props.Architecture,
		AlarmTopic:   c.Alarms.Topic,
		Retain:       c.props.Production,
	})
	return pipe.ToFunction(receive.Function, nil)
}

func (c *catalogue) logs(scope constructs.Construct) pipe.Target {
	return pipe.ToLogGroup(loggroup.New(scope, "Messages", c.props.Production), nil)
}

func (c *catalogue) eventBridge(constructs.Construct) pipe.Target {
	return pipe.ToEventBus(c.Bus, &pipe.EventBusProps{Source: eventSource, DetailType: "Order seen"})
}

func (c *catalogue) kinesis(scope constructs.Construct) pipe.Target {
	stream := awskinesis.NewStream(scope, jsii.String("Stream"), &awskinesis.StreamProps{
		StreamMode:    awskinesis.StreamMode_ON_DEMAND,
		Encryption:    awskinesis.StreamEncryption_MANAGED,
		RemovalPolicy: c.removal(),
	})
	return pipe.ToKinesisStream(stream, "$.body.id")
}

// removal keeps data in production.
func (c *catalogue) removal() awscdk.RemovalPolicy {
	if c.props.Production {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}

func (c *catalogue) stepFunctions(scope constructs.Construct) pipe.Target {
	steps := statemachine.New(scope, "Steps", &statemachine.Props{
		Comment:    "Where the steps of an order would be",
		StartAt:    "Done",
		States:     asl.State{"Done": asl.State{"Type": "Succeed"}},
		Timeout:    5 * time.Minute,
		AlarmTopic: c.Alarms.Topic,
		Retain:     c.props.Production,
	})
	return pipe.ToStateMachine(steps.Machine, nil)
}

func (c *catalogue) apiDestination(scope constructs.Construct) pipe.Target {
	key := awssecretsmanager.NewSecret(scope, jsii.String("ApiKey"), &awssecretsmanager.SecretProps{
		Description:   jsii.String("What the webhook knows its callers by"),
		RemovalPolicy: c.removal(),
	})
	nag.Suppress(key, nag.Suppression{
		Rule:   "AwsSolutions-SMG4",
		Reason: "The webhook's owner gives out the key: it cannot change on this side alone.",
	})
	connection := awsevents.NewConnection(scope, jsii.String("Connection"), &awsevents.ConnectionProps{
		Authorization: awsevents.Authorization_ApiKey(jsii.String("x-api-key"), key.SecretValue()),
	})
	return pipe.ToAPIDestination(awsevents.NewApiDestination(scope, jsii.String("Destination"), &awsevents.ApiDestinationProps{
		Connection:         connection,
		Endpoint:           jsii.String(c.props.Webhook),
		HttpMethod:         awsevents.HttpMethod_POST,
		RateLimitPerSecond: jsii.Number(10),
	}), nil)
}

func (c *catalogue) apiGateway(scope constructs.Construct) pipe.Target {
	api := restapi.New(scope, "Rest", &restapi.Props{
		Description: "Takes orders from a pipe",
		Signed:      true,
		Firewall:    c.props.Production,
		LogRole:     c.props.LogRole,
		AlarmTopic:  c.Alarms.Topic,
		Retain:      c.props.Production,
	})
	// What would be behind the API is beside the point: it takes what is valid.
	accept := awsapigateway.NewMockIntegration(&awsapigateway.IntegrationOptions{
		RequestTemplates:     &map[string]*string{"application/json": jsii.String(`{"statusCode": 202}`)},
		IntegrationResponses: &[]*awsapigateway.IntegrationResponse{{StatusCode: jsii.String("202")}},
	})
	api.Integrate("POST", "/orders", accept, &restapi.MethodProps{
		Responses: []*awsapigateway.MethodResponse{{StatusCode: jsii.String("202")}},
		Model: map[string]any{
			"type":                 "object",
			"required":             []string{"order", "message"},
			"additionalProperties": false,
			"properties":           map[string]any{"order": text(64), "message": text(100)},
		},
	})
	return pipe.ToAPI(api.Api, &pipe.APIProps{Path: "/orders"})
}

// text is the schema of a text.
func text(most int) map[string]any {
	return map[string]any{"type": "string", "minLength": 1, "maxLength": most}
}

// serviceRole is a role that a service of AWS takes for this account alone.
func serviceRole(scope constructs.Construct, id, service string) awsiam.Role {
	return awsiam.NewRole(scope, jsii.String(id), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String(service), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Stack_Of(scope).Account()}},
		}),
	})
}

// allow lets a role do something on a resource.
func allow(role awsiam.Role, resources []*string, actions ...string) {
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: &resources}))
}
