package ws

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

const notYours = "This was written by somebody else."

func TestRoom_AnUpdateBindsItsClientToItsSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, pass := c.person(nil)
		a := c.open(token, true)
		settle(time.Second)
		a.write("mine")
		settle(time.Second)
		owner, err := c.log.Owner(t.Context(), c.conversation, a.doc.ClientID())
		if err != nil || owner != pass.User {
			t.Errorf("owner %v, %v, want the writer", owner, err)
		}
		c.stop()
	})
}

// forge is an update that continues what the client of doc has written, as its author never did.
func forge(t *testing.T, doc *crdt.Doc, words string) []byte {
	t.Helper()
	forger := crdt.New(crdt.Options{})
	if err := forger.Apply(doc.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	forger.SetClientID(doc.ClientID())
	before := forger.StateVector()
	if err := insert(words)(forger); err != nil {
		t.Fatal(err)
	}
	return forger.Encode(before)
}

func TestRoom_NobodyWritesUnderTheClientIDOfAnother(t *testing.T) {
	for name, message := range map[string]func([]byte) protocol.Message{
		"update":      func(u []byte) protocol.Message { return protocol.Update{Update: u} },
		"sync step 2": func(u []byte) protocol.Message { return protocol.SyncStep2{Update: u} },
		"a seal made up": func(u []byte) protocol.Message {
			return protocol.Sealed{Update: u, Seal: make([]byte, sealSize)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t, Options{})
				a, b := c.writer(), c.writer()
				settle(time.Second)
				a.write("by a")
				show(a, 77, 1, "{}") // bound by presence, has written nothing
				settle(time.Second)
				rows := c.log.get(c.conversation).Head

				b.send(message(forge(t, a.doc, " and not by a")))
				silent := crdt.New(crdt.Options{ClientID: 77})
				if err := insert("nor this")(silent); err != nil {
					t.Fatal(err)
				}
				b.send(message(silent.Encode(nil)))
				settle(time.Second)
				expect(t, "text", a.text(), "by a")
				expect(t, "rows", c.log.get(c.conversation).Head, rows)
				if name == "update" { // the others are only not taken
					expect(t, "refused", len(b.refused), 2)
					expect(t, "reason", b.refused[0].Reason, notYours)
				}

				a.write(", still")
				settle(time.Second)
				expect(t, "what the author writes next", c.stored().Text("text").String(), "by a, still")
				c.stop()
			})
		})
	}
}

func TestRoom_NobodyTakesAClientIDThatHasWrittenAndHasNoOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		seed := crdt.New(crdt.Options{ClientID: 5})
		if err := insert("as imported")(seed); err != nil {
			t.Fatal(err)
		}
		c.log.rows[c.conversation], c.log.stored[c.conversation].Head = [][]byte{seed.Encode(nil)}, 1
		a := c.writer()
		settle(time.Second)
		show(a, 5, 1, "{}")
		a.send(protocol.Update{Update: forge(t, seed, ", and more")})
		settle(time.Second)
		expect(t, "refused", len(a.refused), 1)
		expect(t, "present", len(a.presence.Present()), 0)
		owner, err := c.log.Owner(t.Context(), c.conversation, 5)
		if err != nil || owner != uuid.Nil {
			t.Errorf("owner %v, %v, want nobody", owner, err)
		}
		c.stop()
	})
}

func TestRoom_TwoTabsOfOnePersonMayShareTheirChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, _ := c.person(nil)
		a, b := c.open(token, true), c.open(token, true)
		settle(time.Second)
		a.socket.hangUp()
		settle(time.Second)
		a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Insert(tx, 0, "offline in one") })
		b.send(protocol.Update{Update: a.doc.Encode(nil)})
		settle(time.Second)
		expect(t, "refused", len(b.refused), 0)
		expect(t, "stored", c.stored().Text("text").String(), "offline in one")
		c.stop()
	})
}

// A reader of a copy, without seals, brings more than its own.
func TestRoom_OfAnAnswerOnlyOnesOwnPartCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		token, _ := c.person(nil)
		b := c.open(token, false)
		viewer, _ := c.person(readOnly)
		reader := c.open(viewer, false)
		settle(time.Second)
		a.write("kept ")
		settle(30 * time.Second)
		c.log.block(&c.log.appending)
		a.write("lost")
		settle(time.Second)
		c.crash(a, b, reader)

		b.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Insert(tx, 0, "mine ") })
		b.connect()
		reader.connect()
		settle(time.Second)
		expect(t, "farewell", b.bye(), 0)
		expect(t, "farewell of who wrote nothing", reader.bye(), 0)
		expect(t, "stored", c.stored().Text("text").String(), "mine kept ")
		a.connect()
		settle(time.Second)
		for _, cl := range []*client{a, b, reader} {
			expect(t, "text when the author is back", cl.text(), "mine kept lost")
		}
		expect(t, "stored", c.stored().Text("text").String(), "mine kept lost")
		c.stop()
	})
}

// A copy without seals has deleted words that the server does not have: that cannot be kept yet.
func TestRoom_ADeleteOfLostWordsIsSavedWhenTheyAreBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		a.write("kept ")
		settle(30 * time.Second)
		c.log.block(&c.log.appending)
		a.write("lost")
		settle(time.Second)
		c.crash(a, b)

		b.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 5, 2) })
		b.kept = nil
		b.connect()
		settle(time.Second)
		expect(t, "refused", len(b.refused), 0)
		expect(t, "saved while the words are missing", b.savedFrames(), 0)
		a.connect()
		settle(2 * beatPause)
		expect(t, "all saved when they are back", b.allSaved(), true)
		expect(t, "stored", c.stored().Text("text").String(), "kept st")
		c.stop()
	})
}
