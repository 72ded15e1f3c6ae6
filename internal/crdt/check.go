package crdt

import (
	"errors"
	"fmt"
)

// Check tests every invariant of the Doc and returns what is broken, joined
// into one error. It is for tests: it walks the whole Doc.
func (d *Doc) Check() error {
	c := checker{doc: d, seen: map[int32]bool{}}
	c.index()
	c.lists()
	c.slots()
	return errors.Join(c.errs...)
}

type checker struct {
	doc  *Doc
	seen map[int32]bool // slots in the index
	errs []error
}

func (c *checker) fault(format string, args ...any) {
	if len(c.errs) < 20 {
		c.errs = append(c.errs, fmt.Errorf(format, args...))
	}
}

// index: each client's structs follow each other from 0 to its state.
func (c *checker) index() {
	d := c.doc
	if d.transaction != nil {
		return
	}
	for i := range d.clients {
		cl := &d.clients[i]
		clock, before := uint64(0), none
		for _, ch := range cl.chunks {
			if len(ch.entries) == 0 || len(ch.entries) > maxChunk {
				c.fault("client %d: chunk of %d structs", cl.id, len(ch.entries))
				continue
			}
			if ch.entries[0].off != 0 {
				c.fault("client %d: chunk at %d does not begin there", cl.id, ch.first)
			}
			for _, e := range ch.entries {
				it := d.item(e.slot)
				if c.seen[e.slot] {
					c.fault("slot %d is in the index twice", e.slot)
				}
				c.seen[e.slot] = true
				if start := ch.first + uint64(e.off); start != clock {
					c.fault("client %d: the index has %d for a struct at %d", cl.id, start, clock)
				}
				if it.client != uint32(i) || it.clock != clock {
					c.fault("client %d: struct at %d, want %d", cl.id, it.clock, clock)
				}
				if it.length() == 0 {
					c.fault("client %d: empty struct at %d", cl.id, it.clock)
				}
				clock = it.end()
				if before != none {
					c.merged(before, e.slot)
				}
				before = e.slot
				c.item(e.slot)
			}
		}
		if clock != cl.state {
			c.fault("client %d: structs end at %d, state is %d", cl.id, clock, cl.state)
		}
		if cl.section != 0 {
			c.fault("client %d is still marked as part of an update", cl.id)
		}
	}
}

// merged: neighbours that could be one Item are. Yjs leaves GCs unmerged where it
// collects what was deleted long ago.
func (c *checker) merged(left, right int32) {
	d := c.doc
	l, r := d.item(left), d.item(right)
	if l.kind() != r.kind() || l.deleted() != r.deleted() || !d.oneRun(left, right) {
		return
	}
	switch l.kind() {
	case kindDeleted, kindString, kindAny, kindJSON:
		c.fault("client %d: two Items at %d and %d could be one", d.clients[l.client].id, l.clock, r.clock)
	}
}

// item: links are mutual, the parent lives, the content has the Item's length.
func (c *checker) item(slot int32) {
	d := c.doc
	it := d.item(slot)
	if it.kind() == kindGC {
		if it.parent != none || it.left != none || it.right != none || !it.deleted() {
			c.fault("GC at %d has a place", it.clock)
		}
		return
	}
	if it.parent == none {
		c.fault("Item at %d has no parent", it.clock)
		return
	}
	if it.left != none && d.item(it.left).right != slot || it.right != none && d.item(it.right).left != slot {
		c.fault("Item at %d: neighbours do not link back", it.clock)
	}
	parent := &d.types[it.parent]
	if it.left == none && it.key == noKey && parent.start != slot {
		c.fault("Item at %d has no left neighbour and is not first", it.clock)
	}
	if it.right == none && it.key != noKey && parent.head(it.key) != slot {
		c.fault("Item at %d is the last under its key and not its value", it.clock)
	}
	if parent.item != none && d.item(parent.item).deleted() && !it.deleted() {
		c.fault("Item at %d outlives its parent", it.clock)
	}
	if it.is(flagParentID) {
		c.fault("Item at %d still names its parent by ID", it.clock)
	}
	c.content(it)
}

func (c *checker) content(it *item) {
	d := c.doc
	switch it.kind() {
	case kindString:
		if n := utf16Len(d.bytesOf(it)); n != it.length() {
			c.fault("String at %d has %d units, says %d", it.clock, n, it.length())
		}
	case kindAny, kindJSON:
		if rest := skipValues(d.bytesOf(it), it.length()); len(rest) != 0 {
			c.fault("values at %d: %d bytes too many", it.clock, len(rest))
		}
	case kindType:
		if t := &d.types[it.content]; d.item(t.item).content != it.content || d.item(t.item) != it {
			c.fault("type at %d belongs to another Item", it.clock)
		}
	}
}

// lists: each type's list and keys hold its Items, and its length is theirs.
func (c *checker) lists() {
	d := c.doc
	free := map[int32]bool{}
	for _, i := range d.freeTypes {
		free[i] = true
	}
	for i := range d.types {
		if free[int32(i)] {
			continue
		}
		t := &d.types[i]
		n, length := 0, uint64(0)
		for slot := t.start; slot != none && n <= d.slots; slot = d.item(slot).right {
			it := d.item(slot)
			n++
			if it.parent != int32(i) || it.key != noKey || !c.seen[slot] {
				c.fault("type %d: a stranger at %d", i, it.clock)
				break
			}
			if it.visible() {
				length += it.length()
			}
		}
		if n > d.slots {
			c.fault("type %d: its list is a circle", i)
		}
		if length != t.length {
			c.fault("type %d: length %d, says %d", i, length, t.length)
		}
		for _, h := range t.heads {
			if it := d.item(h.item); it.parent != int32(i) || it.key != h.key || it.right != none || !c.seen[h.item] {
				c.fault("type %d: key %q has a wrong value", i, d.name(h.key))
			}
		}
	}
}

// slots: every slot is either in the index or free.
func (c *checker) slots() {
	d := c.doc
	if d.transaction != nil {
		return
	}
	if len(c.seen)+len(d.freeItems) != d.slots {
		c.fault("%d slots in use and %d free of %d", len(c.seen), len(d.freeItems), d.slots)
	}
	for _, slot := range d.freeItems {
		if c.seen[slot] {
			c.fault("slot %d is free and in use", slot)
		}
	}
}
