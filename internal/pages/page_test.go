package pages

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the repository's, from the folder of this package.
const root = "../.."

// page is what the tests ask of a page in Markdown, as this repository writes it:
// headings with #, blocks with ```, and no HTML.
type page struct {
	name     string
	sections []section
	blocks   []block
}

// section is a heading with what follows, up to the next heading of any level.
type section struct {
	heading string // With its #s.
	prose   string // Without blocks and tables.
	rows    []string
	blocks  []block
}

// block is what stands between two lines of ```.
type block struct {
	language string
	text     string
	line     int // Of its first line of text.
}

func read(t *testing.T, name string) page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return parse(name, string(text))
}

// parse reads a page. What stands before the first heading is a section, too.
func parse(name, text string) page {
	p := page{name: name, sections: []section{{}}}
	var open *block
	number := 0
	for line := range strings.Lines(text) {
		number++
		last := &p.sections[len(p.sections)-1]
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &block{language: strings.TrimSpace(language), line: number + 1}
		case fence:
			last.blocks, p.blocks = append(last.blocks, *open), append(p.blocks, *open)
			open = nil
		case open != nil:
			open.text += line
		case strings.HasPrefix(line, "#"):
			p.sections = append(p.sections, section{heading: strings.TrimSpace(line)})
		case strings.HasPrefix(line, "|"):
			last.rows = append(last.rows, line)
		default:
			last.prose += line
		}
	}
	return p
}

// pageNames are README.md and the pages below docs/, from the root.
func pageNames(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(found) == 0 {
		t.Fatalf("docs has %v, %v", found, err)
	}
	names := []string{"README.md"}
	for _, file := range found {
		names = append(names, "docs/"+filepath.Base(file))
	}
	return names
}

var (
	// link finds a link or an image, without its text.
	link = regexp.MustCompile(`(!?)\[[^][]*\]\(([^)\s]+)\)`)
	// code finds code inside a line.
	code = regexp.MustCompile("`[^`]+`")
	// number finds a figure, such as 10,000 or 2.270.0.
	number = regexp.MustCompile(`\d+(?:[.,]\d+)*`)
)

// links are the targets of links and images, those of images with a !.
func links(text string) []string {
	var found []string
	for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		found = append(found, match[1]+match[2])
	}
	return found
}

// TestLinksLeadSomewhere follows the links inside the repository, with the headings
// that they name.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, name := range append(pageNames(t), "README.ja.md", "CONTRIBUTING.md") {
		p := read(t, name)
		for _, s := range p.sections {
			for _, target := range links(s.heading + "\n" + s.prose + strings.Join(s.rows, "")) {
				target = strings.TrimPrefix(target, "!")
				if strings.Contains(target, "://") {
					continue
				}
				file, heading, _ := strings.Cut(target, "#")
				if file == "" {
					file = path.Base(name)
				}
				file = path.Join(path.Dir(name), file)
				if _, err := os.Stat(filepath.Join(root, file)); err != nil {
					t.Errorf("%s links to %s, which is not there", name, target)
				} else if heading != "" && !anchors(read(t, file))[heading] {
					t.Errorf("%s links to %s, and there is no such heading", name, target)
				}
			}
		}
	}
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchors are the names that GitHub gives to the headings of a page.
func anchors(p page) map[string]bool {
	names := map[string]bool{}
	for _, s := range p.sections {
		text := strings.ToLower(strings.TrimLeft(s.heading, "# "))
		names[strings.ReplaceAll(notInAnchors.ReplaceAllString(text, ""), " ", "-")] = true
	}
	return names
}
