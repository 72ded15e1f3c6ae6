package ws

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
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
