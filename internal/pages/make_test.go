package pages

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"

	"refstack/internal/catalog"
	"refstack/internal/settings"
)

// makeCommand has make say what it would do, and reads the settings as the app would.
func makeCommand(s session, args []string) error {
	context := map[string]any{}
	var targets int
	for _, arg := range args {
		name, value, assigns := strings.Cut(arg, "=")
		switch {
		case !assigns:
			targets++
		case name == "STACK":
			if !isStack(value) {
				return fmt.Errorf("%s is no stack", value)
			}
		case name == "STAGE":
			context["stage"] = value
		case name == "CONTEXT":
			given, err := contexts(value)
			if err != nil {
				return err
			}
			maps.Copy(context, given)
		default:
			return fmt.Errorf("the Makefile has no %s", name)
		}
	}
	if targets == 0 {
		return errors.New("it names no target")
	}
	if _, err := settings.Read(context); err != nil {
		return err
	}
	dry := exec.Command("/usr/bin/env", append([]string{"PATH=" + s.Path, "make", "-n"}, args...)...)
	dry.Dir = s.Root
	var stderr bytes.Buffer
	dry.Stderr = &stderr
	if err := dry.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, &stderr)
	}
	return nil
}

// contexts are those of -c name=value, as often as they come.
func contexts(text string) (map[string]any, error) {
	found := map[string]any{}
	words := strings.Fields(text)
	if len(words)%2 != 0 {
		return nil, fmt.Errorf("%q is not made of -c name=value", text)
	}
	for pair := range slices.Chunk(words, 2) {
		name, value, ok := strings.Cut(pair[1], "=")
		if pair[0] != "-c" || !ok {
			return nil, fmt.Errorf("%q is not made of -c name=value", text)
		}
		found[name] = value
	}
	return found, nil
}

func isStack(id string) bool {
	return slices.ContainsFunc(catalog.All, func(a catalog.Architecture) bool { return a.ID == id })
}
