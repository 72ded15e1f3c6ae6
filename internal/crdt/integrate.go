package crdt

// missing returns the client of which something must be integrated before the
// struct in slot can be (yjs: the first half of Item.getMissing).
func (d *Doc) missing(slot int32) (client uint32, ok bool) {
	it := d.item(slot)
	if c := it.originClient; c != noClient && c != it.client && it.originClock >= d.clients[c].state {
		return c, true
	}
	if c := it.rightClient; c != noClient && c != it.client && it.rightClock >= d.clients[c].state {
		return c, true
	}
	return 0, false
}

// resolve finds the neighbours and the parent of an Item that misses nothing
// (yjs: the second half of Item.getMissing). An Item whose surroundings were
// collected gets no parent.
func (t *Transaction) resolve(slot int32) {
	d := t.doc
	it := d.item(slot)
	if it.is(flagParentID) {
		client, clock := it.originClient, it.originClock
		it.meta &^= flagParentID
		it.originClient, it.originClock = noClient, 0
		it.parent = none
		if holder := d.item(d.get(client, clock)); holder.kind() == kindType {
			it.parent = int32(holder.content)
		}
		return
	}
	left, right := none, none
	if c := it.originClient; c != noClient {
		left = t.cleanEnd(c, it.originClock)
	}
	if c := it.rightClient; c != noClient {
		if left != none {
			right = d.item(left).right // where it nearly always is
		}
		if right == none || d.item(right).clock != it.rightClock || d.item(right).client != c {
			right = t.cleanStart(c, it.rightClock)
		}
	}
	t.settle(it, left, right)
}

// settle puts an Item between its neighbours, as far as it says itself.
func (t *Transaction) settle(it *item, left, right int32) {
	d := t.doc
	if left != none && d.item(left).kind() == kindGC || right != none && d.item(right).kind() == kindGC {
		it.parent = none
		return
	}
	it.left, it.right = left, right
	if it.parent == none {
		beside := left
		if beside == none {
			beside = right
		}
		if beside != none {
			it.parent, it.key = d.item(beside).parent, d.item(beside).key
		}
	}
}

// integrate gives the struct in slot its place, leaving out its first offset
// units, which are known (yjs v13.6: Item.integrate, GC.integrate).
func (t *Transaction) integrate(slot int32, offset uint64) {
	d := t.doc
	it := d.item(slot)
	if it.kind() == kindGC {
		it.clock += offset
		it.setLength(it.length() - offset)
		t.addStruct(slot)
		return
	}
	if offset > 0 {
		t.cutFront(slot, offset)
	}
	if it.parent == none {
		d.becomeGC(slot)
		t.addStruct(slot)
		return
	}
	if it.left == none && (it.right == none || d.item(it.right).left != none) ||
		it.left != none && d.item(it.left).right != it.right {
		it.left = d.resolveConflicts(slot)
	}
	d.link(slot)
	parent := &d.types[it.parent]
	if it.key != noKey && it.right == none {
		parent.setHead(it.key, slot)
		if it.left != none {
			t.delete(it.left)
		}
	}
	if it.key == noKey && it.visible() {
		parent.length += it.length()
	}
	t.addStruct(slot)
	t.integrateContent(slot)
	t.change(it.parent)
	parent = &d.types[it.parent]
	if parent.item != none && d.item(parent.item).deleted() || it.key != noKey && it.right != none {
		t.delete(slot)
	}
}

// cutFront drops the first offset units of an Item that is not integrated.
func (t *Transaction) cutFront(slot int32, offset uint64) {
	d := t.doc
	client, clock := d.item(slot).client, d.item(slot).clock+offset
	left := t.cleanEnd(client, clock-1)
	it := d.item(slot)
	head := *it
	it.clock = clock
	it.setLength(it.length() - offset)
	head.setLength(offset)
	d.splitContent(&head, it, offset)
	d.dropContent(&head)
	it.left = left
	it.originClient, it.originClock = client, clock-1
	// It goes on where the part that is known is, whatever else the update says.
	it.parent, it.key = d.item(left).parent, d.item(left).key // none for a GC
}

// link puts an Item between its left neighbour and what follows that now.
func (d *Doc) link(slot int32) {
	it := d.item(slot)
	switch {
	case it.left != none:
		it.right = d.item(it.left).right
		d.item(it.left).right = slot
	case it.key != noKey:
		it.right = d.leftmost(it.parent, it.key)
	default:
		it.right = d.types[it.parent].start
		d.types[it.parent].start = slot
	}
	if it.right != none {
		d.item(it.right).left = slot
	}
}

// leftmost returns the first Item under a key, or none.
func (d *Doc) leftmost(parent int32, key uint32) int32 {
	slot := d.types[parent].head(key)
	for slot != none && d.item(slot).left != none {
		slot = d.item(slot).left
	}
	return slot
}

// integrateContent does what a kind of content does when it gets its place.
func (t *Transaction) integrateContent(slot int32) {
	d := t.doc
	it := d.item(slot)
	switch it.kind() {
	case kindDeleted:
		it.meta |= flagDeleted
		t.deleted(it)
	case kindFormat:
		d.types[it.parent].formatting = true
		d.types[it.parent].markers = nil
	case kindDoc:
		t.subdocs.add(it)
	}
}

// delete marks an Item, and all that its type holds, as deleted (yjs:
// Item.delete, ContentType.delete). What in it was deleted before may join a
// neighbour once this is collected.
func (t *Transaction) delete(slot int32) {
	d := t.doc
	if d.item(slot).deleted() {
		return
	}
	t.markDeleted(slot)
	if d.item(slot).kind() != kindType {
		return
	}
	d.walk(int32(d.item(slot).content), func(child int32) bool {
		it := d.item(child)
		if !it.deleted() {
			t.markDeleted(child)
			return true
		}
		if it.clock < t.before(it.client) {
			t.mergeStructs = append(t.mergeStructs, structID{it.client, it.clock})
		}
		return false
	})
}

// markDeleted marks one Item as deleted.
func (t *Transaction) markDeleted(slot int32) {
	d := t.doc
	it := d.item(slot)
	if it.key == noKey && it.countable() {
		d.types[it.parent].length -= it.length()
	}
	it.meta |= flagDeleted
	t.deleted(it)
	t.collects = true
	t.change(it.parent)
	switch it.kind() {
	case kindType:
		d.types[it.content].changed = 0 // nobody is told any more
	case kindDoc:
		t.subdocs.remove(it)
	}
}

// becomeGC takes all but its ID and length from the struct in slot.
func (d *Doc) becomeGC(slot int32) {
	it := d.item(slot)
	d.dropContent(it)
	if it.kind() == kindType {
		d.freeType(int32(it.content))
	}
	*it = item{
		clock: it.clock, meta: it.length() | flagDeleted,
		client: it.client, originClient: noClient, rightClient: noClient,
		left: none, right: none, parent: none, key: noKey,
	}
}
