package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"grimoire/loadgen/internal/load"
	"grimoire/loadgen/internal/report"
	"grimoire/loadgen/internal/wire"
	"grimoire/loadgen/internal/yjs"
)

// runOne performs a single run against a server that is already up.
func runOne(ctx context.Context, args []string) error {
	run, err := parseRun(args)
	if err != nil {
		return err
	}
	result, err := run.Do(ctx)
	if err != nil {
		return err
	}
	result.Server = run.Target.URL
	report.Table(os.Stderr, []load.Result{result})
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

func parseRun(args []string) (*load.Run, error) {
	run := &load.Run{}
	spec, target := &run.Spec, &run.Target
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.StringVar((*string)(&spec.Mode), "mode", string(load.Classroom), "classroom, idle, join-storm, stalled or capacity")
	flags.IntVar(&spec.Rooms, "rooms", 1, "rooms")
	flags.IntVar(&spec.Clients, "clients", 30, "clients in each room")
	flags.Float64Var(&spec.Typing, "typing", 0.1, "share of clients that type")
	flags.Float64Var(&spec.Rate, "rate", 4, "edits a second of each typing client")
	flags.Float64Var(&spec.Cursors, "cursors", 0.2, "cursor moves a second of each reader; 0: no cursors at all")
	flags.Float64Var(&spec.Seconds, "seconds", 10, "length of the run")
	flags.StringVar(&spec.Document, "document", "", "join-storm, stalled: file with a Yjs v1 update")
	flags.StringVar(&target.URL, "url", "ws://127.0.0.1:1234/{room}", "where to connect; {room} is replaced")
	flags.StringVar((*string)(&target.Framing), "framing", string(wire.YWebsocket), "y-websocket, hocuspocus or grimoire")
	flags.StringVar(&target.Root, "root", yjs.DefaultRoot, "the shared text to type into")
	flags.StringVar(&target.Token, "token", "", "hocuspocus: the token to authenticate with")
	flags.BoolVar(&target.Relay, "relay", false, "the server keeps no documents: do not check them")
	flags.IntVar(&run.PID, "pid", 0, "the server's process, to measure what it uses")
	flags.Func("header", "header to send, as 'Name: value'; may be repeated", func(s string) error {
		name, value, ok := strings.Cut(s, ":")
		if !ok {
			return fmt.Errorf("%q has no colon", s)
		}
		one := map[string]string{name: strings.TrimSpace(value)}
		target.Access = target.With(load.Access{Headers: one})
		return nil
	})
	flags.Func("prepared", "file with headers, clients and rooms, as a suite's prepare prints them", func(path string) error {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		access, err := load.ParseAccess(b)
		target.Access = target.With(access)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("run: %q is no flag", flags.Arg(0))
	}
	return run, nil
}
