// Package output adds the outputs of a stack: what its callers need to know.
package output

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// New adds an output to stack, with a description for people.
func New(stack awscdk.Stack, id string, value *string, description string) awscdk.CfnOutput {
	return awscdk.NewCfnOutput(stack, jsii.String(id), &awscdk.CfnOutputProps{
		Value:       value,
		Description: jsii.String(description),
	})
}
