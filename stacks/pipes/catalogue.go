package pipes

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/output"
	"refstack/constructs/pipe"
	"refstack/constructs/workqueue"
)

// visibility is how long a message is out of sight while a pipe has it: 6 times
// what the slowest target of the catalogue takes.
const visibility = 2 * time.Minute

// exhibit is a target of the catalogue.
type exhibit struct {
	// id is the construct's.
	id string
	// free tells that it has no price of its own while no message comes. Its queue is
	// polled all the same, and has alarms.
	free bool
	// target makes what the pipe fills, in scope.
	target func(c *catalogue, scope constructs.Construct) pipe.Target
	// transform makes what the target gets of a message.
	transform string
}

// order is what most targets get of a message.
const order = `{"order": <$.body.id>, "message": <$.messageId>}`

// exhibits are what the catalogue has, by the names that a person writes. What is
// not free has a price by the hour or the month: a shard, an endpoint in a network,
// a secret, storage that a warehouse reserves, a firewall in production.
var exhibits = map[string]exhibit{
	"apidestination": {"ToApiDestination", false, (*catalogue).apiDestination, order},
	"apigateway":     {"ToApiGateway", false, (*catalogue).apiGateway, order},
	"batch":          {"ToBatch", false, (*catalogue).batch, ""},
	"ecs":            {"ToEcs", false, (*catalogue).ecs, ""},
	"eventbridge":    {"ToEventBridge", true, (*catalogue).eventBridge, order},
	"firehose":       {"ToFirehose", true, (*catalogue).firehose, order},
	"kinesis":        {"ToKinesis", false, (*catalogue).kinesis, order},
	"lambda":         {"ToLambda", true, (*catalogue).lambda, ""},
	"logs":           {"ToLogs", true, (*catalogue).logs, order},
	"redshift":       {"ToRedshift", false, (*catalogue).redshift, ""},
	"sagemaker":      {"ToSageMaker", false, (*catalogue).sageMaker, ""},
	"sns":            {"ToSns", true, (*catalogue).sns, order},
	"sqs":            {"ToSqs", true, (*catalogue).sqs, order},
	"stepfunctions":  {"ToStepFunctions", true, (*catalogue).stepFunctions, order},
}

// TargetNames are the targets of the catalogue.
func TargetNames() []string { return slices.Sorted(maps.Keys(exhibits)) }

// DefaultTargets are those that themselves cost nothing while nothing comes.
func DefaultTargets() []string {
	return slices.DeleteFunc(TargetNames(), func(name string) bool { return !exhibits[name].free })
}

// catalogue makes the exhibits, and what several of them share.
type catalogue struct {
	*Pipes
	props Props

	network awsec2.Vpc
	ready   containers
}

// add makes a pipe from a queue of its own into the target name.
func (c *catalogue) add(name string) *pipe.Pipe {
	e := exhibits[name]
	scope := constructs.NewConstruct(c.Stack, jsii.String(e.id))
	in := workqueue.New(scope, "In", &workqueue.Props{AlarmTopic: c.Alarms.Topic, VisibilityTimeout: visibility})
	output.New(c.Stack, e.id+"QueueUrl", in.Queue.QueueUrl(), `Send messages such as {"id": "o-1"} here, for the target `+name)
	return pipe.New(scope, "Pipe", &pipe.Props{
		Description: "Messages of a queue, into " + name,
		Source:      pipe.FromQueue(in.Queue),
		Target:      e.target(c, scope),
		Transform:   e.transform,
		AlarmTopic:  c.Alarms.Topic,
		Retain:      c.props.Production,
	})
}
