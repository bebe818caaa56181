package pipes

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsredshiftserverless"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssagemaker"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
	"refstack/constructs/pipe"
)

// redshift calls a procedure in a warehouse of Redshift Serverless, which sleeps in
// between. Make the procedure once: a statement cannot have values of the message in
// it, and one that came in a message would run whatever it says.
func (c *catalogue) redshift(scope constructs.Construct) pipe.Target {
	const database, user = "orders", "pipes"
	vpc := c.vpc()
	name := uniqueName("orders")
	admin := awssecretsmanager.NewSecret(scope, jsii.String("Admin"), &awssecretsmanager.SecretProps{
		Description: jsii.String("The administrator of the warehouse"),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			SecretStringTemplate: jsii.String(`{"username": "` + user + `"}`),
			GenerateStringKey:    jsii.String("password"),
			ExcludeCharacters:    jsii.String(`"'\/@ `),
			PasswordLength:       jsii.Number(32),
		},
		RemovalPolicy: c.removal(),
	})
	nag.Suppress(admin, nag.Suppression{
		Rule:   "AwsSolutions-SMG4",
		Reason: "Rotation takes a function in the network: the stack is made on demand, for a look.",
	})
	namespace := awsredshiftserverless.NewCfnNamespace(scope, jsii.String("Namespace"), &awsredshiftserverless.CfnNamespaceProps{
		NamespaceName:     name,
		DbName:            jsii.String(database),
		AdminUsername:     jsii.String(user),
		AdminUserPassword: admin.SecretValueFromJson(jsii.String("password")).UnsafeUnwrap(), // A reference, and not the password.
		LogExports:        jsii.Strings("connectionlog", "userlog"),
	})
	namespace.ApplyRemovalPolicy(c.removal(), nil)
	group := awsec2.NewSecurityGroup(scope, jsii.String("Warehouse"), &awsec2.SecurityGroupProps{
		Vpc: vpc, AllowAllOutbound: jsii.Bool(false), Description: jsii.String("The warehouse: the Data API needs no way in"),
	})
	var subnets []any
	for _, subnet := range *vpc.IsolatedSubnets() {
		subnets = append(subnets, subnet.SubnetId())
	}
	workgroup := awsredshiftserverless.NewCfnWorkgroup(scope, jsii.String("Workgroup"), &awsredshiftserverless.CfnWorkgroupProps{
		WorkgroupName:      name,
		NamespaceName:      namespace.Ref(),
		BaseCapacity:       jsii.Number(8),
		MaxCapacity:        jsii.Number(16),
		PubliclyAccessible: jsii.Bool(false),
		EnhancedVpcRouting: jsii.Bool(true),
		SubnetIds:          &subnets,
		SecurityGroupIds:   &[]any{group.SecurityGroupId()},
		ConfigParameters: []any{
			map[string]any{"parameterKey": "require_ssl", "parameterValue": "true"},
		},
	})
	return pipe.ToRedshift(workgroup, &pipe.RedshiftProps{Database: database, SQL: []string{"CALL order_arrived()"}, Secret: admin})
}

// sageMaker starts a pipeline whose one step looks at the order: what a real one
// does, its definition says.
func (c *catalogue) sageMaker(scope constructs.Construct) pipe.Target {
	definition, err := json.Marshal(map[string]any{
		"Version":    "2020-12-01",
		"Parameters": []any{map[string]any{"Name": "Order", "Type": "String"}},
		"Steps": []any{map[string]any{
			"Name": "HasOrder", "Type": "Condition",
			"Arguments": map[string]any{
				"Conditions": []any{map[string]any{"Type": "Equals", "LeftValue": map[string]any{"Get": "Parameters.Order"}, "RightValue": ""}},
				"IfSteps":    []any{map[string]any{"Name": "NoOrder", "Type": "Fail", "Arguments": map[string]any{"ErrorMessage": "There is no order"}}},
				"ElseSteps":  []any{},
			},
		}},
	})
	if err != nil {
		panic(fmt.Sprintf("pipes: the definition of the pipeline: %s", err))
	}
	pipeline := awssagemaker.NewCfnPipeline(scope, jsii.String("Pipeline"), &awssagemaker.CfnPipelineProps{
		PipelineName:       uniqueName("orders"),
		PipelineDefinition: map[string]any{"PipelineDefinitionBody": string(definition)},
		RoleArn:            serviceRole(scope, "PipelineRole", "sagemaker.amazonaws.com").RoleArn(),
	})
	return pipe.ToSageMakerPipeline(pipeline, map[string]string{"Order": "$.body.id"})
}

// uniqueName is for what CloudFormation does not name itself: the last part of the
// stack's own ID makes it unique, and does not change with the stack's name.
func uniqueName(what string) *string {
	id := awscdk.Fn_Select(jsii.Number(2), awscdk.Fn_Split(jsii.String("/"), awscdk.Aws_STACK_ID(), nil))
	return jsii.String(what + "-" + *awscdk.Fn_Select(jsii.Number(4), awscdk.Fn_Split(jsii.String("-"), id, nil)))
}
