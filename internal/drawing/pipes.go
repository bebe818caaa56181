package drawing

import (
	"fmt"
	"maps"
	"slices"
)

// pipes draws a pipe that does more than pass on with its steps inside. What comes and
// goes does so at its frame: an arrow to the first step would strike out its title.
func (r *reader) pipes() {
	r.template.each("AWS::Pipes::Pipe", func(id string, p map[string]any) {
		source, target, enrichment := r.drawn(p["Source"]), r.drawn(p["Target"]), r.drawn(p["Enrichment"])
		if r.nodes[id] == nil {
			return
		}
		filter := id + " filter"
		if _, ok := at(p, "SourceParameters", "FilterCriteria").(map[string]any); ok {
			r.nodes[filter] = &node{title: "Filter", service: "event pattern", role: events, parent: id}
		}
		if enrichment != "" {
			r.nodes[enrichment].parent = id
		}
		parameters := sourceParameters(p)
		r.add(source, id, r.batch(source, at(parameters, "BatchSize")), false)
		r.add(filter, enrichment, "", false)
		r.add(id, target, "", false)
		r.add(id, r.drawn(at(parameters, "DeadLetterConfig", "Arn")), "on failure", true)
	})
}

// sourceParameters are those of the kind of source that a pipe has.
func sourceParameters(pipe map[string]any) any {
	parameters, _ := pipe["SourceParameters"].(map[string]any)
	for _, kind := range slices.Sorted(maps.Keys(parameters)) {
		if kind != "FilterCriteria" {
			return parameters[kind]
		}
	}
	return nil
}

// foldPipes draws pipes that do nothing but empty a queue of their own into some
// target as one, and their targets as a table: fifteen times the same tells less
// than once.
func (r *reader) foldPipes() {
	const fewest = 3
	var family [][3]string // A queue, a pipe, a target.
	r.template.each("AWS::Pipes::Pipe", func(id string, p map[string]any) {
		from, to := r.drawn(p["Source"]), r.drawn(p["Target"])
		if r.nodes[id] != nil && len(r.children(id)) == 0 && to != "" && r.nodes[from] != nil && r.nodes[from].role == queue {
			family = append(family, [3]string{from, id, to})
		}
	})
	if len(family) < fewest {
		return
	}
	r.nodes["targets"] = &node{title: "into each target", role: events, grid: true}
	firstQueue, firstPipe := family[0][0], family[0][1]
	for i, member := range family {
		from, pipe, to := member[0], member[1], member[2]
		cell := fmt.Sprintf("targets %02d", i)
		r.nodes[cell] = &node{title: r.nodes[to].service, role: r.nodes[to].role, parent: "targets"}
		// A target that is there for this pipe alone goes with all that it leads to.
		if !r.shared(pipe, to) {
			r.removeWith(to)
		}
		r.edges = slices.DeleteFunc(r.edges, func(e edge) bool { return e.from == pipe && e.to == to })
		if i > 0 {
			dead, firstDead := r.next(from), r.next(firstQueue)
			if dead != "" && firstDead != "" {
				r.redirect(dead, firstDead)
			}
			r.redirect(from, firstQueue)
			r.redirect(pipe, firstPipe)
		}
	}
	r.add(firstPipe, "targets", "", false)
	r.rename(firstQueue, "Queue", len(family))
	r.rename(firstPipe, "Pipe", len(family))
	r.rename(r.next(firstQueue), "Dead letters", len(family))
}

func (r *reader) rename(id, title string, times int) {
	if n := r.nodes[id]; n != nil {
		n.title, n.times = title, times
	}
}

// shared tells whether more than one node leads to another.
func (r *reader) shared(from, to string) bool {
	return slices.ContainsFunc(r.edges, func(e edge) bool { return e.to == to && e.from != from })
}

// removeWith removes a node, and what only it led to.
func (r *reader) removeWith(id string) {
	var after []string
	for _, e := range r.edges {
		if e.from == id {
			after = append(after, e.to)
		}
	}
	r.remove(id)
	for _, next := range after {
		if r.nodes[next] != nil && !r.shared(id, next) {
			r.removeWith(next)
		}
	}
}

// next is where a queue's dead letters go.
func (r *reader) next(id string) string {
	for _, e := range r.edges {
		if e.from == id && e.aside {
			return e.to
		}
	}
	return ""
}
