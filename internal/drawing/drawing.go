// Package drawing draws pictures of stacks from their templates, so that a picture
// shows what is deployed and cannot drift from it.
//
// Resources become nodes by their types, and what one says of another becomes an
// edge: event sources, rules, pipes, integrations, redrive policies, the states of
// machines and what roles allow. D2 lays them out.
package drawing

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"sync"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/goregular"
	"oss.terrastruct.com/d2/d2graph"
	"oss.terrastruct.com/d2/d2layouts/d2elklayout"
	"oss.terrastruct.com/d2/d2lib"
	"oss.terrastruct.com/d2/d2renderers/d2fonts"
	"oss.terrastruct.com/d2/d2renderers/d2svg"
	"oss.terrastruct.com/d2/d2target"
	"oss.terrastruct.com/d2/d2themes/d2themescatalog"
	d2log "oss.terrastruct.com/d2/lib/log"
	"oss.terrastruct.com/d2/lib/textmeasure"
)

// draw makes a picture of a template. The same template makes the same bytes.
func draw(document []byte, p Picture) ([]byte, error) {
	diagram, err := arrange(document, p)
	if err != nil {
		return nil, err
	}
	return render(diagram)
}

// arrange gives everything that a picture shows its place.
func arrange(document []byte, p Picture) (*d2target.Diagram, error) {
	t, err := parse(document)
	if err != nil {
		return nil, err
	}
	g, err := read(t, p)
	if err != nil {
		return nil, err
	}
	return layOut(source(g, p.Down))
}

// letters is the font by which text is measured. D2 keeps fonts in global variables.
var letters = sync.OnceValues(func() (*d2fonts.FontFamily, error) {
	return d2fonts.AddFontFamily("go", goregular.TTF, goitalic.TTF, gobold.TTF, gobold.TTF)
})

// options are those by which D2 lays out and renders.
func options() *d2svg.RenderOpts {
	return &d2svg.RenderOpts{
		Pad: new(int64(8)), OmitVersion: new(true), NoXMLTag: new(true),
		ThemeID: &d2themescatalog.NeutralDefault.ID, ThemeOverrides: light,
		DarkThemeID: &d2themescatalog.DarkMauve.ID, DarkThemeOverrides: dark,
	}
}

func layOut(source string) (*d2target.Diagram, error) {
	font, err := letters()
	if err != nil {
		return nil, fmt.Errorf("drawing: %w", err)
	}
	ruler, err := textmeasure.NewRuler()
	if err != nil {
		return nil, fmt.Errorf("drawing: %w", err)
	}
	ctx := d2log.With(context.Background(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	diagram, _, err := d2lib.Compile(ctx, source, &d2lib.CompileOptions{
		Ruler: ruler, FontFamily: font,
		LayoutResolver: func(string) (d2graph.LayoutGraph, error) { return layout, nil },
	}, options())
	if err != nil {
		return nil, fmt.Errorf("drawing: %w", err)
	}
	placeLabels(diagram)
	colour(diagram)
	return diagram, nil
}

func render(diagram *d2target.Diagram) ([]byte, error) {
	svg, err := d2svg.Render(diagram, options())
	if err != nil {
		return nil, fmt.Errorf("drawing: %w", err)
	}
	svg = fontFace.ReplaceAll(svg, nil)
	end := bytes.LastIndex(svg, []byte("</svg></svg>"))
	if end < 0 {
		return nil, fmt.Errorf("drawing: D2 writes SVG in a way of which nothing is known here")
	}
	return append(append(svg[:end:end], "<style>"+css+"</style>"...), svg[end:]...), nil
}

var fontFace = regexp.MustCompile(`@font-face \{[^}]*\}`)

// layout spaces things less than D2 does: a page has room for some nine hundred
// pixels. Labels get more room than D2 measures, as the letters of a reader may be
// wider, and a line would run into them.
func layout(ctx context.Context, g *d2graph.Graph) error {
	for _, e := range g.Edges {
		if e.Label.Value != "" {
			e.LabelDimensions.Width += e.LabelDimensions.Width/8 + 6
		}
	}
	options := d2elklayout.DefaultOpts
	options.NodeSpacing, options.EdgeNodeSpacing = 26, 16
	options.Padding = "[top=44,left=18,bottom=18,right=18]"
	return d2elklayout.Layout(ctx, g, &options)
}
