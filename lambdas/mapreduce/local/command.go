package local

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
	"refstack/lambdas/mapreduce/games"
)

// Exit codes of the command.
const (
	exitSucceeded = 0
	exitFailed    = 1 // The run ended, with more bad rows than are tolerated.
	exitUnable    = 2 // There is no result: wrong usage, or a file that cannot be read.
)

const usage = `Usage: %s [flags] FILE

Runs the map-reduce job over a file, as the MapReduce stack runs it over an
object, and writes the result document to standard output. The file is CSV with
the columns "Game Number" and "Game Length", JSON Lines, or a JSON array.

Exit codes: 0 success, 1 too many bad rows (the document is written all the
same), 2 no result.

Flags:
`

// Command is a command line for the job, under the name that people run it by. It
// returns the exit code.
func Command(ctx context.Context, name string, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	format := flags.String("format", "", "`csv, jsonl or json`; defaults to what the file's name says")
	count := flags.String("tolerated-bad-rows", "", "succeed with up to this `number` of bad rows")
	percentage := flags.String("tolerated-bad-rows-percentage", "", "succeed with up to this `percentage` of bad rows")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, usage, name)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return exitSucceeded
	case err == nil && flags.NArg() != 1:
		err = fmt.Errorf("name one file, got %d", flags.NArg())
	}
	var options Options
	if err == nil {
		options, err = optionsOf(flags.Arg(0), *format, *count, *percentage)
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\nSee %s --help.\n", name, err, name)
		return exitUnable
	}
	code, err := run(ctx, flags.Arg(0), options, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
	}
	return code
}

func optionsOf(file, format, count, percentage string) (Options, error) {
	options := Options{Format: rows.Format(format)}
	if format == "" {
		var ok bool
		if options.Format, ok = rows.FormatOf(file); !ok {
			return Options{}, errors.New("the file's name does not end in .csv, .jsonl, .ndjson or .json: say which --format it has")
		}
	} else if !options.Format.Valid() {
		return Options{}, fmt.Errorf("--format must be csv, jsonl or json, got %q", format)
	}
	var err error
	options.Tolerances.Rows, err = mapreduce.ParseTolerance(count, percentage)
	return options, err
}

func run(ctx context.Context, file string, options Options, stdout, stderr io.Writer) (code int, err error) {
	bar := newBar(file, stderr)
	options.Progress = func(bytes int) { _ = bar.Add(bytes) }
	document, err := Run(ctx, games.Job, file, options)
	_ = bar.Clear()
	var text []byte
	if err == nil {
		text, err = json.MarshalIndent(document, "", "  ")
	}
	if err == nil {
		_, err = stdout.Write(append(text, '\n'))
	}
	switch {
	case err != nil:
		return exitUnable, err
	case document.Outcome != mapreduce.Succeeded:
		return exitFailed, errors.New(document.Cause)
	}
	return exitSucceeded, nil
}

// newBar shows progress on a terminal, and nothing anywhere else.
func newBar(file string, stderr io.Writer) *progressbar.ProgressBar {
	terminal, ok := stderr.(*os.File)
	var size int64 = -1
	if info, err := os.Stat(file); err == nil {
		size = max(1, info.Size())
	}
	return progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(stderr),
		progressbar.OptionSetVisibility(ok && term.IsTerminal(int(terminal.Fd()))),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}
