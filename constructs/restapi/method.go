package restapi

import (
	"maps"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/nag"
)

// MethodProps configure a method.
type MethodProps struct {
	// Model describes the body, as a JSON Schema of draft 4, which is what API
	// Gateway validates; $schema is added. Defaults to no body.
	Model map[string]any
	// RequiredHeaders and OptionalHeaders, RequiredQuery and OptionalQuery name
	// the parameters that the method takes. Default to none.
	RequiredHeaders, OptionalHeaders, RequiredQuery, OptionalQuery []string
	// Stream passes the function's answer on as it comes, for up to 15 minutes
	// with at most 5 of silence, instead of whole within 29 seconds. Defaults to
	// whole answers.
	Stream bool
	// Responses are the status codes of an integration that does not speak HTTP
	// itself. Default to those of the function.
	Responses []*awsapigateway.MethodResponse
}

// Method answers requests for a path such as /items/{id} with function. Props
// may be nil.
func (a *RestApi) Method(httpMethod, path string, function awslambda.IFunction, props *MethodProps) awsapigateway.Method {
	options := &awsapigateway.LambdaIntegrationOptions{
		AllowTestInvoke: jsii.Bool(false), // The console's test calls would need a permission of their own.
	}
	if props != nil && props.Stream {
		options.ResponseTransferMode = awsapigateway.ResponseTransferMode_STREAM
		options.Timeout = awscdk.Duration_Minutes(jsii.Number(15))
	}
	return a.Integrate(httpMethod, path, awsapigateway.NewLambdaIntegration(function, options), props)
}

// Integrate answers requests for a path with any integration of API Gateway.
// Props may be nil.
func (a *RestApi) Integrate(httpMethod, path string, integration awsapigateway.Integration, props *MethodProps) awsapigateway.Method {
	var p MethodProps
	if props != nil {
		p = *props
	}
	parameters := map[string]*bool{}
	for _, list := range []struct {
		location string
		names    []string
		required bool
	}{
		{"header", p.RequiredHeaders, true}, {"header", p.OptionalHeaders, false},
		{"querystring", p.RequiredQuery, true}, {"querystring", p.OptionalQuery, false},
	} {
		for _, name := range list.names {
			parameters["method.request."+list.location+"."+name] = jsii.Bool(list.required)
		}
	}
	options := &awsapigateway.MethodOptions{
		AuthorizationType: awsapigateway.AuthorizationType_COGNITO,
		Authorizer:        a.Authorizer,
		ApiKeyRequired:    jsii.Bool(a.ApiKey != nil),
		RequestParameters: &parameters,
		RequestValidator:  a.Validator,
	}
	if a.Authorizer == nil {
		options.AuthorizationType = awsapigateway.AuthorizationType_IAM
	}
	if p.Responses != nil {
		options.MethodResponses = &p.Responses
	}
	resource := a.Api.Root().ResourceForPath(jsii.String(path))
	if p.Model != nil {
		schema := map[string]any{"$schema": "http://json-schema.org/draft-04/schema#"}
		maps.Copy(schema, p.Model)
		model := awsapigateway.NewCfnModel(resource, jsii.String(httpMethod+"Model"), &awsapigateway.CfnModelProps{
			RestApiId:   a.Api.RestApiId(),
			ContentType: jsii.String("application/json"),
			Schema:      schema,
		})
		// A deployment is a copy of the API. The CDK makes another one when a method
		// changes, and overlooks a change of what its model says.
		deployment := a.Api.LatestDeployment()
		deployment.AddToLogicalId(schema)
		deployment.Node().AddDependency(model)
		options.RequestModels = &map[string]awsapigateway.IModel{
			"application/json": awsapigateway.Model_FromModelName(resource, jsii.String(httpMethod+"ModelName"), model.Ref()),
		}
	}
	method := resource.AddMethod(jsii.String(httpMethod), integration, options)
	if a.Authorizer == nil {
		nag.Suppress(method, nag.Suppression{
			Rule:   "AwsSolutions-COG4",
			Reason: "Requests are signed by roles of this account, which IAM authorises: there are no users.",
		})
	}
	return method
}
