// Command grimoire is a self-hosted classroom where people read conversations together.
//
//	grimoire serve                                  run it
//	grimoire class create "HIST 101" --owner EMAIL  and every other verb works beside a running
//	                                                server, through its local socket, or without one
//
// Results go to standard output (with --json as one JSON value), talk and errors to standard error.
// The exit status is 0, 1 for an error and 2 for a call that makes no sense.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"grimoire/internal/classroom"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// run executes one call and returns the process's exit status.
func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "grimoire: "+explain(err))
	if errors.As(err, new(usageError)) {
		return 2
	}
	return 1
}

// usageError marks a call whose words are off.
type usageError struct{ error }

// explain says err to the operator: the sentence, then what is wrong with each field, then the cause, unless
// it only says again that a row is missing or there already.
func explain(err error) string {
	var known *classroom.Error
	if !errors.As(err, &known) {
		return err.Error()
	}
	lines := []string{known.Message}
	for _, field := range known.Fields {
		if said := field.Location + ": " + field.Message; field.Message == known.Message {
			lines[0] = said
		} else {
			lines = append(lines, "  "+said)
		}
	}
	if known.Err != nil && known.Code != classroom.NotFound && known.Code != classroom.Conflict {
		lines = append(lines, "  because: "+known.Err.Error())
	}
	return strings.Join(lines, "\n")
}
