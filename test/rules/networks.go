package rules

import (
	"slices"
	"strings"
)

const (
	vpcType      = "AWS::EC2::VPC"
	subnetType   = "AWS::EC2::Subnet"
	groupType    = "AWS::EC2::SecurityGroup"
	endpointType = "AWS::EC2::VPCEndpoint"
)

func init() {
	register(
		Rule{
			Name:  "network-closed",
			Doc:   "A network has no way to the internet: no gateway, no route, no public address (AWS Security Hub, EC2.15; docs/design.md, networks).",
			Types: []string{vpcType, subnetType, "AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation"},
			Check: func(t *Template, r *Resource, fault Fault) {
				switch r.Type {
				case vpcType, "AWS::EC2::SubnetRouteTableAssociation":
				case subnetType:
					if r.is("MapPublicIpOnLaunch") {
						fault("MapPublicIpOnLaunch must be false")
					}
				default:
					fault("is a way to the internet")
				}
			},
		},
		Rule{
			Name:  "network-flow-logs",
			Doc:   "A network logs what flows in it, into a log group of the template (AWS Security Hub, EC2.6).",
			Types: []string{vpcType, "AWS::EC2::FlowLog"},
			Check: checkFlowLogs,
		},
		Rule{
			Name:  "group-closed",
			Doc:   "A security group lets in who has another group of the template, and lets out what it names (AWS Security Hub, EC2.18 and EC2.19).",
			Types: []string{groupType, "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"},
			Check: checkGroup,
		},
		Rule{
			Name:  "endpoint-closed",
			Doc:   "An endpoint belongs to a security group, or has a policy that names what is fetched by it (Amazon VPC, Control access to VPC endpoints using endpoint policies).",
			Types: []string{endpointType},
			Check: checkEndpoint,
		},
	)
}

func checkFlowLogs(t *Template, r *Resource, fault Fault) {
	if r.Type == vpcType {
		logged := slices.ContainsFunc(t.of("AWS::EC2::FlowLog"), func(log *Resource) bool {
			return t.target(log.get("ResourceId")) == r && log.text("TrafficType") == "ALL"
		})
		if !logged {
			fault("has no flow log of all traffic")
		}
		return
	}
	group, role := t.target(r.get("LogGroupName")), t.target(r.get("DeliverLogsPermissionArn"))
	switch {
	case group == nil || group.Type != "AWS::Logs::LogGroup":
		fault("LogGroupName must be a log group of the template")
	case !isServiceRole(role, "vpc-flow-logs.amazonaws.com") || !t.roleMay(role, "logs:PutLogEvents", group):
		fault("its role must let flow logs write to %s", group.ID)
	}
}

func checkGroup(t *Template, r *Resource, fault Fault) {
	in, out := list(r.get("SecurityGroupIngress")), list(r.get("SecurityGroupEgress"))
	switch r.Type {
	case "AWS::EC2::SecurityGroupIngress":
		in = []any{r.Properties}
	case "AWS::EC2::SecurityGroupEgress":
		out = []any{r.Properties}
	default:
		if len(out) == 0 {
			fault("lets everything out: name what, or 255.255.255.255/32 for nothing")
		}
	}
	for _, entry := range in {
		rule := &Resource{Properties: object(entry)}
		if from := t.target(rule.get("SourceSecurityGroupId")); from == nil || from.Type != groupType {
			fault("lets in others than a security group of the template")
		}
	}
	for _, entry := range out {
		rule := &Resource{Properties: object(entry)}
		if rule.text("IpProtocol") == "-1" {
			fault("lets out every protocol")
		}
	}
}

func checkEndpoint(t *Template, r *Resource, fault Fault) {
	if r.text("VpcEndpointType") == "Interface" {
		groups := list(r.get("SecurityGroupIds"))
		if len(groups) == 0 || slices.ContainsFunc(groups, func(group any) bool { return t.target(group) == nil }) {
			fault("SecurityGroupIds must be groups of the template")
		}
		if !r.is("PrivateDnsEnabled") {
			fault("PrivateDnsEnabled must be true, or clients go past it")
		}
		return
	}
	statements := statements(r.get("PolicyDocument"))
	if len(statements) == 0 {
		fault("has no policy: everything of the service can be reached by it")
	}
	for _, s := range statements {
		for _, resource := range s.resources {
			if s.effect == "Allow" && (strings.Trim(resource, "*") == "" || slices.Contains(s.actions, "*")) {
				fault("its policy allows %s on %s", strings.Join(s.actions, ", "), resource)
			}
		}
	}
}
