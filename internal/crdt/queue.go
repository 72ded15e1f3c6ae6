package crdt

import (
	"cmp"
	"slices"
)

// The queue holds the structs of an update that cannot be integrated as they come:
//
//	sections   by client; slots of items that are loaded and have no place yet
//	order      sections, the one with the highest client at the end
//	stack      structs that were taken and wait for those of another client

// applyScratch is memory that applyUpdate uses again and again.
type applyScratch struct {
	slots    []int32
	sections []section
	reading  uint64  // sections that came after the last one queued
	order    []int32 // sections, the next at the end
	stack    []int32
}

// section is what an update brings of one client: slots of items that are
// not integrated yet.
type section struct {
	client uint32
	slots  []int32
	i      int // the next one
}

// queue reads the structs from s on to the end, then integrates them.
func (t *Transaction) queue(r *updateReader, s *rawStruct, n census) rest {
	d := t.doc
	d.scratch.slots = slices.Grow(d.scratch.slots[:0], n.structs)
	d.scratch.sections = slices.Grow(d.scratch.sections[:0], n.sections)
	for more := true; more; more = r.next(s) {
		t.enqueue(r, s)
	}
	rest := t.integrateStructs()
	for _, sec := range d.scratch.sections {
		d.clients[sec.client].section = 0
	}
	return rest
}

// enqueue adds a struct to its section. A second section of a client replaces
// the first, as in yjs.
func (t *Transaction) enqueue(r *updateReader, s *rawStruct) {
	d := t.doc
	sc := &d.scratch
	client := d.clientIndex(s.client)
	last := len(sc.sections) - 1
	fresh := last < 0 || sc.sections[last].client != client || sc.reading != r.sections
	sc.reading = r.sections
	if fresh {
		if old := d.clients[client].section; old != 0 {
			for _, slot := range sc.sections[old-1].slots {
				d.discard(slot)
			}
			sc.sections[old-1].slots = nil
		}
		sc.sections = append(sc.sections, section{client: client, slots: sc.slots[len(sc.slots):len(sc.slots)]})
		last++
		d.clients[client].section = int32(last + 1)
	}
	if s.length == 0 {
		if s.has&hasRoot != 0 {
			d.root(d.intern(s.root))
		}
		return // yjs makes an Item without units of it; nobody can tell
	}
	sec := &sc.sections[last]
	sc.slots = append(sc.slots, d.fill(client, s))
	n := len(sec.slots) + 1
	sec.slots = sc.slots[len(sc.slots)-n:]
}

// integrateStructs integrates the queued sections, highest client first. A
// struct that needs another client's waits on a stack until that is integrated
// (yjs v13.6: integrateStructs).
func (t *Transaction) integrateStructs() rest {
	d := t.doc
	sc := &d.scratch
	sc.order = sc.order[:0]
	for i := range sc.sections {
		if d.clients[sc.sections[i].client].section == int32(i+1) {
			sc.order = append(sc.order, int32(i))
		}
	}
	slices.SortFunc(sc.order, func(a, b int32) int { // the last is taken first
		return cmp.Compare(d.clients[sc.sections[a].client].id, d.clients[sc.sections[b].client].id)
	})
	w := waiting{doc: d}
	sc.stack = sc.stack[:0]
	for {
		head, ok := sc.pop()
		if !ok {
			break
		}
		for head != none {
			head = t.integrateHead(head, &w)
		}
	}
	return w.rest()
}

// pop returns the struct to try next.
func (sc *applyScratch) pop() (slot int32, ok bool) {
	if n := len(sc.stack); n > 0 {
		slot = sc.stack[n-1]
		sc.stack = sc.stack[:n-1]
		return slot, true
	}
	for n := len(sc.order); n > 0; n = len(sc.order) {
		if sec := &sc.sections[sc.order[n-1]]; sec.i < len(sec.slots) {
			sec.i++
			return sec.slots[sec.i-1], true
		}
		sc.order = sc.order[:n-1]
	}
	return none, false
}

// integrateHead integrates one struct, or puts it aside and returns the one to
// integrate before it, or gives up what waits.
func (t *Transaction) integrateHead(head int32, w *waiting) (next int32) {
	d := t.doc
	sc := &d.scratch
	it := d.item(head)
	if it.kind() == kindSkip {
		d.freeItem(head)
		return none
	}
	state := d.clients[it.client].state
	if state < it.clock {
		sc.stack = append(sc.stack, head)
		w.lacks(it.client, it.clock-1)
		w.addStack()
		return none
	}
	if client, ok := d.missing(head); ok {
		sc.stack = append(sc.stack, head)
		if i := d.clients[client].section; i != 0 {
			if sec := &sc.sections[i-1]; sec.i < len(sec.slots) {
				sec.i++
				return sec.slots[sec.i-1]
			}
		}
		w.lacks(client, d.clients[client].state)
		w.addStack()
		return none
	}
	if it.kind() != kindGC {
		t.resolve(head)
	}
	switch offset := state - it.clock; {
	case offset < d.item(head).length():
		t.integrate(head, offset)
	default:
		d.discard(head)
	}
	return none
}
