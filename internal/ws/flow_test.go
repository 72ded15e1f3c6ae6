package ws

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"grimoire/internal/crdt"
)

func TestRoom_SlowConnIsClosedNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{MaxOwed: 64 << 10})
		a, b, slow := c.writer(), c.writer(), c.writer()
		settle(time.Second)
		resume := slow.socket.stall()
		for range 10 {
			a.write(strings.Repeat("x", 10<<10))
			settle(time.Second / 4)
			a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 0, 9<<10) })
			settle(time.Second / 4)
		}
		expect(t, "what the neighbour has", len(b.text()), 10<<10)
		resume()
		settle(time.Second)
		expect(t, "farewell", slow.bye(), byeSlow.code)
		slow.connect()
		settle(time.Second)
		expect(t, "text after it came back", len(slow.text()), 10<<10)
		c.stop()
	})
}

// It cannot be told: it reads nothing.
func TestRoom_StalledConnIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		c := newClass(t, Options{Metrics: registry})
		a, slow := c.writer(), c.writer()
		settle(time.Second)
		slow.socket.stall()
		a.write("x")
		settle(stall - time.Second)
		expect(t, "conns while it may still recover", gathered(t, registry, "conns"), 2)
		settle(2 * time.Second)
		expect(t, "conns", gathered(t, registry, "conns"), 1)
		expect(t, "closed as slow", closes(t, registry, byeSlow), 1)
		c.stop()
	})
}

func TestRoom_SlowConnGetsTheDifferenceNotTheBacklog(t *testing.T) {
	for _, row := range []struct {
		name   string
		behave func(a *client)
	}{
		{"too many bytes", func(a *client) {
			for range 12 {
				a.write(strings.Repeat("x", lagBytes/5))
				settle(time.Second / 2)
			}
		}},
		{"too long", func(a *client) {
			for range 15 {
				a.write("x")
				settle(time.Second)
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				registry := prometheus.NewRegistry()
				c := newClass(t, Options{Metrics: registry, CompactBytes: 1 << 30})
				a, slow := c.writer(), c.writer()
				settle(time.Second)
				a.write("before ")
				settle(time.Second)
				resume := slow.socket.stall()
				row.behave(a)
				a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 0, 3) })
				settle(time.Second)
				expect(t, "backlogs forgotten", gathered(t, registry, "shed_updates_total"), 1)
				for conn := range c.hub.rooms[c.conversation].conns {
					if owed := conn.out.backlog(); owed > lagBytes+lagBytes/2 {
						t.Errorf("%d bytes are owed", owed)
					}
				}
				resume()
				settle(time.Second)
				expect(t, "farewell", slow.bye(), 0)
				expect(t, "text", slow.text() == a.text(), true)
				a.write(" and after")
				settle(time.Second)
				expect(t, "text afterwards", slow.text() == a.text(), true)
				c.stop()
			})
		})
	}
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
		watch := watchUpdates(others[0])
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

func watchUpdates(cl *client) *watcher {
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
