package drawing

import (
	"slices"

	"oss.terrastruct.com/d2/d2target"
)

// classes are the styles of D2 but for colours, which it would take for those of
// one theme only.
const classes = `classes: {
  node: { style: { stroke-width: 2; border-radius: 8; font-size: 18; bold: true } }
  group: { style: { stroke-width: 1; border-radius: 10; font-size: 17; bold: false } }
  way: { style: { stroke-width: 2; font-size: 16; italic: false } }
  aside: { style: { stroke-width: 2; stroke-dash: 4; font-size: 16; italic: false } }
  keys: { style: { stroke-width: 0; fill: transparent } }
  key: { height: 34; style: { stroke-width: 2; border-radius: 17; font-size: 15; bold: false } }
  dead: { style: { stroke-dash: 4 } }
  many: { style: { multiple: true } }
}
`

// The codes of colours in the themes of D2, and what is drawn in them.
const (
	strong, faint, line, frame, ground, paper = "N1", "N2", "N3", "N4", "N5", "N6"
)

// strokes are the colours of roles. The others have that of lines.
var strokes = map[role]string{
	entry: "B1", events: "B2", workflow: "AB5", queue: "B3", compute: "AA2", data: "AA4", model: "AB4",
}

// colour gives the parts of a diagram their colours, by their classes.
func colour(diagram *d2target.Diagram) {
	for i := range diagram.Shapes {
		shape := &diagram.Shapes[i]
		shape.Fill, shape.Stroke, shape.Color = paper, line, strong
		if slices.Contains(shape.Classes, "group") {
			shape.Fill, shape.Stroke, shape.Color = ground, frame, faint
		}
		if slices.Contains(shape.Classes, "keys") || slices.Contains(shape.Classes, "watching") {
			shape.Fill, shape.Stroke = "transparent", "transparent"
		}
		if slices.Contains(shape.Classes, "key") {
			shape.Color = faint
		}
		for _, class := range shape.Classes {
			if stroke := strokes[role(class)]; stroke != "" {
				shape.Stroke = stroke
			}
		}
	}
	for i := range diagram.Connections {
		diagram.Connections[i].Stroke, diagram.Connections[i].Color = line, faint
	}
}

var light = &d2target.ThemeOverrides{
	N1: new("#1f2328"), N2: new("#59636e"), N3: new("#818b98"), N4: new("#d1d9e0"), N5: new("#f6f8fa"), N6: new("#ffffff"), N7: new("#ffffff"),
	B1: new("#8250df"), B2: new("#bf3989"), B3: new("#cf222e"), AA2: new("#d4690b"), AA4: new("#0969da"), AB4: new("#1a7f37"), AB5: new("#1b7c83"),
}

var dark = &d2target.ThemeOverrides{
	N1: new("#f0f6fc"), N2: new("#9da7b3"), N3: new("#8b949e"), N4: new("#3d444d"), N5: new("#151b23"), N6: new("#0d1117"), N7: new("#0d1117"),
	B1: new("#ab7df8"), B2: new("#db61a2"), B3: new("#f85149"), AA2: new("#f0883e"), AA4: new("#4493f8"), AB4: new("#3fb950"), AB5: new("#39c5cf"),
}

// css overrules the fonts of D2, which would be embedded in each picture. The
// letters of the system are there; some, such as DejaVu's, are an eighth wider than
// those that D2 measured.
const css = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Helvetica, Arial, sans-serif !important; }
.node .text-bold { font-weight: 600; font-size: 17px !important; }
.node .text-bold tspan + tspan { font-weight: normal; font-size: 15px; opacity: 0.75; }
`
