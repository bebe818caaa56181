// Command mapreduce runs the map-reduce job over a file on this machine: see
// mapreduce --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"refstack/lambdas/mapreduce/local"
)

func main() {
	// The first signal ends the run in good order, a second one ends it at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(local.Command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
