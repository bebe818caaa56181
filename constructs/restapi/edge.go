package restapi

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
)

// preflight answers the requests with which browsers ask whether a page of
// another origin may call: the one method without a token, which they do not
// send. Without origins there is none. It allows what the functions serve and
// read, as they do themselves on a laptop, and the key that a usage plan asks for.
func preflight(p Props) *awsapigateway.CorsOptions {
	if len(p.AllowedOrigins) == 0 {
		return nil
	}
	headers := []string{"Authorization", "Content-Type", "Idempotency-Key", "If-Match"}
	if p.UsagePlan != nil {
		headers = append(headers, "X-Api-Key")
	}
	return &awsapigateway.CorsOptions{
		AllowOrigins:  jsii.Strings(p.AllowedOrigins...),
		AllowMethods:  jsii.Strings("GET", "HEAD", "POST", "PUT", "DELETE"),
		AllowHeaders:  jsii.Strings(headers...),
		ExposeHeaders: jsii.Strings(exposed...),
		MaxAge:        awscdk.Duration_Hours(jsii.Number(1)),
	}
}

// exposed are the headers of answers that a page of another origin may read.
var exposed = []string{"Age", "Cache-Status", "ETag", "Idempotency-Replayed", "Location", "Retry-After"}

// CORSTemplate is the part of a mapping template that lets the pages which may
// call the API read the answer of an integration that does not speak HTTP itself.
// It expects the request's header Origin, or "", in the variable $origin.
func (a *RestApi) CORSTemplate() string {
	if len(a.AllowedOrigins) == 0 {
		return ""
	}
	var same []string
	for _, origin := range a.AllowedOrigins {
		same = append(same, `$origin == "`+origin+`"`)
	}
	const header = "$context.responseOverride.header."
	return `#set(` + header + `Vary = "Origin")` +
		`#if(` + strings.Join(same, " || ") + `)` +
		`#set(` + header + `Access-Control-Allow-Origin = $origin)` +
		`#set(` + header + `Access-Control-Expose-Headers = "` + strings.Join(exposed, ",") + `")` +
		`#end`
}

// accessLogFormat is a JSON object a request. It has what an operator needs, and
// neither tokens nor query strings, which may hold a name or a secret.
func accessLogFormat() awsapigateway.AccessLogFormat {
	text, err := json.Marshal(map[string]string{
		"requestId":          "$context.requestId",
		"extendedRequestId":  "$context.extendedRequestId",
		"traceId":            "$context.xrayTraceId",
		"time":               "$context.requestTime",
		"ip":                 "$context.identity.sourceIp",
		"method":             "$context.httpMethod",
		"resource":           "$context.resourcePath",
		"status":             "$context.status",
		"latencyMs":          "$context.responseLatency",
		"integrationStatus":  "$context.integration.status",
		"integrationMs":      "$context.integration.latency",
		"responseBytes":      "$context.responseLength",
		"error":              "$context.error.responseType",
		"firewall":           "$context.waf.status",
		"authorizerError":    "$context.authorize.error",
		"integrationRequest": "$context.integration.requestId",
	})
	if err != nil {
		panic("restapi: " + err.Error()) // Strings always marshal.
	}
	return awsapigateway.AccessLogFormat_Custom(jsii.String(string(text)))
}

// newFirewall makes a web ACL of AWS's common rules and a rate for each address,
// and puts it before the API's stage.
func newFirewall(scope constructs.Construct, api awsapigateway.RestApi, rate int) awswafv2.CfnWebACL {
	visible := func(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
		return &awswafv2.CfnWebACL_VisibilityConfigProperty{
			CloudWatchMetricsEnabled: jsii.Bool(true),
			MetricName:               jsii.String(name),
			SampledRequestsEnabled:   jsii.Bool(true),
		}
	}
	// overCautious rules are counted rather than obeyed.
	managed := func(priority int, name string, overCautious ...string) *awswafv2.CfnWebACL_RuleProperty {
		var overrides []any
		for _, rule := range overCautious {
			overrides = append(overrides, &awswafv2.CfnWebACL_RuleActionOverrideProperty{
				Name:        jsii.String(rule),
				ActionToUse: &awswafv2.CfnWebACL_RuleActionProperty{Count: &awswafv2.CfnWebACL_CountActionProperty{}},
			})
		}
		return &awswafv2.CfnWebACL_RuleProperty{
			Name:     jsii.String(name),
			Priority: jsii.Number(priority),
			Statement: &awswafv2.CfnWebACL_StatementProperty{
				ManagedRuleGroupStatement: &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{
					VendorName: jsii.String("AWS"), Name: jsii.String(name), RuleActionOverrides: overrides,
				},
			},
			OverrideAction:   &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
			VisibilityConfig: visible(name),
		}
	}
	acl := awswafv2.NewCfnWebACL(scope, jsii.String("WebAcl"), &awswafv2.CfnWebACLProps{
		Scope:            jsii.String("REGIONAL"),
		DefaultAction:    &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		VisibilityConfig: visible("WebAcl"),
		Rules: []any{
			// First, so that a flood does not pay for the other rules.
			&awswafv2.CfnWebACL_RuleProperty{
				Name:     jsii.String("RatePerAddress"),
				Priority: jsii.Number(0),
				Statement: &awswafv2.CfnWebACL_StatementProperty{
					RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
						AggregateKeyType: jsii.String("IP"), Limit: jsii.Number(rate), EvaluationWindowSec: jsii.Number(300),
					},
				},
				Action:           &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{}},
				VisibilityConfig: visible("RatePerAddress"),
			},
			managed(1, "AWSManagedRulesAmazonIpReputationList"),
			// Its rules for bodies are made for forms: no body over 8 KB, and no
			// markup, relative path or address in it. The API's models and functions
			// bound bodies, and a text in JSON may hold any of these: nothing here
			// renders, opens or fetches what it says.
			managed(2, "AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY", "CrossSiteScripting_BODY",
				"GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY"),
			managed(3, "AWSManagedRulesKnownBadInputsRuleSet"),
		},
	})
	awswafv2.NewCfnWebACLAssociation(scope, jsii.String("WebAclAssociation"), &awswafv2.CfnWebACLAssociationProps{
		ResourceArn: api.DeploymentStage().StageArn(),
		WebAclArn:   acl.AttrArn(),
	})
	return acl
}

// addAlarms watches what callers feel.
func addAlarms(scope constructs.Construct, api awsapigateway.RestApi, p Props) {
	window := awscloudwatch.MetricOptions{Period: awscdk.Duration_Minutes(jsii.Number(5))}
	slowest := window
	slowest.Statistic = jsii.String("p99")
	alarmtopic.NewAlarm(scope, "ServerErrors", p.AlarmTopic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("The API answered 5xx: look into the access log for the request IDs."),
		Metric:           api.DeploymentStage().MetricServerError(&window),
		Threshold:        jsii.Number(1),
	})
	alarmtopic.NewAlarm(scope, "Latency", p.AlarmTopic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("One request in a hundred is slower than the API promises."),
		Metric:           api.DeploymentStage().MetricLatency(&slowest),
		Threshold:        jsii.Number(p.MaxLatencyMillis),
	})
}
