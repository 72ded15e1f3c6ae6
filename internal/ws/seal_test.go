package ws

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

func TestSeal_IsOfOneUpdateOfOneGenerationOfOneConversationOfOneStore(t *testing.T) {
	seal := func(id uuid.UUID, generation int64, key, update string) []byte {
		r := &room{id: id, stored: Stored{Generation: generation}, hub: &Hub{sealers: newSealers([]byte(key))}}
		return r.sealOf([]byte(update))
	}
	id := uuid.New()
	one := seal(id, 1, "key", "update")
	if len(one) != sealSize || !bytes.Equal(one, seal(id, 1, "key", "update")) {
		t.Fatalf("a seal of %d bytes, and another for the same", len(one))
	}
	for name, other := range map[string][]byte{
		"conversation": seal(uuid.New(), 1, "key", "update"),
		"generation":   seal(id, 2, "key", "update"),
		"store":        seal(id, 1, "another key", "update"),
		"update":       seal(id, 1, "key", "another update"),
	} {
		if bytes.Equal(one, other) {
			t.Errorf("the seal says nothing of the %s", name)
		}
	}
}

// lostWords is a class whose server was killed before the words of one, and then of another, were on disk. It returns a
// neighbour who has both.
func lostWords(t *testing.T, c *class) *client {
	a, b := c.writer(), c.writer()
	settle(time.Second)
	c.log.block(&c.log.appending)
	for _, word := range []string{"one ", "two"} {
		a.write(word)
		settle(time.Second)
	}
	c.crash(a, b)
	expect(t, "sealed", len(b.sealed()), 2)
	return b
}

func TestRoom_ASealedUpdateThatBuildsOnTheLostWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		sealed := lostWords(t, c).sealed()
		other := c.writer()
		settle(time.Second)
		other.send(sealed[1])
		settle(time.Second)
		expect(t, "farewell", other.bye(), 0)
		expect(t, "rows", c.log.get(c.conversation).Head, 0)
		other.send(sealed[0])
		other.send(sealed[1])
		settle(time.Second)
		expect(t, "stored", c.stored().Text("text").String(), "one two")
		c.stop()
	})
}

func TestRoom_ADamagedConversationTakesNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		sealed := lostWords(t, c).sealed()
		c.log.damage(func() {
			c.log.rows[c.conversation], c.log.stored[c.conversation].Head = [][]byte{nil}, 1
		})
		other := c.writer()
		settle(time.Second)
		other.send(sealed[0])
		settle(time.Second)
		expect(t, "farewell", other.bye(), 0)
		expect(t, "rows", c.log.get(c.conversation).Head, 1)
		c.stop()
	})
}

// The server dies once more before what was given back is on disk.
func TestRoom_WhatIsGivenBackIsKeptUntilItIsOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		b := lostWords(t, c)
		c.log.block(&c.log.appending)
		b.connect()
		settle(time.Second)
		c.crash(b)
		b.connect()
		settle(time.Second)
		expect(t, "stored", c.stored().Text("text").String(), "one two")
		settle(beatPause)
		expect(t, "kept once it is on disk", len(b.sealed()), 0)
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
