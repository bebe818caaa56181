// Package catalog tells which architectures there are, from the templates that the
// tests hold them to. It needs no CDK, so that what asks it starts at once.
package catalog

import (
	"encoding/json"
	"fmt"
	"strings"

	"refstack"
)

// Architecture is one of the repository's.
type Architecture struct {
	Name  string // What people type, and the folder in every layer: thumbnailer.
	ID    string // The stack's: Thumbnailer.
	Slide string // What of the talk it shows.
}

// All has the architectures, in the order of the talk.
var All = []Architecture{
	{"thumbnailer", "Thumbnailer", "an image in S3 becomes thumbnails by a function that wakes only then"},
	{"webapi", "WebApi", "API Gateway + Lambda + DynamoDB in place of web, application and database servers"},
	{"pipes", "Pipes", "EventBridge Pipes as glue"},
	{"mapreduce", "MapReduce", "Step Functions Distributed Map: map and reduce"},
	{"genai", "GenAi", "serverless as the front of generative AI"},
}

// Find returns the architecture that is called name, as a folder or as a stack.
func Find(name string) (Architecture, error) {
	for _, a := range All {
		if name == a.Name || name == a.ID {
			return a, nil
		}
	}
	return Architecture{}, fmt.Errorf("there is no architecture %q; there are %s", name, strings.Join(Names(), ", "))
}

// Names are what people type.
func Names() []string {
	var names []string
	for _, a := range All {
		names = append(names, a.Name)
	}
	return names
}

// Template is what of a CloudFormation template is asked for here.
type Template struct {
	Description string
	Resources   map[string]Resource
}

// Resource is one of a template, by its logical ID.
type Resource struct {
	Type       string
	Properties map[string]any
}

// Template returns the template of a variant: dev, prod, or one with what a stack
// has on request, such as prod-all.
func (a Architecture) Template(variant string) (Template, error) {
	name := "test/testdata/golden/" + a.ID + "." + variant + ".json"
	text, err := refstack.Sources.ReadFile(name)
	if err != nil {
		return Template{}, fmt.Errorf("template of %s in %s: %w", a.ID, variant, err)
	}
	var t Template
	if err := json.Unmarshal(text, &t); err != nil {
		return Template{}, fmt.Errorf("read %s: %w", name, err)
	}
	return t, nil
}
