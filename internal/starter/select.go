package starter

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"refstack/internal/catalog"
)

// parent is the path of the module that starters are cut from.
const parent = "refstack"

// shared are the files and folders that every starter has, besides the packages that
// its own import.
var shared = []string{
	".ci/run", ".gitignore", "CONTRIBUTING.md", "LICENSE", "Makefile", "cdk.json", "docs/design.md",
	"go.mod", "go.sum", "package-lock.json", "package.json",
}

// own are files that speak of the whole repository, in folders that starters have.
var own = []string{"test/rules/complete_test.go"}

// selection finds the files of a starter.
type selection struct {
	sources  fs.FS
	others   []catalog.Architecture // Those that are not chosen.
	files    map[string]bool
	packages map[string]bool
}

// selected are the paths of the files that the chosen architectures need, sorted:
// what bears their names, what every starter has, and the packages that these
// import, by the imports themselves.
func selected(sources fs.FS, chosen, others []catalog.Architecture) ([]string, error) {
	s := &selection{sources: sources, others: others, files: map[string]bool{}, packages: map[string]bool{}}
	for _, file := range shared {
		s.files[file] = true
	}
	for _, folder := range []string{"bin/app", "internal/app", "test", "test/rules"} {
		if err := s.add(folder); err != nil {
			return nil, err
		}
	}
	for _, a := range chosen {
		for _, folder := range []string{"bin/" + a.Name, "stacks/" + a.Name, "lambdas/" + a.Name, "test/bench/" + a.Name} {
			if err := s.addTree(folder); err != nil {
				return nil, err
			}
		}
	}
	if err := s.addFiles("docs", func(name string) bool { return owner(name, chosen) }); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(s.files)), nil
}

// addTree adds a folder and all below it, where there is such a folder.
func (s *selection) addTree(root string) error {
	if _, err := fs.Stat(s.sources, root); err != nil {
		return nil
	}
	return fs.WalkDir(s.sources, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return s.add(name)
	})
}

// addFiles adds the files below a folder that keep keeps.
func (s *selection) addFiles(root string, keep func(name string) bool) error {
	return fs.WalkDir(s.sources, root, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && keep(name) {
			s.files[name] = true
		}
		return err
	})
}

// add adds the files of a package, its test data, and the packages of this module
// that it imports.
func (s *selection) add(folder string) error {
	if s.packages[folder] {
		return nil
	}
	s.packages[folder] = true
	if owner(folder, s.others) {
		return fmt.Errorf("%s is needed, and belongs to another architecture", folder)
	}
	entries, err := fs.ReadDir(s.sources, folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		switch {
		case owner(name, s.others) || slices.Contains(own, name):
		case entry.Name() == "testdata":
			if err := s.addFiles(name, func(name string) bool { return !owner(name, s.others) }); err != nil {
				return err
			}
		case entry.IsDir():
		default:
			s.files[name] = true
			if err := s.addImports(name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *selection) addImports(file string) error {
	if !strings.HasSuffix(file, ".go") {
		return nil
	}
	text, err := fs.ReadFile(s.sources, file)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, imported := range parsed.Imports {
		name, err := strconv.Unquote(imported.Path.Value)
		if err != nil {
			return err
		}
		folder, ours := strings.CutPrefix(name, parent+"/")
		if !ours {
			continue
		}
		if err := s.add(folder); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// owner tells whether a path bears the name of one of the architectures: a folder
// does, or the name of a file begins with it.
func owner(name string, architectures []catalog.Architecture) bool {
	base := path.Base(name)
	return slices.ContainsFunc(architectures, func(a catalog.Architecture) bool {
		for _, beginning := range []string{a.Name + "_", a.Name + "-", a.Name + ".", a.ID + "."} {
			if strings.HasPrefix(base, beginning) {
				return true
			}
		}
		return slices.Contains(strings.Split(name, "/"), a.Name)
	})
}
