package drawing

import (
	"fmt"
	"slices"
	"strings"
)

// keys are what the colours of roles say, in the order in which a request passes them.
var keys = []struct {
	role role
	text string
}{
	{entry, "entry points"}, {events, "events"}, {workflow, "workflows"}, {queue, "messages"}, {compute, "functions"}, {data, "data"}, {model, "models"},
}

// source is the graph in the language of D2.
func source(g *graph, down bool) string {
	var b strings.Builder
	if !down {
		b.WriteString("direction: right\n")
	}
	b.WriteString("style.fill: transparent\n" + classes)
	key := map[string]string{}
	for _, id := range g.ids() {
		if n := g.nodes[id]; n.parent == "" && n.role != watching {
			writeNode(&b, g, id, "", key)
		}
	}
	for _, e := range g.edges {
		class := "way"
		if e.aside {
			class = "aside"
		}
		from, arrow, to := key[e.from], "->", key[e.to]
		switch {
		case e.back:
			arrow = "<->"
		case e.against:
			from, arrow, to = to, "<-", from
		}
		fmt.Fprintf(&b, "%s %s %s: %s { class: %s }\n", from, arrow, to, quote(inline(e.label)), class)
	}
	writeKeys(&b, g)
	return b.String()
}

// inline puts lines of one word into one line.
func inline(label string) string {
	if strings.ContainsAny(label, " /") {
		return label
	}
	return strings.ReplaceAll(label, "\n", ", ")
}

// writeKeys writes the row below the picture: what colours and dashes mean, and what
// watches all of it.
func writeKeys(b *strings.Builder, g *graph) {
	b.WriteString("keys: \"\" { class: keys; near: bottom-center; grid-rows: 1; grid-gap: 12\n")
	for _, k := range keys {
		for _, id := range g.ids() {
			if g.nodes[id].role == k.role && len(g.children(id)) == 0 {
				fmt.Fprintf(b, "%s: %s { class: [key; %s] }\n", k.role, quote(k.text), k.role)
				break
			}
		}
	}
	if slices.ContainsFunc(g.edges, func(e edge) bool { return e.aside }) {
		b.WriteString("aside: \"only on failure, or a check\" { class: [key; dead] }\n")
	}
	for _, id := range g.ids() {
		if n := g.nodes[id]; n.role == watching {
			fmt.Fprintf(b, "%s: %s { class: [key; watching] }\n", quote(id), quote(n.title+" "+n.service))
		}
	}
	b.WriteString("}\n")
}

// writeNode writes a node with those inside of it, and notes by which keys edges
// find them.
func writeNode(b *strings.Builder, g *graph, id, prefix string, key map[string]string) {
	n := g.nodes[id]
	own := quote(id)
	key[id] = prefix + own
	children := g.children(id)
	label := n.title
	if n.times > 1 {
		label += fmt.Sprintf(" × %d", n.times)
	}
	if n.service != "" && len(children) > 0 {
		label += ": " + n.service
	} else if n.service != "" {
		label += "\n" + n.service
	}
	class := fmt.Sprintf("[node; %s]", n.role)
	switch {
	case len(children) > 0:
		class = "group"
	case strings.Contains(n.title, "ead letters"):
		class = "[node; dead]"
	case n.times > 1:
		class = fmt.Sprintf("[node; %s; many]", n.role)
	}
	fmt.Fprintf(b, "%s: %s { class: %s\n", own, quote(label), class)
	if n.grid {
		// Rows and columns are even only where the number of both is given.
		fmt.Fprintf(b, "grid-columns: %d\ngrid-rows: %d\ngrid-gap: 10\n", gridColumns, (len(children)+gridColumns-1)/gridColumns)
	}
	slices.Sort(children)
	for _, child := range children {
		writeNode(b, g, child, key[id]+".", key)
	}
	b.WriteString("}\n")
}

const gridColumns = 2

// quote makes a string of D2: a dollar before a brace would be a variable there.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "$", `\$`).Replace(s) + `"`
}
