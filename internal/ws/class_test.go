package ws

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
)

// class is a hub with one conversation and people who may enter it.
type class struct {
	t            *testing.T
	hub          *Hub
	log          *memoryLog
	gate         *memoryGate
	id           uuid.UUID // of the class
	conversation uuid.UUID
	people       int
}

func newClass(t *testing.T, o Options) *class {
	c := &class{t: t, gate: &memoryGate{}, id: uuid.New(), conversation: uuid.New()}
	c.log = newMemoryLog(c.conversation)
	c.start(o)
	return c
}

// sealKey is that of the class's store.
var sealKey = []byte("0123456789abcdef0123456789abcdef")

// start opens a hub on the class's log.
func (c *class) start(o Options) {
	o.Log, o.Gate, o.SealKey = c.log, c.gate, sealKey
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c.hub = NewHub(o)
}

// stop shuts the hub down; whatever goroutine is left fails the test of its bubble.
func (c *class) stop() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	if err := c.hub.Shutdown(ctx); err != nil {
		c.t.Error(err)
	}
}

// person returns a pass for somebody new, with the token they show.
func (c *class) person(change func(*Pass)) (token string, pass Pass) {
	c.people++
	name := fmt.Sprintf("Person %d", c.people)
	pass = Pass{User: uuid.New(), Session: uuid.New(), Class: c.id, Name: name, Write: true}
	if change != nil {
		change(&pass)
	}
	c.gate.admit(name, pass, nil)
	return name, pass
}

// writer opens a conn that may write and speaks grimoire.v1.
func (c *class) writer() *client {
	token, _ := c.person(nil)
	return c.open(token, true)
}

// open connects with a token, as ServeHTTP does once the handshake is through.
func (c *class) open(token string, grimoire bool) *client {
	c.t.Helper()
	cl := &client{t: c.t, class: c, conversation: c.conversation, token: token, grimoire: grimoire}
	cl.renew()
	cl.connect()
	return cl
}

// stored is the Doc that a server started now would show.
func (c *class) stored() *crdt.Doc {
	c.t.Helper()
	stored, err := c.log.Load(c.t.Context(), c.conversation)
	if err != nil {
		c.t.Fatal(err)
	}
	doc, err := open(stored)
	if err != nil {
		c.t.Fatal(err)
	}
	return doc
}
