package modelendpoint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
)

// DefaultModel is an inference profile that any commercial Region can call.
const DefaultModel = "global.amazon.nova-2-lite-v1:0"

// geographies are the prefixes of Bedrock's own inference profiles: where their
// requests may be answered. See
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
var geographies = []string{"global", "us", "us-gov", "eu", "apac", "jp", "au", "ca"}

// BedrockProps choose a model of Amazon Bedrock.
type BedrockProps struct {
	// Model is the ID of a foundation model, such as amazon.nova-lite-v1:0, or of
	// an inference profile of Bedrock's own, such as eu.amazon.nova-lite-v1:0.
	// Defaults to DefaultModel.
	Model string
	// Guardrail is the ID of a guardrail that every call must pass; the role
	// cannot call the model without it. Defaults to none.
	Guardrail string
	// GuardrailVersion is a number. Required with a Guardrail: the working draft
	// changes under those who use it.
	GuardrailVersion string
}

// Bedrock is a model of Amazon Bedrock. Props may be nil.
func Bedrock(props *BedrockProps) *ModelEndpoint {
	p := props.withDefaults()
	environment := map[string]string{"MODEL_ENDPOINT": "bedrock", "MODEL_ID": p.Model}
	if p.Guardrail != "" {
		environment["MODEL_GUARDRAIL"], environment["MODEL_GUARDRAIL_VERSION"] = p.Guardrail, p.GuardrailVersion
	}
	e := &ModelEndpoint{environment: environment, statements: p.statements}
	if geography, model, ok := profile(p.Model); ok && geography != "global" {
		e.wildcard = &nag.Suppression{
			Rule:      "AwsSolutions-IAM5",
			Reason:    "An inference profile answers in any Region of its geography, and a condition allows the model through that profile alone.",
			AppliesTo: []string{`/^Resource::arn:.+:bedrock:\*::foundation-model\/` + regexp.QuoteMeta(model) + `$/`},
		}
	}
	return e
}

func (props *BedrockProps) withDefaults() BedrockProps {
	var p BedrockProps
	if props != nil {
		p = *props
	}
	if p.Model == "" {
		p.Model = DefaultModel
	}
	if strings.ContainsAny(p.Model, "*?/ ") || !strings.Contains(p.Model, ".") {
		panic("modelendpoint: Model must be the ID of a model or an inference profile, such as " + DefaultModel + ", got " + p.Model)
	}
	if strings.ContainsAny(p.Guardrail, "*?:/ ") {
		panic("modelendpoint: Guardrail must be the ID of a guardrail, got " + p.Guardrail)
	}
	if (p.Guardrail == "") != (p.GuardrailVersion == "") {
		panic("modelendpoint: Guardrail and GuardrailVersion belong together")
	}
	if strings.Trim(p.GuardrailVersion, "0123456789") != "" {
		panic("modelendpoint: GuardrailVersion must be a number, got " + p.GuardrailVersion)
	}
	return p
}

// profile splits the ID of an inference profile into where it is answered and
// the model that it stands for. Model IDs themselves start with their provider.
func profile(id string) (geography, model string, ok bool) {
	geography, model, _ = strings.Cut(id, ".")
	return geography, model, slices.Contains(geographies, geography)
}

// statements allow to call the model, with its guardrail only. A profile needs
// itself and the model wherever it may be answered, through this profile alone.
func (p BedrockProps) statements(scope constructs.Construct, stream bool) []*awsiam.PolicyStatementProps {
	stack := awscdk.Stack_Of(scope)
	action := "bedrock:InvokeModel"
	if stream {
		action = "bedrock:InvokeModelWithResponseStream"
	}
	allow := func(arn string, conditions map[string]any) *awsiam.PolicyStatementProps {
		if p.Guardrail != "" {
			conditions["bedrock:GuardrailIdentifier"] = p.guardrailArn(stack) + ":" + p.GuardrailVersion
		}
		s := &awsiam.PolicyStatementProps{Actions: jsii.Strings(action), Resources: jsii.Strings(arn)}
		if len(conditions) > 0 {
			s.Conditions = &map[string]any{"StringEquals": conditions}
		}
		return s
	}
	prefix := "arn:" + *stack.Partition() + ":bedrock:"

	var all []*awsiam.PolicyStatementProps
	geography, model, isProfile := profile(p.Model)
	if !isProfile {
		all = append(all, allow(prefix+*stack.Region()+"::foundation-model/"+p.Model, map[string]any{}))
	} else {
		arn := prefix + *stack.Region() + ":" + *stack.Account() + ":inference-profile/" + p.Model
		through := func(more map[string]any) map[string]any {
			more["bedrock:InferenceProfileArn"] = arn
			return more
		}
		all = append(all, allow(arn, map[string]any{}))
		if geography == "global" {
			all = append(all,
				allow(prefix+*stack.Region()+"::foundation-model/"+model, through(map[string]any{})),
				// Where a global request goes, no Region is named.
				allow(prefix+"::foundation-model/"+model, through(map[string]any{"aws:RequestedRegion": "unspecified"})))
		} else {
			// Bedrock adds Regions to a geography as it grows; the profile bounds them.
			all = append(all, allow(prefix+"*::foundation-model/"+model, through(map[string]any{})))
		}
	}
	if p.Guardrail != "" {
		all = append(all, &awsiam.PolicyStatementProps{
			Actions: jsii.Strings("bedrock:ApplyGuardrail"), Resources: jsii.Strings(p.guardrailArn(stack)),
		})
	}
	return all
}

func (p BedrockProps) guardrailArn(stack awscdk.Stack) string {
	return "arn:" + *stack.Partition() + ":bedrock:" + *stack.Region() + ":" + *stack.Account() + ":guardrail/" + p.Guardrail
}
