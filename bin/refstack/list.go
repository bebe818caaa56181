package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"refstack/internal/catalog"
	"refstack/internal/cost"
)

// listed is what refstack list tells of an architecture.
type listed struct {
	Name        string  `json:"name"`
	Stack       string  `json:"stack"`
	Description string  `json:"description"`
	Deploys     string  `json:"deploys"`
	IdleDev     float64 `json:"idleDev"` // Dollars a month.
	IdleProd    float64 `json:"idleProd"`
	Slide       string  `json:"slide"`
}

func newList() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "list",
		Short: "list the architectures, what each deploys, and what it costs idle",
		Example: `  refstack list
  refstack list --json | jq -r '.[].name'`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			all, err := architectures()
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(command.OutOrStdout(), all)
			}
			return writeList(command.OutOrStdout(), all)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return command
}

func architectures() ([]listed, error) {
	var all []listed
	for _, a := range catalog.All {
		template, err := a.Template("dev")
		if err != nil {
			return nil, err
		}
		dev, err := cost.Of(a, "dev", cost.NewLoad(a))
		if err != nil {
			return nil, err
		}
		prod, err := cost.Of(a, "prod", cost.NewLoad(a))
		if err != nil {
			return nil, err
		}
		all = append(all, listed{a.Name, a.ID, template.Description, template.Parts(), dev.IdleUSD, prod.IdleUSD, a.Slide})
	}
	return all, nil
}

func writeList(w io.Writer, all []listed) error {
	for i, a := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		_, err := fmt.Fprintf(w, "%s: %s\n  shows    %s\n  deploys  %s\n  idle     $%.2f a month, in prod $%.2f\n",
			a.Name, a.Description, a.Slide, a.Deploys, a.IdleDev, a.IdleProd)
		if err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
