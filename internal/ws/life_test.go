package ws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

func TestRoom_SlowConnIsClosedNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{MaxOwed: 64 << 10})
		a, b, slow := c.writer(), c.writer(), c.writer()
		settle(time.Second)
		resume := slow.socket.stall()
		for range 10 {
			a.write(strings.Repeat("x", 10<<10))
			settle(time.Second)
		}
		expect(t, "what the neighbour has", len(b.text()), 100<<10)
		resume()
		settle(time.Second)
		expect(t, "farewell", slow.bye(), byeSlow.code)
		slow.connect()
		settle(time.Second)
		expect(t, "text after it came back", len(slow.text()), 100<<10)
		c.stop()
	})
}

func TestRoom_StalledConnIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, slow := c.writer(), c.writer()
		settle(time.Second)
		slow.socket.stall()
		a.write("x")
		settle(stall + time.Second)
		expect(t, "farewell", slow.bye(), byeSlow.code)
		c.stop()
	})
}

func TestRoom_PresenceIsNotQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{MaxOwed: 4 << 10})
		a, slow := c.writer(), c.writer()
		settle(time.Second)
		resume := slow.socket.stall()
		for clock := range uint64(100) {
			show(a, 1, clock+1, fmt.Sprintf(`{"pad":"%s"}`, strings.Repeat("x", 500)))
			settle(200 * time.Millisecond)
		}
		resume()
		show(a, 1, 101, `{"last":true}`)
		settle(time.Second)
		show(a, 1, 102, `{"last":true}`)
		settle(time.Second)
		expect(t, "farewell", slow.bye(), 0)
		present := slow.presence.Present()
		if len(present) != 1 || present[0].Clock != 102 {
			t.Errorf("presence after a stall: %v", present)
		}
		c.stop()
	})
}

func TestRoom_FlushesComeInWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		var others []*client
		for range 199 { // with a: 200 × 50 µs
			others = append(others, c.writer())
		}
		settle(time.Second)
		watch := newWatcher(c, others[0])
		for i := range 20 {
			a.write(string(rune('a' + i)))
			settle(time.Millisecond)
		}
		settle(time.Second)
		expect(t, "text", others[1].text(), "abcdefghijklmnopqrst")
		// The first leaves at once; the next nineteen, over 19 ms, in two or three windows.
		if n := watch.updates(); n < 3 || n > 4 {
			t.Errorf("%d updates were sent for 20 edits", n)
		}
		c.stop()
	})
}

// watcher counts the updates that a client is sent.
type watcher struct {
	count int
	cl    *client
}

func newWatcher(_ *class, cl *client) *watcher {
	w := &watcher{cl: cl}
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.doc.OnUpdate(func([]byte, any) { w.count++ })
	return w
}

func (w *watcher) updates() int {
	w.cl.mu.Lock()
	defer w.cl.mu.Unlock()
	return w.count
}

func TestRoom_UnsavedBytesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{MaxUnsavedRoom: 64 << 10})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		resume := c.log.block(&c.log.appending)
		sent := make(chan struct{})
		go func() {
			for range 10 {
				a.write(strings.Repeat("x", 10<<10))
			}
			close(sent)
		}()
		settle(time.Second)
		select {
		case <-sent:
			t.Error("the socket is still read")
		default:
		}
		expect(t, "what the neighbour sees", len(b.text()), 60<<10)
		settle(unsavedWait + time.Second)
		expect(t, "farewell", a.bye(), byeOverloaded.code)
		expect(t, "saved", a.savedFrames(), 0)
		<-sent
		resume()
		a.connect()
		settle(5 * time.Second)
		expect(t, "stored", len(c.stored().Text("text").String()), 100<<10)
		c.stop()
	})
}

func TestRoom_LeavesMemoryWhenIdleAndDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		settle(time.Second)
		resume := c.log.block(&c.log.appending)
		a.write("text")
		settle(time.Second)
		a.socket.hangUp()
		settle(10 * time.Minute)
		expect(t, "rooms while the disk is stuck", len(c.hub.rooms), 1)
		resume()
		settle(time.Second)
		expect(t, "rooms", len(c.hub.rooms), 0)
		stored := c.log.get(c.conversation)
		expect(t, "snapshot", stored.Snapshot, 1)
		expect(t, "stored text", c.stored().Text("text").String(), "text")

		if err := c.hub.View(t.Context(), c.conversation, func(*crdt.Doc) error { return nil }); err != nil {
			t.Fatal(err)
		}
		r, err := c.hub.enter(t.Context(), c.conversation) // as a long handshake does
		if err != nil {
			t.Fatal(err)
		}
		settle(5 * time.Minute)
		expect(t, "rooms while one is held", len(c.hub.rooms), 1)
		c.hub.leave(r)
		settle(time.Minute)
		expect(t, "rooms after it was held", len(c.hub.rooms), 0)

		b := c.writer()
		settle(30 * time.Second)
		b.socket.hangUp()
		settle(30 * time.Second)
		expect(t, "rooms half a minute after the last one left", len(c.hub.rooms), 1)
		c.stop()
	})
}

func TestRoom_CompactsWhatHasGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{CompactRows: 10})
		a := c.writer()
		settle(time.Second)
		for range 25 {
			a.write("ab")
			a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 0, 1) })
			settle(time.Second)
		}
		settle(2 * compactPause)
		stored := c.log.get(c.conversation)
		if stored.Head-stored.Snapshot >= 10 {
			t.Errorf("snapshot at %d of %d rows", stored.Snapshot, stored.Head)
		}
		expect(t, "stored text", c.stored().Text("text").String(), a.text())
		c.stop()
	})
}

func TestHub_CompactionLosesToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert("text")); err != nil {
			t.Fatal(err)
		}
		resume := c.log.block(&c.log.compacting)
		result := make(chan error)
		var to int64
		go func() {
			var err error
			to, err = c.hub.compact(t.Context(), c.conversation)
			result <- err
		}()
		synctest.Wait()
		c.log.restore(c.conversation) // after this the snapshot would be of rows that are gone
		resume()
		if err := <-result; err != nil {
			t.Error(err)
		}
		expect(t, "compacted up to", to, 0)
		if state := c.log.get(c.conversation).State; state != nil {
			t.Errorf("a snapshot of %d bytes", len(state))
		}
		c.stop()
	})
}

func TestSnapshot_DoesNotWriteWhatReadsOtherwise(t *testing.T) {
	a, b := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 1})
	for _, doc := range []*crdt.Doc{a, b} {
		if err := insert("text")(doc); err != nil {
			t.Fatal(err)
		}
	}
	if err := alike(a, b); err != nil {
		t.Error(err)
	}
	b.Transact(nil, func(tx *crdt.Transaction) { b.Text("text").Delete(tx, 0, 1) })
	if err := alike(a, b); !errors.Is(err, errUnlike) {
		t.Errorf("another delete set: %v", err)
	}
	for _, other := range []string{"texts", "tent"} {
		c := crdt.New(crdt.Options{ClientID: 1})
		if err := insert(other)(c); err != nil {
			t.Fatal(err)
		}
		if err := alike(a, c); !errors.Is(err, errUnlike) {
			t.Errorf("%q: %v", other, err)
		}
	}
}

func TestSnapshot_MayBeWrittenInOtherPieces(t *testing.T) {
	doc := crdt.New(crdt.Options{ClientID: 1})
	var updates [][]byte
	doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
	doc.Transact(nil, func(tx *crdt.Transaction) { doc.Text("text").Insert(tx, 0, "one ") })
	doc.Transact(nil, func(tx *crdt.Transaction) { doc.Text("text").Insert(tx, 4, "two") })
	pieces, err := crdt.Merge(updates...) // does not join them
	if err != nil {
		t.Fatal(err)
	}
	want, err := content(doc.Encode(nil))
	if err != nil {
		t.Fatal(err)
	}
	got, err := content(pieces)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want, cmp.AllowUnexported(piece{})); diff != "" || len(got) != 1 {
		t.Errorf("%d pieces: %s", len(got), diff)
	}
}

func TestHub_ShutdownSavesWhatItHasTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		token, _ := c.person(nil)
		stock := c.open(token, false)
		for range 200 {
			c.open(token, false)
		}
		settle(time.Second)
		a.write("last ")
		synctest.Wait()
		a.write("words")             // waits for the window,
		settle(6 * time.Millisecond) // which is longer than a commit takes
		c.stop()
		synctest.Wait()
		expect(t, "saved", a.savedFrames(), 2)
		expect(t, "drain", slices.Contains(a.others, protocol.Message(protocol.Drain{Milliseconds: 5000})), true)
		expect(t, "farewell", a.bye(), byeShutdown.code)
		expect(t, "a stock client's farewell", stock.bye(), byeShutdown.code)
		expect(t, "what it was sent", stock.text(), "last words")
		expect(t, "stored text", c.stored().Text("text").String(), "last words")
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert("x")); !errors.Is(err, ErrClosed) {
			t.Errorf("edit after the shutdown: %v", err)
		}
	})
}

func TestRoom_StockClientHearsSomethingBeforeItGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, _ := c.person(nil)
		alone := c.open(token, false)
		settle(time.Second)
		for range 10 {
			before := alone.heard
			settle(29 * time.Second)
			if alone.heard == before {
				t.Error("nothing for 29 s")
			}
		}
		expect(t, "present", len(alone.presence.Present()), 0)
		c.stop()
	})
}

func TestHub_ShutdownThatTakesTooLongCancelsNoCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		settle(time.Second)
		resume := c.log.block(&c.log.appending)
		a.write("text")
		settle(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := c.hub.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		expect(t, "saved", a.savedFrames(), 0)
		synctest.Wait()
		expect(t, "farewell", a.bye(), byeShutdown.code)
		resume()
		synctest.Wait()
		expect(t, "rows", c.log.get(c.conversation).Head, 1)
	})
}

func TestRoom_SignsOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		settle(time.Second)
		a.write("x")
		settle(beatPause)
		var heads []protocol.Head
		for _, m := range a.others {
			if head, ok := m.(protocol.Head); ok {
				heads = append(heads, head)
			}
		}
		want := []protocol.Head{{Generation: 1, Seq: 1, Hash: protocol.HashVector(a.vector())}}
		if diff := cmp.Diff(heads, want); diff != "" {
			t.Error(diff)
		}

		// A client that says it is as far, and has something else, is asked what that is.
		lost := crdt.New(crdt.Options{ClientID: 99})
		if err := insert("lost")(lost); err != nil {
			t.Fatal(err)
		}
		a.mu.Lock()
		a.apply(lost.Encode(nil))
		a.mu.Unlock()
		a.send(protocol.Head{Generation: 1, Seq: 1, Hash: protocol.HashVector(a.vector())})
		settle(time.Second)
		if text := c.stored().Text("text").String(); !strings.Contains(text, "lost") {
			t.Errorf("stored text: %q", text)
		}

		a.send(protocol.Head{Generation: 7})
		settle(time.Second)
		expect(t, "of another generation", a.others[len(a.others)-1], protocol.Message(protocol.Reset{Generation: 1}))
		c.stop()
	})
}

func TestRoom_AsksForWhatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Insert(tx, 0, "one") })
		settle(time.Second)
		a.mu.Lock()
		a.doc.Transact(nil, func(tx *crdt.Transaction) { a.doc.Text("text").Insert(tx, 3, " two") })
		a.unsent = nil // lost on the way
		a.mu.Unlock()
		a.write(" three")
		settle(5 * time.Second)
		expect(t, "text", b.text(), "one two three")
		expect(t, "all saved", a.allSaved(), true)
		c.stop()
	})
}

func TestRoom_WhoSendsTheMissingGetsWhatWaitedForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		doc := crdt.New(crdt.Options{ClientID: 5})
		var updates [][]byte
		doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
		for _, s := range []string{"one", " two"} {
			if err := insert(s)(doc); err != nil {
				t.Fatal(err)
			}
		}
		a.send(protocol.Update{Update: updates[1]})
		settle(time.Second)
		b.send(protocol.Update{Update: updates[0]})
		settle(time.Second)
		expect(t, "text", b.text(), "one two")
		expect(t, "stored text", c.stored().Text("text").String(), "one two")
		c.stop()
	})
}

func TestRoom_WhatDependsOnTheMissingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, bad := c.writer(), c.writer()
		settle(time.Second)
		doc := crdt.New(crdt.Options{ClientID: 5})
		var updates [][]byte
		doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
		for range 12 {
			if err := insert(strings.Repeat("x", 100<<10))(doc); err != nil {
				t.Fatal(err)
			}
		}
		for _, update := range updates[1:] {
			bad.send(protocol.Update{Update: update})
		}
		settle(time.Second)
		expect(t, "farewell", bad.bye(), byeBadUpdate.code)
		a.write("fine")
		settle(time.Second)
		expect(t, "all saved", a.allSaved(), true)
		expect(t, "the other's farewell", a.bye(), 0)
		c.stop()
	})
}

func TestHub_CountsWhatHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		c := newClass(t, Options{Metrics: registry})
		a, bad := c.writer(), c.writer()
		settle(time.Second)
		a.write("x")
		a.send(protocol.Update{Update: a.sent[0]})
		bad.send(protocol.Update{Update: []byte{9}})
		settle(time.Second)
		for name, want := range map[string]float64{
			"conns": 1, "loaded": 1, "updates_total": 1, "repeats_total": 1, "rows_total": 1, "closes_total": 1,
		} {
			expect(t, name, gathered(t, registry, name), want)
		}
		c.stop()
		expect(t, "conns at the end", gathered(t, registry, "conns"), 0)
		expect(t, "rooms at the end", gathered(t, registry, "loaded"), 0)
	})
}

// gathered returns the sum of a metric over its labels.
func gathered(t *testing.T, registry *prometheus.Registry, name string) (sum float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "grimoire_rooms_"+name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
			return sum
		}
	}
	t.Fatalf("no metric %q", name)
	return 0
}
