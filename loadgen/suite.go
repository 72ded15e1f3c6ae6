package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"grimoire/loadgen/internal/load"
	"grimoire/loadgen/internal/report"
	"grimoire/loadgen/internal/suite"
)

// runSuite measures every server of a file and keeps a line of JSON a run.
func runSuite(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("suite", flag.ContinueOnError)
	output := flags.String("o", "results.jsonl", "file that results are added to, one line of JSON each")
	var servers, scenarios []string
	flags.Func("servers", "only these, by name, separated by commas", list(&servers))
	flags.Func("scenarios", "only these, by name, separated by commas", list(&scenarios))
	rounds := flags.Int("rounds", 0, "rounds, in place of the file's")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("suite: which file? Try suite.json")
	}
	config, err := suite.Load(flags.Arg(0))
	if err != nil {
		return err
	}
	if err := config.Only(servers, scenarios); err != nil {
		return err
	}
	if *rounds > 0 {
		config.Rounds = *rounds
	}
	file, err := os.OpenFile(*output, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	return measure(ctx, config, file)
}

// list parses names separated by commas; an empty list is none.
func list(names *[]string) func(string) error {
	return func(s string) error {
		*names = strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
		return nil
	}
}

// measure runs the suite, tells how far it is, and prints its tables. Runs that
// failed are in the tables and no error here.
func measure(ctx context.Context, config suite.Config, file io.Writer) error {
	var results []load.Result
	var unwritten error
	encoder := json.NewEncoder(file)
	config.Do(ctx, func(r load.Result) {
		results = append(results, r)
		outcome := "done"
		if r.Error != "" {
			outcome = "failed: " + r.Error
		}
		fmt.Fprintf(os.Stderr, "%d/%d %s on %s: %s\n", len(results), config.Runs(), r.Spec.Name, r.Server, outcome)
		unwritten = errors.Join(unwritten, encoder.Encode(r))
	})
	report.Table(os.Stdout, results)
	return errors.Join(unwritten, ctx.Err())
}

// printTable prints the tables of one or more files of results.
func printTable(paths []string) error {
	results, err := read(paths)
	if err != nil {
		return err
	}
	report.Table(os.Stdout, results)
	return nil
}

// printTargets prints what the rooms promise beside what the files' results are,
// and may keep it as a section of a Markdown file.
func printTargets(args []string) error {
	flags := flag.NewFlagSet("targets", flag.ContinueOnError)
	ours := flags.String("ours", "grimoire", "the server whose targets these are")
	into := flags.String("into", "", "Markdown file whose section Rooms to replace")
	how := flags.String("how", "", "the command that measured, for that section")
	note := flags.String("note", "", "what else a reader should know, for that section")
	if err := flags.Parse(args); err != nil {
		return err
	}
	results, err := read(flags.Args())
	if err != nil {
		return err
	}
	var table strings.Builder
	report.Targets(&table, *ours, results)
	fmt.Print(table.String())
	if *into == "" {
		return nil
	}
	var body strings.Builder
	fmt.Fprintf(&body, "Measured by `%s` on %s, on %d cores that servers and load share.\n%s\n\n%s",
		*how, time.Now().Format("2 January 2006"), runtime.NumCPU(), *note, table.String())
	return report.WriteSection(*into, "Rooms", body.String())
}

// read returns the results in the files.
func read(paths []string) ([]load.Result, error) {
	if len(paths) == 0 {
		return nil, errors.New("which file of results?")
	}
	var results []load.Result
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		for decoder := json.NewDecoder(file); ; {
			var r load.Result
			if err := decoder.Decode(&r); err == io.EOF {
				break
			} else if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			results = append(results, r)
		}
	}
	return results, nil
}
