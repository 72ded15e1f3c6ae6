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

// crash kills the server while the disk takes nothing, and starts another one.
func (c *class) crash(clients ...*client) {
	for _, cl := range clients {
		cl.socket.hangUp()
	}
	settle(time.Second)
	c.log.mu.Lock()
	c.log.before = func() error { return errDisk } // whatever is still under way is lost
	c.log.mu.Unlock()
	c.kill()
	c.log.mu.Lock()
	c.log.before = nil
	c.log.mu.Unlock()
	c.start(Options{})
}

// kill ends the hub without its goodbyes.
func (c *class) kill() {
	resume := c.log.appending
	c.hub.end()
	if resume != nil {
		c.log.mu.Lock()
		c.log.appending = nil
		c.log.mu.Unlock()
		close(resume)
	}
	c.hub.running.Wait()
	c.hub.committing.Wait()
}

// A neighbour has seen words that the crash took from the server, and has answered them. It comes
// back first, or alone.
func TestRoom_ACrashLosesNothingThatANeighbourHasSeen(t *testing.T) {
	for _, joins := range []bool{false, true} {
		name := map[bool]string{false: "as a relay", true: "by joining"}[joins]
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t, Options{})
				a := c.writer()
				var b *client
				if !joins {
					b = c.writer()
				}
				settle(time.Second)
				a.write("saved. ")
				settle(30 * time.Second)
				c.log.block(&c.log.appending)
				a.write("not on disk; ")
				a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 5, 1) })
				if joins {
					settle(time.Second)
					b = c.writer()
				}
				settle(time.Second)
				expect(t, "what the neighbour sees", b.text(), "saved not on disk; ")
				expect(t, "what a was told", a.savedFrames(), 1)
				b.write("an answer")
				settle(time.Second)
				c.crash(a, b)
				expect(t, "stored after the crash", c.stored().Text("text").String(), "saved. ")

				b.connect()
				settle(5 * time.Second)
				expect(t, "refused", len(b.refused), 0)
				expect(t, "all saved", b.allSaved(), true)
				expect(t, "stored", c.stored().Text("text").String(), "saved not on disk; an answer")
				a.connect()
				settle(5 * time.Second)
				expect(t, "text of the author", a.text(), "saved not on disk; an answer")
				expect(t, "all saved", a.allSaved(), true)
				c.stop()
			})
		})
	}
}

// A joiner hears relays from the moment it comes, and asks for the Doc later. Whatever it writes upon has
// reached it behind its seal, in the order of the rows.
func TestRoom_AJoinerGetsTheSealOfWhateverItSees(t *testing.T) {
	const relayed = time.Second // and in no time at all a word still waits for the window
	for name, pauses := range map[string][3]time.Duration{
		"a relay before it comes and one before it asks":     {relayed, relayed, relayed},
		"a relay before it comes, words when it asks":        {relayed, relayed, 0},
		"words when it comes, and more when it asks":         {0, 0, 0},
		"words when it comes, relayed with others meanwhile": {0, relayed, relayed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t, Options{})
				a := c.writer()
				token, _ := c.person(nil)
				b := &client{t: t, class: c, conversation: c.conversation, token: token, grimoire: true}
				b.renew()
				settle(time.Second)
				c.log.block(&c.log.appending)
				a.write("one, ")
				settle(0)
				a.write("two, ")
				settle(pauses[0])
				if err := b.dial(newMemorySocket()); err != nil {
					t.Fatal(err)
				}
				go b.listen(b.socket)
				settle(pauses[1])
				a.write("three, ")
				settle(0)
				a.write("four, ")
				settle(pauses[2])
				b.send(protocol.SyncStep1{Vector: b.vector()})
				settle(0)
				b.write("and an answer")
				settle(0)
				c.crash(a, b)

				b.connect()
				settle(5 * time.Second)
				expect(t, "refused", len(b.refused), 0)
				expect(t, "all saved", b.allSaved(), true)
				expect(t, "stored", c.stored().Text("text").String(), "one, two, three, four, and an answer")
				c.stop()
			})
		})
	}
}

func TestRoom_WhoFellBehindGetsTheSealsOfWhatItMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		c.log.block(&c.log.appending)
		resume := b.socket.stall()
		for _, word := range []string{"one ", "two ", "three ", "four "} {
			a.write(word)
			settle(lagTime / 2)
		}
		a.write("five ")
		settle(0)
		a.write("six ") // waits for the window
		settle(0)
		resume()
		settle(0)
		b.write("seven")
		settle(0)
		c.crash(a, b)

		b.connect()
		settle(5 * time.Second)
		expect(t, "refused", len(b.refused), 0)
		expect(t, "all saved", b.allSaved(), true)
		expect(t, "stored", c.stored().Text("text").String(), "one two three four five six seven")
		c.stop()
	})
}

// The same crash, and the neighbour says the author had written something else.
func TestRoom_ACrashLetsNobodyForgeWhatWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		show(a, a.doc.ClientID(), 1, "{}")
		settle(time.Second)
		c.log.block(&c.log.appending)
		a.write("what I said")
		settle(time.Second)
		seal := b.sealed()[0].Seal
		c.crash(a, b)

		b.renew()
		b.connect()
		settle(time.Second)
		author := crdt.New(crdt.Options{ClientID: a.doc.ClientID()})
		if err := insert("what I never said")(author); err != nil {
			t.Fatal(err)
		}
		forged := author.Encode(nil)
		b.send(protocol.Sealed{Update: forged, Seal: seal})
		b.send(protocol.SyncStep2{Update: forged})
		settle(time.Second)
		b.send(protocol.Update{Update: forged})
		settle(time.Second)
		expect(t, "refused", len(b.refused), 1)
		expect(t, "stored", c.stored().Text("text").String(), "")

		a.connect()
		settle(time.Second)
		expect(t, "stored when the author is back", c.stored().Text("text").String(), "what I said")
		expect(t, "all saved", a.allSaved(), true)
		c.stop()
	})
}

func TestRoom_SealsEndWithTheirGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		resume := c.log.block(&c.log.appending)
		a.write("erased")
		settle(time.Second)
		kept := b.sealed()[0]
		resume()
		settle(time.Second)
		c.log.restore(c.conversation)
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert("x")); err == nil {
			t.Fatal("the old generation still takes edits")
		}
		late := c.writer()
		settle(time.Second)
		late.send(kept)
		settle(time.Second)
		expect(t, "stored", c.stored().Text("text").String(), "")
		expect(t, "farewell", late.bye(), 0)
		c.stop()
	})
}

func TestRoom_WhatIsOnDiskNeedsNoSeal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		for range 20 {
			a.write("word ")
			settle(100 * time.Millisecond)
		}
		if n := len(b.sealed()); n > 2 {
			t.Errorf("%d updates are kept though all but the last is known to be on disk", n)
		}
		settle(beatPause)
		expect(t, "kept after the server has said how far it is", len(b.sealed()), 0)
		late := c.writer()
		settle(time.Second)
		expect(t, "kept by who joins later", len(late.sealed()), 0)
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
