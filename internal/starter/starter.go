// Package starter cuts a repository out of this one, with some of its architectures
// and nothing of the others: what they import, their tests and their pages, under
// the module path of whoever begins with it.
package starter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"refstack/internal/catalog"
)

// Options of a starter.
type Options struct {
	// Architectures are the names of those that it has. Required.
	Architectures []string
	// Module is its module path, such as github.com/acme/images. Its last element
	// is the name of the app. Required.
	Module string
	// Prefix begins the names of its stacks in CloudFormation. Defaults to none.
	Prefix string
	// Dir is where it is written: a folder that is empty or is not there yet.
	// Required.
	Dir string
}

// New writes a starter out of the repository that sources have, with a first commit.
// It overwrites nothing, and leaves nothing behind where it fails.
func New(ctx context.Context, sources fs.FS, o Options) error {
	chosen, others, err := choose(o.Architectures)
	if err != nil {
		return err
	}
	app, err := check(o)
	if err != nil {
		return err
	}
	if err := vacant(o.Dir); err != nil {
		return err
	}
	for _, program := range []string{"go", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is not installed, which makes the starter's %s", program, map[string]string{"go": "go.mod", "git": "first commit"}[program])
		}
	}
	files, err := selected(sources, chosen, others)
	if err != nil {
		return err
	}
	r := &rewriter{module: o.Module, app: app, prefix: o.Prefix, others: others}
	for _, a := range chosen {
		r.ids = append(r.ids, a.ID)
	}
	return whole(o.Dir, func(dir string) error {
		for _, file := range files {
			if err := write(sources, r, dir, file); err != nil {
				return err
			}
		}
		if err := writeReadme(sources, r, dir, chosen); err != nil {
			return err
		}
		if err := tidy(ctx, dir); err != nil {
			return err
		}
		return commit(ctx, dir, chosen)
	})
}

// choose parts the architectures into those that are named and the others.
func choose(names []string) (chosen, others []catalog.Architecture, err error) {
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("name at least one architecture of %s", strings.Join(catalog.Names(), ", "))
	}
	var wanted []catalog.Architecture
	for _, name := range names {
		a, err := catalog.Find(name)
		if err != nil {
			return nil, nil, err
		}
		wanted = append(wanted, a)
	}
	for _, a := range catalog.All {
		if slices.Contains(wanted, a) {
			chosen = append(chosen, a)
		} else {
			others = append(others, a)
		}
	}
	return chosen, others, nil
}

var (
	appName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	prefix  = regexp.MustCompile(`^([A-Z][A-Za-z0-9]{0,31})?$`)
	major   = regexp.MustCompile(`^v[0-9]+$`)
)

// check checks what the user writes, and returns the name of the app.
func check(o Options) (string, error) {
	if o.Module == "" {
		return "", errors.New("a module path is required, such as github.com/acme/images")
	}
	if err := module.CheckPath(o.Module); err != nil {
		return "", fmt.Errorf("%w: a module path is like github.com/acme/images", err)
	}
	app := path.Base(o.Module)
	if major.MatchString(app) {
		app = path.Base(path.Dir(o.Module))
	}
	switch {
	case !appName.MatchString(app):
		return "", fmt.Errorf("the module path ends in %q, which is to be the app's name: that has up to 64 small letters, digits and hyphens, and begins with a letter", app)
	case app == "aws":
		return "", errors.New("the module path ends in \"aws\", which is to be the app's name: EventBridge keeps events from aws.… for AWS itself")
	case !prefix.MatchString(o.Prefix):
		return "", fmt.Errorf("the prefix %q must be a capital letter and up to 31 letters and digits, such as Acme", o.Prefix)
	case o.Dir == "":
		return "", errors.New("a folder is required, for the starter")
	}
	return app, nil
}

// vacant refuses a folder that holds anything.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(dir); err == nil {
			return fmt.Errorf("%s is a link to a folder that is not there", dir)
		}
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty: nothing is overwritten", dir)
	}
	return nil
}

// whole has a folder filled out of sight, and moves what is in it to dir once all of
// it is there. Where it fails, it leaves what it found: dir may be there, and be the
// folder that the user stands in.
func whole(dir string, fill func(dir string) error) (err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	var missing []string // The innermost first.
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, at)
	}
	defer func() {
		for _, folder := range missing {
			if err != nil {
				_ = os.Remove(folder) // Which keeps what others have put there.
			}
		}
	}()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	unfinished, err := os.MkdirTemp(dir, ".unfinished-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(unfinished)
	if err := fill(unfinished); err != nil {
		return err
	}
	return moveAll(unfinished, dir)
}

// moveAll moves everything in one folder to another, or nothing.
func moveAll(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		target := filepath.Join(to, entry.Name())
		_, err := os.Lstat(target)
		if err == nil {
			err = fmt.Errorf("%s is there now: nothing is overwritten", target)
		} else {
			err = os.Rename(filepath.Join(from, entry.Name()), target)
		}
		if err != nil {
			for _, moved := range entries[:i] {
				_ = os.RemoveAll(filepath.Join(to, moved.Name()))
			}
			return err
		}
	}
	return nil
}

func write(sources fs.FS, r *rewriter, dir, name string) error {
	text, err := fs.ReadFile(sources, name)
	if err != nil {
		return err
	}
	if text, err = r.rewrite(name, text); err != nil {
		return err
	}
	return writeFile(dir, name, text)
}

func writeFile(dir, name string, text []byte) error {
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if strings.HasPrefix(string(text), "#!") {
		mode = 0o755
	}
	return os.WriteFile(file, text, mode)
}
