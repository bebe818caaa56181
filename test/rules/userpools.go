package rules

import (
	"slices"
	"strings"
)

const (
	poolType   = "AWS::Cognito::UserPool"
	clientType = "AWS::Cognito::UserPoolClient"
)

func init() {
	register(
		Rule{
			Name:  "pool-second-factor",
			Doc:   "Users of a pool may have a second factor, and must in production; it is not a text message alone, which can be redirected (Amazon Cognito, Adding MFA to a user pool; NIST SP 800-63B).",
			Types: []string{poolType},
			Check: checkSecondFactor,
		},
		Rule{
			Name:  "pool-passwords",
			Doc:   "A password has 12 characters at the least, of all kinds (AWS Security Hub, Cognito.3).",
			Types: []string{poolType},
			Check: checkPasswords,
		},
		Rule{
			Name:  "pool-protection",
			Doc:   "A pool cannot be deleted in production, since nobody could restore its passwords, and can be in development (AWS Security Hub, Cognito.6).",
			Types: []string{poolType},
			Check: checkPoolProtection,
		},
		Rule{
			Name:  "pool-client",
			Doc:   "A client cannot be asked who has an account, its tokens can be revoked, and none of them travels in a URL (Amazon Cognito, Managing user existence error responses; RFC 9700).",
			Types: []string{clientType},
			Check: checkClient,
		},
		Rule{
			Name:  "pool-client-passwords",
			Doc:   "In production a password does not travel: clients prove by SRP that they know it (Amazon Cognito, Authentication flows).",
			Types: []string{clientType},
			Check: checkClientPasswords,
		},
	)
}

func checkSecondFactor(t *Template, r *Resource, fault Fault) {
	switch mode := r.text("MfaConfiguration"); {
	case t.Env.Production && mode != "ON":
		fault("MfaConfiguration is %q: it must be ON in production", mode)
	case mode != "ON" && mode != "OPTIONAL":
		fault("MfaConfiguration is %q: it must be OPTIONAL or ON", mode)
	}
	if !slices.ContainsFunc(texts(r.get("EnabledMfas")), func(factor string) bool { return factor != "SMS_MFA" }) {
		fault("EnabledMfas must hold another factor than SMS_MFA, such as SOFTWARE_TOKEN_MFA")
	}
}

func checkPasswords(t *Template, r *Resource, fault Fault) {
	if length := r.number("Policies.PasswordPolicy.MinimumLength", 0); length < 12 {
		fault("MinimumLength of passwords must be 12 at the least")
	}
	for _, kind := range []string{"Lowercase", "Numbers", "Symbols", "Uppercase"} {
		if !r.is("Policies.PasswordPolicy.Require" + kind) {
			fault("Require%s of passwords must be true", kind)
		}
	}
}

func checkPoolProtection(t *Template, r *Resource, fault Fault) {
	if got := r.text("DeletionProtection"); (got == "ACTIVE") != t.Env.Production {
		fault("DeletionProtection is %q: it must be ACTIVE in production alone", got)
	}
}

func checkClient(t *Template, r *Resource, fault Fault) {
	if got := r.text("PreventUserExistenceErrors"); got != "ENABLED" {
		fault("PreventUserExistenceErrors is %q: it must be ENABLED", got)
	}
	if !r.is("EnableTokenRevocation") {
		fault("EnableTokenRevocation must be true")
	}
	if slices.Contains(texts(r.get("AllowedOAuthFlows")), "implicit") {
		fault("AllowedOAuthFlows holds implicit, which puts tokens into URLs")
	}
}

func checkClientPasswords(t *Template, r *Resource, fault Fault) {
	for _, flow := range texts(r.get("ExplicitAuthFlows")) {
		// The old names have no ALLOW_ before them.
		sends := slices.Contains([]string{"USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}, strings.TrimPrefix(flow, "ALLOW_"))
		if t.Env.Production && sends {
			fault("ExplicitAuthFlows holds %s in production", flow)
		}
	}
}
