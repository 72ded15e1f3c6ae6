package ws

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

func TestRoom_WhoSendsTheMissingGetsWhatWaitedForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		doc := crdt.New(crdt.Options{ClientID: 5})
		var updates [][]byte
		doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
		for _, s := range []string{"one", " two"} {
			if err := insert(s)(doc); err != nil {
				t.Fatal(err)
			}
		}
		a.send(protocol.Update{Update: updates[1]})
		settle(time.Second)
		b.send(protocol.Update{Update: updates[0]})
		settle(time.Second)
		expect(t, "text", b.text(), "one two")
		expect(t, "stored text", c.stored().Text("text").String(), "one two")
		c.stop()
	})
}

func TestRoom_WhatDependsOnTheMissingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, bad := c.writer(), c.writer()
		settle(time.Second)
		doc := crdt.New(crdt.Options{ClientID: 5})
		var updates [][]byte
		doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
		for range 12 {
			if err := insert(strings.Repeat("x", 100<<10))(doc); err != nil {
				t.Fatal(err)
			}
		}
		for _, update := range updates[1:] {
			bad.send(protocol.Update{Update: update})
		}
		settle(time.Second)
		expect(t, "farewell", bad.bye(), byeBadUpdate.code)
		a.write("fine")
		settle(time.Second)
		expect(t, "all saved", a.allSaved(), true)
		expect(t, "the other's farewell", a.bye(), 0)
		c.stop()
	})
}
