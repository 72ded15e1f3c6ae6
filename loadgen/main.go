// Loadgen measures Yjs sync servers under the load of a classroom.
//
//	loadgen run -mode classroom -url 'ws://127.0.0.1:1234/{room}' -pid 4711
//	loadgen suite -o results.jsonl suite.json
//	loadgen table results.jsonl
//	loadgen targets results.jsonl
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

var errUsage = errors.New("usage: loadgen run|suite|table|targets [flags]; -h after a verb lists its flags")

func main() {
	// A second signal ends at once; the first one lets started servers end.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	switch verb, args := args[0], args[1:]; verb {
	case "run":
		return runOne(ctx, args)
	case "suite":
		return runSuite(ctx, args)
	case "table":
		return printTable(args)
	case "targets":
		return printTargets(args)
	}
	return errUsage
}
