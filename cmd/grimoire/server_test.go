package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of these tests; only a failing one gets so far.
const patience = 3 * time.Minute

// binary is the real program, built once for all tests of this package.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "grimoire-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "grimoire")
	// The tag lets a test say where the program shall die: see crash_on.go in internal/models.
	build := exec.Command("go", "build", "-tags", "crashpoint", "-o", binary, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build grimoire:", err)
		return 1
	}
	return m.Run()
}

// store is where a server under test keeps its data; both fields outlive the process.
type store struct {
	data        string
	databaseURL string // empty for SQLite
}

func (s store) flags() []string {
	flags := []string{"--data", s.data}
	if s.databaseURL != "" {
		flags = append(flags, "--database-url", s.databaseURL)
	}
	return flags
}

// server is the real binary, serving.
type server struct {
	addr   string
	store  store
	cmd    *exec.Cmd
	stderr *tail
	dead   chan struct{} // closed when the process has ended; ended says how
	ended  error
}

var loopbacks atomic.Int32 // handed out by freeAddr

// freeAddr returns an address that stays free while a server on it is down: Linux has sixteen million loopback
// addresses, and whatever else is tested meanwhile takes its ports on the first one.
func freeAddr(t *testing.T) string {
	t.Helper()
	pid := os.Getpid()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.%d:0", 1+pid>>8%254, pid%256, 1+loopbacks.Add(1)%254))
	if err != nil { // other systems have only that one
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// startServer serves s on addr and returns once /healthz answers. env is added to the environment.
func startServer(t *testing.T, s store, addr string, env ...string) *server {
	t.Helper()
	args := append([]string{"serve", "--addr", addr}, s.flags()...)
	srv := &server{addr: addr, store: s, cmd: exec.Command(binary, args...), stderr: &tail{}, dead: make(chan struct{})}
	srv.cmd.Stderr = srv.stderr
	srv.cmd.Env = append(os.Environ(), env...)
	if err := srv.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		srv.ended = srv.cmd.Wait()
		close(srv.dead)
	}()
	t.Cleanup(func() {
		srv.cmd.Process.Kill()
		<-srv.dead
	})

	awaitHealthy(t, addr, srv.stderr.String)
	return srv
}

// awaitHealthy returns once /healthz answers; said is what the server said if it never does.
func awaitHealthy(t *testing.T, addr string, said func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	retry := time.NewTicker(2 * time.Millisecond)
	defer retry.Stop()
	for {
		res, err := http.Get("http://" + addr + "/healthz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("server did not come up on %s:\n%s", addr, said())
		case <-retry.C:
		}
	}
}

// stop sends the signal and waits for the process to end.
func (s *server) stop(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	<-s.dead
	if signal == syscall.SIGTERM && s.ended != nil {
		t.Fatalf("exit after SIGTERM: %v\n%s", s.ended, s.stderr)
	}
}

// grimoire runs one verb and returns what it printed.
func grimoire(t *testing.T, s store, env []string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(binary, append(args, s.flags()...)...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("grimoire %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}

// seeded is what `grimoire demo seed --json` prints.
type seeded struct {
	Headers map[string]string   `json:"headers"`
	Clients []map[string]string `json:"clients"`
	Rooms   []string            `json:"rooms"`
}

func seed(t *testing.T, s store, rooms, clients int) seeded {
	t.Helper()
	env := []string{fmt.Sprintf("ROOMS=%d", rooms), fmt.Sprintf("CLIENTS=%d", clients)}
	var result seeded
	if err := json.Unmarshal(grimoire(t, s, env, "demo", "seed", "--json"), &result); err != nil {
		t.Fatalf("demo seed: %v", err)
	}
	return result
}

// tail keeps the last of what a process said, for the message of a failing test.
type tail struct {
	mu    sync.Mutex
	lines []string // guarded by mu
}

const tailLines = 40

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	scanner := bufio.NewScanner(bytes.NewReader(p))
	for scanner.Scan() {
		t.lines = append(t.lines, scanner.Text())
	}
	t.lines = t.lines[max(0, len(t.lines)-tailLines):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}

var _ io.Writer = (*tail)(nil)
