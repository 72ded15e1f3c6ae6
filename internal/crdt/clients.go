package crdt

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// clientIndex returns the index of a client in d.clients, adding it if needed.
func (d *Doc) clientIndex(id uint64) uint32 {
	c, ok := d.knownClient(id)
	if !ok {
		c = uint32(len(d.clients))
		d.clients = append(doubled(d.clients), clientRuns{id: id})
		d.clientOf.add(d.clients)
		d.lastClient = c
	}
	return c
}

// growClients makes room for n more clients.
func (d *Doc) growClients(n int) {
	d.clients = slices.Grow(d.clients, n)
	d.order = slices.Grow(d.order, n)
	if n += len(d.clients); 2*n > len(d.clientOf.places) {
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
// it is the one that was asked for last.
func (d *Doc) knownClient(id uint64) (c uint32, ok bool) {
	if c = d.lastClient; c < uint32(len(d.clients)) && d.clients[c].id == id {
		return c, true
	}
	if c, ok = d.clientOf.find(d.clients, id); ok {
		d.lastClient = c
	}
	return c, ok
}

// clientTable finds clients by their IDs: each is in the first free place from
// its hash on.
type clientTable struct {
	places []uint32 // 1 + index of a client, or 0; at most half of them are taken
	shift  uint8    // of the hash, to a place
}

// hashFactor makes hashes that nobody can foretell, who would like many clients
// to have the same.
var hashFactor = rand.Uint64() | 1

func (t *clientTable) place(id uint64) uint64 { return id * hashFactor >> t.shift }

func (t *clientTable) find(clients []clientRuns, id uint64) (c uint32, ok bool) {
	if len(clients) == 0 {
		return 0, false
	}
	mask := uint64(len(t.places) - 1)
	for at := t.place(id); ; at++ {
		n := t.places[at&mask]
		if n == 0 {
			return 0, false
		}
		if clients[n-1].id == id {
			return n - 1, true
		}
	}
}

// add puts the last of clients into the table, which holds the others.
func (t *clientTable) add(clients []clientRuns) {
	if 2*len(clients) > len(t.places) {
		t.grow(clients, 2*len(clients))
		return
	}
	t.put(clients, len(clients)-1)
}

// grow makes a table with room for n clients.
func (t *clientTable) grow(clients []clientRuns, n int) {
	size := bits.Len(uint(2*n - 1))
	t.places = make([]uint32, 1<<size)
	t.shift = uint8(64 - size)
	for i := range clients {
		t.put(clients, i)
	}
}

// put takes a place for the i-th client.
func (t *clientTable) put(clients []clientRuns, i int) {
	mask := uint64(len(t.places) - 1)
	at := t.place(clients[i].id)
	for t.places[at&mask] != 0 {
		at++
	}
	t.places[at&mask] = uint32(i + 1)
}
