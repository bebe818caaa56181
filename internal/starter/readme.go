package starter

import (
	"bytes"
	_ "embed"
	"fmt"
	"io/fs"
	"strings"
	"text/template"

	"golang.org/x/mod/modfile"

	"refstack/internal/catalog"
)

//go:embed README.md.tmpl
var readme string

// page is what the README of a starter is made of.
type page struct {
	App, What, Go, Prefix, Settings string
	Stacks                          []row
}

func (p page) First() row { return p.Stacks[0] }

// row is a stack in the README.
type row struct{ Name, ID, Does string }

// writeReadme writes the starter's README. The settings are rows of this
// repository's.
func writeReadme(sources fs.FS, r *rewriter, dir string, chosen []catalog.Architecture) error {
	p := page{App: r.app, Prefix: r.prefix}
	for _, a := range chosen {
		template, err := a.Template("dev")
		if err != nil {
			return err
		}
		p.Stacks = append(p.Stacks, row{a.Name, a.ID, template.Description})
	}
	p.What = p.First().Does + "."
	if len(p.Stacks) > 1 {
		p.What = fmt.Sprintf("%d stacks of the AWS CDK, in Go.", len(p.Stacks))
	}
	text, err := fs.ReadFile(sources, "go.mod")
	if err != nil {
		return err
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return err
	}
	p.Go = strings.TrimSuffix(mod.Go.Version, ".0")
	own, err := fs.ReadFile(sources, "README.md")
	if err != nil {
		return err
	}
	_, settings, found := strings.Cut(string(own), "| setting | values | default |\n")
	settings, _, ends := strings.Cut(settings, "\n\n")
	if !found || !ends {
		return fmt.Errorf("README.md has no table of settings")
	}
	p.Settings = "| setting | values | default |\n" + r.rename(r.cutLines(settings+"\n"))

	var out bytes.Buffer
	if err := template.Must(template.New("README.md").Parse(readme)).Execute(&out, p); err != nil {
		return err
	}
	return writeFile(dir, "README.md", out.Bytes())
}
