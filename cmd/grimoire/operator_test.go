package main

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
	"grimoire/internal/models"
)

// A verb beside a running server works inside it; without the server, on the same directory, it finds
// what was written.
func TestOperator_VerbsWorkBesideARunningServerAndWithoutOne(t *testing.T) {
	s := store{data: t.TempDir()}
	srv := startServer(t, s, freeAddr(t))
	demo := seed(t, s, 2, 3)
	if len(demo.Rooms) != 2 || len(demo.Clients) != 3 {
		t.Fatalf("demo seed made %d rooms and %d clients, want 2 and 3", len(demo.Rooms), len(demo.Clients))
	}
	beside := grimoire(t, s, nil, "class", "list", "--json")
	srv.stop(t, syscall.SIGTERM)
	without := grimoire(t, s, nil, "class", "list", "--json")
	if string(beside) != string(without) {
		t.Errorf("class list beside the server:\n%s\nwithout it:\n%s", beside, without)
	}
	var classes []models.ClassRead
	if err := json.Unmarshal(without, &classes); err != nil {
		t.Fatal(err)
	}
	if len(classes) != 1 || classes[0].Members != 3 || classes[0].Conversations != 2 {
		t.Errorf("got %+v, want one class with 3 members and 2 conversations", classes)
	}
}

// A refusal crosses the socket with its sentence and its exit status.
func TestOperator_RefusalsReadTheSameBesideARunningServer(t *testing.T) {
	s := store{data: t.TempDir()}
	startServer(t, s, freeAddr(t))
	out, err := exec.Command(binary, "class", "create", "X", "--owner", "nobody@school.example", "--data", s.data).CombinedOutput()
	exit, ok := err.(*exec.ExitError)
	if !ok || exit.ExitCode() != 1 || !strings.Contains(string(out), "Nobody has the e-mail address nobody@school.example.") {
		t.Errorf("got %v, %s", err, out)
	}
}

// The socket's path may be longer than the system allows; a second server on the same directory is refused.
func TestOperator_DeepDirectoryAndSecondServer(t *testing.T) {
	s := store{data: filepath.Join(t.TempDir(), strings.Repeat("deep/", 25))}
	startServer(t, s, freeAddr(t))
	seed(t, s, 1, 1)

	out, err := exec.Command(binary, "serve", "--addr", freeAddr(t), "--data", s.data).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
		t.Errorf("a second server on the same directory: %v, %s", err, out)
	}
	if !strings.Contains(string(out), "another") {
		t.Errorf("the refusal does not say why: %s", out)
	}
}

// A graceful end loses nothing either.
func TestServe_WhatWasSavedIsThereAfterSIGTERM(t *testing.T) {
	s := store{data: t.TempDir()}
	addr := freeAddr(t)
	srv := startServer(t, s, addr)
	demo := seed(t, s, 1, 1)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := &writer{name: "a", doc: crdt.New(crdt.Options{})}
	conn, err := dial(ctx, "ws://"+addr+"/ws/conversations/"+demo.Rooms[0], header(demo, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if err := send(ctx, conn, protocol.Update{Update: w.press()}); err != nil {
		t.Fatal(err)
	}
	for saved := uint64(0); saved < 1; {
		message, err := receive(ctx, conn)
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := message.(protocol.Saved); ok {
			saved = m.Frames
		}
	}
	srv.stop(t, syscall.SIGTERM)
	startServer(t, s, addr)
	if got := readNotes(t, addr, demo, 0); got != w.word(0) {
		t.Errorf("after a graceful restart the notes are %q, want %q", got, w.word(0))
	}
}
