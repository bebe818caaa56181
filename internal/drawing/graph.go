package drawing

import (
	"maps"
	"slices"
	"strings"
)

// graph is what a picture shows.
type graph struct {
	nodes map[string]*node
	edges []edge
}

type node struct {
	title, service string
	role           role
	// parent is the node inside of which this one is drawn, if any.
	parent string
	// times is how many alike are drawn as this one.
	times int
	// grid lays the nodes inside of this one out as a table.
	grid bool
	// path is where the CDK made it.
	path     string
	onDemand bool
}

// edge leads from one node to another. Those on which nothing travels as long as
// all is well, or that only ask, are aside. On some, something comes back later. Those
// behind a turn lead against the direction of the picture.
type edge struct {
	from, to, label      string
	aside, back, against bool
}

func (g *graph) add(from, to, label string, aside bool) {
	g.put(edge{from: from, to: to, label: label, aside: aside})
}

// put adds an edge, or its label to one that is there.
func (g *graph) put(e edge) {
	if e.from == e.to || g.nodes[e.from] == nil || g.nodes[e.to] == nil {
		return
	}
	for i, other := range g.edges {
		if other.from == e.from && other.to == e.to && other.aside == e.aside {
			if !slices.Contains(strings.Split(other.label, "\n"), e.label) {
				g.edges[i].label = strings.TrimPrefix(other.label+"\n"+e.label, "\n")
			}
			return
		}
	}
	g.edges = append(g.edges, e)
}

func (g *graph) connected(from, to string) bool {
	return slices.ContainsFunc(g.edges, func(e edge) bool { return e.from == from && e.to == to })
}

func (g *graph) touched(id string) bool {
	return slices.ContainsFunc(g.edges, func(e edge) bool { return e.from == id || e.to == id })
}

// leads tells whether what enters at one node gets to the other.
func (g *graph) leads(from, to string) bool {
	seen := map[string]bool{}
	next := []string{from}
	for len(next) > 0 {
		id := next[0]
		next = next[1:]
		if id == to {
			return true
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		for _, e := range g.edges {
			if e.from == id && !e.aside {
				next = append(next, e.to)
			}
		}
		// What gets to a part gets to the whole, and the other way round.
		for other, n := range g.nodes {
			if n.parent == id {
				next = append(next, other)
			}
		}
		if n := g.nodes[id]; n != nil && n.parent != "" {
			next = append(next, n.parent)
		}
	}
	return false
}

// redirect draws what touches one node at another, and the first no more.
func (g *graph) redirect(from, to string) {
	edges := g.edges
	g.edges = nil
	for _, e := range edges {
		if e.from == from {
			e.from = to
		}
		if e.to == from {
			e.to = to
		}
		g.put(e)
	}
	delete(g.nodes, from)
}

// turn has what follows a node, and what follows that, lead back.
func (g *graph) turn(id string) {
	for i, e := range g.edges {
		if e.from == id && !e.aside && !e.against {
			g.edges[i].against = true
			g.turn(e.to)
		}
	}
}

func (g *graph) remove(id string) {
	delete(g.nodes, id)
	g.edges = slices.DeleteFunc(g.edges, func(e edge) bool { return e.from == id || e.to == id })
}

// ids are the nodes in a fixed order.
func (g *graph) ids() []string { return slices.Sorted(maps.Keys(g.nodes)) }

// children are the nodes that are drawn inside of another.
func (g *graph) children(parent string) []string {
	var found []string
	for _, id := range g.ids() {
		if g.nodes[id].parent == parent {
			found = append(found, id)
		}
	}
	return found
}
