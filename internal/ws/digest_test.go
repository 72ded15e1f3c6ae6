package ws

import (
	"testing"
	"testing/synctest"
	"time"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// parted is a class of two in which one side has not taken a deletion: both have the same structs.
func parted(t *testing.T, lacks func(c *class, a, b *client)) (c *class, a, b *client) {
	c = newClass(t, Options{})
	a, b = c.writer(), c.writer()
	settle(time.Second)
	a.write("one two")
	settle(time.Second)
	a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 3, 4) })
	settle(time.Second)
	expect(t, "text", b.text(), "one")
	lacks(c, a, b)
	settle(beatPause)
	return c, a, b
}

// answersHead does what a browser does with the last head that it was sent, and returns both.
func (cl *client) answersHead() (theirs, ours protocol.Head) {
	cl.t.Helper()
	for _, m := range cl.others {
		if head, ok := m.(protocol.Head); ok {
			theirs = head
		}
	}
	if ours = cl.head(theirs); !ours.Equals(theirs) {
		cl.send(ours)
		cl.send(protocol.SyncStep1{Vector: cl.vector()})
	}
	settle(time.Second)
	return theirs, ours
}

func browserLacks(_ *class, a, b *client) {
	first := a.sent[0]
	b.mu.Lock()
	defer b.mu.Unlock()
	b.renew()
	b.apply(first)
}

func serverLacks(c *class, a, _ *client) {
	r := c.hub.rooms[c.conversation]
	r.inbox.post(func() {
		doc := crdt.New(crdt.Options{})
		if err := doc.Apply(a.sent[0], nil); err != nil {
			c.t.Error(err)
		}
		r.wakeWith(doc)
		r.digested = digest{}
	})
	synctest.Wait()
}

func TestHead_ADeletionThatOneSideLacksIsFound(t *testing.T) {
	for name, lacks := range map[string]func(*class, *client, *client){"the browser": browserLacks, "the server": serverLacks} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _, b := parted(t, lacks)
				theirs, ours := b.answersHead()
				if ours.Hash != theirs.Hash || ours.Deletes == theirs.Deletes {
					t.Errorf("got %+v and %+v, which differ in their deletes", ours, theirs)
				}
				expect(t, "text of the browser", b.text(), "one")
				if err := c.hub.View(t.Context(), c.conversation, func(doc *crdt.Doc) error {
					expect(t, "text of the server", doc.Text("text").String(), "one")
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				settle(beatPause)
				theirs, ours = b.answersHead()
				expect(t, "what they have then", ours, theirs)
				expect(t, "refused", len(b.refused), 0)
				c.stop()
			})
		})
	}
}

// An older page does not know of deletes, and is not asked because of them.
func TestHead_WithoutDeletesIsComparedByTheVector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, b := parted(t, func(*class, *client, *client) {})
		b.mu.Lock()
		heard := b.heard
		b.mu.Unlock()
		head := b.head(protocol.Head{Generation: 1, Seq: 2})
		head.Deletes = 0
		b.send(head)
		synctest.Wait()
		expect(t, "what it hears", b.messages()-heard, 0)
		head.Deletes = 1
		b.send(head)
		synctest.Wait()
		expect(t, "what it hears with others: a question, and that its answer is saved", b.messages()-heard, 2)
		c.stop()
	})
}

// As long as nothing changes, nobody walks over the Doc again: not for a head, and not for who sends many.
func TestRoom_MakesItsDigestOncePerChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, a, _ := parted(t, func(*class, *client, *client) {})
		r := c.hub.rooms[c.conversation]
		made := func() (row int64, d digest) {
			r.inbox.post(func() { row, d = r.submitted, r.digested })
			synctest.Wait()
			return row, d
		}
		row, before := made()
		expect(t, "made at", before.row, row)
		r.inbox.post(func() { r.digested.vector++ }) // whoever makes it again would see
		settle(2 * beatPause)
		_, after := made()
		expect(t, "still that", after.vector, before.vector+1)
		a.write("x")
		settle(2 * beatPause)
		row, after = made()
		expect(t, "made anew at", after.row, row)
		settle(dozeAfter + beatPause)
		expect(t, "dozes", c.dozes(), true)
		_, asleep := made()
		expect(t, "kept while it dozes", asleep, after)
		c.stop()
	})
}

// A room that is opened to read dozes from its first moment on, and one that is loaded anew may find another Doc.
func TestHead_IsRightWhateverTheRoomHasBeenThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, _ := parted(t, func(*class, *client, *client) {})
		c.stop()
		c.start(Options{})
		late := c.writer()
		settle(beatPause)
		expect(t, "dozes", c.dozes(), true)
		theirs, ours := late.answersHead()
		expect(t, "what they have when it was opened", ours, theirs)

		r := c.hub.rooms[c.conversation]
		r.inbox.post(func() { r.broken, r.digested.vector = true, 0 })
		settle(beatPause)
		theirs, ours = late.answersHead()
		expect(t, "what they have when it was loaded anew", ours, theirs)
		c.stop()
	})
}
