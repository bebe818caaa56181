// Command refstack is what people run besides the CDK: see refstack --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes of all commands.
const (
	exitFailed = 1
	exitUsage  = 2
)

// exit is an exit code of a command that has said why by itself.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	// The first signal ends the run in good order, a second one ends it at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit code. An error is one line, as the help is one command away.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	started := false
	root := newRoot(func() { started = true })
	// Nil would make cobra take those of the process.
	root.SetArgs(append([]string{}, args...))
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	var code exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(stderr, "%s: %v\n", command.CommandPath(), err)
	if !started {
		fmt.Fprintf(stderr, "See %s --help.\n", command.CommandPath())
		return exitUsage
	}
	return exitFailed
}

// newRoot puts the commands together. It calls started once the arguments are
// known to be right.
func newRoot(started func()) *cobra.Command {
	root := &cobra.Command{
		Use:   "refstack COMMAND",
		Short: "Reference architectures for serverless on AWS",
		Long:  "Refstack shows the reference architectures of this repository and what they cost,\nwrites repositories of your own with them, and tells what this machine lacks.",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			command.SetOut(command.ErrOrStderr())
			_ = command.Usage()
			return exit(exitUsage)
		},
		PersistentPreRun:   func(*cobra.Command, []string) { started() },
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true,
	}
	root.AddCommand(
		newNew(),
		newList(),
		newCost(),
		newDoctor(),
		newMapReduce(),
	)
	root.InitDefaultHelpCmd()
	refuseUnknownTopics(root)
	return root
}

// refuseUnknownTopics makes help of what there is not wrong usage. Cobra's own
// shows the whole command instead.
func refuseUnknownTopics(root *cobra.Command) {
	help, _, err := root.Find([]string{"help"})
	if err != nil {
		panic(err) // It was just added.
	}
	help.Args = func(_ *cobra.Command, topic []string) error {
		if found, rest, err := root.Find(topic); err != nil || len(rest) > 0 {
			return fmt.Errorf("unknown command %q for %q", strings.Join(rest, " "), found.CommandPath())
		}
		return nil
	}
}
