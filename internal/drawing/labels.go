package drawing

import (
	"cmp"
	"image"
	"slices"

	"oss.terrastruct.com/d2/d2target"
	"oss.terrastruct.com/d2/lib/geo"
	"oss.terrastruct.com/d2/lib/label"
)

// apart is how far a label stays from all but the straight part that it is on.
const apart = 8

// along are the places of a label on a straight part, from the middle outwards.
var along = []float64{0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8, 0.15, 0.85}

// place is a point of a line: as a share of the whole, and the straight part that it
// is on.
type place struct {
	share float64
	part  int
}

// placeLabels puts each label on a straight part of its line, where it is free of
// everything else. D2 puts it into the middle of the whole line, which may be a bend,
// beside another label or under a box. Where nothing is free, the middle of the longest
// part has to do.
func placeLabels(diagram *d2target.Diagram) {
	var labelled []*d2target.Connection
	for i := range diagram.Connections {
		if c := &diagram.Connections[i]; c.Label != "" {
			c.LabelPosition = label.UnlockedMiddle.String()
			c.LabelPercentage = places(c)[0].share
			labelled = append(labelled, c)
		}
	}
	for _, c := range labelled {
		all := places(c)
		for _, p := range append(all, all[0]) {
			if c.LabelPercentage = p.share; free(diagram, c, p.part) {
				break
			}
		}
	}
}

// places are where the label of a line may be, the best first.
func places(c *d2target.Connection) []place {
	var found []place
	for _, share := range along {
		for _, part := range parts(c) {
			at := geo.Route(c.Route[:part+1]).Length() + share*length(c, part)
			found = append(found, place{at / geo.Route(c.Route).Length(), part})
		}
	}
	return found
}

// parts are the straight parts of a line, by the points where they begin, the longest
// first.
func parts(c *d2target.Connection) []int {
	all := make([]int, len(c.Route)-1)
	for i := range all {
		all[i] = i
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(length(c, b), length(c, a)) })
	return all
}

func length(c *d2target.Connection, part int) float64 {
	return geo.Route(c.Route[part : part+2]).Length()
}

// free tells whether a label stands apart from boxes, from other labels, and from lines,
// those to the left and right of its own part included.
func free(diagram *d2target.Diagram, c *d2target.Connection, part int) bool {
	around := labelBox(c).Inset(-apart)
	for _, shape := range diagram.Shapes {
		box := image.Rect(0, 0, shape.Width, shape.Height).Add(image.Pt(shape.Pos.X, shape.Pos.Y))
		if around.Overlaps(box) && !(slices.Contains(shape.Classes, "group") && around.In(box)) {
			return false
		}
	}
	for i := range diagram.Connections {
		other := &diagram.Connections[i]
		if other != c && other.Label != "" && around.Overlaps(labelBox(other)) {
			return false
		}
		for _, otherPart := range parts(other) {
			if (other != c || otherPart != part) && around.Overlaps(stroke(other, otherPart)) {
				return false
			}
		}
	}
	return true
}

func labelBox(c *d2target.Connection) image.Rectangle {
	corner := c.GetLabelTopLeft()
	return image.Rect(0, 0, c.LabelWidth, c.LabelHeight).Add(image.Pt(int(corner.X), int(corner.Y)))
}

// stroke is the box of a straight part of a line, which is some pixels wide.
func stroke(c *d2target.Connection, part int) image.Rectangle {
	a, b := c.Route[part], c.Route[part+1]
	return image.Rect(int(a.X), int(a.Y), int(b.X), int(b.Y)).Inset(-c.StrokeWidth / 2)
}
