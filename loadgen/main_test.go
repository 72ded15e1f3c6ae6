package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"grimoire/loadgen/internal/testserver"
	"grimoire/loadgen/internal/wire"
)

func TestRunOnPreparedServer(t *testing.T) {
	s := &testserver.Server{Framing: wire.Grimoire, Admit: func(r *http.Request) error {
		if r.Header.Get("Cookie") != "s=1" || r.Header.Get("Origin") != "http://school.test" {
			return errors.New("not signed in")
		}
		return nil
	}}
	listening := httptest.NewServer(s)
	defer listening.Close()
	prepared := filepath.Join(t.TempDir(), "prepared.json")
	write(t, prepared, `{"headers": {"Cookie": "s=1"}, "rooms": ["c1"]}`)
	err := command(t.Context(), []string{"run", "-framing", "grimoire", "-root", "notes",
		"-url", "ws" + strings.TrimPrefix(listening.URL, "http") + "/{room}",
		"-prepared", prepared, "-header", "origin: http://school.test",
		"-clients", "2", "-rate", "20", "-cursors", "0", "-seconds", "0.3"})
	if err != nil {
		t.Fatal(err)
	}
	if updates := s.Updates("/c1"); len(updates) == 0 || !strings.Contains(string(updates[0]), "notes") {
		t.Errorf("got %q", updates)
	}
}

func TestCommandsThatMakeNoSense(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "results.jsonl")
	write(t, broken, "{\"server\":\"a\"}\nnot JSON\n")
	for want, args := range map[string][]string{
		"usage: loadgen":      {},
		"table|targets":       {"tables"},
		`"lesson" is no flag`: {"run", "lesson"},
		"has no colon":        {"run", "-header", "Cookie"},
		"which file?":         {"suite"},
		"which file of":       {"table"},
		"no such file":        {"targets", filepath.Join(t.TempDir(), "none")},
		"results.jsonl: inv":  {"table", broken},
	} {
		if err := command(t.Context(), args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", args, err, want)
		}
	}
}

func TestTargetsAreKept(t *testing.T) {
	dir := t.TempDir()
	results, file := filepath.Join(dir, "results.jsonl"), filepath.Join(dir, "benchmarks.md")
	write(t, results, `{"server":"grimoire","spec":{"name":"storm-warm"},"storm_seconds":0.5}`+"\n")
	if err := command(t.Context(), []string{"targets", "-into", file, "-how", "make it", "-note", "Quietly.", results}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## Rooms\n\nMeasured by `make it` on ", "Quietly.\n\n| What |", "| 0.50 s |"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("got no %q in\n%s", want, b)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
