package ws

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// dozes reports whether the class's room keeps its Doc as bytes.
func (c *class) dozes() bool {
	r := c.hub.rooms[c.conversation]
	answer := make(chan bool, 1)
	r.inbox.post(func() { answer <- r.awake == nil })
	return <-answer
}

func TestRoom_DozesWhilePeopleOnlyRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert("from before ")); err != nil {
			t.Fatal(err)
		}
		settle(2 * time.Minute)
		expect(t, "rooms", len(c.hub.rooms), 0)

		a := c.writer()
		settle(time.Second)
		expect(t, "dozes when it is opened to read", c.dozes(), true)
		a.write("written")
		settle(time.Second)
		expect(t, "dozes when somebody has written", c.dozes(), false)
		expect(t, "saved", a.savedFrames(), 1)
		settle(dozeAfter + beatPause)
		expect(t, "dozes after a while", c.dozes(), true)

		late := c.writer()
		settle(beatPause)
		expect(t, "text of who joins then", late.text(), "from before written")
		expect(t, "still dozes", c.dozes(), true)
		heads := 0
		for _, m := range late.others {
			if head, ok := m.(protocol.Head); ok && head == late.head(head) {
				heads++
			}
		}
		expect(t, "heads that agree", heads, 1)
		a.connect() // which knows it all, and asks for what it lacks
		settle(time.Second)
		expect(t, "dozes though somebody came back", c.dozes(), true)

		late.write(" more")
		settle(time.Second)
		expect(t, "text of the other", a.text(), "from before written more")
		expect(t, "stored text", c.stored().Text("text").String(), "from before written more")
		settle(2 * dozeAfter)
		if err := c.hub.View(t.Context(), c.conversation, func(doc *crdt.Doc) error {
			expect(t, "text seen", doc.Text("text").String(), "from before written more")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		c.stop()
	})
}

func TestRoom_IsLoadedAnewIfWhatItKeptOfTheDocIsBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		a.write("one ")
		settle(2 * dozeAfter)
		expect(t, "dozes", c.dozes(), true)
		r := c.hub.rooms[c.conversation]
		r.inbox.post(func() { r.dozing.state = []byte{1, 2, 3} })
		a.write("two")
		settle(time.Second)
		a.connect() // the change that met the broken bytes was not acknowledged: it is offered again
		settle(time.Second)
		expect(t, "text", b.text(), "one two")
		expect(t, "stored text", c.stored().Text("text").String(), "one two")
		c.stop()
	})
}
