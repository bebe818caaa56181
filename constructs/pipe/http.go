package pipe

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
)

// HTTPProps configure the requests to an API destination. Each value may be a path
// into the event, such as $.body.id.
type HTTPProps struct {
	// PathParameters take the places of the * in the path, in order. Defaults to
	// none.
	PathParameters []string
	// Headers are added to the request. Defaults to none.
	Headers map[string]string
	// Query is added to the URL. Defaults to none.
	Query map[string]string
}

// APIProps configure the requests to a REST API of API Gateway.
type APIProps struct {
	// Method is the HTTP method of the request; where the API has ANY, it takes each
	// of them. Defaults to POST.
	Method string
	// Path is that of the request after the stage, such as /orders/*, with a * for
	// each of PathParameters. Defaults to "/".
	Path string
	// Stage is the name of the stage. Required for an API that is no
	// awsapigateway.RestApi of this app. Defaults to its deployment stage.
	Stage string

	// PathParameters take the places of the * in Path, in order. Defaults to none.
	PathParameters []string
	// Headers are added to the request. Defaults to none.
	Headers map[string]string
	// Query is added to the URL. Defaults to none.
	Query map[string]string
}

// ToAPIDestination sends a request for each record to an HTTP endpoint anywhere.
// Transform makes the body of the request. Answers are to come within 5 seconds.
func ToAPIDestination(destination awsevents.IApiDestination, props *HTTPProps) Target {
	p := props.validated("ToAPIDestination")
	return Target{
		name:          "ToAPIDestination",
		arn:           destination.ApiDestinationArn(),
		maxBatch:      1,
		needsTemplate: true,
		permissions:   invokeDestination(destination),
		configure:     func(into *awspipes.CfnPipe_PipeTargetParametersProperty) { into.HttpParameters = p.toTarget() },
	}
}

// EnrichWithAPIDestination asks an HTTP endpoint anywhere about each record.
func EnrichWithAPIDestination(destination awsevents.IApiDestination, props *HTTPProps) Enrichment {
	p := props.validated("EnrichWithAPIDestination")
	return Enrichment{
		name:        "EnrichWithAPIDestination",
		arn:         destination.ApiDestinationArn(),
		maxBatch:    1,
		permissions: invokeDestination(destination),
		http:        &p,
	}
}

// invokeDestination names the destination as policies do: its own ARN ends in an
// identifier that policies leave out.
func invokeDestination(destination awsevents.IApiDestination) []permission {
	arn := destination.ApiDestinationArnForPolicy()
	if arn == nil {
		arn = destination.ApiDestinationArn()
	}
	return []permission{allow(arn, "events:InvokeApiDestination")}
}

// ToAPI sends a request for each record to a REST API of API Gateway, signed by
// the pipe's role: give the method IAM authorization. Transform makes the body of
// the request.
func ToAPI(api awsapigateway.IRestApi, props *APIProps) Target {
	arn, p := executeAPI("ToAPI", api, props)
	return Target{
		name:          "ToAPI",
		arn:           arn,
		maxBatch:      1,
		needsTemplate: true,
		permissions:   invokeAPI(arn, p),
		configure:     func(into *awspipes.CfnPipe_PipeTargetParametersProperty) { into.HttpParameters = p.toTarget() },
	}
}

// EnrichWithAPI asks a REST API of API Gateway about each record, as ToAPI does.
func EnrichWithAPI(api awsapigateway.IRestApi, props *APIProps) Enrichment {
	arn, p := executeAPI("EnrichWithAPI", api, props)
	return Enrichment{
		name:        "EnrichWithAPI",
		arn:         arn,
		maxBatch:    1,
		permissions: invokeAPI(arn, p),
		http:        &p,
	}
}

// invokeAPI is what it takes to call one method, whose path may have parameters.
func invokeAPI(arn *string, p HTTPProps) []permission {
	one := allow(arn, "execute-api:Invoke")
	one.pathParameters = len(p.PathParameters) > 0
	return []permission{one}
}

// executeAPI is the ARN of one method, and what goes with the request.
func executeAPI(name string, api awsapigateway.IRestApi, props *APIProps) (arn *string, http HTTPProps) {
	var p APIProps
	if props != nil {
		p = *props
	}
	if p.Method == "" {
		p.Method = "POST"
	}
	if p.Path == "" {
		p.Path = "/"
	}
	if p.Stage == "" {
		own, ok := api.(awsapigateway.RestApi)
		if !ok {
			panic("pipe: Stage of " + name + " is required: an API from elsewhere does not tell its own")
		}
		p.Stage = *own.DeploymentStage().StageName()
	}
	checkMethod(name, p.Method)
	if !strings.HasPrefix(p.Path, "/") {
		panic(fmt.Sprintf("pipe: Path of %s must begin with /, got %q", name, p.Path))
	}
	if stars := strings.Count(p.Path, "*"); stars != len(p.PathParameters) {
		panic(fmt.Sprintf("pipe: PathParameters of %s must be one for each * in Path, got %d for %q", name, len(p.PathParameters), p.Path))
	}
	http = HTTPProps{PathParameters: p.PathParameters, Headers: p.Headers, Query: p.Query}
	return api.ArnForExecuteApi(&p.Method, &p.Path, &p.Stage), http.validated(name)
}

// validated is a copy of the props of the function name.
func (p *HTTPProps) validated(name string) HTTPProps {
	var out HTTPProps
	if p != nil {
		out = *p
	}
	for _, value := range out.PathParameters {
		dynamic("PathParameters of "+name, value)
	}
	for field, values := range map[string]map[string]string{"Headers": out.Headers, "Query": out.Query} {
		for key, value := range values {
			dynamic(fmt.Sprintf("%s[%q] of %s", field, key, name), value)
			checkLength(field, name, value)
		}
	}
	return out
}

func (p HTTPProps) toTarget() *awspipes.CfnPipe_PipeTargetHttpParametersProperty {
	return &awspipes.CfnPipe_PipeTargetHttpParametersProperty{
		PathParameterValues: texts(p.PathParameters), HeaderParameters: unlessEmpty(p.Headers), QueryStringParameters: unlessEmpty(p.Query),
	}
}

func (p HTTPProps) toEnrichment() *awspipes.CfnPipe_PipeEnrichmentHttpParametersProperty {
	return &awspipes.CfnPipe_PipeEnrichmentHttpParametersProperty{
		PathParameterValues: texts(p.PathParameters), HeaderParameters: unlessEmpty(p.Headers), QueryStringParameters: unlessEmpty(p.Query),
	}
}
