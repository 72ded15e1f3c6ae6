package ws

import (
	"context"
	"errors"
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

func TestHub_ShutdownWaitsForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		settle(time.Second)
		resume := c.log.block(&c.log.appending)
		a.write("last words")
		synctest.Wait()
		time.AfterFunc(10*time.Second, resume)
		c.stop()
		synctest.Wait()
		expect(t, "saved", a.savedFrames(), 1)
		expect(t, "farewell", a.bye(), byeShutdown.code)
		expect(t, "stored text", c.stored().Text("text").String(), "last words")
	})
}

func TestRoom_StockClientHearsSomethingBeforeItGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, _ := c.person(nil)
		alone := c.open(token, false)
		settle(time.Second)
		for range 10 {
			before := alone.messages()
			settle(29 * time.Second)
			if alone.messages() == before {
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
		want := []protocol.Head{a.head(protocol.Head{Generation: 1, Seq: 1})}
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
		a.send(a.head(protocol.Head{Generation: 1, Seq: 1}))
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

		resume := c.log.block(&c.log.appending)
		a.write("y")
		settle(time.Second)
		expect(t, "times Saved was waited for, one by the repeat", gathered(t, registry, "saved_seconds"), 2)
		if held := gathered(t, registry, "unsaved_bytes"); held < float64(len(a.sent[1])) {
			t.Errorf("%g bytes unsaved, of an update of %d", held, len(a.sent[1]))
		}
		resume()
		settle(time.Second)
		expect(t, "times it was then", gathered(t, registry, "saved_seconds"), 3)
		expect(t, "bytes unsaved then", gathered(t, registry, "unsaved_bytes"), 0)
		expect(t, "bytes owed", gathered(t, registry, "owed_bytes"), 0)
		c.stop()
		expect(t, "conns at the end", gathered(t, registry, "conns"), 0)
		expect(t, "rooms at the end", gathered(t, registry, "loaded"), 0)
	})
}

// gathered returns the sum of a metric over its labels; of a histogram, how often something was observed.
func gathered(t *testing.T, registry *prometheus.Registry, name string) (sum float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "grimoire_rooms_"+name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
			return sum
		}
	}
	t.Fatalf("no metric %q", name)
	return 0
}

// closes returns how many conns have ended in this way.
func closes(t *testing.T, registry *prometheus.Registry, bye farewell) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "grimoire_rooms_closes_total" && m.GetLabel()[0].GetValue() == bye.label {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("no goodbye is counted as %q", bye.label)
	return 0
}
