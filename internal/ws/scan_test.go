package ws

import (
	"encoding/binary"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// pile is an update by client that puts n letters at the beginning of the text, as if it had never seen another one
// there: each is an Item of its own. From two clients, each Item of the higher one looks at all of the lower one.
func pile(client uint64, n int) []byte {
	b := binary.AppendUvarint([]byte{1}, uint64(n))
	b = binary.AppendUvarint(b, client)
	b = append(b, 0)
	for range n {
		const stringContent, parentIsRoot = 4, 1
		b = append(b, stringContent, parentIsRoot, 4)
		b = append(b, "text"...)
		b = append(b, 1, 'x')
	}
	return append(b, 0)
}

// Two messages of 20 kB would keep the room busy for seconds, and two of 4 MiB for hours.
func TestVisitor_WhatIsHardToPlaceIsCounted(t *testing.T) {
	const items = 3000
	if items*items < scansAtOnce {
		t.Fatal("the pile is too small to prove anything")
	}
	for name, upper := range map[string]func() []protocol.Message{
		"in one message": func() []protocol.Message { return []protocol.Message{protocol.Update{Update: pile(9, items)}} },
		"letter by letter": func() (all []protocol.Message) {
			for clock := range uint64(items) {
				all = append(all, protocol.Update{Update: insertion("text", 9, clock)})
			}
			return all
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t, Options{})
				honest := c.writer()
				token, _ := c.person(nil)
				mean := &client{t: t, class: c, conversation: c.conversation, token: token, grimoire: true}
				mean.renew()
				loads := c.log.loads
				scanned := func() (n uint64) {
					settle(time.Second)
					r := c.hub.rooms[c.conversation]
					r.inbox.post(func() { n = r.doc().Scanned() })
					synctest.Wait()
					return n
				}
				come := func() {
					if err := mean.dial(newMemorySocket()); err != nil {
						t.Fatal(err)
					}
				}
				come()
				mean.send(protocol.Update{Update: pile(5, items)})
				easy := scanned()
				for range 5 { // times it tries
					mean.socket.hangUp()
					come()
					for _, m := range upper() {
						mean.send(m)
					}
					synctest.Wait()
					if bye := mean.bye(); bye != byePanic.code && bye != byeTooFast.code {
						t.Errorf("farewell %d", bye)
					}
				}
				if n := scanned() - easy; n > scansAtOnce {
					t.Errorf("%d Items were looked at, for what scansAtOnce are too many", n)
				}
				if c.log.loads > loads+3 {
					t.Errorf("the conversation was loaded %d times", c.log.loads)
				}

				mean.socket.hangUp()
				settle(beatPause)
				r, remembered := c.hub.rooms[c.conversation], false
				r.inbox.post(func() { r.forgetVisitors(time.Now()); remembered = len(r.visitors) == 2 })
				synctest.Wait()
				expect(t, "remembered when it has left", remembered, true)

				honest.write("still here")
				settle(time.Second)
				expect(t, "all saved", honest.allSaved(), true)
				expect(t, "farewell of the honest one", honest.bye(), 0)
				expect(t, "text", honest.text() == c.stored().Text("text").String(), true)
				c.stop()
			})
		})
	}
}

// A policy that looks at a copy of the Doc costs as much as a question.
func TestVisitor_ACopyOfTheDocIsAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		c := newClass(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		copies := 0
		token, _ := c.person(func(p *Pass) {
			p.Refuse = func(_ *crdt.Doc, changes *crdt.Inspection) error {
				copies++
				_, err := changes.Applied()
				return err
			}
		})
		a := c.open(token, true)
		settle(time.Second)
		for range 2 * asksAtOnce {
			a.write("x")
		}
		settle(time.Second)
		expect(t, "farewell", a.bye(), byeTooFast.code)
		expect(t, "what the operator is told", log.String(), "")
		if copies > asksAtOnce+2 {
			t.Errorf("%d copies were made", copies)
		}
		settle(asksAtOnce / asksPerSecond * time.Second)
		a.connect()
		settle(time.Second)
		expect(t, "all saved in the end", a.allSaved(), true)
		expect(t, "stored", len(c.stored().Text("text").String()), 2*asksAtOnce)
		c.stop()
	})
}
