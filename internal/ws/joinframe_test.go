package ws

import (
	"testing"
	"testing/synctest"
	"time"

	"grimoire/internal/crdt"
)

func TestRoom_KeepsItsAnswerOnlyWhileAClassComesIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		c.writer().write("read this")
		settle(beatPause + time.Second)
		keeps := func() (kept bool) {
			room := c.hub.rooms[c.conversation]
			if err := c.hub.View(t.Context(), c.conversation, func(*crdt.Doc) error {
				kept = room.joins.answer != nil
				return nil
			}); err != nil {
				t.Error(err)
			}
			return kept
		}
		c.writer()
		settle(time.Second)
		expect(t, "an answer is kept for one", keeps(), false)
		for range 3 {
			c.writer()
		}
		settle(time.Second)
		expect(t, "an answer is kept for a class", keeps(), true)

		settle(beatPause)
		expect(t, "it is kept for longer", keeps(), false)
		late := c.writer()
		settle(time.Second)
		expect(t, "what one who comes later reads", late.text(), "read this")
		c.stop()
	})
}
