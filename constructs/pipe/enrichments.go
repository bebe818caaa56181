package pipe

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
)

// Enrichment adds to a pipe's events on their way. Make one with an Enrich
// function.
type Enrichment struct {
	name        string
	arn         *string
	permissions []permission
	// maxBatch is 0 where the enrichment takes batches of any size.
	maxBatch int
	http     *HTTPProps
}

// UnderKey adds what it takes to use a state machine that is encrypted with a key of
// your own, which its construct does not tell.
func (e Enrichment) UnderKey(key awskms.IKey) Enrichment {
	e.permissions = slices.Concat(e.permissions, encryptWith(key))
	return e
}

func (e Enrichment) httpParameters() *awspipes.CfnPipe_PipeEnrichmentHttpParametersProperty {
	if e.http == nil {
		return nil
	}
	return e.http.toEnrichment()
}

// EnrichWithFunction has a function work on each batch: it gets a JSON array, and
// answers with one, of as many records as it likes. [] ends the execution without
// the target. An error fails the whole batch.
func EnrichWithFunction(function awslambda.IFunction) Enrichment {
	return Enrichment{
		name:        "EnrichWithFunction",
		arn:         function.FunctionArn(),
		permissions: []permission{allow(function.FunctionArn(), "lambda:InvokeFunction")},
	}
}

// EnrichWithStateMachine has an Express state machine work on each batch, as
// EnrichWithFunction does. One under a key of your own needs UnderKey.
func EnrichWithStateMachine(machine awsstepfunctions.IStateMachine) Enrichment {
	if kindOf(machine) == awsstepfunctions.StateMachineType_STANDARD {
		panic("pipe: EnrichWithStateMachine needs an EXPRESS state machine, got a STANDARD one: an enrichment waits for the answer")
	}
	return Enrichment{
		name:        "EnrichWithStateMachine",
		arn:         machine.StateMachineArn(),
		permissions: []permission{allow(machine.StateMachineArn(), "states:StartSyncExecution")},
	}
}

// kindOf is the type of a state machine, and "" where one from elsewhere does not
// tell.
func kindOf(machine awsstepfunctions.IStateMachine) awsstepfunctions.StateMachineType {
	if own, ok := machine.(awsstepfunctions.StateMachine); ok {
		return own.StateMachineType()
	}
	return ""
}
