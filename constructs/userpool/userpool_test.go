package userpool_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"

	"refstack/constructs/userpool"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func synth(t *testing.T, props *userpool.Props) *cdktest.Template {
	t.Helper()
	stack := cdktest.NewStack(t)
	userpool.New(stack, "Users", props)
	return cdktest.TemplateOf(t, stack)
}

func TestEveryStage(t *testing.T) {
	for _, props := range []*userpool.Props{nil, {Production: true}} {
		template := synth(t, props)
		template.Has("AWS::Cognito::UserPool", map[string]any{
			"Policies": map[string]any{"PasswordPolicy": map[string]any{
				"MinimumLength": 12, "RequireLowercase": true, "RequireUppercase": true, "RequireNumbers": true, "RequireSymbols": true,
				"TemporaryPasswordValidityDays": 3,
			}},
			"EnabledMfas":            []any{"SOFTWARE_TOKEN_MFA"},
			"AutoVerifiedAttributes": []any{"email"},
			"UsernameAttributes":     []any{"email"},
			"UsernameConfiguration":  map[string]any{"CaseSensitive": false},
			"UserAttributeUpdateSettings": map[string]any{
				"AttributesRequireVerificationBeforeUpdate": []any{"email"},
			},
			"AccountRecoverySetting": map[string]any{"RecoveryMechanisms": []any{map[string]any{"Name": "verified_email", "Priority": 1}}},
			"AdminCreateUserConfig":  map[string]any{"AllowAdminCreateUserOnly": false},
		})
		template.Has("AWS::Cognito::UserPoolClient", map[string]any{
			"UserPoolId":                      map[string]any{"Ref": template.ID("AWS::Cognito::UserPool", "Users")},
			"PreventUserExistenceErrors":      "ENABLED",
			"EnableTokenRevocation":           true,
			"GenerateSecret":                  false,
			"AllowedOAuthFlows":               assertions.Match_Absent(),
			"AllowedOAuthFlowsUserPoolClient": false,
			"AccessTokenValidity":             60,
			"IdTokenValidity":                 60,
			"RefreshTokenValidity":            30 * 24 * 60,
		})
	}
}

func TestDevelopment(t *testing.T) {
	template := synth(t, nil)
	template.HasResource("AWS::Cognito::UserPool", map[string]any{
		"DeletionPolicy": "Delete",
		"Properties":     map[string]any{"MfaConfiguration": "OPTIONAL", "DeletionProtection": "INACTIVE"},
	})
	template.Has("AWS::Cognito::UserPoolClient", map[string]any{
		"ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
}

func TestProduction(t *testing.T) {
	template := synth(t, &userpool.Props{Production: true})
	template.HasResource("AWS::Cognito::UserPool", map[string]any{
		"DeletionPolicy":      "Retain",
		"UpdateReplacePolicy": "Retain",
		"Properties":          map[string]any{"MfaConfiguration": "ON", "DeletionProtection": "ACTIVE"},
	})
	template.Has("AWS::Cognito::UserPoolClient", map[string]any{
		"ExplicitAuthFlows": []any{"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
}

func TestClosedSignUp(t *testing.T) {
	synth(t, &userpool.Props{AdminsCreateUsers: true}).Has("AWS::Cognito::UserPool", map[string]any{
		"AdminCreateUserConfig": map[string]any{"AllowAdminCreateUserOnly": true},
	})
}
