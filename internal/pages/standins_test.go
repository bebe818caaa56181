package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// standIns answer for the commands that pages may call, besides the shell's own, awk,
// git, and refstack itself. An error is a fault of the page.
var standIns = map[string]func(session, []string) error{
	"aws":           aws,
	"curl":          curl,
	"go":            goCommand,
	"jq":            jq,
	"make":          makeCommand,
	"mosquitto_sub": subscribe,
	"node":          node,
	"sleep":         sleep,
}

// standIn runs one, and returns its exit code.
func standIn(do func(session, []string) error) int {
	var s session
	err := json.Unmarshal([]byte(os.Getenv("PAGES_SESSION")), &s)
	if err == nil {
		err = do(s, os.Args[1:])
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && !inside(s.Dir):
		return exit.ExitCode() // The caller knows what to make of it.
	}
	fault := fmt.Sprintf("%s %s: %v\n", filepath.Base(os.Args[0]), strings.Join(os.Args[1:], " "), err)
	file, openErr := os.OpenFile(s.Faults, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if openErr == nil {
		_, openErr = file.WriteString(fault)
	}
	fmt.Fprint(os.Stderr, fault, errors.Join(openErr))
	return 1
}

// inside tells whether the command runs where the page's shell does.
func inside(dir string) bool {
	here, err := os.Getwd()
	return err == nil && here == dir
}

// run runs a real tool with what the stand-in was given.
func (s session) run(dir, name string, args ...string) error {
	for _, folder := range filepath.SplitList(s.Path) {
		file := filepath.Join(folder, name)
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		command := exec.Command(file, args...)
		command.Dir = dir
		command.Env = append(os.Environ(), "PATH="+s.Path, "HOME="+s.Home)
		command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
		return command.Run()
	}
	return fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}

// goCommand builds in the repository, and runs in the page's folder what was built:
// its files are there.
func goCommand(s session, args []string) error {
	if !inside(s.Dir) {
		return s.run("", "go", args...) // For refstack new.
	}
	switch {
	case len(args) == 2 && args[0] == "install":
		// Into the page's home, and not that of whoever runs the test.
		if err := os.Setenv("GOBIN", filepath.Join(os.Getenv("HOME"), "go", "bin")); err != nil {
			return err
		}
		return s.run(s.Root, "go", args...)
	case len(args) > 1 && args[0] == "run" && strings.HasPrefix(args[1], "./lambdas/"):
		return s.run(s.Root, "go", "build", "-o", os.DevNull, args[1]) // It would serve, and want a table.
	case len(args) > 1 && args[0] == "run":
		name := filepath.Join(s.Tools, "built", filepath.Base(args[1]))
		if err := s.run(s.Root, "go", "build", "-o", name, args[1]); err != nil {
			return err
		}
		command := exec.Command(name, args[2:]...)
		command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
		return command.Run()
	}
	return errors.New("pages run or install one package")
}

// jq is the real one where it is installed. It is not among what this repository
// needs, so that another answer has to do elsewhere.
func jq(s session, args []string) error {
	err := s.run("", "jq", args...)
	if errors.Is(err, exec.ErrNotFound) {
		_, err = io.Copy(io.Discard, os.Stdin)
		fmt.Println(`"jq"`)
	}
	return err
}

// node checks the script that the page shows. It would wait for messages.
func node(s session, args []string) error {
	for _, arg := range args {
		if arg == "" {
			return errors.New("an argument is empty")
		}
	}
	err := s.run("", "node", "--check", args[0])
	if errors.Is(err, exec.ErrNotFound) {
		return nil
	}
	return err
}

// subscribe knows the options of mosquitto_sub that pages need.
func subscribe(_ session, args []string) error {
	f, err := options(args, "-h", "-p", "--tls-alpn", "--tls-use-os-certs!", "-i", "-u", "-P", "-q", "-t")
	if err == nil && (f.get("-h") == "" || f.get("-P") == "" || !strings.Contains(f.get("-u"), "x-amz-customauthorizer-name=") || len(f.rest) > 0) {
		err = errors.New("it needs a host, a token and an authorizer, and nothing else")
	}
	return err
}

// sleep does not, as the page's reader would have to.
func sleep(_ session, args []string) error {
	if len(args) != 1 {
		return errors.New("it takes one number")
	}
	_, err := strconv.ParseFloat(args[0], 64)
	return err
}

// flags are what a command was given.
type flags struct {
	values map[string][]string
	rest   []string
}

// get is the last value of an option, or "".
func (f flags) get(name string) string {
	if values := f.values[name]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// options reads the options that are known; those with a ! have no value.
func options(args []string, known ...string) (flags, error) {
	f := flags{values: map[string][]string{}}
	for i := 0; i < len(args); i++ {
		name := args[i]
		switch {
		case !strings.HasPrefix(name, "-"):
			f.rest = append(f.rest, name)
		case slices.Contains(known, name+"!"):
			f.values[name] = append(f.values[name], "")
		case !slices.Contains(known, name):
			return f, fmt.Errorf("unknown option %s", name)
		case i+1 == len(args):
			return f, fmt.Errorf("%s has no value", name)
		default:
			i++
			f.values[name] = append(f.values[name], args[i])
		}
	}
	return f, nil
}
