package pipes

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/loggroup"
)

// vpc is the network of the targets that need one, made for the first of them:
// subnets without a way to the internet, in three zones, as a warehouse asks for.
// Without a NAT gateway it costs nothing by itself.
func (c *catalogue) vpc() awsec2.Vpc {
	if c.network != nil {
		return c.network
	}
	var zones []*string
	for i := range 3 {
		zones = append(zones, awscdk.Fn_Select(jsii.Number(i), awscdk.Fn_GetAzs(nil)))
	}
	scope := constructs.NewConstruct(c.Stack, jsii.String("Network"))
	vpc := awsec2.NewVpc(scope, jsii.String("Vpc"), &awsec2.VpcProps{
		AvailabilityZones: &zones,
		NatGateways:       jsii.Number(0),
		SubnetConfiguration: &[]*awsec2.SubnetConfiguration{
			{Name: jsii.String("Isolated"), SubnetType: awsec2.SubnetType_PRIVATE_ISOLATED, CidrMask: jsii.Number(24)},
		},
		// Nothing here uses the default security group, and closing it takes a custom
		// resource with a function of the CDK.
		RestrictDefaultSecurityGroup: jsii.Bool(false),
	})
	logs := loggroup.New(scope, "FlowLogs", c.props.Production)
	role := serviceRole(scope, "FlowLogsRole", "vpc-flow-logs.amazonaws.com")
	vpc.AddFlowLog(jsii.String("FlowLog"), &awsec2.FlowLogOptions{
		Destination: awsec2.FlowLogDestination_ToCloudWatchLogs(logs, role),
		TrafficType: awsec2.FlowLogTrafficType_ALL,
	})
	c.network = vpc
	return vpc
}

// containers makes the network ready for containers: they come from a repository of
// the stack, and write their logs, through endpoints, each at about $7 a month and
// zone. Push an image before the first message.
func (c *catalogue) containers() containers {
	if c.ready.images != nil {
		return c.ready
	}
	vpc := c.vpc()
	group := func(id, description string) awsec2.SecurityGroup {
		return awsec2.NewSecurityGroup(vpc, jsii.String(id), &awsec2.SecurityGroupProps{
			Vpc: vpc, AllowAllOutbound: jsii.Bool(false), Description: jsii.String(description),
		})
	}
	out, endpoints := group("Containers", "Containers, out to endpoints"), group("Endpoints", "Endpoints, for containers")
	endpoints.AddIngressRule(out, awsec2.Port_Tcp(jsii.Number(443)), jsii.String("HTTPS from containers"), nil)
	// The addresses of S3 are none of the network's, so that all are allowed; there is
	// a way to the endpoints alone.
	out.AddEgressRule(awsec2.Peer_AnyIpv4(), awsec2.Port_Tcp(jsii.Number(443)), jsii.String("HTTPS to endpoints"), nil)
	for _, endpoint := range []struct {
		id      string
		service awsec2.IInterfaceVpcEndpointService
	}{
		{"Ecr", awsec2.InterfaceVpcEndpointAwsService_ECR()},
		{"EcrDocker", awsec2.InterfaceVpcEndpointAwsService_ECR_DOCKER()},
		{"Logs", awsec2.InterfaceVpcEndpointAwsService_CLOUDWATCH_LOGS()},
	} {
		vpc.AddInterfaceEndpoint(jsii.String(endpoint.id), &awsec2.InterfaceVpcEndpointOptions{
			Service: endpoint.service, Open: jsii.Bool(false), SecurityGroups: &[]awsec2.ISecurityGroup{endpoints},
		})
	}
	layers := vpc.AddGatewayEndpoint(jsii.String("S3"), &awsec2.GatewayVpcEndpointOptions{Service: awsec2.GatewayVpcEndpointAwsService_S3()})
	layers.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions:    jsii.Strings("s3:GetObject"),
		// Where ECR keeps the layers of images.
		Resources: &[]*string{awscdk.Fn_Sub(jsii.String("arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*"), nil)},
	}))
	images := awsecr.NewRepository(c.Stack, jsii.String("Images"), &awsecr.RepositoryProps{
		ImageScanOnPush:    jsii.Bool(true),
		ImageTagMutability: awsecr.TagMutability_MUTABLE, // The tag latest moves with each push.
		EmptyOnDelete:      jsii.Bool(!c.props.Production),
		RemovalPolicy:      c.removal(),
	})
	images.AddLifecycleRule(&awsecr.LifecycleRule{
		Description: jsii.String("Images without a tag go"), TagStatus: awsecr.TagStatus_UNTAGGED, MaxImageAge: awscdk.Duration_Days(jsii.Number(30)),
	})
	c.ready = containers{vpc, images, out}
	return c.ready
}

// containers are what containers run in, come from and are let out by.
type containers struct {
	vpc    awsec2.Vpc
	images awsecr.Repository
	group  awsec2.SecurityGroup
}
