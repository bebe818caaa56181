package starter

import (
	"fmt"
	"go/format"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"refstack/internal/catalog"
)

// rewriter makes a file of the starter out of one of this repository.
type rewriter struct {
	module string // The starter's module path.
	app    string // Its name, which stands where this repository's stood.
	prefix string
	ids    []string // Of the chosen stacks.
	others []catalog.Architecture
}

// ownPlaces are in this repository and in no starter.
var ownPlaces = regexp.MustCompile(`\b(bin/(refstack|docs)|internal/(catalog|cost|doctor|drawing|pages|starter))\b|\brefstack (new|list|cost|doctor)\b`)

// rewrite gives the text of a file of the starter.
func (r *rewriter) rewrite(name string, text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return text, nil
	}
	out := string(text)
	switch {
	case isList(name) && !owner(name, catalog.All):
		out = r.cutLines(out)
	case name == "docs/design.md" || name == "CONTRIBUTING.md":
		out = r.cutBlocks(out)
	}
	out = r.rename(out)
	switch {
	case name == "internal/settings/settings.go":
		out = strings.Replace(out, `const Prefix = ""`, fmt.Sprintf("const Prefix = %q", r.prefix), 1)
	case strings.HasPrefix(name, "docs/"), strings.HasPrefix(name, "test/"):
		out = r.renameStacks(out)
	}
	if strings.HasSuffix(name, ".go") {
		formatted, err := format.Source([]byte(out))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return formatted, nil
	}
	return []byte(out), nil
}

// isList tells whether a file has lists with a line for each architecture.
func isList(name string) bool {
	switch path.Dir(name) {
	case "internal/app", "internal/settings", "test":
		return strings.HasSuffix(name, ".go")
	}
	return name == "Makefile" || name == "test/rules/rules_test.go"
}

// mentions tells whether text names an architecture that was not chosen, or what
// only this repository has.
func (r *rewriter) mentions(text string) bool {
	if ownPlaces.MatchString(text) {
		return true
	}
	text = strings.ToLower(text)
	for _, a := range r.others {
		if strings.Contains(text, a.Name) {
			return true
		}
	}
	return false
}

// cutLines leaves out the lines of other architectures.
func (r *rewriter) cutLines(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !r.mentions(line) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// cutBlocks leaves out the sections of a page whose headings name other
// architectures and none of the starter's, and elsewhere the paragraphs, list items
// and rows that name others.
func (r *rewriter) cutBlocks(text string) string {
	out, section := "", true
	for _, block := range blocks(text) {
		if heading, ok := strings.CutPrefix(block, "## "); ok {
			heading, section = r.heading(heading)
			block = "## " + heading
		}
		switch {
		case section && !r.speaksOf(block):
			out += block
		case strings.HasSuffix(block, "\n\n") && !strings.HasSuffix(out, "\n\n"):
			out += "\n" // The blank line behind a list ends it, whichever item is its last.
		}
	}
	return out
}

// inParentheses are the architectures that a section is about, in its heading.
var inParentheses = regexp.MustCompile(` \(([A-Z]\w+(?:, [A-Z]\w+)*)\)`)

// heading leaves in a heading the starter's architectures alone, and tells whether the
// section is about one of them or about none at all.
func (r *rewriter) heading(text string) (string, bool) {
	found := inParentheses.FindStringSubmatch(text)
	if found == nil {
		return text, !r.speaksOf(text)
	}
	var own []string
	for id := range strings.SplitSeq(found[1], ", ") {
		if slices.Contains(r.ids, id) {
			own = append(own, id)
		}
	}
	return strings.Replace(text, found[0], " ("+strings.Join(own, ", ")+")", 1), len(own) > 0
}

// blockStart is where a list item, a row or a heading begins.
var blockStart = regexp.MustCompile(`^(- |\d+\. |\||#)`)

// blocks splits Markdown: each block ends with the blank lines behind it. A block
// of code stays whole.
func blocks(text string) []string {
	var all []string
	var current strings.Builder
	code, blank := false, false
	for line := range strings.Lines(text) {
		if !code && (blank && strings.TrimSpace(line) != "" || blockStart.MatchString(line)) && current.Len() > 0 {
			all = append(all, current.String())
			current.Reset()
		}
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = !code
		}
		blank = strings.TrimSpace(line) == ""
		current.WriteString(line)
	}
	return append(all, current.String())
}

// speaksOf is mentions for prose, where pipes are a word of AWS's as well.
func (r *rewriter) speaksOf(text string) bool {
	for _, a := range r.others {
		if regexp.MustCompile(`\b(` + a.ID + `|` + a.Name + `/)\b`).MatchString(text) {
			return true
		}
	}
	return ownPlaces.MatchString(text)
}

// parentWord is the name of this repository: of its module after a quotation mark
// and before a slash, or in go.mod, and elsewhere of the app.
var parentWord = regexp.MustCompile(`("|\bmodule )?\b` + parent + `\b(/?)`)

// rename puts the starter's module path and name where this repository's are.
func (r *rewriter) rename(text string) string {
	text = strings.ReplaceAll(text, "bin/refstack mapreduce", "bin/mapreduce")
	text = strings.ReplaceAll(text, "refstack mapreduce", "mapreduce")
	return parentWord.ReplaceAllStringFunc(text, func(found string) string {
		parts := parentWord.FindStringSubmatch(found)
		if before, after := parts[1], parts[2]; before == "module " || before != "" && after != "" {
			return before + r.module + after
		}
		return parts[1] + r.app + parts[2]
	})
}

// renameStacks puts the prefix where the name of a stack in CloudFormation is: in
// commands, and at the beginning of topics of IoT Core.
func (r *rewriter) renameStacks(text string) string {
	for _, id := range r.ids {
		for _, name := range []struct{ before, after string }{{"--stack-name ", ""}, {"", "/jobs"}, {"", "-prod/jobs"}} {
			text = strings.ReplaceAll(text, name.before+id+name.after, name.before+r.prefix+id+name.after)
		}
	}
	return text
}
