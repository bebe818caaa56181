package rules

import "strings"

func init() {
	register(
		Rule{
			Name:  "connection-secrets",
			Doc:   "What a connection proves itself with comes from Secrets Manager, and stands in no template (AWS Security Hub, Lambda and CloudFormation: no secrets in templates).",
			Types: []string{"AWS::Events::Connection"},
			Check: checkConnection,
		},
		Rule{
			Name:  "destination-limits",
			Doc:   "An API destination speaks TLS, and is not called more often than it can bear (Amazon EventBridge, API destinations: invocation rate limit).",
			Types: []string{"AWS::Events::ApiDestination"},
			Check: func(t *Template, r *Resource, fault Fault) {
				if url := r.text("InvocationEndpoint"); !strings.HasPrefix(url, "https://") {
					fault("InvocationEndpoint is %s: it must be https", url)
				}
				if r.number("InvocationRateLimitPerSecond", 0) < 1 {
					fault("InvocationRateLimitPerSecond is not set: 300 requests a second would come")
				}
			},
		},
		Rule{
			Name:  "secret-generated",
			Doc:   "A secret is made where it is kept, and stands in no template (AWS Secrets Manager best practices).",
			Types: []string{"AWS::SecretsManager::Secret"},
			Check: func(t *Template, r *Resource, fault Fault) {
				if r.get("SecretString") != nil || r.get("GenerateSecretString") == nil {
					fault("GenerateSecretString must make it, rather than SecretString hold it")
				}
			},
		},
	)
}

func checkConnection(t *Template, r *Resource, fault Fault) {
	for _, key := range []string{"ApiKeyAuthParameters.ApiKeyValue", "BasicAuthParameters.Password", "OAuthParameters.ClientParameters.ClientSecret"} {
		if value := r.get("AuthParameters." + key); value != nil && !strings.HasPrefix(text(value), "{{resolve:secretsmanager:") {
			fault("%s stands in the template", key)
		}
	}
}
