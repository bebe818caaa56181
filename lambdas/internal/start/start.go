// Package start is the beginning of every function: how it logs, how much memory
// the garbage collector may count on, and where it finds AWS.
package start

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Log prepares the process of a function that calls nothing of AWS.
func Log() {
	slog.SetDefault(lambdacontext.NewLogger())
	if limit := int64(lambdacontext.MemoryLimitInMB) << 20; limit > 0 {
		debug.SetMemoryLimit(limit * 9 / 10) // Collect garbage rather than die of it.
	}
}

// Up prepares the process, and gives the configuration for AWS's clients. Where
// that cannot be read, it ends the process.
func Up(options ...func(*config.LoadOptions) error) aws.Config {
	Log()
	return Must(config.LoadDefaultConfig(context.Background(), options...))
}

// Must gives value, if there is no error to Check.
func Must[T any](value T, err error) T {
	Check(err)
	return value
}

// Check ends the process where there is an error, with a line in the log that says
// why: without its configuration a function can do nothing.
func Check(err error) {
	if err != nil {
		slog.Error("cannot start", "error", err)
		os.Exit(1)
	}
}
