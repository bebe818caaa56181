package webapi

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"refstack/constructs/restapi"
)

// openAPI describes the API to its callers; what API Gateway answers to, and how
// it validates bodies, is read from it, so that the two cannot differ.
//
//go:embed openapi.json
var openAPI []byte

// description is as much of OpenAPI 3.1 as API Gateway needs to know.
type description struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas    map[string]map[string]any
		Parameters map[string]parameter
	}
}

type operation struct {
	Parameters  []parameter
	RequestBody struct {
		Content map[string]struct {
			Schema struct {
				Ref string `json:"$ref"`
			}
		}
	}
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name     string
	In       string
	Required bool
}

// addMethods has function answer every operation of the description.
func addMethods(api *restapi.RestApi, function awslambda.IFunction) {
	var d description
	if err := json.Unmarshal(openAPI, &d); err != nil {
		panic("webapi: openapi.json: " + err.Error())
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			if method == "parameters" {
				continue // Those of every operation of the path: the path's own.
			}
			var o operation
			if err := json.Unmarshal(d.Paths[path][method], &o); err != nil {
				panic("webapi: openapi.json: " + method + " " + path + ": " + err.Error())
			}
			api.Method(strings.ToUpper(method), path, function, d.methodProps(o))
		}
	}
}

func (d description) methodProps(o operation) *restapi.MethodProps {
	props := &restapi.MethodProps{}
	if schema := o.RequestBody.Content["application/json"].Schema.Ref; schema != "" {
		props.Model = d.Components.Schemas[schema[strings.LastIndex(schema, "/")+1:]]
	}
	for _, p := range o.Parameters {
		if p.Ref != "" {
			p = d.Components.Parameters[p.Ref[strings.LastIndex(p.Ref, "/")+1:]]
		}
		// The function itself says which header is missing, or wrong, and why.
		switch p.In {
		case "header":
			props.OptionalHeaders = append(props.OptionalHeaders, p.Name)
		case "query":
			props.OptionalQuery = append(props.OptionalQuery, p.Name)
		}
	}
	return props
}
