package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"refstack"
	"refstack/internal/catalog"
	"refstack/internal/starter"
)

func newNew() *cobra.Command {
	var o starter.Options
	command := &cobra.Command{
		Use:   "new NAME... --module PATH DIR",
		Short: "write a repository of your own, with the architectures that you name",
		Long: "New writes a repository with the architectures that you name and nothing of the\n" +
			"others: stacks, constructs, functions, tests and pages, under your module path,\n" +
			"with a first commit. It overwrites nothing, and leaves nothing where it fails.",
		Example: `  refstack new thumbnailer --module github.com/acme/images images
  refstack new webapi genai --module github.com/acme/ask --prefix Acme ~/src/ask`,
		Args: func(_ *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return fmt.Errorf("name at least one architecture of %s, and a folder", strings.Join(catalog.Names(), ", "))
			case 1:
				return fmt.Errorf("name a folder for the repository, after the architectures")
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return catalog.Names(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(command *cobra.Command, args []string) error {
			last := len(args) - 1
			o.Architectures, o.Dir = args[:last], args[last]
			if err := starter.New(command.Context(), refstack.Sources, o); err != nil {
				return err
			}
			_, err := fmt.Fprintf(command.OutOrStdout(), "%s is ready. Next:\n\n  %smake synth && make test\n", o.Dir, goTo(o.Dir))
			return err
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.Module, "module", "", "its module path; the last element is the app's name (required)")
	flags.StringVar(&o.Prefix, "prefix", "", "what the CloudFormation names of its stacks begin with")
	return command
}

// goTo is the command that goes to a folder, where the user is not in it already.
func goTo(dir string) string {
	if filepath.Clean(dir) == "." {
		return ""
	}
	return "cd " + quoted(dir) + " && "
}

// quoted is a path as a shell takes it.
func quoted(dir string) string {
	if strings.Trim(dir, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return dir
	}
	return "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
}
