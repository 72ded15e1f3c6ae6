package ws

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// Whatever short message makes the server say something long, one person gets so many answers and no more,
// however often they come back, and those beside them notice nothing.
func TestVisitor_ShortQuestionsWithLongAnswersAreCounted(t *testing.T) {
	unknown := protocol.Update{Update: insertion("text", 1<<42, 1000)} // builds on what nobody has
	for name, row := range map[string]struct {
		damaged bool
		ask     func(n int) []protocol.Message
	}{
		"for the Doc": {ask: func(int) []protocol.Message { return []protocol.Message{protocol.SyncStep1{Vector: []byte{0}}} }},
		"for the Doc, from somewhere else each time": {ask: func(n int) []protocol.Message {
			vector := crdt.StateVector{77: uint64(n)}
			return []protocol.Message{protocol.SyncStep1{Vector: vector.Encode()}}
		}},
		"for everybody's presence": {ask: func(int) []protocol.Message { return []protocol.Message{protocol.QueryAwareness{}} }},
		"with a head that differs": {ask: func(int) []protocol.Message {
			return []protocol.Message{protocol.Head{Generation: 1, Seq: 1, Hash: 1}}
		}},
		"with what builds on the unknown": {ask: func(int) []protocol.Message {
			return []protocol.Message{unknown, protocol.SyncStep2{Update: []byte{0, 0}}}
		}},
		"in a damaged conversation": {damaged: true, ask: func(int) []protocol.Message { return []protocol.Message{unknown} }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t, Options{})
				honest := c.writer()
				settle(time.Second)
				honest.write("text")
				settle(time.Second)
				if row.damaged {
					c.hub.rooms[c.conversation].stored.Damaged = []Damage{{Seq: 1, Why: "for this test"}}
				}

				token, _ := c.person(nil)
				greedy := &client{t: t, class: c, conversation: c.conversation, token: token, grimoire: true}
				greedy.renew()
				answers, n := 0, 0
				for range 5 { // times it comes anew
					if err := greedy.dial(newMemorySocket()); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					greedy.socket.take() // what everybody gets who comes
					for range 3 * asksAtOnce {
						n++
						for _, m := range row.ask(n) {
							greedy.send(m)
						}
					}
					synctest.Wait()
					for _, m := range greedy.socket.take() {
						switch m.(type) {
						case protocol.SyncStep1, protocol.SyncStep2, protocol.Awareness, protocol.Refused:
							answers++
						}
					}
					expect(t, "farewell", greedy.bye(), byeTooFast.code)
				}
				if answers < asksAtOnce/2 || answers > asksAtOnce {
					t.Errorf("%d answers, want nearly %d", answers, asksAtOnce)
				}

				if !row.damaged {
					honest.write(", and more")
				}
				honest.send(protocol.SyncStep1{Vector: honest.vector()})
				settle(time.Second)
				expect(t, "farewell of the honest one", honest.bye(), 0)
				expect(t, "all saved", honest.allSaved(), true)

				settle(asksAtOnce / asksPerSecond * time.Second)
				greedy.connect()
				settle(time.Second)
				expect(t, "farewell of the greedy one, another day", greedy.bye(), 0)
				expect(t, "what it reads then", greedy.text(), honest.text())
				c.stop()
			})
		})
	}
}

// A storm of one person who comes and goes is told no more than one who stays and asks.
func TestVisitor_ComingIsAQuestionToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		c := newClass(t, Options{Metrics: registry})
		honest := c.writer()
		settle(time.Second)
		token, _ := c.person(nil)
		before := gathered(t, registry, "sent_bytes_total")
		for range 10 * asksAtOnce {
			cl := &client{t: t, class: c, conversation: c.conversation, token: token, grimoire: true}
			cl.renew()
			if err := cl.dial(newMemorySocket()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			cl.socket.hangUp()
		}
		settle(0)
		expect(t, "turned away", closes(t, registry, byeTooFast), 9*asksAtOnce)
		const perVisit, perFarewell = 60, 40 // bytes, at most, in an empty room
		if sent := gathered(t, registry, "sent_bytes_total") - before; sent > asksAtOnce*perVisit+9*asksAtOnce*perFarewell {
			t.Errorf("%.0f bytes were sent", sent)
		}
		expect(t, "farewell of the honest one", honest.bye(), 0)
		c.stop()
	})
}

func TestVisitor_HasSoManyConnsInARoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, _ := c.person(nil)
		var tabs []*client
		for range connsPerVisitor {
			tabs = append(tabs, c.open(token, true))
			settle(time.Second) // each comes and asks
		}
		last := c.open(token, true)
		settle(time.Second)
		expect(t, "farewell of the one too many", last.bye(), byeTooFast.code)
		expect(t, "of the others", slices.ContainsFunc(tabs, func(cl *client) bool { return cl.bye() != 0 }), false)
		tabs[0].socket.hangUp()
		settle(time.Second)
		last.connect()
		settle(time.Second)
		expect(t, "farewell when there is room for it", last.bye(), 0)
		expect(t, "farewell of somebody else", c.writer().bye(), 0)
		c.stop()
	})
}

// Whoever has left is forgotten once they could ask as much as anybody: not sooner, and not never.
func TestVisitor_IsForgottenWhenNothingIsOwed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		c.writer()
		for range 5 {
			c.writer().socket.hangUp()
		}
		settle(beatPause / 2)
		r := c.hub.rooms[c.conversation]
		visitors := func() (n int) {
			r.inbox.post(func() { n = len(r.visitors) })
			synctest.Wait()
			return n
		}
		greedy := c.writer()
		for range asksAtOnce / 2 { // which takes longer to refill than the next beat is away
			greedy.send(protocol.QueryAwareness{})
		}
		synctest.Wait()
		greedy.socket.hangUp()
		expect(t, "visitors at first", visitors(), 7)
		settle(beatPause)
		expect(t, "visitors after a beat", visitors(), 2)
		settle(2 * beatPause)
		expect(t, "visitors later", visitors(), 1)
		c.stop()
	})
}
