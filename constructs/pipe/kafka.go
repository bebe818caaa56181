package pipe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// KafkaAuthentication is how a pipe proves to Kafka who it is.
type KafkaAuthentication string

// Ways to authenticate. All but IAM need a Secret.
const (
	// KafkaIAM is by the pipe's role, in Amazon MSK only.
	KafkaIAM KafkaAuthentication = "IAM"
	// KafkaScram512 and KafkaScram256 are by user and password; Amazon MSK knows
	// the first.
	KafkaScram512 KafkaAuthentication = "SASL_SCRAM_512"
	KafkaScram256 KafkaAuthentication = "SASL_SCRAM_256"
	// KafkaPlain is by user and password under TLS.
	KafkaPlain KafkaAuthentication = "SASL_PLAIN"
	// KafkaCertificate is by a client's certificate and key.
	KafkaCertificate KafkaAuthentication = "CLIENT_CERTIFICATE"
)

// KafkaProps configure a topic as a source.
type KafkaProps struct {
	// Topic is the topic's name. Required.
	Topic string
	// ConsumerGroup is the group to join. Required with KafkaIAM, since the role may
	// join that group alone. Defaults to one that Pipes names.
	ConsumerGroup string
	// StartingPosition is where the pipe begins. Defaults to TrimHorizon.
	StartingPosition StartingPosition
	// Authentication is how the pipe proves who it is. Defaults to KafkaIAM for
	// Amazon MSK, and to KafkaScram512 for others.
	Authentication KafkaAuthentication
	// Secret holds what the authentication takes. Required, unless that is
	// KafkaIAM.
	Secret awssecretsmanager.ISecret

	// BootstrapServers are up to three brokers to begin with, as host:port.
	// Required for FromKafka, and not for FromMSK.
	BootstrapServers []string
	// RootCertificate is the secret with the certificate that signed the brokers',
	// where no public authority did. For FromKafka only. Defaults to none.
	RootCertificate awssecretsmanager.ISecret
	// Subnets are those from which the brokers can be reached, with SecurityGroups.
	// Up to 16, for FromKafka only. Defaults to brokers on the internet.
	Subnets []awsec2.ISubnet
	// SecurityGroups are those of the pipe's network interfaces in Subnets, up to 5.
	SecurityGroups []awsec2.ISecurityGroup
}

// MSKCluster is an awsmsk.CfnCluster or an awsmsk.CfnServerlessCluster.
type MSKCluster interface {
	awscdk.CfnResource
	AttrArn() *string
}

// FromMSK takes the records of a topic of Amazon MSK. The pipe's network
// interfaces take the cluster's subnets and security groups.
func FromMSK(cluster MSKCluster, props *KafkaProps) Source {
	p := props.withDefaults("FromMSK", KafkaIAM, KafkaScram512, KafkaCertificate)
	if len(p.BootstrapServers)+len(p.Subnets)+len(p.SecurityGroups) > 0 || p.RootCertificate != nil {
		panic("pipe: BootstrapServers, RootCertificate, Subnets and SecurityGroups of FromMSK must not be set: the cluster has its own")
	}
	s := Source{
		name:        "FromMSK",
		arn:         cluster.AttrArn(),
		permissions: []permission{allow(cluster.AttrArn(), "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"), joinNetwork()},
		configure: func(into *awspipes.CfnPipe_PipeSourceParametersProperty, b batch) {
			parameters := &awspipes.CfnPipe_PipeSourceManagedStreamingKafkaParametersProperty{
				TopicName:                      jsii.String(p.Topic),
				ConsumerGroupId:                optional(p.ConsumerGroup),
				StartingPosition:               jsii.String(string(p.StartingPosition)),
				BatchSize:                      b.size,
				MaximumBatchingWindowInSeconds: b.window,
			}
			switch p.Authentication {
			case KafkaScram512:
				parameters.Credentials = &awspipes.CfnPipe_MSKAccessCredentialsProperty{SaslScram512Auth: p.Secret.SecretArn()}
			case KafkaCertificate:
				parameters.Credentials = &awspipes.CfnPipe_MSKAccessCredentialsProperty{ClientCertificateTlsAuth: p.Secret.SecretArn()}
			}
			into.ManagedStreamingKafkaParameters = parameters
		},
	}
	if p.Authentication == KafkaIAM {
		require("ConsumerGroup of FromMSK for IAM", p.ConsumerGroup, `"orders-pipe"`)
		s.permissions = append(s.permissions, readTopic(cluster, p)...)
	} else {
		s.permissions = append(s.permissions, readSecret(p.Secret)...)
	}
	return s
}

// readTopic is what reading as an IAM role takes. Topics and groups have the ARN of
// their cluster, with the kind and a name in it.
func readTopic(cluster MSKCluster, p KafkaProps) []permission {
	parts := *awscdk.Fn_Split(jsii.String(":cluster/"), cluster.AttrArn(), jsii.Number(2))
	within := func(kind, name string) *string {
		return awscdk.Fn_Join(jsii.String(""), &[]*string{
			parts[0], jsii.String(":" + kind + "/"), parts[1], jsii.String("/" + name),
		})
	}
	return []permission{
		allow(cluster.AttrArn(), "kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration"),
		allow(within("topic", p.Topic), "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"),
		allow(within("group", p.ConsumerGroup), "kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"),
	}
}

// FromKafka takes the records of a topic of a Kafka cluster that you run.
func FromKafka(props *KafkaProps) Source {
	p := props.withDefaults("FromKafka", KafkaScram512, KafkaScram256, KafkaPlain, KafkaCertificate)
	if len(p.BootstrapServers) == 0 {
		panic(`pipe: BootstrapServers of FromKafka is required, such as "broker-1.example.com:9096"`)
	}
	for _, server := range p.BootstrapServers {
		if host, port, found := strings.Cut(server, ":"); !found || host == "" || port == "" || strings.Contains(server, "/") {
			panic(fmt.Sprintf("pipe: BootstrapServers of FromKafka must be host:port each, got %q", server))
		}
	}
	if n := len(p.BootstrapServers); n > 3 {
		panic(fmt.Sprintf("pipe: BootstrapServers of FromKafka must be at most 3, got %d: they name the others", n))
	}
	if (len(p.Subnets) == 0) != (len(p.SecurityGroups) == 0) {
		panic("pipe: Subnets and SecurityGroups of FromKafka go together: set both or neither")
	}
	checkCount("Subnets", "FromKafka", len(p.Subnets))
	checkCount("SecurityGroups", "FromKafka", len(p.SecurityGroups))
	s := Source{name: "FromKafka", arn: jsii.String("smk://" + p.BootstrapServers[0]), configure: p.configure}
	s.permissions = readSecret(p.Secret)
	if p.RootCertificate != nil {
		s.permissions = append(s.permissions, readSecret(p.RootCertificate)...)
	}
	if len(p.Subnets) > 0 {
		s.permissions = append(s.permissions, joinNetwork())
	}
	return s
}

// configure is for clusters that are no Amazon MSK.
func (p KafkaProps) configure(into *awspipes.CfnPipe_PipeSourceParametersProperty, b batch) {
	credentials := &awspipes.CfnPipe_SelfManagedKafkaAccessConfigurationCredentialsProperty{}
	switch p.Authentication {
	case KafkaScram512:
		credentials.SaslScram512Auth = p.Secret.SecretArn()
	case KafkaScram256:
		credentials.SaslScram256Auth = p.Secret.SecretArn()
	case KafkaPlain:
		credentials.BasicAuth = p.Secret.SecretArn()
	default:
		credentials.ClientCertificateTlsAuth = p.Secret.SecretArn()
	}
	parameters := &awspipes.CfnPipe_PipeSourceSelfManagedKafkaParametersProperty{
		TopicName:                      jsii.String(p.Topic),
		ConsumerGroupId:                optional(p.ConsumerGroup),
		StartingPosition:               jsii.String(string(p.StartingPosition)),
		Credentials:                    credentials,
		BatchSize:                      b.size,
		MaximumBatchingWindowInSeconds: b.window,
	}
	if more := p.BootstrapServers[1:]; len(more) > 0 {
		parameters.AdditionalBootstrapServers = jsii.Strings(more...)
	}
	if p.RootCertificate != nil {
		parameters.ServerRootCaCertificate = p.RootCertificate.SecretArn()
	}
	if len(p.Subnets) > 0 {
		vpc := &awspipes.CfnPipe_SelfManagedKafkaAccessConfigurationVpcProperty{Subnets: &[]*string{}, SecurityGroup: &[]*string{}}
		for _, subnet := range p.Subnets {
			*vpc.Subnets = append(*vpc.Subnets, subnet.SubnetId())
		}
		for _, group := range p.SecurityGroups {
			*vpc.SecurityGroup = append(*vpc.SecurityGroup, group.SecurityGroupId())
		}
		parameters.Vpc = vpc
	}
	into.SelfManagedKafkaParameters = parameters
}

// withDefaults copies and completes the props of the source function from, which
// knows these ways to authenticate; the first is the default.
func (p *KafkaProps) withDefaults(from string, ways ...KafkaAuthentication) KafkaProps {
	var out KafkaProps
	if p != nil {
		out = *p
	}
	if out.StartingPosition == "" {
		out.StartingPosition = TrimHorizon
	}
	if out.Authentication == "" {
		out.Authentication = ways[0]
	}
	require("Topic of "+from, out.Topic, `"orders"`)
	checkLength("Topic", from, out.Topic)
	checkLength("ConsumerGroup", from, out.ConsumerGroup)
	switch {
	case !slices.Contains([]StartingPosition{TrimHorizon, Latest}, out.StartingPosition):
		panic(fmt.Sprintf("pipe: StartingPosition of %s must be TRIM_HORIZON or LATEST, got %s", from, out.StartingPosition))
	case !slices.Contains(ways, out.Authentication):
		panic(fmt.Sprintf("pipe: Authentication of %s must be one of %s, got %s", from, ways, out.Authentication))
	case (out.Secret == nil) != (out.Authentication == KafkaIAM):
		panic(fmt.Sprintf("pipe: Secret of %s is required for all Authentication but IAM, got %s", from, out.Authentication))
	}
	return out
}
