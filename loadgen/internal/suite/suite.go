// Package suite runs every scenario against every server, a few rounds over,
// so that all servers suffer alike from whatever else the machine is doing.
package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"grimoire/loadgen/internal/load"
	"grimoire/loadgen/internal/process"
)

// runLimit bounds one run on one server. The server ends with it, and so do the
// connections to it, whatever the run waits for.
const runLimit = 4 * time.Minute

// Config is a suite's file.
type Config struct {
	Rounds    int         `json:"rounds"`
	Servers   []Server    `json:"servers"`
	Scenarios []load.Spec `json:"scenarios"`
}

// Server is a server to start and measure.
type Server struct {
	process.Command
	Prepare []string    `json:"prepare,omitempty"` // command that makes rooms and accounts on a fresh server
	Skip    []string    `json:"skip,omitempty"`    // scenarios that ask for what the server never promised
	Target  load.Target `json:"target"`
}

// Load reads a suite's file. $NAME in it is replaced from the environment; it is
// an error if the environment lacks it. So is a field that no suite has.
func Load(path string) (Config, error) {
	var c Config
	b, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("suite: %w", err)
	}
	var unset []string
	text := os.Expand(string(b), func(name string) string {
		value, ok := os.LookupEnv(name)
		if !ok && !slices.Contains(unset, name) {
			unset = append(unset, name)
		}
		return value
	})
	if unset != nil {
		return c, fmt.Errorf("suite: %s uses what is not set: %s", path, strings.Join(unset, ", "))
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, fmt.Errorf("suite: %s: %w", path, err)
	}
	c.Rounds = max(c.Rounds, 1)
	return c, nil
}

// Only keeps the servers and scenarios named; no names keep all. A name that
// nothing has is an error.
func (c *Config) Only(servers, scenarios []string) error {
	var err, err2 error
	c.Servers, err = keep(c.Servers, servers, func(s Server) string { return s.Name })
	c.Scenarios, err2 = keep(c.Scenarios, scenarios, func(s load.Spec) string { return s.Name })
	return errors.Join(err, err2)
}

func keep[T any](all []T, names []string, name func(T) string) (kept []T, err error) {
	if len(names) == 0 {
		return all, nil
	}
	known := make([]string, len(all))
	for i, v := range all {
		if known[i] = name(v); slices.Contains(names, known[i]) {
			kept = append(kept, v)
		}
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			err = errors.Join(err, fmt.Errorf("suite: %q is none of %s", n, strings.Join(known, ", ")))
		}
	}
	return kept, err
}

// Runs returns how many runs Do performs.
func (c *Config) Runs() (n int) {
	for _, server := range c.Servers {
		for _, spec := range c.Scenarios {
			if !server.skips(spec) {
				n += c.Rounds
			}
		}
	}
	return n
}

func (s Server) skips(spec load.Spec) bool { return slices.Contains(s.Skip, spec.Name) }

// Do runs the suite and passes on each result as it comes. A run that fails is
// a result too: its Error says how. Do stops after the run in which ctx ends.
func (c *Config) Do(ctx context.Context, emit func(load.Result)) {
	for round := range c.Rounds {
		for _, spec := range c.Scenarios {
			for i := range c.Servers {
				// Each round begins with another server.
				server := c.Servers[(i+round)%len(c.Servers)]
				if server.skips(spec) {
					continue
				}
				result, err := server.measure(ctx, spec)
				if err != nil {
					result.Error, result.Spec = err.Error(), spec
				}
				result.Server = server.Name
				emit(result)
				if ctx.Err() != nil {
					return
				}
			}
		}
	}
}

// measure starts the server afresh for one run.
func (s Server) measure(ctx context.Context, spec load.Spec) (load.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	running, err := process.StartFresh(ctx, s.Command)
	if err != nil {
		return load.Result{}, err
	}
	defer running.Stop()
	target, err := s.prepared(ctx, spec)
	if err != nil {
		return load.Result{}, err
	}
	run := load.Run{Spec: spec, Target: target, Server: running}
	return run.Do(ctx)
}
