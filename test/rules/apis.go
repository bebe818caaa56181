package rules

import (
	"regexp"
	"slices"
	"strings"
)

const (
	apiType      = "AWS::ApiGateway::RestApi"
	responseType = "AWS::ApiGateway::GatewayResponse"
	methodType   = "AWS::ApiGateway::Method"
	accountType  = "AWS::ApiGateway::Account"
)

func init() {
	register(
		Rule{
			Name:  "api-regional",
			Doc:   "An API is Regional: one at the edge goes through a CloudFront distribution that nobody can configure, and is the default (docs/design.md, APIs).",
			Types: []string{apiType},
			Check: checkRegional,
		},
		Rule{
			Name:  "api-problems",
			Doc:   "What API Gateway refuses itself is a problem document, as what its functions refuse is (RFC 9457; docs/design.md, APIs).",
			Types: []string{apiType, responseType},
			Check: checkProblems,
		},
		Rule{
			Name:  "api-origins",
			Doc:   "Browsers are told of origins by name: neither of all of them nor of whichever asks (docs/design.md, APIs: CORS for named origins).",
			Types: []string{responseType, methodType},
			Check: checkOrigins,
		},
		Rule{
			Name:  "api-deployment",
			Doc:   "A deployment waits for all that it takes a picture of: what is made after it is not in the API (AWS CloudFormation, AWS::ApiGateway::Deployment).",
			Types: []string{"AWS::ApiGateway::Deployment"},
			Check: checkDeployment,
		},
		Rule{
			Name:  "api-account",
			Doc:   "The role for the logs of all APIs of a Region is one of the template, may write logs, and outlives the stack with its setting: APIs of other stacks log by it (AWS CloudFormation, AWS::ApiGateway::Account).",
			Types: []string{accountType},
			Check: checkAccount,
		},
	)
}

// apiOf is the API that a part of an API belongs to, REST or WebSocket, or nil.
func (t *Template) apiOf(part *Resource) *Resource {
	return t.target(text(part.get("RestApiId")) + text(part.get("ApiId")))
}

// partsOf are the parts of one type that an API has.
func (t *Template) partsOf(api *Resource, resourceType string) []*Resource {
	return slices.DeleteFunc(t.of(resourceType), func(part *Resource) bool { return t.apiOf(part) != api })
}

func checkRegional(t *Template, r *Resource, fault Fault) {
	if got := texts(r.get("EndpointConfiguration.Types")); !slices.Equal(got, []string{"REGIONAL"}) {
		fault("EndpointConfiguration.Types is %q: it must be REGIONAL", got)
	}
}

func checkProblems(t *Template, r *Resource, fault Fault) {
	if r.Type == responseType {
		for name, value := range object(r.get("ResponseParameters")) {
			if strings.EqualFold(name, "gatewayresponse.header.Content-Type") && text(value) == "'application/problem+json'" {
				return
			}
		}
		fault("the Content-Type of %s must be application/problem+json", r.text("ResponseType"))
		return
	}
	for _, kind := range []string{"DEFAULT_4XX", "DEFAULT_5XX"} {
		has := slices.ContainsFunc(t.partsOf(r, responseType), func(response *Resource) bool { return response.text("ResponseType") == kind })
		if !has {
			fault("has no gateway response for %s", kind)
		}
	}
}

// namedOrigin is a header's value that names one origin. What is not quoted is
// taken from the request or from the integration.
var namedOrigin = regexp.MustCompile(`^'https?://[^*']+'$`)

// anyOrigin is a string of Velocity for all origins.
var anyOrigin = regexp.MustCompile(`["']\*["']`)

func checkOrigins(t *Template, r *Resource, fault Fault) {
	const header = "access-control-allow-origin"
	responses := list(r.get("Integration.IntegrationResponses"))
	if r.Type == responseType {
		responses = []any{r.Properties}
	}
	for _, response := range responses {
		for name, value := range object(object(response)["ResponseParameters"]) {
			if strings.HasSuffix(strings.ToLower(name), "."+header) && !namedOrigin.MatchString(text(value)) {
				fault("Access-Control-Allow-Origin is %s: it must name an origin", text(value))
			}
		}
		for _, template := range leaves(object(response)["ResponseTemplates"]) {
			if strings.Contains(strings.ToLower(template), header) && anyOrigin.MatchString(template) {
				fault("a response template sets Access-Control-Allow-Origin to *")
			}
		}
	}
}

func checkDeployment(t *Template, r *Resource, fault Fault) {
	api := t.apiOf(r)
	if api == nil {
		fault("RestApiId must be an API of the template")
		return
	}
	for _, resourceType := range []string{methodType, responseType} {
		for _, part := range t.partsOf(api, resourceType) {
			if !slices.Contains(r.DependsOn, part.ID) {
				fault("must depend on %s", part.ID)
			}
		}
	}
}

// logActions are what API Gateway asks of the role for its logs before it takes it
// (AWS managed policies, AmazonAPIGatewayPushToCloudWatchLogs).
var logActions = []string{
	"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
	"logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents",
}

func checkAccount(t *Template, r *Resource, fault Fault) {
	role := t.target(r.get("CloudWatchRoleArn"))
	if role == nil || role.Type != "AWS::IAM::Role" {
		fault("CloudWatchRoleArn must be a role of the template")
		return
	}
	for _, action := range logActions {
		if !slices.ContainsFunc(role.identityPolicy(), func(s statement) bool { return s.effect == "Allow" && s.covers(action) }) {
			fault("%s must allow %s", role.ID, action)
		}
	}
	for _, kept := range []*Resource{r, role} {
		if kept.DeletionPolicy != "Retain" || kept.ReplacePolicy != "Retain" {
			fault("DeletionPolicy and UpdateReplacePolicy of %s must be Retain", kept.ID)
		}
	}
}

// isOfAllAPIs tells of the role for the logs of all APIs of the Region, and of the
// setting that names it.
func (t *Template) isOfAllAPIs(r *Resource) bool {
	return r.Type == accountType || r.Type == "AWS::IAM::Role" && slices.ContainsFunc(t.of(accountType), func(account *Resource) bool {
		return t.target(account.get("CloudWatchRoleArn")) == r
	})
}
