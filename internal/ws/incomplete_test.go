package ws

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

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

func TestRoom_NothingIsSavedWhileSomethingBeforeItIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		doc := crdt.New(crdt.Options{})
		var updates [][]byte
		doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
		for _, s := range []string{"one", " two"} {
			if err := insert(s)(doc); err != nil {
				t.Fatal(err)
			}
		}
		a.send(protocol.Update{Update: updates[1]}) // and its Doc, when asked, knows nothing of it
		a.send(protocol.Update{Update: updates[1]})
		settle(time.Second)
		expect(t, "saved", a.savedFrames(), 0)
		expect(t, "rows", c.log.get(c.conversation).Head, 0)

		a.send(protocol.SyncStep2{Update: updates[1]})
		settle(time.Second)
		if diff := cmp.Diff(a.refused, []protocol.Refused{{Frame: 3, Reason: errIncomplete.Reason}}); diff != "" {
			t.Error(diff)
		}
		expect(t, "saved", a.savedFrames(), 0)
		expect(t, "text", b.text(), "")
		c.stop()
	})
}
