package drawing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	docs    = filepath.Join("..", "..", "docs")
	goldens = filepath.Join("..", "..", "test", "testdata", "golden")
)

// stale tells what is wrong with a picture in a folder, if anything.
func stale(folder string, p Picture, want []byte) error {
	got, err := os.ReadFile(filepath.Join(folder, p.File))
	if err != nil || !bytes.Equal(got, want) {
		return fmt.Errorf("docs/%s is not what %s shows: run `make docs`", p.File, p.Template)
	}
	return nil
}

// TestPictures lays each picture out once, which takes seconds.
func TestPictures(t *testing.T) {
	for _, p := range Pictures {
		t.Run(p.File, func(t *testing.T) {
			document, err := os.ReadFile(filepath.Join(goldens, p.Template))
			if err != nil {
				t.Fatal(err)
			}
			diagram, err := arrange(document, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, label := range crowded(diagram) {
				t.Errorf("the label %q is on a bend, or too near to something", label)
			}
			svg, err := render(diagram)
			if err != nil {
				t.Fatal(err)
			}
			if err := stale(docs, p, svg); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTheSameTemplateIsTheSamePicture draws only the smallest one twice: the pictures
// in docs/ are of other processes.
func TestTheSameTemplateIsTheSamePicture(t *testing.T) {
	one, err := Pictures[0].Draw(goldens)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Pictures[0].Draw(goldens)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("the same template makes another picture: %v", err)
	}
}

func TestStalePicturesAreFound(t *testing.T) {
	p, folder := Pictures[0], t.TempDir()
	svg, err := os.ReadFile(filepath.Join(docs, p.File))
	if err != nil {
		t.Fatal(err)
	}
	if err := stale(folder, p, svg); err == nil {
		t.Error("a picture that is missing is fresh")
	}
	if err := os.WriteFile(filepath.Join(folder, p.File), append(svg, ' '), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := stale(folder, p, svg); err == nil || !strings.Contains(err.Error(), "make docs") {
		t.Errorf("of a picture that was changed: %v", err)
	}
}

func TestPicturesOfPages(t *testing.T) {
	drawn := map[string]bool{}
	for _, p := range Pictures {
		drawn[p.File] = true
	}
	pages, err := filepath.Glob(filepath.Join(docs, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`!\[(.*)\]\(([^/)]*\.svg)\)`).FindAllStringSubmatch(string(text), -1) {
			shown[match[2]] = true
			if !drawn[match[2]] || match[1] == "" {
				t.Errorf("%s shows %s, which is not drawn or not described", page, match[2])
			}
		}
	}
	for _, p := range Pictures {
		if !shown[p.File] {
			t.Errorf("no page shows %s", p.File)
		}
	}
}

// addresses are those that an SVG may have: the names of its languages.
var addresses = regexp.MustCompile(`https?://(www\.w3\.org/[^"]*)?`)

// TestPicturesStandAlone reads the pictures in docs/, which are fresh.
func TestPicturesStandAlone(t *testing.T) {
	for _, p := range Pictures {
		t.Run(p.File, func(t *testing.T) {
			svg, err := os.ReadFile(filepath.Join(docs, p.File))
			if err != nil {
				t.Fatal(err)
			}
			if len(svg) > 150_000 {
				t.Errorf("it has %d bytes", len(svg))
			}
			for _, address := range addresses.FindAll(svg, -1) {
				if !bytes.Contains(address, []byte("w3.org")) {
					t.Errorf("it loads %s", address)
				}
			}
			for _, part := range []string{"@font-face", "base64", "<script", "<image"} {
				if bytes.Contains(svg, []byte(part)) {
					t.Errorf("it has %s", part)
				}
			}
			for _, part := range []string{"prefers-color-scheme:dark", *light.AA2, *dark.AA2, `fill="transparent"`} {
				if !bytes.Contains(svg, []byte(part)) {
					t.Errorf("it lacks %s", part)
				}
			}
		})
	}
}

// TestPicturesShowChanges takes away one resource after the other that a picture
// names: each must leave it.
func TestPicturesShowChanges(t *testing.T) {
	p := Pictures[0]
	document, err := os.ReadFile(filepath.Join(goldens, p.Template))
	if err != nil {
		t.Fatal(err)
	}
	whole := source(graphOf(t, string(document), p.Without...), p.Down)
	drawn := graphOf(t, string(document), p.Without...).ids()
	for _, id := range drawn {
		var changed map[string]any
		if err := json.Unmarshal(document, &changed); err != nil {
			t.Fatal(err)
		}
		resources := changed["Resources"].(map[string]any)
		if resources[id] == nil {
			continue // The caller, and what no template makes.
		}
		delete(resources, id)
		less, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		if source(graphOf(t, string(less), p.Without...), p.Down) == whole {
			t.Errorf("the picture is the same without %s", id)
		}
	}
}

func TestTemplatesThatAreNone(t *testing.T) {
	for _, document := range []string{"", "[]", "{}", `{"Resources": {}}`} {
		if _, err := draw([]byte(document), Picture{}); err == nil {
			t.Errorf("%q is drawn", document)
		}
	}
}

func TestArrowsAndKeys(t *testing.T) {
	g := &graph{nodes: map[string]*node{"a": {title: "A", role: data}, "b": {title: "B", role: data}, "c": {title: "7 alarms", service: "notify", role: watching}}}
	g.add("a", "b", "to", false)
	const dashes = "only on failure"
	for _, c := range []struct {
		edge edge
		want string
	}{
		{edge{from: "a", to: "b", label: "to"}, `"a" -> "b": "to" { class: way }`},
		{edge{from: "a", to: "b", label: "to", aside: true}, `"a" -> "b": "to" { class: aside }`},
		{edge{from: "a", to: "b", label: "to", back: true}, `"a" <-> "b": "to" { class: way }`},
		{edge{from: "a", to: "b", label: "to", against: true}, `"b" <- "a": "to" { class: way }`},
	} {
		g.edges = []edge{c.edge}
		got := source(g, false)
		if !strings.Contains(got, c.want) || strings.Contains(got, dashes) != c.edge.aside {
			t.Errorf("%+v is %s", c.edge, got)
		}
	}
	diagram, err := layOut(source(g, false))
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range diagram.Shapes {
		if shape.Label == "7 alarms notify" && shape.Stroke != "transparent" {
			t.Errorf("the alarms have a frame, as a key has: %s", shape.Stroke)
		}
	}
}

func TestTablesAreEven(t *testing.T) {
	g := &graph{nodes: map[string]*node{"table": {title: "Table", role: data, grid: true}}}
	for i, title := range []string{"S3", "A long name\nof two lines", "SQS", "SNS", "Step Functions"} {
		g.nodes[fmt.Sprint("cell", i)] = &node{title: title, role: data, parent: "table"}
	}
	diagram, err := layOut(source(g, false))
	if err != nil {
		t.Fatal(err)
	}
	rows, columns := map[int][]int{}, map[int][]int{} // Heights by where rows begin, widths by where columns do.
	for _, shape := range diagram.Shapes {
		if strings.HasPrefix(shape.ID, "table.") {
			rows[shape.Pos.Y] = append(rows[shape.Pos.Y], shape.Height)
			columns[shape.Pos.X] = append(columns[shape.Pos.X], shape.Width)
		}
	}
	if len(rows) != 3 || len(columns) != 2 {
		t.Errorf("there are %d rows and %d columns", len(rows), len(columns))
	}
	for _, sizes := range append(slices.Collect(maps.Values(rows)), slices.Collect(maps.Values(columns))...) {
		if slices.Min(sizes) != slices.Max(sizes) {
			t.Errorf("the sizes of a row or column are %v", sizes)
		}
	}
}

func TestLabelsAreQuoted(t *testing.T) {
	const label = "say \"${x}\" \\ # $connect; { }\n<b>"
	g := &graph{nodes: map[string]*node{"a": {title: label, role: data}, "b": {title: "b", role: data}}}
	g.add("a", "b", label, false)
	diagram, err := layOut(source(g, false))
	if err != nil {
		t.Fatal(err)
	}
	svg, err := render(diagram)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(svg, []byte(">&lt;b&gt;</tspan>")) {
		t.Error("the second line is none of its own")
	}
	if got := bytes.Count(svg, []byte("say &#34;${x}&#34; \\ # $connect; { }")); got < 2 {
		t.Errorf("the label is written %d times", got)
	}
}
