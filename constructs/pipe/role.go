package pipe

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
)

// permission is one statement that the pipe's role needs.
type permission struct {
	actions    []string
	resources  []*string
	conditions map[string]any
	// pathParameters tells that a * in the resource is a parameter of an API's path.
	pathParameters bool
}

func allow(resource *string, actions ...string) permission {
	return permission{actions: actions, resources: []*string{resource}}
}

// permissions are those of all the pipe's parts.
func (p *resolved) permissions() []permission {
	return slices.Concat(p.Source.permissions, p.Enrichment.permissions, p.Target.permissions)
}

// newRole makes the role with its policy inside, so that it has what it needs from
// its first moment on.
func newRole(scope constructs.Construct, permissions []permission) awsiam.Role {
	stack := awscdk.Stack_Of(scope)
	var statements []awsiam.PolicyStatement
	everywhere := false
	for _, p := range permissions {
		props := &awsiam.PolicyStatementProps{Actions: jsii.Strings(p.actions...), Resources: &p.resources}
		if p.conditions != nil {
			props.Conditions = &p.conditions
		}
		statements = append(statements, awsiam.NewPolicyStatement(props))
		everywhere = everywhere || slices.ContainsFunc(p.resources, func(r *string) bool { return *r == "*" })
	}
	role := awsiam.NewRole(scope, jsii.String("Role"), &awsiam.RoleProps{
		// The pipe has no name before it is made, and making it needs the role: any
		// pipe of this account and Region may take the role, and no other service's
		// mistake can.
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("pipes.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{
				"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()},
				"ArnLike": map[string]any{"aws:SourceArn": stack.FormatArn(&awscdk.ArnComponents{
					Service: jsii.String("pipes"), Resource: jsii.String("pipe"), ResourceName: jsii.String("*"),
				})},
			},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"Pipe": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	})
	if everywhere {
		nag.Suppress(role, nag.Suppression{
			Rule:      "AwsSolutions-IAM5",
			Reason:    "Network interfaces are described, and made in subnets that are not known beforehand: EC2 has no narrower resource for that.",
			AppliesTo: []string{"Resource::*"},
		})
	}
	if slices.ContainsFunc(permissions, func(p permission) bool { return p.pathParameters }) {
		nag.Suppress(role, nag.Suppression{
			Rule:      "AwsSolutions-IAM5",
			Reason:    "The * is a parameter in the path of one method of one API, which each event fills.",
			AppliesTo: []string{"/^Resource::.*:execute-api:.*$/"},
		})
	}
	return role
}

// writeTo is what the pipe needs to write its log.
func writeTo(group awslogs.ILogGroup) []permission {
	return []permission{allow(group.LogGroupArn(), "logs:CreateLogStream", "logs:PutLogEvents")}
}

// sendTo is what it takes to send to a queue.
func sendTo(queue awssqs.IQueue) []permission {
	return append([]permission{allow(queue.QueueArn(), "sqs:SendMessage")}, encryptWith(queueKey(queue))...)
}

// queueKey is the key that a queue is encrypted with, unless it is AWS's: that one
// is open to all who may use the queue.
func queueKey(queue awssqs.IQueue) awskms.IKey {
	if queue.EncryptionType() == awssqs.QueueEncryption_KMS_MANAGED {
		return nil
	}
	return queue.EncryptionMasterKey()
}

// decryptWith is what it takes to read what lies under a key, and nothing without
// one.
func decryptWith(key awskms.IKey) []permission {
	if key == nil {
		return nil
	}
	return []permission{allow(key.KeyArn(), "kms:Decrypt")}
}

// encryptWith is what it takes to write under a key: services ask for Decrypt as
// well, to check the data key.
func encryptWith(key awskms.IKey) []permission {
	if key == nil {
		return nil
	}
	return []permission{allow(key.KeyArn(), "kms:Decrypt", "kms:GenerateDataKey")}
}

// readSecret is what it takes to read a secret.
func readSecret(secret awssecretsmanager.ISecret) []permission {
	return append([]permission{allow(secret.SecretArn(), "secretsmanager:GetSecretValue")}, decryptWith(secret.EncryptionKey())...)
}

// joinNetwork is what it takes to reach brokers in a VPC.
func joinNetwork() permission {
	return allow(jsii.String("*"),
		"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
		"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs")
}
