package modelendpoint

import (
	"net/url"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// HTTPProps choose a server that speaks the chat API of OpenAI.
type HTTPProps struct {
	// URL is what comes before /chat/completions, such as
	// https://models.example.com/v1. Required. The function must be able to reach
	// it from outside of your networks.
	URL string
	// Model is the server's name of the model. Required.
	Model string
	// Key is the secret that holds the API key, as plain text. It is read when the
	// first call is made, and never in the environment. Defaults to no key.
	Key awssecretsmanager.ISecret
	// KeyName is the name of that secret in the account and Region of the stack,
	// for one under the key that AWS manages. Defaults to Key.
	KeyName string
}

// HTTP is a model behind a server that speaks the chat API of OpenAI.
func HTTP(props *HTTPProps) *ModelEndpoint {
	if props == nil || props.URL == "" || props.Model == "" {
		panic("modelendpoint: URL and Model are required, such as https://models.example.com/v1 and llama-3.3-70b")
	}
	p := *props
	if u, err := url.Parse(p.URL); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		panic("modelendpoint: URL must be such as https://models.example.com/v1: prompts travel encrypted, and the key is a secret's; got " + p.URL)
	}
	environment := map[string]string{"MODEL_ENDPOINT": "http", "MODEL_URL": p.URL, "MODEL_ID": p.Model}
	if p.Key != nil && p.KeyName != "" {
		panic("modelendpoint: Key and KeyName are two ways to name one secret")
	}
	if strings.ContainsAny(p.KeyName, "*?:") {
		panic("modelendpoint: KeyName must be the name of a secret, got " + p.KeyName)
	}
	if p.Key != nil {
		environment["MODEL_SECRET_ARN"] = *p.Key.SecretArn()
	} else if p.KeyName != "" {
		environment["MODEL_SECRET_ARN"] = p.KeyName // Secrets Manager takes either.
	}
	return &ModelEndpoint{environment: environment, statements: p.statements}
}

func (p HTTPProps) statements(scope constructs.Construct, _ bool) []*awsiam.PolicyStatementProps {
	if p.Key == nil && p.KeyName == "" {
		return nil
	}
	stack := awscdk.Stack_Of(scope)
	if p.Key == nil {
		return []*awsiam.PolicyStatementProps{secret(stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("secretsmanager"), Resource: jsii.String("secret"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
			ResourceName: jsii.String(p.KeyName + "-??????"), // The end of an ARN that Secrets Manager draws.
		}))}
	}
	arn := p.Key.SecretFullArn()
	if arn == nil {
		arn = jsii.String(*p.Key.SecretArn() + "-??????")
	}
	all := []*awsiam.PolicyStatementProps{secret(arn)}
	if key := p.Key.EncryptionKey(); key != nil {
		all = append(all, &awsiam.PolicyStatementProps{
			Actions: jsii.Strings("kms:Decrypt"), Resources: &[]*string{key.KeyArn()},
			Conditions: &map[string]any{"StringEquals": map[string]any{
				"kms:ViaService": "secretsmanager." + *stack.Region() + ".amazonaws.com",
			}},
		})
	}
	return all
}

func secret(arn *string) *awsiam.PolicyStatementProps {
	return &awsiam.PolicyStatementProps{Actions: jsii.Strings("secretsmanager:GetSecretValue"), Resources: &[]*string{arn}}
}
