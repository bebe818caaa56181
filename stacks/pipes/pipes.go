// Package pipes is glue as configuration: what once was a function that only
// carries things from one service to the next. It has a story, and a catalogue.
//
// The story is an outbox: an order is written to a table, and that alone. The
// table's stream tells a pipe, which lets new orders through, has a function add
// up their lines, and puts an event on a bus, from where a rule feeds a queue.
//
//	orders table → stream → pipe (filter, enrichment) → event bus → rule → work queue
//
// The catalogue is a pipe into each target that pipes have, from a queue of its
// own.
package pipes

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/gofunction"
	"refstack/constructs/output"
	"refstack/constructs/pipe"
	"refstack/constructs/table"
	"refstack/constructs/workqueue"
)

// Props configure the Pipes stack.
type Props struct {
	awscdk.StackProps

	// Production keeps the data when the stack is deleted, and its logs for a
	// year. Defaults to deleting everything with the stack.
	Production bool
	// Architecture is the processor that runs functions and containers. Defaults
	// to arm64.
	Architecture awslambda.Architecture
	// AlarmEmail is told of alarms. Defaults to telling nobody.
	AlarmEmail string

	// Targets are those of the catalogue, of TargetNames, or "all" for all of
	// them. Defaults to DefaultTargets, which themselves cost nothing while idle.
	Targets []string
	// Webhook is where the target apidestination posts to, and the only one that
	// needs it. Defaults to https://example.com/orders, which takes nothing.
	Webhook string
	// LogRole makes the account's role for API Gateway's logs, for the target
	// apigateway; see restapi.Props. Defaults to using the role that the account has.
	LogRole bool
}

// Pipes is the stack, and the parts that a user may want to tune.
type Pipes struct {
	Stack  awscdk.Stack
	Orders *table.Table
	Outbox *pipe.Pipe
	Enrich *gofunction.GoFunction
	Bus    awsevents.EventBus
	Placed *workqueue.WorkQueue
	// Catalogue has the pipe of each of the targets, by its name.
	Catalogue map[string]*pipe.Pipe
	Alarms    *alarmtopic.AlarmTopic
}

// New makes the Pipes stack. Props may be nil.
func New(scope constructs.Construct, id string, props *Props) *Pipes {
	p := props.withDefaults()
	stack := awscdk.NewStack(scope, jsii.String(id), &p.StackProps)
	s := &Pipes{
		Stack:     stack,
		Alarms:    alarmtopic.New(stack, "Alarms", &alarmtopic.Props{Email: p.AlarmEmail}),
		Catalogue: map[string]*pipe.Pipe{},
	}
	s.tellStory(p)
	c := &catalogue{Pipes: s, props: p}
	for _, name := range p.Targets {
		s.Catalogue[name] = c.add(name)
	}

	output.New(stack, "TableName", s.Orders.Table.TableName(), "Put an order here, and it becomes an event")
	output.New(stack, "EventBusName", s.Bus.EventBusName(), "Rules on this bus hear of new orders")
	output.New(stack, "PlacedQueueUrl", s.Placed.Queue.QueueUrl(), "New orders wait here for who works on them")
	output.New(stack, "AlarmTopicArn", s.Alarms.Topic.TopicArn(), "Subscribe to this topic to be told of alarms")
	return s
}

func (p *Props) withDefaults() Props {
	var out Props
	if p != nil {
		out = *p
	}
	if out.Architecture == nil {
		out.Architecture = awslambda.Architecture_ARM_64()
	}
	if out.Webhook == "" {
		out.Webhook = "https://example.com/orders"
	}
	if u, err := url.Parse(out.Webhook); err != nil || u.Scheme != "https" || u.Host == "" {
		panic(fmt.Sprintf("pipes: Webhook must be such as https://example.com/orders, got %q", out.Webhook))
	}
	switch {
	case len(out.Targets) == 0:
		out.Targets = DefaultTargets()
	case slices.Equal(out.Targets, []string{"all"}):
		out.Targets = TargetNames()
	}
	if out.LogRole && !slices.Contains(out.Targets, "apigateway") {
		panic("pipes: LogRole is for the target apigateway, which Targets does not name")
	}
	for i, name := range out.Targets {
		if _, known := exhibits[name]; !known {
			panic(fmt.Sprintf("pipes: Targets must be of %s, or all of them by all, got %q", strings.Join(TargetNames(), ", "), name))
		}
		if slices.Contains(out.Targets[:i], name) {
			panic(fmt.Sprintf("pipes: Targets must name each once, got %q twice", name))
		}
	}
	return out
}
