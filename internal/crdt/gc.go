package crdt

// collect drops what deleted Items hold, so that only their place stays; what
// was inside of a deleted type loses that too (yjs v13.6: tryGcDeleteSet).
func (d *Doc) collect(deletes []delRange) {
	for i := len(deletes) - 1; i >= 0; i-- {
		del := deletes[i]
		end := del.clock + del.length
		p, ok := d.find(del.client, del.clock), true
		for ; ok; p, ok = d.clients[del.client].next(p) {
			slot := d.clients[del.client].slot(p)
			it := d.item(slot)
			if it.clock >= end {
				break
			}
			if k := it.kind(); k != kindGC && k != kindDeleted && it.deleted() && !it.is(flagKeep) &&
				(d.gcFilter == nil || d.gcFilter(d.itemView(slot))) {
				d.collectItem(slot)
			}
		}
	}
}

// collectItem drops what one Item holds (yjs: Item.gc).
func (d *Doc) collectItem(slot int32) {
	it := d.item(slot)
	if it.kind() == kindType {
		d.collectChildren(int32(it.content))
		d.freeType(int32(it.content))
	}
	d.dropContent(it)
	it.setKind(kindDeleted)
	it.content = 0
}

// collectChildren makes GCs of all that a deleted type holds, at any depth (yjs:
// ContentType.gc).
func (d *Doc) collectChildren(id int32) {
	var lists []int32 // Items from which to go to the right
	add := func(id int32) {
		t := &d.types[id]
		lists = append(lists, t.start)
		for _, h := range t.heads {
			first := h.item
			for left := d.item(first).left; left != none; left = d.item(left).left {
				first = left
			}
			lists = append(lists, first)
		}
	}
	for add(id); len(lists) > 0; {
		slot := lists[len(lists)-1]
		lists = lists[:len(lists)-1]
		for slot != none {
			it := d.item(slot)
			next := it.right
			if it.kind() == kindType {
				add(int32(it.content))
			}
			d.becomeGC(slot)
			slot = next
		}
	}
	t := &d.types[id]
	t.start, t.heads, t.headOf = none, nil, nil
}

// mergeDeleted joins what the delete ranges cover with its neighbours, from
// right to left (yjs: tryMergeDeleteSet). What is new is left to mergeNew, which
// tries the same pairs.
func (t *Transaction) mergeDeleted() {
	d := t.doc
	for i := len(t.deletes) - 1; i >= 0; i-- {
		del := t.deletes[i]
		end := min(del.clock+del.length, t.before(del.client))
		if del.clock >= end {
			continue
		}
		c := &d.clients[del.client]
		p := d.find(del.client, end-1)
		if next, ok := c.next(p); ok {
			p = next
		}
		for p != (at{}) && d.item(c.slot(p)).clock >= del.clock {
			d.mergeLefts(del.client, p)
			// What is left of the merged struct may join in turn.
			var ok bool
			if p, ok = d.leftOf(del.client); !ok {
				break
			}
		}
	}
}

// mergeNew joins the structs of a client from the last down to the one that
// holds clock, but never the first.
func (d *Doc) mergeNew(client uint32, clock uint64) {
	c := &d.clients[client]
	p := c.last()
	stop := d.item(c.slot(p)).clock
	if clock < stop {
		stop = d.item(c.slot(d.find(client, clock))).clock
	}
	for r := d.item(c.slot(p)); p != (at{}) && r.clock >= stop; {
		before, _ := c.prev(p)
		l := d.item(c.slot(before))
		if l.kind() == r.kind() && (r.kind() == kindGC || l.right == c.slot(p) && r.originClock == r.clock-1) {
			d.mergeLefts(client, p)
			var ok bool
			if before, ok = d.leftOf(client); !ok {
				return
			}
			l = d.item(c.slot(before))
		}
		p, r = before, l
	}
}

// mergeMarked joins the marked structs with both neighbours, last first.
func (d *Doc) mergeMarked(marked []structID) {
	for i := len(marked) - 1; i >= 0; i-- {
		m := marked[i]
		c := &d.clients[m.client]
		p := d.find(m.client, m.clock)
		if next, ok := c.next(p); ok && d.mergeLefts(m.client, next) > 1 {
			continue
		}
		p = d.find(m.client, m.clock)
		if p != (at{}) {
			d.mergeLefts(m.client, p)
		}
	}
}

// mergeLefts joins the struct at p into its left neighbour, that one into its
// own, and so on while it works. It returns how many were joined, and leaves
// the client's hint at the struct that now holds them (yjs: tryToMergeWithLefts).
func (d *Doc) mergeLefts(client uint32, p at) int {
	c := &d.clients[client]
	merged := 0
	for {
		c.hint = p
		before, ok := c.prev(p)
		if !ok {
			return merged
		}
		left, right := c.slot(before), c.slot(p)
		if !d.merge(left, right) {
			return merged
		}
		d.removeAt(client, p)
		d.freeItem(right)
		merged++
		p = before
	}
}

// leftOf returns the place before the client's hint.
func (d *Doc) leftOf(client uint32) (at, bool) {
	c := &d.clients[client]
	return c.prev(c.hint)
}

// merge joins two neighbours in a client's index if they are one run in the
// list too (yjs: Item.mergeWith, GC.mergeWith).
func (d *Doc) merge(left, right int32) bool {
	l, r := d.item(left), d.item(right)
	if l.kind() != r.kind() || l.deleted() != r.deleted() {
		return false
	}
	if l.kind() == kindGC {
		l.setLength(l.length() + r.length())
		return true
	}
	if !d.oneRun(left, right) || !d.joinContent(l, r) {
		return false
	}
	if r.is(flagKeep) {
		l.meta |= flagKeep
	}
	if l.right = r.right; l.right != none {
		d.item(l.right).left = left
	}
	d.mergeMarkers(left, right)
	if r.key != noKey {
		if parent := &d.types[r.parent]; parent.head(r.key) == right {
			parent.setHead(r.key, left)
		}
	}
	l.setLength(l.length() + r.length())
	return true
}

// oneRun reports whether two neighbours in a client's index are so in the list,
// too, and were made in one go.
func (d *Doc) oneRun(left, right int32) bool {
	l, r := d.item(left), d.item(right)
	return l.right == right &&
		r.originClient == l.client && r.originClock == l.end()-1 &&
		sameRight(l, r) &&
		(d.redone == nil || !d.eitherRedone(l, r))
}
