package drawing

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// state is what a picture needs of a state of the Amazon States Language.
type state struct {
	Type, Next, Default, Resource string
	Choices, Catch                []struct{ Next string }
	// In JSONata, each of these may be an expression instead.
	Arguments, MaxConcurrency any
	ItemProcessor             struct{ States map[string]state }
}

// machines draws a state machine that invokes functions with its steps inside. The
// step stands for the function that only it invokes.
func (r *reader) machines() {
	r.template.each("AWS::StepFunctions::StateMachine", func(id string, p map[string]any) {
		var definition struct {
			StartAt string
			States  map[string]state
		}
		if r.nodes[id] == nil || json.Unmarshal([]byte(text(p["DefinitionString"])), &definition) != nil {
			return
		}
		states := definition.States
		for _, name := range inOrder(definition.StartAt, states) {
			function := invoked(states[name])
			if r.touched(function) {
				r.add(id, function, "invokes", false)
				continue
			}
			if r.nodes[function] == nil {
				continue
			}
			step := id + " " + name
			r.nodes[step] = &node{title: strings.Join(lower(split(name)), " "), service: describe(states[name]), role: compute, parent: id}
			if r.standIn[function] == "" {
				r.standIn[function] = step
			}
		}
		for _, name := range inOrder(definition.StartAt, states) {
			for _, next := range r.drawnAfter(id, name, states) {
				r.add(id+" "+name, id+" "+next, "", false)
			}
		}
	})
	for id := range r.standIn {
		if r.template.Resources[id].Type == "AWS::Lambda::Function" {
			delete(r.nodes, id)
		}
	}
}

// inOrder are the states as they follow each other.
func inOrder(start string, states map[string]state) []string {
	order := []string{start}
	for i := 0; i < len(order); i++ {
		for _, next := range successors(states[order[i]]) {
			if !slices.Contains(order, next) {
				order = append(order, next)
			}
		}
	}
	return order
}

func successors(s state) []string {
	var next []string
	for _, name := range []string{s.Next, s.Default} {
		if name != "" {
			next = append(next, name)
		}
	}
	for _, choice := range slices.Concat(s.Choices, s.Catch) {
		next = append(next, choice.Next)
	}
	return next
}

// drawnAfter are the drawn states that follow a state, past those that are not.
func (r *reader) drawnAfter(machine, name string, states map[string]state) []string {
	var found, seen []string
	next := successors(states[name])
	for len(next) > 0 {
		name, next = next[0], next[1:]
		if slices.Contains(seen, name) {
			continue
		}
		seen = append(seen, name)
		if r.nodes[machine+" "+name] != nil {
			found = append(found, name)
			continue
		}
		next = append(next, successors(states[name])...)
	}
	return found
}

// invoked is the logical ID of the function that a state has do its work, itself
// or for each item of a map.
func invoked(s state) string {
	if strings.HasSuffix(s.Resource, ":lambda:invoke") {
		return strings.Trim(text(at(s.Arguments, "FunctionName")), "${}")
	}
	for _, name := range slices.Sorted(maps.Keys(s.ItemProcessor.States)) {
		if function := invoked(s.ItemProcessor.States[name]); function != "" {
			return function
		}
	}
	return ""
}

func describe(s state) string {
	limit, _ := s.MaxConcurrency.(float64)
	switch {
	case s.Type != "Map":
		return "Lambda"
	case limit > 0:
		return fmt.Sprintf("Lambda, up to %v at once", limit)
	default:
		return "Lambda, for each"
	}
}

func lower(words []string) []string {
	for i := range words[1:] {
		words[i+1] = strings.ToLower(words[i+1])
	}
	return words
}

// gather draws what the steps of a machine have to do with others as of the whole
// machine: its frame is where a reader looks for that.
func (r *reader) gather() {
	edges := r.edges
	r.edges = nil
	for _, e := range edges {
		if whole := r.nodes[e.from].parent; whole != "" && whole != r.nodes[e.to].parent && r.nodes[whole].role == workflow {
			e.from = whole
		}
		for verb := range strings.SplitSeq(e.label, "\n") {
			e.label = verb
			r.put(e)
		}
	}
}
