package drawing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// reader makes a graph of a template.
type reader struct {
	*graph
	template *template
	// standIn is the node that stands for a resource without one of its own: the
	// machine for its alias, the state for the function that it invokes.
	standIn map[string]string
}

// read draws the parts of a template that a picture shows, and takes out the others.
func read(t *template, p Picture) (*graph, error) {
	for _, pattern := range p.Without {
		left := t.below(pattern)
		if len(left) == 0 {
			return nil, fmt.Errorf("drawing: the template has no %s to leave out", pattern)
		}
		for _, id := range left {
			delete(t.Resources, id)
		}
	}
	r := &reader{&graph{nodes: map[string]*node{}}, t, map[string]string{}}
	r.placeNodes()
	r.queues()
	r.buckets()
	r.rules()
	r.pipes()
	r.consumers()
	r.restAPIs()
	r.webSockets()
	r.subscriptions()
	r.deliveries()
	r.machines()
	r.permissions()
	r.others()
	r.callers()
	r.alarms()
	for _, id := range r.ids() {
		if r.nodes[id].onDemand && !r.touched(id) {
			r.remove(id)
		}
	}
	r.gather()
	r.foldPipes()
	r.turnReads()
	r.tellApart()
	if p.Turn != "" {
		turn := slices.DeleteFunc(t.below(p.Turn), func(id string) bool { return r.nodes[id] == nil })
		if len(turn) != 1 {
			return nil, fmt.Errorf("drawing: the template has no %s to turn at", p.Turn)
		}
		r.turn(turn[0])
	}
	return r.graph, nil
}

func (r *reader) placeNodes() {
	for _, id := range slices.Sorted(maps.Keys(r.template.Resources)) {
		resource := r.template.Resources[id]
		k, drawn := kindOf(resource.Type)
		path := r.template.path(id)
		if !drawn || strings.HasPrefix(path, "Custom::") {
			continue
		}
		r.nodes[id] = &node{title: title(path, k.ownWord), service: k.service, role: k.role, path: path, onDemand: k.onDemand}
	}
	// What is kept of other buckets' accesses is a log, and no part of the story.
	r.template.each("AWS::S3::Bucket", func(_ string, p map[string]any) {
		for _, log := range r.template.references(at(p, "LoggingConfiguration", "DestinationBucketName")) {
			r.remove(log)
		}
	})
	for _, reference := range []struct{ resourceType, property string }{
		{"AWS::StepFunctions::StateMachineVersion", "StateMachineArn"},
		{"AWS::StepFunctions::StateMachineAlias", "RoutingConfiguration"},
		{"AWS::ApiGateway::Stage", "RestApiId"},
		{"AWS::ApiGatewayV2::Stage", "ApiId"},
	} {
		r.template.each(reference.resourceType, func(id string, p map[string]any) {
			for _, target := range r.template.references(p[reference.property]) {
				r.standIn[id] = target
			}
		})
	}
}

// tellApart gives nodes of the same title back the words that say what they are: Items
// and Items are the Items function and the Items table.
func (r *reader) tellApart() {
	alike := map[string]int{}
	for _, n := range r.nodes {
		alike[n.title]++
	}
	for id, n := range r.nodes {
		ownWord := kinds[r.template.Resources[id].Type].ownWord
		if alike[n.title] > 1 && n.path != "" && n.title == title(n.path, ownWord) {
			n.title = title(n.path, "")
		}
	}
}

// drawn is the node of the first resource that a value names and that has one,
// and "" where none has.
func (r *reader) drawn(value any) string {
	for _, id := range r.template.references(value) {
		if id = r.resolve(id); r.nodes[id] != nil {
			return id
		}
	}
	return ""
}

func (r *reader) resolve(id string) string {
	for range len(r.standIn) {
		other, ok := r.standIn[id]
		if !ok {
			break
		}
		id = other
	}
	return id
}

// service is the node of something of AWS that no template makes.
func (r *reader) service(id, title, service string, role role) string {
	if r.nodes[id] == nil {
		r.nodes[id] = &node{title: title, service: service, role: role}
	}
	return id
}
