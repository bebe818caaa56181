package modelendpoint

import (
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// SageMakerProps choose an endpoint of Amazon SageMaker.
type SageMakerProps struct {
	// Endpoint is the name of a real-time endpoint in the account and Region of
	// the stack: one that JumpStart made, or one's own. Required.
	Endpoint string
	// InferenceComponent is the name of the model on an endpoint that serves
	// several. Defaults to an endpoint of one model.
	InferenceComponent string
}

// sageMakerName is how SageMaker names endpoints and inference components.
var sageMakerName = regexp.MustCompile(`^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$`)

// SageMaker is a model on an endpoint of Amazon SageMaker. Its container must
// speak the messages API that the containers for language models have.
func SageMaker(props *SageMakerProps) *ModelEndpoint {
	if props == nil || props.Endpoint == "" {
		panic("modelendpoint: Endpoint is required, the name of a SageMaker endpoint")
	}
	p := *props
	if !sageMakerName.MatchString(p.Endpoint) {
		panic("modelendpoint: Endpoint must be the name of a SageMaker endpoint, got " + p.Endpoint)
	}
	if p.InferenceComponent != "" && !sageMakerName.MatchString(p.InferenceComponent) {
		panic("modelendpoint: InferenceComponent must be the name of an inference component, got " + p.InferenceComponent)
	}
	environment := map[string]string{"MODEL_ENDPOINT": "sagemaker", "MODEL_SAGEMAKER_ENDPOINT": p.Endpoint}
	if p.InferenceComponent != "" {
		environment["MODEL_INFERENCE_COMPONENT"] = p.InferenceComponent
	}
	return &ModelEndpoint{environment: environment, statements: p.statements}
}

func (p SageMakerProps) statements(scope constructs.Construct, stream bool) []*awsiam.PolicyStatementProps {
	stack := awscdk.Stack_Of(scope)
	action := "sagemaker:InvokeEndpoint"
	if stream {
		action = "sagemaker:InvokeEndpointWithResponseStream"
	}
	arn := func(resource, name string) string {
		return *stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("sagemaker"), Resource: jsii.String(resource), ResourceName: jsii.String(name),
		})
	}
	// SageMaker writes the names in its ARNs in lower case.
	resources := []string{arn("endpoint", strings.ToLower(p.Endpoint))}
	if p.InferenceComponent != "" {
		resources = append(resources, arn("inference-component", strings.ToLower(p.InferenceComponent)))
	}
	return []*awsiam.PolicyStatementProps{{Actions: jsii.Strings(action), Resources: jsii.Strings(resources...)}}
}
