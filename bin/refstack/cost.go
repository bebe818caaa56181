package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"refstack/internal/catalog"
	"refstack/internal/cost"
)

var stages = []string{"dev", "prod"}

func newCost() *cobra.Command {
	command := &cobra.Command{
		Use:   "cost NAME [flags]",
		Short: "tell what an architecture costs a month, idle and with a load",
		Example: `  refstack cost thumbnailer
  refstack cost thumbnailer --images 1000000 --mb 3 --stage prod
  refstack cost genai --prompts 50000 --input-tokens 800 --output-tokens 400`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("name one of %s", strings.Join(catalog.Names(), ", "))
			}
			_, err := catalog.Find(args[0])
			return err
		},
		// Names are subcommands, so this has none to run.
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	for _, a := range catalog.All {
		command.AddCommand(newCostOf(a))
	}
	return command
}

// newCostOf is the command of one architecture, as each has a load of its own.
func newCostOf(a catalog.Architecture) *cobra.Command {
	load := cost.NewLoad(a)
	stage := choice{value: "dev", among: stages}
	var asJSON bool
	command := &cobra.Command{
		Use:     a.Name,
		Aliases: []string{a.ID},
		Short:   a.Slide,
		Example: "  refstack cost " + a.Name + "\n  " + cost.Example(a),
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			bill, err := cost.Of(a, stage.value, load)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(command.OutOrStdout(), bill)
			}
			err = bill.Write(command.OutOrStdout())
			if bill.Load == nil && err == nil {
				_, err = fmt.Fprintf(command.OutOrStdout(), "\nWith a load, for example: %s\n", cost.Example(a))
			}
			return err
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	for _, f := range load.Flags() {
		flags.Var(loadValue{load, f}, f.Name, f.Usage)
		if f.Choices != nil {
			complete(command, f.Name, f.Choices)
		}
	}
	flags.Var(&stage, "stage", "dev or prod")
	complete(command, "stage", stages)
	flags.BoolVar(&asJSON, "json", false, "write JSON")
	return command
}

// complete has the shell offer the values of a flag.
func complete(command *cobra.Command, flag string, values []string) {
	if err := command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // The flag is not there, which is a mistake of this package.
	}
}

// loadValue is a number or choice of a load, as a flag.
type loadValue struct {
	load cost.Load
	flag cost.Flag
}

func (v loadValue) Set(text string) error { return v.load.Set(v.flag.Name, text) }
func (v loadValue) String() string {
	if v.flag.Name == "" {
		return "" // The help asks the zero value what it would say.
	}
	return v.load.Get(v.flag.Name)
}

func (v loadValue) Type() string {
	if v.flag.Choices != nil {
		return "name"
	}
	return "number"
}

// choice is a flag with few values.
type choice struct {
	value string
	among []string
}

func (c *choice) Set(text string) error {
	if !slices.Contains(c.among, text) {
		return fmt.Errorf("must be %s", strings.Join(c.among, " or "))
	}
	c.value = text
	return nil
}
func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "name" }
