package rules

import (
	"regexp"
	"slices"
	"strings"
)

const authorizerType = "AWS::ApiGateway::Authorizer"

func init() {
	register(
		Rule{
			Name:  "method-authorization",
			Doc:   "Every method asks who calls, the preflights of browsers aside, which carry no token and are answered by API Gateway itself (docs/design.md, APIs).",
			Types: []string{methodType},
			Check: checkAuthorization,
		},
		Rule{
			Name:  "authorizer-tokens",
			Doc:   "Tokens are those of a user pool, which API Gateway checks itself (Amazon API Gateway, Control access to REST APIs using Amazon Cognito user pools as an authorizer).",
			Types: []string{authorizerType},
			Check: checkAuthorizer,
		},
		Rule{
			Name:  "method-validation",
			Doc:   "What comes in is checked before a function is called: parameters always, and a body by a model (Amazon API Gateway, Request validation for REST APIs).",
			Types: []string{methodType},
			Check: checkValidation,
		},
		Rule{
			Name:  "method-permission",
			Doc:   "A method may call its function, on its own path: without the permission every request is a 500 (Amazon API Gateway, Lambda proxy integrations).",
			Types: []string{methodType},
			Check: checkMethodPermission,
		},
		Rule{
			Name:  "usage-plans",
			Doc:   "Where a method asks for a key, a usage plan bounds what a key may do at its stage, or no key works (Amazon API Gateway, Usage plans and API keys for REST APIs).",
			Types: []string{methodType, planType},
			Check: checkPlans,
		},
	)
}

const planType = "AWS::ApiGateway::UsagePlan"

// isPreflight tells of a method that answers a browser's question, and calls
// nothing.
func isPreflight(r *Resource) bool {
	return r.text("HttpMethod") == "OPTIONS" && r.text("Integration.Type") == "MOCK"
}

// isImported tells of a value that is known at deployment alone, as it comes
// from another stack or a parameter.
func (t *Template) isImported(value any) bool {
	fields := object(value)
	return fields["Fn::ImportValue"] != nil || fields["Ref"] != nil && t.target(value) == nil
}

func checkAuthorization(t *Template, r *Resource, fault Fault) {
	if isPreflight(r) {
		return
	}
	switch kind := r.text("AuthorizationType"); kind {
	case "AWS_IAM":
	case "COGNITO_USER_POOLS", "CUSTOM":
		id := r.get("AuthorizerId")
		authorizer := t.target(id)
		if !t.isImported(id) && (authorizer == nil || authorizer.Type != authorizerType || t.apiOf(authorizer) != t.apiOf(r)) {
			fault("AuthorizerId must be an authorizer of its API, in the template or imported")
		}
	default:
		fault("AuthorizationType is %q: anybody may call it", kind)
	}
}

func checkAuthorizer(t *Template, r *Resource, fault Fault) {
	if kind := r.text("Type"); kind != "COGNITO_USER_POOLS" {
		fault("Type is %q: it must be COGNITO_USER_POOLS", kind)
	}
	if len(list(r.get("ProviderARNs"))) == 0 {
		fault("ProviderARNs must name a user pool")
	}
	for _, pool := range list(r.get("ProviderARNs")) {
		if found := t.target(pool); found != nil && found.Type != poolType {
			fault("ProviderARNs holds %s, which is no user pool", found.ID)
		}
	}
}

func checkValidation(t *Template, r *Resource, fault Fault) {
	if isPreflight(r) {
		return
	}
	validator := t.target(r.get("RequestValidatorId"))
	if validator == nil || validator.Type != "AWS::ApiGateway::RequestValidator" {
		fault("RequestValidatorId must be a validator of the template")
	} else {
		for _, part := range []string{"ValidateRequestBody", "ValidateRequestParameters"} {
			if !validator.is(part) {
				fault("%s of its validator %s must be true", part, validator.ID)
			}
		}
	}
	if !slices.Contains([]string{"ANY", "PATCH", "POST", "PUT"}, r.text("HttpMethod")) {
		return
	}
	model := t.target(r.get("RequestModels.application/json"))
	if model == nil || model.Type != "AWS::ApiGateway::Model" {
		fault("RequestModels must hold a model of the template for application/json")
	} else if len(object(model.get("Schema"))) == 0 {
		fault("its model %s has no Schema", model.ID)
	}
}

// pathOf is where a method answers, with * for parameters: "/items/*".
func (t *Template) pathOf(method *Resource) string {
	path := ""
	for r := t.target(method.get("ResourceId")); r != nil && r.Type == "AWS::ApiGateway::Resource"; r = t.target(r.get("ParentId")) {
		path = "/" + r.text("PathPart") + path
	}
	return parameter.ReplaceAllString(path, "*")
}

// parameter is a part of a path that callers choose.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

func checkMethodPermission(t *Template, r *Resource, fault Fault) {
	api := t.apiOf(r)
	if api == nil {
		fault("RestApiId must be an API of the template")
		return
	}
	for _, worker := range t.mentioned(r.get("Integration.Uri")) {
		if worker.Type != functionType {
			continue
		}
		if !t.gatewayMay(worker, api, func(pattern string) bool { return t.admits(pattern, api, r) }) {
			fault("no permission of %s admits %s %s", worker.ID, r.text("HttpMethod"), t.pathOf(r))
		}
	}
}

// gatewayMay tells whether a permission lets an API call function, by a source
// ARN of which admits takes what is after the API's ID.
func (t *Template) gatewayMay(function, api *Resource, admits func(pattern string) bool) bool {
	return slices.ContainsFunc(t.of("AWS::Lambda::Permission"), func(p *Resource) bool {
		_, pattern, ofApi := strings.Cut(p.text("SourceArn"), ":<"+api.ID+">")
		return p.text("Action") == "lambda:InvokeFunction" && p.text("Principal") == "apigateway.amazonaws.com" &&
			t.target(p.get("FunctionName")) == function && ofApi && admits(pattern)
	})
}

// admits tells whether the pattern in a source ARN includes the requests of a
// method, at a stage of the template.
func (t *Template) admits(pattern string, api, method *Resource) bool {
	verb := strings.ReplaceAll(method.text("HttpMethod"), "ANY", "*")
	return slices.ContainsFunc(t.partsOf(api, stageType), func(stage *Resource) bool {
		rest := "/" + verb + "/" + strings.TrimPrefix(t.pathOf(method), "/")
		return matches(pattern, "/<"+stage.ID+">"+rest) || matches(pattern, "/"+stage.text("StageName")+rest)
	})
}

func checkPlans(t *Template, r *Resource, fault Fault) {
	if r.Type == planType {
		for _, limit := range []string{"Throttle.RateLimit", "Throttle.BurstLimit", "Quota.Limit"} {
			if r.number(limit, 0) <= 0 {
				fault("%s must be more than 0", limit)
			}
		}
		return
	}
	if !r.is("ApiKeyRequired") {
		return
	}
	planned := slices.ContainsFunc(t.of(planType), func(plan *Resource) bool {
		return slices.ContainsFunc(list(plan.get("ApiStages")), func(stage any) bool {
			return t.target(object(stage)["ApiId"]) == t.apiOf(r) && text(object(stage)["Stage"]) != ""
		})
	})
	if t.apiOf(r) != nil && !planned {
		fault("asks for a key, and no usage plan has a stage of its API")
	}
}
