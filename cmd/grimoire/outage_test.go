package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"

	"nhooyr.io/websocket"

	"grimoire/internal/crdt/protocol"
	"grimoire/internal/models/disktest"
	"grimoire/internal/models/modelstest"
)

// The database crashes and starts again, twice, while people type. The server keeps running, nobody is cut off,
// and what they typed meanwhile is saved once the database is back: each word once.
func TestOutage_PostgresRestartsInTheMiddleOfALesson(t *testing.T) {
	url, restart := modelstest.OwnPostgres(t)
	s := store{data: t.TempDir(), databaseURL: url}
	addr := freeAddr(t)
	srv := startServer(t, s, addr)
	demo := seed(t, s, 2, 4)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	var writers []*writer
	var typing sync.WaitGroup
	progress := make(chan struct{}, 1000) // a token for each Saved
	for i := range 4 {
		w := newWriter(addr, demo, i%2, i)
		writers = append(writers, w)
		typing.Go(func() { w.typeUntilCut(ctx, progress) })
	}
	await := func(saved int) {
		t.Helper()
		for range saved {
			select {
			case <-progress:
			case <-ctx.Done():
				t.Fatalf("nothing is saved any more\n%s", srv.stderr)
			}
		}
	}
	for range 2 {
		await(20)
		restart()
		for len(progress) > 0 { // from before
			<-progress
		}
	}
	await(20)
	cancel()
	typing.Wait()
	for _, w := range writers {
		if w.err != nil {
			t.Errorf("writer %s was cut off: %v", w.name, w.err)
		}
		w.converse(t, 1)
	}
	for _, w := range writers {
		text := readNotes(t, addr, demo, w.room)
		w.mustBeIn(t, text, 0)
		w.mustBeOnce(t, text)
	}
	srv.stop(t, syscall.SIGTERM)
}

// The disk of a SQLite store fills up while somebody types. Nothing is shown as saved, the room goes on, and once
// there is space everything is saved without anybody's help. This server runs inside the test, on its disk.
func TestOutage_DiskFull(t *testing.T) {
	s := store{data: t.TempDir()}
	addr := freeAddr(t)
	stop := serveHere(t, s, addr)
	demo := seed(t, s, 1, 2)
	w, reader := newWriter(addr, demo, 0, 0), newWriter(addr, demo, 0, 1)
	w.converse(t, 3)
	reader.converse(t, 0)

	failed := make(chan struct{}, 1000)
	disktest.SetFault(s.data, func(op disktest.Op, _ string) int32 {
		if op != disktest.Write {
			return 0
		}
		select {
		case failed <- struct{}{}:
		default:
		}
		return disktest.Full
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	session, err := w.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer session.conn.CloseNow()
	until := func(done func(protocol.Message) bool) {
		t.Helper()
		for {
			message, err := session.step()
			if err != nil {
				t.Fatal(err)
			}
			if done(message) {
				return
			}
		}
	}
	until(func(protocol.Message) bool { return session.asked && session.answered })
	typed := w.typed
	for range 5 {
		if err := session.typeWord(); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 { // it has tried again
		select {
		case <-failed:
		case <-ctx.Done():
			t.Fatal("the server has written nothing")
		}
	}
	// The answer to a question comes after whatever was said before.
	if err := session.send(protocol.SyncStep1{Vector: w.doc.StateVector().Encode()}); err != nil {
		t.Fatal(err)
	}
	until(func(m protocol.Message) bool { _, answer := m.(protocol.SyncStep2); return answer })
	if w.acked > typed {
		t.Errorf("%d words are shown as saved, only %d fitted on the disk", w.acked, typed)
	}
	disktest.SetFault(s.data, nil)
	until(func(protocol.Message) bool { return session.saved == len(session.sent) })
	session.conn.CloseNow()
	stop()

	startServer(t, s, addr)
	text := readNotes(t, addr, demo, 0)
	if w.acked != typed+5 {
		t.Errorf("%d words were saved, want %d", w.acked, typed+5)
	}
	w.mustBeIn(t, text, 0)
	w.mustBeOnce(t, text)
}

// A row is in the way of one conversation's next one, so that the database refuses every commit with it. People of
// that conversation are told, those of the other notice nothing, and the operator finds and removes it.
func TestOutage_APoisonedConversation(t *testing.T) {
	eachStore(t, func(t *testing.T, s store) {
		addr := freeAddr(t)
		srv := startServer(t, s, addr)
		demo := seed(t, s, 2, 2)
		poisoned, sound := newWriter(addr, demo, 0, 0), newWriter(addr, demo, 1, 1)
		poisoned.converse(t, 2)
		sound.converse(t, 2)
		srv.stop(t, syscall.SIGTERM)
		damage(t, s, `INSERT INTO conversation_updates (conversation_id, generation, seq, user_id, bytes, crc, at)
			SELECT conversation_id, generation, 3, user_id, bytes, crc, at FROM conversation_updates
			WHERE conversation_id = '`+demo.Rooms[0]+`' AND seq = 2`)

		startServer(t, s, addr)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		session, err := poisoned.open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer session.conn.CloseNow()
		if err := session.typeWord(); err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = session.step()
		}
		if closed := new(websocket.CloseError); !errors.As(err, closed) || !strings.Contains(closed.Reason, "cannot be saved") {
			t.Errorf("the poisoned conversation ended with %v", err)
		}
		if poisoned.acked != 2 {
			t.Errorf("%d words are shown as saved, want 2", poisoned.acked)
		}
		sound.converse(t, 3)

		room := demo.Rooms[0]
		if out := fails(t, s, "conversation", "verify", "--all"); !strings.Contains(out, "row 3: it is beyond the head") || strings.Count(out, "sound") != 1 {
			t.Errorf("verify says:\n%s", out)
		}
		grimoire(t, s, nil, "conversation", "recover", room, "--yes")
		poisoned.converse(t, 1)
		if got, want := readNotes(t, addr, demo, 0), poisoned.word(0)+poisoned.word(1)+poisoned.word(2)+poisoned.word(3); got != want {
			t.Errorf("recovered, the notes are %q, want %q", got, want)
		}
		if out := string(grimoire(t, s, nil, "conversation", "verify", "--all")); strings.Count(out, "sound") != 2 {
			t.Errorf("in the end:\n%s", out)
		}
	})
}

// serveHere runs the server in this process and returns what ends it.
func serveHere(t *testing.T, s store, addr string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, append([]string{"serve", "--addr", addr}, s.flags()...)) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if status := <-ended; status != 0 {
			t.Errorf("serve ended with status %d", status)
		}
	})
	t.Cleanup(stop)
	awaitHealthy(t, addr, func() string { return fmt.Sprint("it runs in this process; ended: ", len(ended)) })
	return stop
}
