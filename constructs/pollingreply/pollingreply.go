// Package pollingreply lets callers ask what became of their jobs: GET /jobs/{id},
// with a Retry-After while there is nothing to tell. It is the reply that is always
// there, also for an answer that was ready before anybody listened.
//
// Its function is lambdas/genai/jobs of this repository, which reads the environment
// variables JOBS_TABLE, JOB_DEADLINE and ALLOWED_ORIGINS.
package pollingreply

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
	"refstack/constructs/modeljobs"
	"refstack/constructs/restapi"
)

// Props configure a PollingReply.
type Props struct {
	// Api is asked by the callers. Required.
	Api *restapi.RestApi
	// Jobs are what they ask about. Required.
	Jobs *modeljobs.ModelJobs
	// Path comes before the id of a job. Defaults to /jobs.
	Path string
	// Architecture is the processor of the function. Defaults to arm64.
	Architecture awslambda.Architecture
	// AlarmTopic is told when the function fails. Defaults to alarms that tell
	// nobody.
	AlarmTopic awssns.ITopic
	// Retain keeps the logs when the stack is deleted. Defaults to deleting them
	// with it.
	Retain bool
}

// PollingReply tells what became of jobs.
type PollingReply struct {
	Construct constructs.Construct
	Function  *gofunction.GoFunction
}

// New makes a PollingReply.
func New(scope constructs.Construct, id string, props *Props) *PollingReply {
	if props == nil || props.Api == nil || props.Jobs == nil {
		panic("pollingreply: Api and Jobs are required")
	}
	p := *props
	if p.Path == "" {
		p.Path = "/jobs"
	}
	this := constructs.NewConstruct(scope, jsii.String(id))
	function := gofunction.New(this, "Function", &gofunction.Props{
		Entry: "lambdas/genai/jobs", Description: "Tells what became of a job",
		MemoryMiB: 256, Timeout: 10 * time.Second,
		Architecture: p.Architecture, AlarmTopic: p.AlarmTopic, Retain: p.Retain,
		Environment: map[string]string{
			"JOBS_TABLE":      *p.Jobs.Table.Table.TableName(),
			"JOB_DEADLINE":    p.Jobs.Deadline.String(),
			"ALLOWED_ORIGINS": strings.Join(p.Api.AllowedOrigins, ","),
		},
	})
	function.Role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("dynamodb:GetItem"), Resources: &[]*string{p.Jobs.Table.Table.TableArn()},
	}))
	p.Api.Method("GET", p.Path+"/{id}", function.Function, nil)
	return &PollingReply{Construct: this, Function: function}
}
