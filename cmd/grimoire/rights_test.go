package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"nhooyr.io/websocket"

	"grimoire/internal/crdt/protocol"
	"grimoire/internal/models/modelstest"
)

// What the operator does at the command line has acted on open sockets when the command ends.
func TestRights_WhatTheCommandLineMovesActsAtOnce(t *testing.T) {
	s := store{data: t.TempDir()}
	srv := startServer(t, s, freeAddr(t))
	demo := seed(t, s, 1, 1)
	const passphrase = "four words are enough"
	runWithPassphrase(t, s, passphrase, "user", "create", "ana@school.example", "--name", "Ana", "--admin")
	res := request(t, srv.addr, header(demo, 0), "POST", "/api/session", map[string]any{"name": "ana@school.example", "passphrase": passphrase})
	ana := header(demo, 0)
	ana.Set("Cookie", strings.SplitN(res.Header.Get("Set-Cookie"), ";", 2)[0])

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn := join(ctx, t, srv.addr, demo, ana)
	ended := make(chan error, 1)
	go func() {
		for {
			switch m, err := receive(ctx, conn); m.(type) {
			case protocol.SyncStep2:
				ended <- errors.New("the session has ended and is still served")
				return
			case nil:
				ended <- err
				return
			}
		}
	}()
	runWithPassphrase(t, s, "four other words now", "user", "passphrase", "ana@school.example")
	// What is asked from now on is not answered any more, if it can still be asked.
	if err := send(ctx, conn, protocol.SyncStep1{Vector: []byte{0}}); err != nil {
		t.Log("nothing can be asked any more:", err)
	}
	if err := <-ended; websocket.CloseStatus(err) != 4401 {
		t.Errorf("it ended with %v, want 4401", err)
	}
}

// Two servers on one database do not know each other. What one does to rights acts at the other one's sockets
// long before the time comes at which everybody is asked about again.
func TestRights_WhatAnotherServerMovesIsFound(t *testing.T) {
	url := modelstest.PostgresURL(t)
	here, there := store{data: t.TempDir(), databaseURL: url}, store{data: t.TempDir(), databaseURL: url}
	mine, other := startServer(t, here, freeAddr(t)), startServer(t, there, freeAddr(t))
	demo := seed(t, here, 1, 3)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn := join(ctx, t, mine.addr, demo, header(demo, 2))

	beats := 0
	until := func(what string, is func(protocol.Message, error) bool) {
		t.Helper()
		for beats < 3 {
			m, err := receive(ctx, conn)
			if is(m, err) {
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if _, ok := m.(protocol.Head); ok {
				beats++
			}
		}
		t.Fatalf("%s: nothing in %d signs of life", what, beats)
	}
	teacher := header(demo, 0)
	teacher.Set("Origin", "http://"+other.addr)
	request(t, other.addr, teacher, "PATCH", "/api/conversations/"+demo.Rooms[0], map[string]any{"frozen": true})
	until("a freeze", func(m protocol.Message, _ error) bool {
		rights, ok := m.(protocol.Rights)
		return ok && rights.Frozen
	})
	student := header(demo, 2)
	student.Set("Origin", "http://"+other.addr)
	request(t, other.addr, student, "DELETE", "/api/session", nil)
	until("signing out", func(_ protocol.Message, err error) bool { return websocket.CloseStatus(err) == 4401 })
}

// join opens a conn and returns once the room has let it in, to which it says what it may do.
func join(ctx context.Context, t *testing.T, addr string, demo seeded, header http.Header) *websocket.Conn {
	t.Helper()
	conn, err := dial(ctx, "ws://"+addr+"/ws/conversations/"+demo.Rooms[0], header)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	for {
		m, err := receive(ctx, conn)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := m.(protocol.Rights); ok {
			return conn
		}
	}
}

// request asks a server's API and returns an answer that is no refusal.
func request(t *testing.T, addr string, header http.Header, method, path string, body any) *http.Response {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header.Clone()
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s, %s", method, path, res.Status, &answer)
	}
	return res
}

func runWithPassphrase(t *testing.T, s store, passphrase string, args ...string) {
	t.Helper()
	cmd := exec.Command(binary, append(args, s.flags()...)...)
	cmd.Stdin = strings.NewReader(passphrase + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("grimoire %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
