// Package modelendpoint is the endpoint of a foundation model as a value: a model
// of Amazon Bedrock, an endpoint of Amazon SageMaker, or any server that speaks
// the chat API of OpenAI, on EKS, ECS or elsewhere. It gives a function what it
// must know, and may call, and nothing more.
//
//	model := modelendpoint.Bedrock(nil)
//	model.GrantGenerate(answer)
package modelendpoint

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/gofunction"
	"refstack/constructs/nag"
)

// ModelEndpoint is where a model answers. Bedrock, SageMaker and HTTP make one.
type ModelEndpoint struct {
	// environment is what lambdas/internal/model reads.
	environment map[string]string
	// statements allow a call of the model, streamed or whole, from a function in
	// scope.
	statements func(scope constructs.Construct, stream bool) []*awsiam.PolicyStatementProps
	// wildcard says why the statements have one, where they do.
	wildcard *nag.Suppression
}

// GrantGenerate has function call the model, for whole answers: it gets the
// endpoint's configuration and permissions.
func (e *ModelEndpoint) GrantGenerate(function *gofunction.GoFunction) { e.grant(function, false) }

// GrantStream has function call the model, for answers piece by piece.
func (e *ModelEndpoint) GrantStream(function *gofunction.GoFunction) { e.grant(function, true) }

func (e *ModelEndpoint) grant(function *gofunction.GoFunction, stream bool) {
	for _, name := range slices.Sorted(maps.Keys(e.environment)) {
		function.Function.AddEnvironment(jsii.String(name), jsii.String(e.environment[name]), nil)
	}
	for _, statement := range e.statements(function.Construct, stream) {
		function.Role.AddToPolicy(awsiam.NewPolicyStatement(statement))
	}
	if e.wildcard != nil {
		nag.Suppress(function.Role.Node().FindChild(jsii.String("DefaultPolicy")), *e.wildcard)
	}
}
