// Package apiqueue lets the callers of a REST API put work straight into an SQS
// queue: API Gateway checks it, queues it and answers 202, and no function runs
// before there is capacity to do the work.
//
//	client → API Gateway (token, validation) → queue
//
// A message is the body of the request, byte by byte. Who sent it, and what for,
// stands beside it in message attributes, which the caller does not write: owner
// (the token's sub), id, accepted (milliseconds since 1970) and those of
// AcceptProps.
//
// The id is the name by which the caller asks what became of the work. It has three
// parts. The first is when the work was accepted, in units of 10⁸ ms (28 hours), and
// the second the start of the sub: as long as nobody has begun the work, and so
// recorded it, they tell whether it may still be waiting, and whose it is. The last is
// the request's Idempotency-Key, or API Gateway's own request ID where there is none,
// so that a request that is sent again is the same work: the consumer makes sure that
// it is done once.
package apiqueue

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/restapi"
)

// Props configure an ApiQueue.
type Props struct {
	// Api is called by those who have work. Required.
	Api *restapi.RestApi
	// Queue takes the work; not a FIFO queue, which would serve the callers one by
	// one. Required.
	Queue awssqs.IQueue
	// StatusPath is where the API tells what has become of work, before its id.
	// Defaults to /jobs.
	StatusPath string
}

// ApiQueue puts requests into a queue.
type ApiQueue struct {
	Construct constructs.Construct
	// Role is API Gateway's: it sends messages to the queue.
	Role awsiam.Role

	props Props
}

// New makes an ApiQueue. Accept adds what it takes.
func New(scope constructs.Construct, id string, props *Props) *ApiQueue {
	if props == nil || props.Api == nil || props.Queue == nil {
		panic("apiqueue: Api and Queue are required")
	}
	p := *props
	if p.StatusPath == "" {
		p.StatusPath = "/jobs"
	}
	if !strings.HasPrefix(p.StatusPath, "/") || strings.HasSuffix(p.StatusPath, "/") {
		panic("apiqueue: StatusPath must be such as /jobs, got " + p.StatusPath)
	}
	if fifo := p.Queue.Fifo(); fifo != nil && *fifo {
		panic("apiqueue: Queue must not be a FIFO queue: it would serve the callers one by one")
	}
	this := constructs.NewConstruct(scope, jsii.String(id))
	role := awsiam.NewRole(this, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("Lets API Gateway put requests into a queue"),
		// API Gateway names no source when it takes a role, and takes none of another
		// account's.
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
	})
	// Queue.GrantSendMessages would allow two actions more than sending takes.
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("sqs:SendMessage"), Resources: &[]*string{p.Queue.QueueArn()},
	}))
	return &ApiQueue{Construct: this, Role: role, props: p}
}

// AcceptProps say what a path takes.
type AcceptProps struct {
	// Model describes the body, as a JSON Schema of draft 4. Required: what the
	// queue is given was checked.
	Model map[string]any
	// Attributes are sent with every message of the path. Names and values are
	// letters, digits, hyphens and underscores. Default to none.
	Attributes map[string]string
}

// Accept puts what is posted to path into the queue.
func (q *ApiQueue) Accept(path string, props *AcceptProps) awsapigateway.Method {
	if props == nil || props.Model == nil {
		panic("apiqueue: Model is required for " + path)
	}
	response := func(status string, headers map[string]string) *awsapigateway.MethodResponse {
		declared := map[string]*bool{"method.response.header.Content-Type": jsii.Bool(true)}
		for name := range headers {
			declared["method.response.header."+name] = jsii.Bool(true)
		}
		return &awsapigateway.MethodResponse{StatusCode: jsii.String(status), ResponseParameters: &declared}
	}
	var responses []*awsapigateway.MethodResponse
	var integrationResponses []*awsapigateway.IntegrationResponse
	for _, a := range q.answers(path) {
		parameters := map[string]*string{"method.response.header.Content-Type": jsii.String("'" + a.contentType + "'")}
		for name, value := range a.headers {
			parameters["method.response.header."+name] = jsii.String("'" + value + "'")
		}
		responses = append(responses, response(a.status, a.headers))
		integrationResponses = append(integrationResponses, &awsapigateway.IntegrationResponse{
			StatusCode:         jsii.String(a.status),
			SelectionPattern:   a.selection,
			ResponseParameters: &parameters,
			ResponseTemplates:  &map[string]*string{"application/json": jsii.String(a.template)},
		})
	}
	integration := awsapigateway.NewAwsIntegration(&awsapigateway.AwsIntegrationProps{
		Service:               jsii.String("sqs"),
		IntegrationHttpMethod: jsii.String("POST"),
		Path:                  jsii.String(*awscdk.Stack_Of(q.Construct).Account() + "/" + *q.props.Queue.QueueName()),
		Options: &awsapigateway.IntegrationOptions{
			CredentialsRole:     q.Role,
			PassthroughBehavior: awsapigateway.PassthroughBehavior_NEVER,
			RequestParameters: &map[string]*string{
				"integration.request.header.Content-Type": jsii.String("'application/x-www-form-urlencoded'"),
				"integration.request.header.Accept":       jsii.String("'application/json'"),
			},
			RequestTemplates:     &map[string]*string{"application/json": jsii.String(requestTemplate(props.Attributes))},
			IntegrationResponses: &integrationResponses,
		},
	})
	return q.props.Api.Integrate("POST", path, integration, &restapi.MethodProps{
		Model:           props.Model,
		OptionalHeaders: []string{"Idempotency-Key"},
		Responses:       responses,
	})
}
