package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// An imported conversation comes out of either export whole, and the JSON goes in again.
func TestConversation_ImportExportImport(t *testing.T) {
	s := store{data: t.TempDir()}
	create := exec.Command(binary, "user", "create", "ana@school.example", "--name", "Ana", "--data", s.data)
	create.Stdin = strings.NewReader("four words are enough\n")
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("user create: %v, %s", err, out)
	}
	var class models.ClassRead
	if err := json.Unmarshal(grimoire(t, s, nil, "class", "create", "HIST 101", "--owner", "ana@school.example", "--json"), &class); err != nil {
		t.Fatal(err)
	}
	startServer(t, s, freeAddr(t))

	file := filepath.Join(t.TempDir(), "chat.txt")
	if err := os.WriteFile(file, []byte("User: Why red?\n\nAssistant: Chlorophyll *fades*.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := importFile(t, s, class, file)
	markdown := string(grimoire(t, s, nil, "conversation", "export", first.ID.String()))
	if !strings.Contains(markdown, "Why red?") || !strings.Contains(markdown, "Chlorophyll *fades*.") {
		t.Errorf("the Markdown lacks what was said:\n%s", markdown)
	}
	copied := filepath.Join(t.TempDir(), "chat.json")
	if err := os.WriteFile(copied, grimoire(t, s, nil, "conversation", "export", first.ID.String(), "--format", "json"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := importFile(t, s, class, copied)
	if diff := cmp.Diff(first.Turns, second.Turns); diff != "" {
		t.Errorf("the turns changed on their way through the JSON export (-first +second):\n%s", diff)
	}
}

func importFile(t *testing.T, s store, class models.ClassRead, file string) imported {
	t.Helper()
	var result imported
	out := grimoire(t, s, nil, "conversation", "import", "--class", class.ID.String(), "--owner", "ana@school.example", "--json", file)
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatal(err)
	}
	if result.ID == nil || len(result.Turns) != 2 {
		t.Fatalf("import of %s made %+v, want two turns", filepath.Base(file), result)
	}
	return result
}
