package pipe

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsamazonmq"
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// BrokerProps configure a queue of an Amazon MQ broker as a source. The pipe's
// network interfaces take the broker's subnets and security groups, which must let
// them reach the broker, AWS STS and Secrets Manager.
type BrokerProps struct {
	// Queue is the name of the queue in the broker. Required.
	Queue string
	// Secret holds username and password of a user of the broker. Required.
	Secret awssecretsmanager.ISecret
	// VirtualHost is where the queue is, in RabbitMQ only. Defaults to "/".
	VirtualHost string
}

// FromActiveMQ takes the messages of a queue of an Amazon MQ broker for ActiveMQ.
func FromActiveMQ(broker awsamazonmq.CfnBroker, props *BrokerProps) Source {
	p := props.validated("FromActiveMQ")
	if p.VirtualHost != "" {
		panic("pipe: VirtualHost of FromActiveMQ must not be set: only RabbitMQ has virtual hosts")
	}
	return fromBroker("FromActiveMQ", broker, p, func(into *awspipes.CfnPipe_PipeSourceParametersProperty, b batch) {
		into.ActiveMqBrokerParameters = &awspipes.CfnPipe_PipeSourceActiveMQBrokerParametersProperty{
			Credentials:                    p.credentials(),
			QueueName:                      jsii.String(p.Queue),
			BatchSize:                      b.size,
			MaximumBatchingWindowInSeconds: b.window,
		}
	})
}

// FromRabbitMQ takes the messages of a queue of an Amazon MQ broker for RabbitMQ.
func FromRabbitMQ(broker awsamazonmq.CfnBroker, props *BrokerProps) Source {
	p := props.validated("FromRabbitMQ")
	return fromBroker("FromRabbitMQ", broker, p, func(into *awspipes.CfnPipe_PipeSourceParametersProperty, b batch) {
		into.RabbitMqBrokerParameters = &awspipes.CfnPipe_PipeSourceRabbitMQBrokerParametersProperty{
			Credentials:                    p.credentials(),
			QueueName:                      jsii.String(p.Queue),
			VirtualHost:                    optional(p.VirtualHost),
			BatchSize:                      b.size,
			MaximumBatchingWindowInSeconds: b.window,
		}
	})
}

func fromBroker(name string, broker awsamazonmq.CfnBroker, p BrokerProps, configure func(*awspipes.CfnPipe_PipeSourceParametersProperty, batch)) Source {
	return Source{
		name:      name,
		arn:       broker.AttrArn(),
		configure: configure,
		permissions: slices.Concat(
			[]permission{allow(broker.AttrArn(), "mq:DescribeBroker"), joinNetwork()},
			readSecret(p.Secret)),
	}
}

func (p *BrokerProps) credentials() *awspipes.CfnPipe_MQBrokerAccessCredentialsProperty {
	return &awspipes.CfnPipe_MQBrokerAccessCredentialsProperty{BasicAuth: p.Secret.SecretArn()}
}

func (p *BrokerProps) validated(from string) BrokerProps {
	var out BrokerProps
	if p != nil {
		out = *p
	}
	require("Queue of "+from, out.Queue, `"orders"`)
	checkLength("Queue", from, out.Queue)
	checkLength("VirtualHost", from, out.VirtualHost)
	if out.Secret == nil {
		panic("pipe: Secret of " + from + " is required: it holds username and password of a user of the broker")
	}
	return out
}
