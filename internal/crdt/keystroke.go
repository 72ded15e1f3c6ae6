package crdt

import "grimoire/internal/crdt/lib0"

// Nearly all updates are one of these:
//
//	                              Items before                     and after
//	typing "d" behind (1,2)       (1,0) "abc"                      (1,0) "abcd"
//	Backspace: delete (1,2)       (1,0) "abc"  (1,3) Deleted 5     (1,0) "ab"  (1,2) Deleted 6
//	the Delete key: delete (1,5)  (1,0) Deleted 5  (1,5) "fgh"     (1,0) Deleted 6  (1,6) "gh"
//
// The long way makes an Item or splits one, and merges it into its neighbour when
// the transaction ends. Here the neighbour takes the units at once. Its own
// neighbours need no look: what could be merged with it, was before.

// keystroke applies an update that is one of these, in no transaction if nobody
// would hear of it. n is its census, s its last struct. It reports false, having
// changed nothing, if the update is anything else.
func (d *Doc) keystroke(s *rawStruct, n *census, origin any) bool {
	if !d.tellsUpdatesOnly() {
		return false
	}
	typed, erased := n.structs == 1 && n.ranges == 0, n.structs == 0 && n.ranges == 1
	if !(typed && d.typed(s) || erased && d.erased(n.deleted)) {
		return false
	}
	if len(d.observers)+len(d.observersV2) == 0 {
		d.compact()
		return true
	}
	t, _ := d.begin(origin, false)
	t.local, t.tidy = false, true
	if typed {
		c, _ := d.knownClient(s.client)
		t.touched = append(t.touched, touch{client: c, before: s.clock})
	} else {
		c, _ := d.knownClient(n.deleted.client)
		t.deletes = append(t.deletes, delRange{c, n.deleted.clock, n.deleted.length})
	}
	d.end(t)
	return true
}

// tellsUpdatesOnly reports whether the end of a transaction would do nothing but
// collect, merge, and tell the observers of updates. Those of subdocuments hear of no
// keystroke.
func (d *Doc) tellsUpdatesOnly() bool {
	return len(d.cleanups) == 0 && d.pending.structs == nil && d.pending.deletes == nil &&
		len(d.afterTransaction) == 0 && len(d.watched) == 0 && len(d.undoManagers) == 0
}

// typed applies more text behind the last text of the same client. The formats
// of a text are not cleaned up for that.
func (d *Doc) typed(s *rawStruct) bool {
	it := d.goesOn(s)
	if it == nil || s.client == d.clientID {
		return false
	}
	d.extend(it, s)
	d.types[it.parent].markers.forget()
	return true
}

// goesOn returns the Item into which s would be merged as soon as it has its
// place: the last of its client, if both are text, and s is made next and goes
// behind it.
func (d *Doc) goesOn(s *rawStruct) *item {
	if s.kind != kindString || s.has&infoOrigin == 0 || s.origin.Client != s.client || s.origin.Clock+1 != s.clock || s.length == 0 {
		return nil
	}
	client, ok := d.knownClient(s.client)
	if !ok || d.clients[client].state != s.clock {
		return nil
	}
	c := &d.clients[client]
	it := d.item(c.slot(c.last()))
	if it.kind() != kindString || it.deleted() || it.key != noKey || d.redone != nil && d.eitherRedone(it, it) {
		return nil
	}
	if s.has&infoRight == 0 {
		if it.rightClient != noClient || it.right != none {
			return nil
		}
		return it
	}
	if it.right == none || it.rightClient == noClient ||
		it.rightClock != s.right.Clock || d.clients[it.rightClient].id != s.right.Client {
		return nil
	}
	if r := d.item(it.right); r.client != it.rightClient || r.clock != it.rightClock {
		return nil
	}
	return it
}

// extend adds s to the Item that it goes on.
func (d *Doc) extend(it *item, s *rawStruct) {
	c := &d.clients[it.client]
	c.state += s.length
	d.types[it.parent].length += s.length
	d.extendText(c, it, s.content.bytes)
	it.setLength(it.length() + s.length)
}

// extendText appends to the text of a client's last struct, in place if the
// arena has room behind it.
func (d *Doc) extendText(c *clientRuns, it *item, more []byte) {
	s := d.textSpan(it)
	n := uint32(len(more))
	end := s.off + s.n
	switch {
	case int(end)+int(c.spare) == len(d.arena) && c.spare < n:
		d.arena = append(d.arena[:end], more...)
		c.spare = 0
	case c.spare >= n:
		copy(d.arena[end:], more)
		c.spare -= n
	default:
		// Others write too: move to the end, with room to go on there.
		room := min(max(s.n+n, 16), 4096)
		off := uint32(len(d.arena))
		d.garbage += int(s.n + c.spare)
		d.arena = append(d.arena, d.spanBytes(s)...)
		d.arena = append(d.arena, more...)
		d.arena = append(d.arena, make([]byte, room)...)
		c.spare = room
		s.off = off
	}
	s.n += n
	if it.is(flagWide) {
		d.spans[it.content] = s
	} else if lib0.ASCII(more) {
		it.content = s.off
	} else {
		it.meta |= flagWide
		it.content = d.newSpan(s)
	}
}

// erased deletes a range that is the beginning or the end of a text, if what is
// beside it there is deleted and of the same run: that grows.
func (d *Doc) erased(del deleteRange) bool {
	client, ok := d.knownClient(del.client)
	if !ok || del.clock >= d.clients[client].state {
		return false
	}
	c := &d.clients[client]
	p := d.find(client, del.clock)
	it := d.item(c.slot(p))
	if it.kind() != kindString || it.deleted() || it.is(flagWide|flagKeep) || it.length() <= del.length || d.noGC || d.gcFilter != nil {
		return false
	}
	parent := &d.types[it.parent]
	if it.key != noKey || parent.formatting {
		return false
	}
	switch {
	case del.end() == it.end():
		ok = d.eraseEnd(c, p, del.length)
	case del.clock == it.clock:
		ok = d.eraseStart(c, p, del.length)
	default:
		ok = false
	}
	if !ok {
		return false
	}
	parent.length -= del.length
	parent.markers.forget()
	d.garbage += int(del.length)
	return true
}

// eraseEnd moves the last n units of the text at p into the deleted ones behind.
func (d *Doc) eraseEnd(c *clientRuns, p at, n uint64) bool {
	behind, ok := c.next(p)
	if !ok || behind.i == 0 { // the next chunk would begin earlier
		return false
	}
	it, gone := d.item(c.slot(p)), d.item(c.slot(behind))
	if gone.kind() != kindDeleted || !d.oneRun(c.slot(p), c.slot(behind)) {
		return false
	}
	it.setLength(it.length() - n)
	gone.clock -= n
	gone.originClock -= n
	gone.setLength(gone.length() + n)
	c.chunks[behind.chunk].entries[behind.i].off -= uint32(n)
	return true
}

// eraseStart moves the first n units of the text at p into the deleted ones before.
func (d *Doc) eraseStart(c *clientRuns, p at, n uint64) bool {
	if p.i == 0 { // its chunk would begin later
		return false
	}
	before := at{p.chunk, p.i - 1}
	gone, it := d.item(c.slot(before)), d.item(c.slot(p))
	e := &c.chunks[p.chunk].entries[p.i]
	if gone.kind() != kindDeleted || !d.oneRun(c.slot(before), c.slot(p)) || uint64(e.off)+n > maxOffset {
		return false
	}
	gone.setLength(gone.length() + n)
	it.clock += n
	it.originClock += n
	it.setLength(it.length() - n)
	it.content += uint32(n)
	it.meta &^= flagMarked
	e.off += uint32(n)
	return true
}
