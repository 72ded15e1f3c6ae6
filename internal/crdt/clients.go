package crdt

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// clientIndex returns the index of a client in d.clients, adding it if needed.
func (d *Doc) clientIndex(id uint64) uint32 {
	c, ok := d.clientOf.find(d.clients, id)
	if !ok {
		c = uint32(len(d.clients))
		d.clients = append(doubled(d.clients), clientRuns{id: id})
		d.clientOf.add(d.clients)
	}
	return c
}

// growClients makes room for n more clients.
func (d *Doc) growClients(n int) {
	d.clients = slices.Grow(d.clients, n)
	d.order = slices.Grow(d.order, n)
	if n += len(d.clients); 2*n > len(d.clientOf) {
		d.clientOf.grow(d.clients, n)
	}
}

// clientBeside is clientIndex for an ID that is mostly that of client c.
func (d *Doc) clientBeside(c uint32, id uint64) uint32 {
	if d.clients[c].id == id {
		return c
	}
	return d.clientIndex(id)
}

// knownClient returns the index of a client in d.clients, if it is there. Mostly
// it is the one that was asked for last: who types, goes on typing.
func (d *Doc) knownClient(id uint64) (c uint32, ok bool) {
	if c = d.lastClient; c < uint32(len(d.clients)) && d.clients[c].id == id {
		return c, true
	}
	if c, ok = d.clientOf.find(d.clients, id); ok {
		d.lastClient = c
	}
	return c, ok
}

// clientTable finds clients by their IDs. A place holds the index of one, plus 1, or is
// free and holds 0; each client took the first that was free from its hash on. At most
// half are taken.
type clientTable []uint32

// hashFactor makes hashes that nobody can foretell, who would like many clients
// to have the same.
var hashFactor = rand.Uint64() | 1

// place returns that of a client, or the free one where it would be.
func (t clientTable) place(clients []clientRuns, id uint64) *uint32 {
	high, low := bits.Mul64(id, hashFactor)
	for at := low ^ high>>16; ; at++ { // low spreads IDs that follow each other, high those with the same low bits
		if p := &t[at&uint64(len(t)-1)]; *p == 0 || clients[*p-1].id == id {
			return p
		}
	}
}

func (t clientTable) find(clients []clientRuns, id uint64) (c uint32, ok bool) {
	if len(t) == 0 {
		return 0, false
	}
	n := *t.place(clients, id)
	return n - 1, n != 0
}

// add puts the last of clients into the table, which holds the others.
func (t *clientTable) add(clients []clientRuns) {
	if 2*len(clients) > len(*t) {
		t.grow(clients, 2*len(clients))
		return
	}
	t.put(clients, len(clients)-1)
}

// grow makes a table with room for n clients.
func (t *clientTable) grow(clients []clientRuns, n int) {
	*t = make(clientTable, 1<<bits.Len(uint(2*n-1)))
	for i := range clients {
		t.put(clients, i)
	}
}

// put takes a place for the i-th client.
func (t clientTable) put(clients []clientRuns, i int) {
	*t.place(clients, clients[i].id) = uint32(i + 1)
}
