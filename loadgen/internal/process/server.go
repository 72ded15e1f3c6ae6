package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Command says how to start a server.
type Command struct {
	Name    string            `json:"name"`
	Args    []string          `json:"command"`
	Dir     string            `json:"dir,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
	Address string            `json:"address"`        // host:port that accepts once it is up
	Data    []string          `json:"data,omitempty"` // paths removed before a fresh start
	Log     string            `json:"log,omitempty"`  // file for its output
}

// Server is a server that this program started. Its methods are not for use by
// several goroutines at once.
type Server struct {
	command Command
	process *exec.Cmd
	exited  chan struct{}
}

const (
	startLimit = time.Minute      // to listen
	stopLimit  = 5 * time.Second  // to end in good order
	killLimit  = 10 * time.Second // to end after a signal that it may heed
)

// Environ returns the environment that the server runs in.
func (c Command) Environ() []string {
	env := os.Environ()
	for k, v := range c.Env {
		env = append(env, k+"="+v)
	}
	return env
}

// StartFresh removes the server's data, makes sure that it can be written anew,
// and starts the server, which ends with ctx at the latest.
func StartFresh(ctx context.Context, c Command) (*Server, error) {
	for _, path := range c.Data {
		if !strings.HasPrefix(filepath.Clean(path), filepath.Clean(os.TempDir())+"/") {
			return nil, fmt.Errorf("process: data path %q of %s is outside %s", path, c.Name, os.TempDir())
		}
		if err := errors.Join(os.RemoveAll(path), os.MkdirAll(filepath.Dir(path), 0o755)); err != nil {
			return nil, fmt.Errorf("process: clear the data of %s: %w", c.Name, err)
		}
	}
	s := &Server{command: c}
	if err := s.Restart(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Restart starts an ended server again over the data it has, and waits until it
// accepts connections. It ends with ctx at the latest.
func (s *Server) Restart(ctx context.Context) error {
	c := s.command
	if len(c.Args) == 0 {
		return fmt.Errorf("process: %s has no command", c.Name)
	}
	if conn, err := net.Dial("tcp", c.Address); err == nil {
		conn.Close()
		return fmt.Errorf("process: something else already listens on %s, where %s should", c.Address, c.Name)
	}
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir = c.Dir
	cmd.Env = c.Environ()
	if c.Log != "" {
		log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("process: log of %s: %w", c.Name, err)
		}
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("process: start %s: %w", c.Name, err)
	}
	exited := make(chan struct{})
	s.process, s.exited = cmd, exited
	go func() {
		defer close(exited)
		_ = cmd.Wait() // how it ended does not matter: it is ended by signals
	}()
	if err := s.waitUntilUp(); err != nil {
		s.Stop()
		return err
	}
	return nil
}

// PID returns the server's process id.
func (s *Server) PID() int { return s.process.Process.Pid }

// Stop asks the server to end, and kills it if it takes too long.
func (s *Server) Stop() { s.end(syscall.SIGTERM, stopLimit) }

// Kill sends the signal and returns when the server is gone.
func (s *Server) Kill(signal syscall.Signal) { s.end(signal, killLimit) }

// end signals the process, which may be gone already, and waits for its end.
func (s *Server) end(signal syscall.Signal, limit time.Duration) {
	_ = s.process.Process.Signal(signal)
	select {
	case <-s.exited:
	case <-time.After(limit):
		_ = s.process.Process.Kill()
		<-s.exited
	}
}

func (s *Server) waitUntilUp() error {
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); {
		select {
		case <-s.exited:
			return fmt.Errorf("process: %s ended before it listened on %s%s", s.command.Name, s.command.Address, s.command.seeLog())
		case <-time.After(20 * time.Millisecond):
		}
		if conn, err := net.Dial("tcp", s.command.Address); err == nil {
			return conn.Close()
		}
	}
	return fmt.Errorf("process: %s does not listen on %s after %s%s", s.command.Name, s.command.Address, startLimit, s.command.seeLog())
}

// seeLog says where the server's own words are.
func (c Command) seeLog() string {
	if c.Log == "" {
		return ""
	}
	return ": see " + c.Log
}
