package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// A backup is a copy of the data directory. What people wrote since, their browsers bring, in whichever order they
// come back; what is signed, only its author's, and a neighbour who has it too is not refused.
func TestBackup_BrowsersBringWhatIsYounger(t *testing.T) {
	data, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	first := startServer(t, store{data: data}, freeAddr(t))
	demo := seed(t, store{data: data}, 1, 3)
	first.stop(t, syscall.SIGTERM)
	if err := os.CopyFS(backup, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	srv := startServer(t, store{data: data}, first.addr)
	author, neighbour := newWriter(srv.addr, demo, 0, 1), newWriter(srv.addr, demo, 0, 2)
	author.react(ctx, t, userOf(t, srv.addr, header(demo, 1)))
	neighbour.say(ctx, t)
	if neighbour.doc.Map("reactions").Len() != 1 {
		t.Fatal("the neighbour has not seen what the author did")
	}
	srv.stop(t, syscall.SIGTERM)

	startServer(t, store{data: backup}, srv.addr)
	neighbour.say(ctx, t)
	author.say(ctx, t)
	late := newWriter(srv.addr, demo, 0, 0)
	late.say(ctx, t)
	if late.doc.Map("reactions").Len() != 1 {
		t.Error("what the author did after the backup is lost")
	}
	if notes := late.doc.Text("notes").String(); len(notes) != len("c0;c1;b0;a0;") {
		t.Errorf("the notes are %q, want two words of c's and one of b's and a's", notes)
	}
}

// react makes a reaction, and returns when it is on disk.
func (w *writer) react(ctx context.Context, t *testing.T, user string) {
	t.Helper()
	s, err := w.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.CloseNow()
	var update []byte
	defer w.doc.OnUpdate(func(u []byte, _ any) { update = u })()
	w.doc.Transact(w, func(tx *crdt.Transaction) { w.doc.Map("reactions").Set(tx, "comment|"+user+"|👍", 1) })
	if err := s.change(protocol.Update{Update: update}, 0); err != nil {
		t.Fatal(err)
	}
	s.until(t, func() bool { return s.saved > 0 })
}

// say joins, types a word when both sides have what the other had, and returns when that is on disk.
func (w *writer) say(ctx context.Context, t *testing.T) {
	t.Helper()
	s, err := w.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.CloseNow()
	s.until(t, func() bool { return s.asked && s.answered })
	if err := s.typeWord(); err != nil {
		t.Fatal(err)
	}
	s.until(t, func() bool { return s.acked == s.typed })
}

func (s *session) until(t *testing.T, is func() bool) {
	t.Helper()
	for !is() {
		switch m, err := s.step(); m := m.(type) {
		case protocol.Refused:
			t.Fatalf("%s is refused: %s", s.name, m.Reason)
		case nil:
			t.Fatalf("%s: %v", s.name, err)
		}
	}
}

// userOf returns the id of whom a browser stands for.
func userOf(t *testing.T, addr string, header http.Header) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s/api/me", addr), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var me struct{ ID string }
	if err := json.NewDecoder(res.Body).Decode(&me); err != nil || me.ID == "" {
		t.Fatalf("%s: %+v, %v", res.Status, me, err)
	}
	return me.ID
}
