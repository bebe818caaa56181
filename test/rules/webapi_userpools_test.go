package rules

const (
	users  = "Users/UserPool"
	client = "Users/UserPool/Client"
)

var poolMutants = []mutant{
	one("pool-second-factor", users, "Properties MfaConfiguration", "OFF"),
	one("pool-second-factor", users, "Properties MfaConfiguration", gone),
	one("pool-second-factor", users, "Properties MfaConfiguration", "OPTIONAL").in("prod"),
	one("pool-second-factor", users, "Properties EnabledMfas", []any{"SMS_MFA"}),
	one("pool-second-factor", users, "Properties EnabledMfas", gone),
	one("pool-passwords", users, "Properties Policies", gone),
	one("pool-passwords", users, "Properties Policies PasswordPolicy MinimumLength", 11.0),
	one("pool-passwords", users, "Properties Policies PasswordPolicy RequireLowercase", false),
	one("pool-passwords", users, "Properties Policies PasswordPolicy RequireUppercase", gone),
	one("pool-passwords", users, "Properties Policies PasswordPolicy RequireNumbers", gone),
	one("pool-passwords", users, "Properties Policies PasswordPolicy RequireSymbols", gone),
	one("pool-protection", users, "Properties DeletionProtection", "INACTIVE").in("prod"),
	one("pool-protection", users, "Properties DeletionProtection", gone).in("prod"),
	one("pool-protection", users, "Properties DeletionProtection", "ACTIVE").in("dev"),
	one("production-retains", users, "DeletionPolicy", "Delete").in("prod"),
	one("production-retains", users, "UpdateReplacePolicy", "Delete").in("prod"),
	one("development-deletes", users, "DeletionPolicy", "Retain").in("dev"),
	one("no-physical-names", users, "Properties UserPoolName", "users"),

	one("pool-client", client, "Properties PreventUserExistenceErrors", gone),
	one("pool-client", client, "Properties PreventUserExistenceErrors", "LEGACY"),
	one("pool-client", client, "Properties EnableTokenRevocation", gone),
	one("pool-client", client, "Properties EnableTokenRevocation", false),
	one("pool-client", client, "Properties AllowedOAuthFlows", []any{"code", "implicit"}),
	one("pool-client-passwords", client, "Properties ExplicitAuthFlows +", "ALLOW_USER_PASSWORD_AUTH").in("prod"),
	one("pool-client-passwords", client, "Properties ExplicitAuthFlows +", "ALLOW_ADMIN_USER_PASSWORD_AUTH").in("prod"),
	one("pool-client-passwords", client, "Properties ExplicitAuthFlows", []any{"USER_PASSWORD_AUTH"}).in("prod"),
	one("pool-client-passwords", client, "Properties ExplicitAuthFlows", []any{"ADMIN_NO_SRP_AUTH"}).in("prod"),
}
