package main

import (
	"errors"

	"github.com/spf13/cobra"

	"refstack/internal/doctor"
)

func newDoctor() *cobra.Command {
	var asJSON, account bool
	command := &cobra.Command{
		Use:   "doctor",
		Short: "tell what this machine lacks, and what to do about it",
		Long: `Doctor looks for what make synth, make test and make deploy need. It fails if the
first two would. It calls AWS with --account only.`,
		Example: `  refstack doctor
  refstack doctor --account
  refstack doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			machine, err := doctor.ThisMachine()
			if err != nil {
				return err
			}
			findings := doctor.Examine(command.Context(), machine, account)
			if asJSON {
				err = writeJSON(command.OutOrStdout(), findings)
			} else {
				err = doctor.Write(command.OutOrStdout(), findings)
			}
			if err == nil && !doctor.Healthy(findings) {
				err = errors.New("something is missing that make synth && make test need")
			}
			return err
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	command.Flags().BoolVar(&account, "account", false, "ask AWS whether the account is bootstrapped")
	return command
}
