package crdt

import (
	"math"
	"slices"
)

// clientRuns is what a Doc knows of one client: all its structs by clock,
// without gaps from 0 to state.
//
// The index is cut into chunks, because inserting in the middle of one long
// slice would spend its time moving memory:
//
//	chunks  [first 0    ][first 812  ][first 1954 ]
//	           │            │            │
//	           v            v            v
//	        entries      entries      entries     (offset from first, slot)
//
// A search reads entries only, not the items.
type clientRuns struct {
	id     uint64
	state  uint64 // next clock
	chunks []chunk
	hint   at     // where the last search ended
	spare  uint32 // bytes of room behind the text of the last struct
	before uint64 // state at the start of the transaction touched
	serial uint64 // of the transaction that touched it last

	section int32 // while an update is read: 1 + index into its sections
	coming  int32 // while an update is loaded: structs that are in the index already
}

type chunk struct {
	first   uint64 // clock of its first struct
	entries []entry
}

// entry is where a struct begins, counted from the first of its chunk, and its
// slot.
type entry struct {
	off  uint32
	slot int32
}

// maxChunk bounds a chunk, so that an insert moves at most 4 kB. A chunk also
// ends where an offset would not fit.
const (
	maxChunk  = 512
	maxOffset = math.MaxUint32
)

// chunkStep is what a chunk grows by: one that was cut in half is seldom filled
// again.
const chunkStep = 64

// at is a place in a client's index.
type at struct{ chunk, i int32 }

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

// addStruct appends the struct in slot to its client's index, unless a load has
// done so. Its clock must be the client's state (yjs: addStruct).
func (t *Transaction) addStruct(slot int32) {
	d := t.doc
	it := d.item(slot)
	c := &d.clients[it.client]
	t.touch(it.client)
	c.state = it.end()
	c.spare = 0
	if c.coming > 0 {
		c.coming--
		return
	}
	if len(c.chunks) == 0 {
		d.addToOrder(it.client)
	}
	last := len(c.chunks) - 1
	if last < 0 || len(c.chunks[last].entries) == maxChunk || it.clock-c.chunks[last].first > maxOffset {
		c.chunks = append(c.chunks, chunk{first: it.clock})
		if last++; last > 0 {
			c.chunks[last].entries = make([]entry, 0, maxChunk)
		}
	}
	ch := &c.chunks[last]
	ch.entries = append(ch.entries, entry{uint32(it.clock - ch.first), slot})
}

func (d *Doc) addToOrder(client uint32) {
	d.order = append(d.order, client)
	d.orderStale = len(d.order) > 1
}

// slot returns the slot at p.
func (c *clientRuns) slot(p at) int32 { return c.chunks[p.chunk].entries[p.i].slot }

// first and last are the ends of the index, which must not be empty.
func (c *clientRuns) last() at {
	n := int32(len(c.chunks) - 1)
	return at{n, int32(len(c.chunks[n].entries) - 1)}
}

// next and prev step through the index; ok is false at the ends.
func (c *clientRuns) next(p at) (at, bool) {
	if p.i++; int(p.i) < len(c.chunks[p.chunk].entries) {
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
	p.i = int32(len(c.chunks[p.chunk].entries) - 1)
	return p, true
}

// find returns the place of the struct that holds clock, which may start
// before it. The clock must be below the client's state (yjs: findIndexSS).
func (d *Doc) find(client uint32, clock uint64) at {
	c := &d.clients[client]
	n := int(c.hint.chunk)
	if !c.inChunk(n, clock) {
		n = c.chunkOf(clock)
		c.hint = at{int32(n), 0}
	}
	ch := &c.chunks[n]
	off := uint32(min(clock-ch.first, maxOffset))
	c.hint.i = int32(search(ch.entries, int(c.hint.i), off))
	return c.hint
}

// inChunk reports whether the n-th chunk, which need not exist, holds clock.
func (c *clientRuns) inChunk(n int, clock uint64) bool {
	return n < len(c.chunks) && c.chunks[n].first <= clock &&
		(n+1 == len(c.chunks) || clock < c.chunks[n+1].first)
}

// chunkOf returns the chunk that holds clock.
func (c *clientRuns) chunkOf(clock uint64) int {
	n, hi := 0, len(c.chunks)
	for hi-n > 1 {
		if mid := int(uint(n+hi) >> 1); c.chunks[mid].first <= clock {
			n = mid
		} else {
			hi = mid
		}
	}
	return n
}

// search returns the last of entries that begins at off or before. It looks near
// hint first, and in steps that double.
func search(entries []entry, hint int, off uint32) int {
	lo, hi := 0, len(entries) // the answer is lo or between them
	if hint < hi {
		if entries[hint].off <= off {
			lo = hint
			for step := 1; lo+step < hi; step *= 2 {
				if entries[lo+step].off > off {
					hi = lo + step
					break
				}
				lo += step
			}
		} else {
			hi = hint
			for step := 1; step < hi; step *= 2 {
				if entries[hi-step].off <= off {
					lo = hi - step
					break
				}
				hi -= step
			}
		}
	}
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) >> 1); entries[mid].off <= off {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
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
	if len(c.chunks[p.chunk].entries) == maxChunk {
		const half = maxChunk / 2
		c.cut(p.chunk, half)
		if p.i >= half {
			p = at{p.chunk + 1, p.i - half}
		}
	}
	ch := &c.chunks[p.chunk]
	clock := d.item(slot).clock
	if clock-ch.first > maxOffset { // so it is behind all others
		c.chunks = slices.Insert(c.chunks, int(p.chunk)+1, chunk{clock, []entry{{0, slot}}})
		return
	}
	if n := len(ch.entries); n == cap(ch.entries) && n >= chunkStep {
		ch.entries = withRoom(ch.entries)
	}
	ch.entries = slices.Insert(ch.entries, int(p.i)+1, entry{uint32(clock - ch.first), slot})
}

// withRoom returns a copy of entries with room for one more step.
func withRoom(entries []entry) []entry {
	return append(make([]entry, 0, min(len(entries)+chunkStep, maxChunk)), entries...)
}

// cut makes a chunk of its own of what a chunk holds from its n-th entry on.
func (c *clientRuns) cut(i int32, n int) {
	ch := &c.chunks[i]
	upper := chunk{first: ch.first, entries: withRoom(ch.entries[n:])}
	upper.rebase()
	ch.entries = withRoom(ch.entries[:n])
	c.chunks = slices.Insert(c.chunks, int(i)+1, upper)
}

// rebase makes a chunk begin with its first entry again.
func (ch *chunk) rebase() {
	off := ch.entries[0].off
	ch.first += uint64(off)
	for i := range ch.entries {
		ch.entries[i].off -= off
	}
}

// removeAt takes p out of the index; it must not be the client's first.
func (d *Doc) removeAt(client uint32, p at) {
	c := &d.clients[client]
	if p == c.last() {
		c.spare = 0
	}
	ch := &c.chunks[p.chunk]
	ch.entries = slices.Delete(ch.entries, int(p.i), int(p.i)+1)
	switch {
	case len(ch.entries) == 0:
		c.chunks = slices.Delete(c.chunks, int(p.chunk), int(p.chunk)+1)
	case p.i == 0:
		ch.rebase()
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
