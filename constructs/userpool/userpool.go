// Package userpool makes the Cognito user pool behind an API: strong passwords,
// a second factor, tokens that can be revoked, and answers that do not tell who
// has an account.
package userpool

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
)

// Props configure a UserPool.
type Props struct {
	// Production asks every user for a second factor, keeps the pool when the
	// stack is deleted, protects it from deletion, and takes passwords by SRP
	// alone. Defaults to a second factor for those who want one, and to
	// accepting a password in a request, so that curl can sign in.
	Production bool
	// AdminsCreateUsers closes the sign-up. Defaults to letting everybody with a
	// confirmed e-mail address in.
	AdminsCreateUsers bool
}

// UserPool is a Cognito user pool and the client that applications sign in with.
type UserPool struct {
	Construct constructs.Construct
	UserPool  awscognito.UserPool
	Client    awscognito.UserPoolClient
}

// New makes a UserPool. Props may be nil.
func New(scope constructs.Construct, id string, props *Props) *UserPool {
	var p Props
	if props != nil {
		p = *props
	}
	this := constructs.NewConstruct(scope, jsii.String(id))
	mfa, removal := awscognito.Mfa_OPTIONAL, awscdk.RemovalPolicy_DESTROY
	if p.Production {
		mfa, removal = awscognito.Mfa_REQUIRED, awscdk.RemovalPolicy_RETAIN
	}
	pool := awscognito.NewUserPool(this, jsii.String("UserPool"), &awscognito.UserPoolProps{
		SelfSignUpEnabled: jsii.Bool(!p.AdminsCreateUsers),
		SignInAliases:     &awscognito.SignInAliases{Email: jsii.Bool(true)},
		// Alice@ and alice@ would be two accounts otherwise.
		SignInCaseSensitive: jsii.Bool(false),
		AutoVerify:          &awscognito.AutoVerifiedAttrs{Email: jsii.Bool(true)},
		// A new address counts only once it is confirmed.
		KeepOriginal:    &awscognito.KeepOriginalAttrs{Email: jsii.Bool(true)},
		AccountRecovery: awscognito.AccountRecovery_EMAIL_ONLY,
		Mfa:             mfa,
		MfaSecondFactor: &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength:            jsii.Number(12),
			RequireLowercase:     jsii.Bool(true),
			RequireUppercase:     jsii.Bool(true),
			RequireDigits:        jsii.Bool(true),
			RequireSymbols:       jsii.Bool(true),
			TempPasswordValidity: awscdk.Duration_Days(jsii.Number(3)),
		},
		DeletionProtection: jsii.Bool(p.Production),
		RemovalPolicy:      removal,
	})
	nag.Suppress(pool, nag.Suppression{
		Rule:   "AwsSolutions-COG8",
		Reason: "Threat protection needs Cognito's Plus plan, which is billed by user: turn it on where accounts are worth attacking.",
	})
	if !p.Production {
		nag.Suppress(pool, nag.Suppression{
			Rule:   "AwsSolutions-COG2",
			Reason: "In development a second factor is for those who want one; production asks everybody.",
		})
	}
	client := pool.AddClient(jsii.String("Client"), &awscognito.UserPoolClientOptions{
		AuthFlows:                  &awscognito.AuthFlow{UserSrp: jsii.Bool(true), UserPassword: jsii.Bool(!p.Production)},
		DisableOAuth:               jsii.Bool(true), // And with it the implicit flow.
		PreventUserExistenceErrors: jsii.Bool(true),
		EnableTokenRevocation:      jsii.Bool(true),
		GenerateSecret:             jsii.Bool(false), // A browser could not keep it.
		AccessTokenValidity:        awscdk.Duration_Hours(jsii.Number(1)),
		IdTokenValidity:            awscdk.Duration_Hours(jsii.Number(1)),
		RefreshTokenValidity:       awscdk.Duration_Days(jsii.Number(30)),
	})
	return &UserPool{Construct: this, UserPool: pool, Client: client}
}

// TokenEnvironment tells a function whose tokens it may trust: those that pool
// issued for client.
func TokenEnvironment(pool awscognito.IUserPool, client awscognito.IUserPoolClient) map[string]string {
	return map[string]string{
		"TOKEN_ISSUER":   "https://" + *pool.UserPoolProviderName(),
		"TOKEN_AUDIENCE": *client.UserPoolClientId(),
	}
}
