// Command mapreduce runs the map-reduce job over a file on this machine: see
// mapreduce --help. The collection's command can do the same; a repository that was
// cut out of the collection does not have that command, and has this one.
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
	os.Exit(local.Command(ctx, "mapreduce", os.Args[1:], os.Stdout, os.Stderr))
}
