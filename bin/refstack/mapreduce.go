package main

import (
	"github.com/spf13/cobra"

	"refstack/lambdas/mapreduce/local"
)

// newMapReduce hands its arguments over as they are: the job's command has flags,
// help and exit codes of its own.
func newMapReduce() *cobra.Command {
	return &cobra.Command{
		Use:                "mapreduce [flags] FILE",
		Short:              "run the map-reduce job over a file on this machine",
		Example:            "  refstack mapreduce games.csv\n  refstack mapreduce --format jsonl --tolerated-bad-rows 10 export.txt",
		DisableFlagParsing: true,
		RunE: func(command *cobra.Command, args []string) error {
			if code := local.Command(command.Context(), command.CommandPath(), args, command.OutOrStdout(), command.ErrOrStderr()); code != 0 {
				return exit(code)
			}
			return nil
		},
	}
}
