// Package distributedmap makes the state with which Step Functions works on many
// items at once: a Distributed Map over a list in S3, of which each child workflow
// gives a batch to a Lambda function, and whose results are files in S3.
//
// The state is written by hand rather than by the CDK's DistributedMap. That one
// drops the result writer without a word where the app lacks a feature flag, takes
// no expression for the size of a batch, and grants whole buckets and no keys.
package distributedmap

import (
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/asl"
	"refstack/constructs/nag"
	"refstack/constructs/statemachine"
)

// Children is the type of the child workflows.
type Children string

const (
	// Express children live 5 minutes, and cost a request and their time.
	Express Children = "EXPRESS"
	// Standard children live a year, have a history each, and cost $25 for a
	// million transitions.
	Standard Children = "STANDARD"
)

// expressLife is how long an Express workflow lives.
const expressLife = 5 * time.Minute

// maxConcurrency is how many children a Map Run has at once at the most.
const maxConcurrency = 10_000

// Place is where objects are, when the state runs.
type Place struct {
	Bucket awss3.IBucket
	// Key is a key, or the beginning of keys. It may be an expression.
	Key string
	// Pattern is all that Key can become, as policies write it, from the bucket on:
	// "runs/*/plan.jsonl".
	Pattern string
}

// Props configure a DistributedMap.
type Props struct {
	// Label is in the ARNs of the children, and unique in a machine: 1 to 40
	// letters, digits, dashes and underscores. Required.
	Label string
	// Items is an object of JSON Lines, an item on each. Required.
	Items Place
	// ItemsPerBatch is how many items a child gets at most, as a number or an
	// expression of one. It gets fewer where they are more than 256 KiB. Required.
	ItemsPerBatch any
	// BatchInput is what each batch has besides its items. Defaults to nothing.
	BatchInput asl.State
	// Function is given each batch, and Timeout is how long it may take. Both are
	// required.
	Function awslambda.IFunction
	Timeout  time.Duration
	// Permanent are names of errors that are not tried again. Defaults to none.
	Permanent []string
	// Results is the prefix of the files that the results are written to, a line
	// for each child. Required.
	Results Place
	// Children defaults to Express.
	Children Children
	// MaxConcurrency is how many children run at once, from 1 to 10,000. Required:
	// Lambda must have room for as many.
	MaxConcurrency int
	// ToleratedFailureCount and ToleratedFailurePercentage are how many items may
	// fail. Where both are set, neither may be exceeded. Default to none.
	ToleratedFailureCount      int
	ToleratedFailurePercentage float64
}

// DistributedMap is a Distributed Map.
type DistributedMap struct {
	Construct constructs.Construct
	// State is the state, for a definition: add where it goes on, and what it
	// assigns. $states.result.ResultWriterDetails says where the manifest is.
	State asl.State

	props Props
}

// New makes a DistributedMap. Grant it to the machine that has it.
func New(scope constructs.Construct, id string, props *Props) *DistributedMap {
	p := props.withDefaults()
	return &DistributedMap{Construct: constructs.NewConstruct(scope, jsii.String(id)), State: p.state(), props: p}
}

// unreadable is where trying again from the start helps: nothing has begun yet.
var unreadable = asl.Retry{Errors: []string{"States.ItemReaderFailed"}, Attempts: 3, First: time.Second, Longest: 10 * time.Second}

func (p Props) state() asl.State {
	state := asl.State{
		"Type":           "Map",
		"Label":          p.Label,
		"MaxConcurrency": p.MaxConcurrency,
		"ItemReader": asl.State{
			"Resource":     asl.Service("s3:getObject"),
			"ReaderConfig": asl.State{"InputType": "JSONL"},
			"Arguments":    asl.State{"Bucket": p.Items.Bucket.BucketName(), "Key": p.Items.Key},
		},
		"ItemBatcher": asl.State{"MaxItemsPerBatch": p.ItemsPerBatch},
		"ItemProcessor": asl.State{
			"ProcessorConfig": asl.State{"Mode": "DISTRIBUTED", "ExecutionType": string(p.Children)},
			"StartAt":         p.Label + "Batch", // Names are unique in a machine, its children included.
			"States":          asl.State{p.Label + "Batch": p.invocation().Task(asl.State{"End": true})},
		},
		"ResultWriter": asl.State{
			"Resource":     asl.Service("s3:putObject"),
			"Arguments":    asl.State{"Bucket": p.Results.Bucket.BucketName(), "Prefix": p.Results.Key},
			"WriterConfig": asl.State{"Transformation": "COMPACT", "OutputType": "JSONL"},
		},
		"Retry": asl.Retries(unreadable),
	}
	if p.BatchInput != nil {
		state["ItemBatcher"].(asl.State)["BatchInput"] = p.BatchInput
	}
	if p.ToleratedFailureCount > 0 {
		state["ToleratedFailureCount"] = p.ToleratedFailureCount
	}
	if p.ToleratedFailurePercentage > 0 {
		state["ToleratedFailurePercentage"] = p.ToleratedFailurePercentage
	}
	return state
}

func (p Props) invocation() asl.Invocation {
	return asl.Invocation{
		FunctionARN: *p.Function.FunctionArn(), Timeout: p.Timeout, Permanent: p.Permanent, Payload: asl.Expression("$states.input"),
	}
}

// Grant allows the machine what the map does: read the items, start, follow, stop
// and redrive children, invoke the function, and write results.
func (m *DistributedMap) Grant(machine *statemachine.StateMachine) {
	p := m.props
	machine.Allow([]*string{p.Function.FunctionArn()}, "lambda:InvokeFunction")
	machine.Allow([]*string{p.Items.Bucket.ArnForObjects(jsii.String(p.Items.Pattern))}, "s3:GetObject")
	machine.Allow([]*string{p.Results.Bucket.ArnForObjects(jsii.String(p.Results.Pattern))},
		"s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload")
	if key := p.Items.Bucket.EncryptionKey(); key != nil {
		key.GrantDecrypt(machine.Role)
	}
	if key := p.Results.Bucket.EncryptionKey(); key != nil {
		key.GrantEncryptDecrypt(machine.Role)
	}
	allow := func(actions []string, resources ...*string) awsiam.PolicyStatement {
		return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: &resources})
	}
	// A policy of its own: the role's default one comes before the machine, and
	// cannot name it.
	arn := machine.Machine.StateMachineArn()
	policy := awsiam.NewPolicy(m.Construct, jsii.String("Policy"), &awsiam.PolicyProps{
		Roles: &[]awsiam.IRole{machine.Role},
		Statements: &[]awsiam.PolicyStatement{
			allow([]string{"states:StartExecution"}, arn, jsii.String(*arn+":*")), // The machine itself, and its versions.
			allow([]string{"states:DescribeExecution", "states:StopExecution"}, machine.ExecutionARN(""), machine.ExecutionARN(p.Label)),
			allow([]string{"states:RedriveExecution"}, machine.ExecutionARN(p.Label)),
		},
	})
	machine.Alias.Node().AddDependency(policy) // Nothing starts before.
	nag.Suppress(policy, nag.Suppression{
		Rule:   "AwsSolutions-IAM5",
		Reason: "Versions of the machine, executions and children are many, and named when they begin.",
	})
	nag.Suppress(machine.Role.Node().FindChild(jsii.String("DefaultPolicy")), nag.Suppression{
		Rule:      "AwsSolutions-IAM5",
		Reason:    "Each execution has objects of its own under these prefixes.",
		AppliesTo: []string{`/^Resource::.+\/.*\*.*$/`},
	})
}

var label = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

func (props *Props) withDefaults() Props {
	var p Props
	if props != nil {
		p = *props
	}
	if p.Children == "" {
		p.Children = Express
	}
	if fault := p.fault(); fault != "" {
		panic("distributedmap: " + fault)
	}
	return p
}

// fault tells what is wrong with the props, or "".
func (p Props) fault() string {
	switch {
	case !label.MatchString(p.Label):
		return fmt.Sprintf("Label must be 1 to 40 letters, digits, dashes and underscores, got %q", p.Label)
	case p.Items.Bucket == nil || p.Items.Key == "" || p.Items.Pattern == "":
		return fmt.Sprintf("Items of %s must have a Bucket, a Key and a Pattern", p.Label)
	case p.Results.Bucket == nil || p.Results.Key == "" || p.Results.Pattern == "":
		return fmt.Sprintf("Results of %s must have a Bucket, a Key and a Pattern", p.Label)
	case p.ItemsPerBatch == nil:
		return fmt.Sprintf("ItemsPerBatch of %s is required", p.Label)
	case p.Function == nil || p.Timeout < time.Second:
		return fmt.Sprintf("Function of %s and its Timeout are required", p.Label)
	case p.Children != Express && p.Children != Standard:
		return fmt.Sprintf("Children of %s must be Express or Standard, got %q", p.Label, p.Children)
	case p.MaxConcurrency < 1 || p.MaxConcurrency > maxConcurrency:
		return fmt.Sprintf("MaxConcurrency of %s must be from 1 to %d, got %d", p.Label, maxConcurrency, p.MaxConcurrency)
	case p.ToleratedFailureCount < 0:
		return fmt.Sprintf("ToleratedFailureCount of %s must be positive, got %d", p.Label, p.ToleratedFailureCount)
	case p.ToleratedFailurePercentage < 0 || p.ToleratedFailurePercentage > 100:
		return fmt.Sprintf("ToleratedFailurePercentage of %s must be from 0 to 100, got %g", p.Label, p.ToleratedFailurePercentage)
	}
	if longest := p.invocation().Longest(); p.Children == Express && longest > expressLife {
		return fmt.Sprintf("with a Timeout of %s and its retries a child of %s may take %s, but an Express one lives %s", p.Timeout, p.Label, longest, expressLife)
	}
	return ""
}
