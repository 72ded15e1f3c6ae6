package suite

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"grimoire/loadgen/internal/load"
	"grimoire/loadgen/internal/process"
	"grimoire/loadgen/internal/testserver"
	"grimoire/loadgen/internal/wire"
)

// TestMain makes the test's own program the server and its prepare command.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "serve":
		fmt.Fprintln(os.Stderr, serve())
		os.Exit(1)
	case len(os.Args) == 2 && os.Args[1] == "prepare":
		prepare()
	default:
		os.Exit(m.Run())
	}
}

// serve runs a server at ADDRESS that admits the cookies and rooms of prepare.
// It keeps updates in the file DATA, if that is set.
func serve() error {
	s := &testserver.Server{Framing: wire.Grimoire, Admit: func(r *http.Request) error {
		if !strings.HasPrefix(r.URL.Path, "/prepared-") || !strings.HasPrefix(r.Header.Get("Cookie"), "student=") {
			return errors.New("not prepared")
		}
		return nil
	}}
	if path := os.Getenv("DATA"); path != "" {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		s.File = file
		if err := s.Recover(); err != nil {
			return err
		}
	}
	return http.ListenAndServe(os.Getenv("ADDRESS"), s)
}

// prepare notes its call in the file CALLS and prints rooms and students.
func prepare() {
	calls, _ := os.OpenFile(os.Getenv("CALLS"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	fmt.Fprintf(calls, "%s rooms of %s\n", os.Getenv("ROOMS"), os.Getenv("CLIENTS"))
	fmt.Print(`{"clients": [{"Cookie": "student=1"}, {"Cookie": "student=2"}], "rooms": ["prepared-0", "prepared-1"]}`)
}

var loopbacks atomic.Int32

// server returns the entry of a server that keeps its data, or forgets it.
func server(t *testing.T, keeps bool) Server {
	t.Helper()
	// On a loopback address of its own, if the system has one: nothing else takes the port while the server is down.
	free, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.%d:0", 1+os.Getpid()>>8%254, os.Getpid()%256, 1+loopbacks.Add(1)%254))
	if err != nil {
		free, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	address, dir := free.Addr().String(), t.TempDir()
	s := Server{
		Command: process.Command{
			Name: "test", Args: []string{os.Args[0], "serve"}, Address: address,
			Env:  map[string]string{"ADDRESS": address, "CALLS": filepath.Join(dir, "calls")},
			Data: []string{filepath.Join(dir, "data")},
			Log:  filepath.Join(dir, "log"),
		},
		Prepare: []string{os.Args[0], "prepare"},
		Target:  load.Target{URL: "ws://" + address + "/{room}", Framing: wire.Grimoire},
	}
	if keeps {
		s.Env["DATA"] = s.Data[0]
	}
	return s
}

var reload = load.Spec{Mode: load.Reload, Rooms: 2, Clients: 2, Typing: 1, Rate: 20, Seconds: 0.5}

func TestReload(t *testing.T) {
	for name, keeps := range map[string]bool{"keeps": true, "forgets": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server(t, keeps)
			c := Config{Rounds: 2, Servers: []Server{s}, Scenarios: []load.Spec{reload}}
			c.Do(t.Context(), func(r load.Result) {
				if r.Error != "" {
					t.Fatal(r.Error)
				}
				d, lost := r.Durability, uint64(0)
				if !keeps {
					lost = d.Accepted
				}
				if d.Accepted == 0 || d.AcceptedLost != lost {
					t.Errorf("%d acknowledged, %d of them lost, want %d", d.Accepted, d.AcceptedLost, lost)
				}
			})
			// Once for each fresh start, and not for the restarts between.
			calls, _ := os.ReadFile(s.Env["CALLS"])
			if want := strings.Repeat("2 rooms of 2\n", 2); string(calls) != want {
				t.Errorf("prepared %q, want %q", calls, want)
			}
		})
	}
}

func TestSkippedScenariosAreNotRun(t *testing.T) {
	c := Config{Rounds: 2, Servers: []Server{{Skip: []string{"a", "b"}}, {Skip: []string{"a"}}}, Scenarios: []load.Spec{{Name: "a"}, {Name: "b"}}}
	if n := c.Runs(); n != 2 {
		t.Errorf("announces %d runs, want 2", n)
	}
	n := 0
	c.Do(t.Context(), func(r load.Result) {
		if n++; r.Spec.Name != "b" {
			t.Errorf("ran %q", r.Spec.Name)
		}
	})
	if n != 2 {
		t.Errorf("ran %d times, want 2", n)
	}
}

func TestPrepareFailures(t *testing.T) {
	for want, prepare := range map[string][]string{
		"no database":     {"sh", "-c", "echo no database >&2; exit 1"},
		"prepared access": {"echo", "not JSON"},
		"needs 2 rooms, but the target names only 1": {"echo", `{"rooms": ["a"]}`},
	} {
		s := server(t, false)
		s.Prepare = prepare
		if _, err := s.measure(t.Context(), reload); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestSuiteIsReadable(t *testing.T) {
	for _, name := range []string{"GRIMOIRE", "PEERS", "SCRATCH", "DOCUMENT", "DOCUMENT_NOTES"} {
		t.Setenv(name, "/somewhere/"+strings.ToLower(name))
	}
	c, err := Load("../../suite.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Only([]string{"grimoire"}, nil); err != nil {
		t.Fatal(err)
	}
	if s := c.Servers[0]; s.Prepare[0] != "/somewhere/grimoire" || s.Target.Framing != wire.Grimoire {
		t.Errorf("got %+v", s)
	}
	for _, s := range c.Scenarios {
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "suite.json")
	for want, text := range map[string]string{
		"not set: LOADGEN_A, LOADGEN_B": `{"servers": [{"command": ["$LOADGEN_A", "$LOADGEN_B", "$LOADGEN_A"]}]}`,
		`unknown field "scenario"`:      `{"scenario": []}`,
		"unexpected EOF":                `{"servers": [`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestOnlyKnowsItsNames(t *testing.T) {
	c := Config{Scenarios: []load.Spec{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	if err := c.Only(nil, []string{"c", "a"}); err != nil || len(c.Scenarios) != 2 || c.Scenarios[0].Name != "a" {
		t.Errorf("got %+v, %v", c.Scenarios, err)
	}
	if err := c.Only(nil, []string{"a", "d"}); err == nil || !strings.Contains(err.Error(), `"d" is none of a, c`) {
		t.Errorf("got %v", err)
	}
}
