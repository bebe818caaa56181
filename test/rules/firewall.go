package rules

import "slices"

const (
	firewallType    = "AWS::WAFv2::WebACL"
	associationType = "AWS::WAFv2::WebACLAssociation"
)

func init() {
	register(
		Rule{
			Name:  "firewall-rules",
			Doc:   "A web ACL stands in the Region, blocks an address that asks too often, whatever it asks for, and applies AWS's common rules (AWS WAF, AWS Managed Rules rule groups list; docs/design.md, APIs).",
			Types: []string{firewallType},
			Check: checkFirewall,
		},
		Rule{
			Name:  "firewall-metrics",
			Doc:   "A web ACL and each of its rules count what they do (AWS Security Hub, WAF.12).",
			Types: []string{firewallType},
			Check: checkFirewallMetrics,
		},
		Rule{
			Name:  "firewall-association",
			Doc:   "An association puts a web ACL of the template before a stage of the template: one for another's API would be deleted with this stack (AWS CloudFormation, AWS::WAFv2::WebACLAssociation).",
			Types: []string{associationType},
			Check: checkAssociation,
		},
	)
}

func checkFirewall(t *Template, r *Resource, fault Fault) {
	if scope := r.text("Scope"); scope != "REGIONAL" {
		fault("Scope is %q: it must be REGIONAL", scope)
	}
	var rate, common bool
	for _, entry := range list(r.get("Rules")) {
		rule := &Resource{Properties: object(entry)}
		rate = rate || rule.number("Statement.RateBasedStatement.Limit", 0) > 0 &&
			rule.get("Statement.RateBasedStatement.ScopeDownStatement") == nil && rule.get("Action.Block") != nil
		common = common || rule.text("Statement.ManagedRuleGroupStatement.VendorName") == "AWS" &&
			rule.text("Statement.ManagedRuleGroupStatement.Name") == "AWSManagedRulesCommonRuleSet" &&
			rule.get("Statement.ManagedRuleGroupStatement.ScopeDownStatement") == nil && rule.get("OverrideAction.None") != nil
	}
	if !rate {
		fault("no rule blocks by rate for all requests")
	}
	if !common {
		fault("AWSManagedRulesCommonRuleSet of AWS must apply to all requests, and not count alone")
	}
}

func checkFirewallMetrics(t *Template, r *Resource, fault Fault) {
	for _, entry := range slices.Concat([]any{r.Properties}, list(r.get("Rules"))) {
		counted := &Resource{Properties: object(entry)}
		if !counted.is("VisibilityConfig.CloudWatchMetricsEnabled") {
			fault("VisibilityConfig.CloudWatchMetricsEnabled of %q must be true", counted.text("Name"))
		}
	}
}

func checkAssociation(t *Template, r *Resource, fault Fault) {
	if acl := t.target(r.get("WebACLArn")); acl == nil || acl.Type != firewallType {
		fault("WebACLArn must be a web ACL of the template")
	}
	if t.stageAt(r.get("ResourceArn")) == nil {
		fault("ResourceArn must be a stage of the template")
	}
}
