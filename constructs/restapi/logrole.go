package restapi

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
)

// addLogRole makes the role with which API Gateway writes the logs of every API
// in this account and Region, and has api wait for it. Deleting the setting would
// not turn it off, and deleting the role would end the logs of all APIs: both
// outlive the stack, in development as well. A role costs nothing.
func addLogRole(scope constructs.Construct, api awsapigateway.RestApi) {
	stack := awscdk.Stack_Of(scope)
	role := awsiam.NewRole(scope, jsii.String("LogRole"), &awsiam.RoleProps{
		Description: jsii.String("API Gateway writes the logs of all APIs of this Region"),
		// API Gateway names no source when it takes a role, and takes none of another
		// account's.
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
		// Inline, so that the role is never there without it: API Gateway refuses a
		// role that may not write.
		InlinePolicies: &map[string]awsiam.PolicyDocument{"Logs": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				// All that API Gateway asks for, as it looks at the policy before it
				// takes the role; the log groups are those of every API.
				Actions: jsii.Strings("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups",
					"logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents"),
				Resources: &[]*string{stack.FormatArn(&awscdk.ArnComponents{Service: jsii.String("logs"), Resource: jsii.String("*")})},
			})},
		})},
	})
	nag.Suppress(role, nag.Suppression{
		Rule:      "AwsSolutions-IAM5",
		Reason:    "API Gateway has one role for the logs of all APIs of the Region, whose groups have names that nobody knows yet.",
		AppliesTo: []string{"Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:*"},
	})
	account := awsapigateway.NewCfnAccount(scope, jsii.String("Account"), &awsapigateway.CfnAccountProps{CloudWatchRoleArn: role.RoleArn()})
	// In an account without any API, API Gateway does not take the setting yet.
	account.Node().AddDependency(api.Node().DefaultChild())
	api.DeploymentStage().Node().AddDependency(account)
	role.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	account.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
}
