// Command docs rewrites what of docs/ is made from the goldens. It runs in the
// root of the repository.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"refstack/internal/cost"
	"refstack/internal/drawing"
)

// file is one of docs/, and how it is made.
type file struct {
	name string
	make func() ([]byte, error)
}

func main() {
	for _, f := range files() {
		content, err := f.make()
		if err == nil {
			err = os.WriteFile(filepath.Join("docs", f.name), content, 0o644)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "docs: %s: %v\n", f.name, err)
			os.Exit(1)
		}
	}
}

func files() []file {
	all := []file{{"costs.md", func() ([]byte, error) {
		page, err := cost.Page()
		return []byte(page), err
	}}}
	for _, picture := range drawing.Pictures {
		all = append(all, file{picture.File, func() ([]byte, error) {
			return picture.Draw(filepath.Join("test", "testdata", "golden"))
		}})
	}
	return all
}
