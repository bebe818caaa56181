package drawing

import (
	"image"
	"slices"
	"testing"

	"oss.terrastruct.com/d2/d2target"
	"oss.terrastruct.com/d2/lib/geo"
	"oss.terrastruct.com/d2/lib/label"
)

// crowded are the labels of a diagram that are on a bend, or too near to something.
func crowded(diagram *d2target.Diagram) []string {
	var found []string
	for i := range diagram.Connections {
		c := &diagram.Connections[i]
		if c.Label == "" {
			continue
		}
		_, part := label.FromString(c.LabelPosition).GetPointOnRoute(c.Route, 0, c.LabelPercentage, 0, 0)
		if !free(diagram, c, part) {
			found = append(found, c.Label)
		}
	}
	return found
}

func center(c *d2target.Connection) image.Point {
	box := labelBox(c)
	return box.Min.Add(box.Size().Div(2))
}

func connection(text string, points ...float64) d2target.Connection {
	c := d2target.Connection{StrokeWidth: 2, Text: d2target.Text{Label: text, LabelWidth: 60, LabelHeight: 20}}
	for i := 0; i < len(points); i += 2 {
		c.Route = append(c.Route, geo.NewPoint(points[i], points[i+1]))
	}
	return c
}

func box(class string, x, y, width, height int) d2target.Shape {
	return d2target.Shape{Classes: []string{class}, Pos: d2target.Point{X: x, Y: y}, Width: width, Height: height}
}

func TestLabelsFindTheirPlaces(t *testing.T) {
	elbow, straight := connection("to", 0, 0, 100, 0, 100, 300), connection("to", 100, 0, 100, 300)
	for name, c := range map[string]struct {
		connections []d2target.Connection
		shapes      []d2target.Shape
		want        []image.Point
	}{
		"in the middle of the longest part":            {[]d2target.Connection{elbow}, nil, []image.Point{{100, 150}}},
		"in the middle of another where that is taken": {[]d2target.Connection{elbow}, []d2target.Shape{box("node", 110, 130, 50, 40)}, []image.Point{{50, 0}}},
		"off the middle, clear of a box":               {[]d2target.Connection{straight}, []d2target.Shape{box("node", 110, 130, 50, 40)}, []image.Point{{100, 105}}},
		"off the middle, clear of a line":              {[]d2target.Connection{straight, connection("", 0, 150, 200, 150)}, nil, []image.Point{{100, 120}}},
		"clear of another label":                       {[]d2target.Connection{straight, connection("b", 164, 0, 164, 300)}, nil, []image.Point{{100, 120}, {164, 150}}},
		"a frame may hold it":                          {[]d2target.Connection{straight}, []d2target.Shape{box("group", 0, 100, 200, 100)}, []image.Point{{100, 150}}},
		"a frame's side may not run through it":        {[]d2target.Connection{straight}, []d2target.Shape{box("group", 0, 145, 200, 200)}, []image.Point{{100, 165}}},
		"where nothing is free":                        {[]d2target.Connection{elbow}, []d2target.Shape{box("node", 0, 0, 300, 300)}, []image.Point{{100, 150}}},
		"not where the line would end in it":           {[]d2target.Connection{connection("to", 0, 0, 70, 0, 70, 40)}, nil, []image.Point{{70, 20}}},
		"on a line to the left":                        {[]d2target.Connection{connection("to", 300, 100, 0, 100, 0, 0)}, nil, []image.Point{{150, 100}}},
	} {
		t.Run(name, func(t *testing.T) {
			diagram := &d2target.Diagram{Connections: slices.Clone(c.connections), Shapes: c.shapes}
			placeLabels(diagram)
			for i, want := range c.want {
				if got := center(&diagram.Connections[i]); got != want {
					t.Errorf("the label %q is at %v, want %v", diagram.Connections[i].Label, got, want)
				}
			}
		})
	}
}

func TestCrowdedLabelsAreFound(t *testing.T) {
	c := connection("to", 0, 0, 100, 0, 100, 100)
	c.LabelPosition = "INSIDE_MIDDLE_CENTER" // As D2 has it: on the bend.
	diagram := &d2target.Diagram{Connections: []d2target.Connection{c}}
	if got := crowded(diagram); len(got) != 1 {
		t.Errorf("a label on a bend: %q", got)
	}
	placeLabels(diagram)
	if got := crowded(diagram); len(got) != 0 {
		t.Errorf("a label that was placed: %q", got)
	}
}

// TestLabelsHaveRoom compares what is kept free with the widths that labels have in
// DejaVu Sans, which is wide.
func TestLabelsHaveRoom(t *testing.T) {
	g := &graph{nodes: map[string]*node{"a": {title: "A", role: data}, "b": {title: "B", role: data}, "c": {title: "C", role: data}}}
	g.add("a", "b", "reads, writes", false)
	g.add("a", "c", "DELETE, GET, HEAD, PUT /items/{id}", false)
	diagram, err := layOut(source(g, false))
	if err != nil {
		t.Fatal(err)
	}
	for i, wide := range []int{103, 296} {
		if c := diagram.Connections[i]; c.LabelWidth < wide {
			t.Errorf("%q has %d pixels, and may have %d", c.Label, c.LabelWidth, wide)
		}
	}
}
