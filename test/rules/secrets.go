package rules

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

func init() {
	register(
		Rule{
			Name:  "secret-values",
			Doc:   "A function's environment names secrets and holds none: whoever may look at a function reads it, and so does whoever has the template (AWS Lambda, Securing environment variables).",
			Types: []string{functionType},
			Check: checkSecretValues,
		},
		Rule{
			Name:  "secret-access",
			Doc:   "A role reads one secret that it names (AWS Secrets Manager, Best practices: limit access to secrets).",
			Types: identities,
			Check: checkSecretAccess,
		},
	)
}

const readSecret = "secretsmanager:GetSecretValue"

// keyLike is what keys of several services look like, and what CloudFormation
// replaces by a secret.
var keyLike = regexp.MustCompile(`\{\{resolve:(secretsmanager|ssm-secure):|-----BEGIN|\b(sk|pk|hf|gh[pousr]|glpat|xox[abp])[-_][A-Za-z0-9_-]{16}|\bA[KS]IA[0-9A-Z]{16}\b|\beyJ[A-Za-z0-9_-]{10}|[A-Za-z0-9_]{32}`)

func checkSecretValues(t *Template, r *Resource, fault Fault) {
	variables := object(r.get("Environment.Variables"))
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		value := text(variables[name])
		if keyLike.MatchString(reference.ReplaceAllString(value, "")) {
			fault("the value of %s looks like a key", name)
		}
		if strings.HasSuffix(name, "SECRET_ARN") && !t.readsSecret(r, value) {
			fault("its role may not %s on %s, which is in %s", readSecret, value, name)
		}
	}
}

// readsSecret tells whether the role of a function may read a secret, by its ARN
// or its name.
func (t *Template) readsSecret(function *Resource, secret string) bool {
	role := t.target(function.get("Role"))
	return role != nil && slices.ContainsFunc(t.allowed(role, readSecret), func(resource string) bool {
		name := strings.TrimSuffix(resource, drawn)
		return name == secret || strings.HasSuffix(name, ":secret:"+secret)
	})
}

// drawn is the end of a secret's ARN, six letters that Secrets Manager draws, as
// policies write it.
const drawn = "-??????"

func checkSecretAccess(t *Template, r *Resource, fault Fault) {
	secrets := map[string]bool{}
	for _, s := range r.identityPolicy() {
		if s.effect != "Allow" || !s.covers(readSecret) {
			continue
		}
		for _, resource := range s.resources {
			secrets[resource] = true
			if strings.ContainsAny(strings.TrimSuffix(resource, drawn), "*?") {
				fault("allows %s on %s", readSecret, resource)
			}
		}
	}
	if len(secrets) > 1 {
		fault("allows %s on %d secrets", readSecret, len(secrets))
	}
}
