package crdt

import "slices"

// clientRuns is what a Doc knows of one client: all its structs by clock,
// without gaps from 0 to state.
//
// The index is cut into chunks, because inserting in the middle of one long
// slice would spend its time moving memory:
//
//	chunks  [first 0    ][first 812  ][first 1954 ]
//	           │            │            │
//	           v            v            v
//	         slots        slots        slots      (of items)
type clientRuns struct {
	id     uint64
	state  uint64 // next clock
	chunks []chunk
	hint   at     // where the last search ended
	spare  uint32 // bytes of room behind the text of the last struct
	before uint64 // state at the start of the transaction touched
	serial uint64 // of the transaction that touched it last

	section int32 // while an update is read: 1 + index into its sections
}

type chunk struct {
	first uint64 // clock of its first struct
	slots []int32
}

// maxChunk bounds a chunk, so that an insert moves at most 2 kB.
const maxChunk = 512

// at is a place in a client's index.
type at struct{ chunk, i int32 }

// clientIndex returns the index of a client in d.clients, adding it if needed.
func (d *Doc) clientIndex(id uint64) uint32 {
	if d.lastClient < uint32(len(d.clients)) && d.clients[d.lastClient].id == id {
		return d.lastClient
	}
	c, ok := d.clientOf[id]
	if !ok {
		c = uint32(len(d.clients))
		d.clients = append(doubled(d.clients), clientRuns{id: id})
		d.clientOf[id] = c
	}
	d.lastClient = c
	return c
}

// sorted returns the clients that have structs, highest ID first, the order in
// which updates are written. The slice is the Doc's own.
func (d *Doc) sorted() []uint32 {
	if d.orderStale {
		d.orderStale = false
		slices.SortFunc(d.order, func(a, b uint32) int {
			if d.clients[a].id > d.clients[b].id {
				return -1
			}
			return 1
		})
	}
	return d.order
}

// addStruct appends the struct in slot to its client's index. Its clock must be
// the client's state (yjs: addStruct).
func (t *Transaction) addStruct(slot int32) {
	d := t.doc
	it := d.item(slot)
	c := &d.clients[it.client]
	t.touch(it.client)
	if len(c.chunks) == 0 {
		d.order = append(d.order, it.client)
		d.orderStale = len(d.order) > 1
	}
	c.state = it.end()
	c.spare = 0
	last := len(c.chunks) - 1
	if last < 0 || len(c.chunks[last].slots) == maxChunk {
		c.chunks = append(c.chunks, chunk{first: it.clock})
		if last++; last > 0 {
			c.chunks[last].slots = make([]int32, 0, maxChunk)
		}
	}
	c.chunks[last].slots = append(c.chunks[last].slots, slot)
}

// slot returns the slot at p.
func (c *clientRuns) slot(p at) int32 { return c.chunks[p.chunk].slots[p.i] }

// first and last are the ends of the index, which must not be empty.
func (c *clientRuns) last() at {
	n := int32(len(c.chunks) - 1)
	return at{n, int32(len(c.chunks[n].slots) - 1)}
}

// next and prev step through the index; ok is false at the ends.
func (c *clientRuns) next(p at) (at, bool) {
	if p.i++; int(p.i) < len(c.chunks[p.chunk].slots) {
		return p, true
	}
	p.chunk, p.i = p.chunk+1, 0
	return p, int(p.chunk) < len(c.chunks)
}

func (c *clientRuns) prev(p at) (at, bool) {
	if p.i > 0 {
		p.i--
		return p, true
	}
	if p.chunk == 0 {
		return p, false
	}
	p.chunk--
	p.i = int32(len(c.chunks[p.chunk].slots) - 1)
	return p, true
}

// find returns the place of the struct that holds clock, which may start
// before it. The clock must be below the client's state (yjs: findIndexSS).
func (d *Doc) find(client uint32, clock uint64) at {
	c := &d.clients[client]
	if p, ok := d.findNearby(c, clock); ok {
		c.hint = p
		return p
	}
	if p := c.last(); d.item(c.slot(p)).clock <= clock {
		c.hint = p
		return p
	}
	n, hi := 0, len(c.chunks)
	for hi-n > 1 {
		mid := int(uint(n+hi) >> 1)
		if c.chunks[mid].first <= clock {
			n = mid
		} else {
			hi = mid
		}
	}
	slots := c.chunks[n].slots
	lo := 0
	hi = len(slots)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if d.item(slots[mid]).clock <= clock {
			lo = mid
		} else {
			hi = mid
		}
	}
	c.hint = at{int32(n), int32(lo)}
	return c.hint
}

// findNearby looks a few structs to the left and right of where the last search
// ended.
func (d *Doc) findNearby(c *clientRuns, clock uint64) (p at, ok bool) {
	const few = 3
	p = c.hint
	if int(p.chunk) >= len(c.chunks) || int(p.i) >= len(c.chunks[p.chunk].slots) {
		return p, false
	}
	slots := c.chunks[p.chunk].slots
	if clock < d.item(slots[p.i]).clock {
		for i := p.i - 1; i >= max(0, p.i-few); i-- {
			if d.item(slots[i]).clock <= clock {
				return at{p.chunk, i}, true
			}
		}
		return p, false
	}
	for i := p.i; i <= min(int32(len(slots))-1, p.i+few); i++ {
		if clock < d.item(slots[i]).end() {
			return at{p.chunk, i}, true
		}
	}
	return p, false
}

// get returns the slot of the struct that holds an ID below the state
// (yjs: getItem).
func (d *Doc) get(client uint32, clock uint64) int32 {
	p := d.find(client, clock)
	return d.clients[client].slot(p)
}

// insertAfter puts slot into the index behind p.
func (d *Doc) insertAfter(client uint32, p at, slot int32) {
	c := &d.clients[client]
	if p == c.last() {
		c.spare = 0
	}
	if len(c.chunks[p.chunk].slots) == maxChunk {
		const half = maxChunk / 2
		ch := &c.chunks[p.chunk]
		upper := append(make([]int32, 0, maxChunk), ch.slots[half:]...)
		ch.slots = ch.slots[:half]
		c.chunks = slices.Insert(c.chunks, int(p.chunk)+1, chunk{d.item(upper[0]).clock, upper})
		if p.i >= half {
			p = at{p.chunk + 1, p.i - half}
		}
	}
	ch := &c.chunks[p.chunk]
	ch.slots = slices.Insert(ch.slots, int(p.i)+1, slot)
}

// removeAt takes p out of the index; it must not be the client's first.
func (d *Doc) removeAt(client uint32, p at) {
	c := &d.clients[client]
	if p == c.last() {
		c.spare = 0
	}
	ch := &c.chunks[p.chunk]
	ch.slots = slices.Delete(ch.slots, int(p.i), int(p.i)+1)
	switch {
	case len(ch.slots) == 0:
		c.chunks = slices.Delete(c.chunks, int(p.chunk), int(p.chunk)+1)
	case p.i == 0:
		ch.first = d.item(ch.slots[0]).clock
	}
}

// cleanStart returns the slot of the struct that starts at an ID, splitting
// one that holds it further in. A GC is returned whole (yjs:
// getItemCleanStart).
func (t *Transaction) cleanStart(client uint32, clock uint64) int32 {
	d := t.doc
	p := d.find(client, clock)
	slot := d.clients[client].slot(p)
	it := d.item(slot)
	if it.clock == clock || it.kind() == kindGC {
		return slot
	}
	half := t.splitItem(slot, clock-it.clock)
	d.insertAfter(client, p, half)
	return half
}

// cleanEnd returns the slot of the struct that ends with an ID, splitting one
// that goes on behind it. A GC is returned whole (yjs: getItemCleanEnd).
func (t *Transaction) cleanEnd(client uint32, clock uint64) int32 {
	d := t.doc
	p := d.find(client, clock)
	slot := d.clients[client].slot(p)
	it := d.item(slot)
	if it.end() == clock+1 || it.kind() == kindGC {
		return slot
	}
	half := t.splitItem(slot, clock-it.clock+1)
	d.insertAfter(client, p, half)
	return slot
}
