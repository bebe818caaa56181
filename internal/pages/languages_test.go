package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLanguagesSayTheSame compares what of the README needs no translation.
func TestLanguagesSayTheSame(t *testing.T) {
	for _, difference := range differences(read(t, "README.md"), read(t, "README.ja.md")) {
		t.Error(difference)
	}
}

// TestDifferencesAreFound changes one side in each way that matters.
func TestDifferencesAreFound(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.ja.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"block":             {"make test    #", "make tests   #"},
		"language of block": {"```go", "```golang"},
		"level of heading":  {"\n## テスト", "\n### テスト"},
		"a heading more":    {"\n## テスト", "\n## 新しい節\n\n## テスト"},
		"link":              {"(docs/design.md)", "(docs/decisions.md)"},
		"image":             {"(docs/thumbnailer.svg)", "(docs/webapi.svg)"},
		"other language":    {"[English](README.md)", "[English](README.en.md)"},
		"first cell":        {"| `-c arch=` |", "| `-c architecture=` |"},
		"first cell's text": {"| CDK CLI |", "| CDK |"},
		"price":             {"| $10.24 |", "| $12.24 |"},
		"version":           {"| 2.270.0 |", "| 2.271.0 |"},
		"default":           {"| `express` |", "| `standard` |"},
		"code in a row":     {"と、`MapReduce` の", "と、`WebApi` の"},
		"row":               {"| `lambdas` | Lambda 関数。CDK には一切依存しない |\n", ""},
		"column":            {"| `jsii-runtime-go` | 1.140.0 |", "| `jsii-runtime-go` | 1.140.0 | |"},
		"code in prose":     {"`refstack doctor` は", "`refstack check` は"},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		if changed == string(text) {
			t.Errorf("%s: README.ja.md does not have %q", name, change[0])
		} else if len(differences(read(t, "README.md"), parse("README.ja.md", changed))) == 0 {
			t.Errorf("%s: the change to %q is not found", name, change[1])
		}
	}
}

// differences tells what two pages in different languages do not share.
func differences(a, b page) []string {
	var found []string
	differ := func(where string, x, y any) {
		if diff := cmp.Diff(x, y, cmp.AllowUnexported(block{}), cmp.FilterPath(func(p cmp.Path) bool {
			return p.Last().String() == ".line"
		}, cmp.Ignore())); diff != "" {
			found = append(found, fmt.Sprintf("%s (-%s +%s):\n%s", where, a.name, b.name, diff))
		}
	}
	differ("levels of headings", levels(a), levels(b))
	if len(found) > 0 {
		return found
	}
	for i, s := range a.sections {
		other := b.sections[i]
		differ("blocks below "+s.heading, s.blocks, other.blocks)
		differ("rows below "+s.heading, facts(s), facts(other))
		differ("links below "+s.heading, proseLinks(s, b.name), proseLinks(other, a.name))
		for _, span := range code.FindAllString(s.prose, -1) {
			if !strings.Contains(other.prose, span) {
				found = append(found, fmt.Sprintf("%s does not have %s below %s", b.name, span, other.heading))
			}
		}
	}
	return found
}

func levels(p page) []int {
	var levels []int
	for _, s := range p.sections {
		levels = append(levels, strings.Count(strings.Split(s.heading+" ", " ")[0], "#"))
	}
	return levels
}

// facts are, for each row of a section's tables, the first cell, the number of cells,
// and the code, figures and links of the whole row. Of a table's head, which is
// translated, they are the number of cells alone.
func facts(s section) [][]string {
	var rows [][]string
	for i, row := range s.rows {
		cells := strings.Split(strings.Trim(row, "|\n"), "|")
		shown := []string{fmt.Sprint(len(cells), " cells")}
		if head := i+1 < len(s.rows) && strings.HasPrefix(s.rows[i+1], "|--"); !head {
			shown = append(shown, cells[0])
		}
		// Word order differs between languages, and so does the order of these.
		plain := link.ReplaceAllString(code.ReplaceAllString(row, ""), "")
		for _, some := range [][]string{code.FindAllString(row, -1), number.FindAllString(plain, -1), links(row)} {
			shown = append(shown, slices.Sorted(slices.Values(some))...)
		}
		rows = append(rows, shown)
	}
	return rows
}

// proseLinks are the links of a section. That to the page's other language is told
// apart, as it is another on each.
func proseLinks(s section, otherLanguage string) []string {
	found := links(s.prose)
	for i, target := range found {
		if target == otherLanguage {
			found[i] = "the other language"
		}
	}
	return found
}
