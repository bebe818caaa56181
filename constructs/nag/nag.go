// Package nag records in the template why a cdk-nag rule does not apply to a
// resource, in the metadata that cdk-nag reads, so that neither the constructs
// nor their users need cdk-nag itself to be loaded at synth.
package nag

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Suppression is one rule that a resource breaks for a reason.
type Suppression struct {
	// Rule is cdk-nag's name of the rule, such as AwsSolutions-IAM5.
	Rule string
	// Reason is read by the auditor; cdk-nag wants at least 10 characters.
	Reason string
	// AppliesTo narrows the suppression to these findings of a rule that
	// reports several on a resource: literally, such as Resource::*, or by a
	// regular expression between slashes. Defaults to all of them.
	AppliesTo []string
}

// Suppress adds suppressions to the CloudFormation resource of construct. It
// panics for a construct without one, and may be called several times.
func Suppress(construct constructs.IConstruct, suppressions ...Suppression) {
	resource, ok := construct.Node().DefaultChild().(awscdk.CfnResource)
	if !ok {
		if resource, ok = construct.(awscdk.CfnResource); !ok {
			panic("nag: " + *construct.Node().Path() + " has no CloudFormation resource to suppress a rule on")
		}
	}
	rules, _ := resource.GetMetadata(jsii.String("cdk_nag")).(map[string]any)
	list, _ := rules["rules_to_suppress"].([]any)
	for _, s := range suppressions {
		rule := map[string]any{"id": s.Rule, "reason": s.Reason}
		if len(s.AppliesTo) > 0 {
			rule["applies_to"] = appliesTo(s.AppliesTo)
		}
		list = append(list, rule)
	}
	resource.AddMetadata(jsii.String("cdk_nag"), map[string]any{"rules_to_suppress": list})
}

func appliesTo(findings []string) []any {
	var list []any
	for _, finding := range findings {
		if strings.HasPrefix(finding, "/") {
			list = append(list, map[string]any{"regex": finding})
		} else {
			list = append(list, finding)
		}
	}
	return list
}
