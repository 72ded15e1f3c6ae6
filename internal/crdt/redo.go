package crdt

// Doc.redone tells which Item took the place of one that was undone, by the IDs
// of their first units. It exists once a Doc has an UndoManager.

// splitRedone lets the right half of a split Item be found again.
func (d *Doc) splitRedone(left, right *item) {
	if to, ok := d.redone[structID{left.client, left.clock}]; ok {
		d.redone[structID{right.client, right.clock}] = structID{to.client, to.clock + right.clock - left.clock}
	}
}

func (d *Doc) eitherRedone(a, b *item) bool {
	_, x := d.redone[structID{a.client, a.clock}]
	_, y := d.redone[structID{b.client, b.clock}]
	return x || y
}

// latest returns the struct that stands for a unit now, and how far in the unit
// is (yjs: followRedone).
func (d *Doc) latest(id structID) (slot int32, diff uint64) {
	for {
		id.clock += diff
		slot = d.get(id.client, id.clock)
		diff = id.clock - d.item(slot).clock
		to, ok := d.redone[d.structID(slot)]
		if !ok || d.item(slot).kind() == kindGC {
			return slot, diff
		}
		id = to
	}
}

// followRedone returns the Item that stands for a unit now, split so that it
// starts there.
func (t *Transaction) followRedone(id structID) int32 {
	slot, diff := t.doc.latest(id)
	if diff == 0 {
		return slot
	}
	return t.cleanStart(t.doc.item(slot).client, t.doc.item(slot).clock+diff)
}

// redoer makes deleted Items again, for one step of an UndoManager.
type redoer struct {
	um         *UndoManager
	t          *Transaction
	insertions []delRange     // what the step made and is about to delete
	wanted     map[int32]bool // slots that are to be made again
}

// successor returns the Item that was made in place of slot, or none.
func (r *redoer) successor(slot int32) int32 {
	to, ok := r.t.doc.redone[r.t.doc.structID(slot)]
	if !ok {
		return none
	}
	return r.t.cleanStart(to.client, to.clock)
}

// redo makes a copy of a deleted Item at its old place and returns it, or none
// if that is not possible. The types that hold it are made again before it, the
// outermost first; they may nest deeper than calls (yjs v13.6: redoItem).
func (r *redoer) redo(slot int32) (made int32) {
	if done := r.successor(slot); done != none {
		return done
	}
	chain := []int32{slot}
	for at := r.goneHolder(slot); at != none && r.wanted[at]; at = r.goneHolder(at) {
		chain = append(chain, at)
	}
	for len(chain) > 0 {
		if made = r.redoIn(pop(&chain)); made == none {
			return none
		}
	}
	return made
}

// goneHolder returns the Item that holds the type of another one if it was deleted
// and not made again, or none.
func (r *redoer) goneHolder(slot int32) int32 {
	d := r.t.doc
	holder := d.types[d.item(slot).parent].item
	if holder == none || !d.item(holder).deleted() {
		return none
	}
	if _, redone := d.redone[d.structID(holder)]; redone {
		return none
	}
	return holder
}

// redoIn is redo of an Item whose holder is there, if it can be.
func (r *redoer) redoIn(slot int32) int32 {
	if r.goneHolder(slot) != none {
		return none
	}
	t, d := r.t, r.t.doc
	parent := d.item(slot).parent
	holder := d.types[parent].item
	if holder != none && d.item(holder).deleted() {
		for next := r.successor(holder); next != none; next = r.successor(holder) {
			holder = next
		}
		if d.item(holder).kind() != kindType {
			return none
		}
		parent = int32(d.item(holder).content)
	}
	left, right := none, none
	key := d.item(slot).key
	if key == noKey {
		left = r.trace(d.item(slot).left, holder, func(it *item) int32 { return it.left })
		right = r.trace(slot, holder, func(it *item) int32 { return it.right })
	} else {
		var ok bool
		if left, ok = r.keyLeft(slot, parent, holder); !ok {
			return none
		}
	}
	d.redone[d.structID(slot)] = structID{d.clientIndex(d.clientID), d.clients[d.clientIndex(d.clientID)].state}
	return t.create(parent, key, left, right, func(it *item) {
		d.copyContent(it, slot)
		it.meta |= flagKeep
		d.keep(d.types[it.parent].item, true)
	})
}

// trace walks from an Item until it or what was made in its place is in the type
// that holder holds.
func (r *redoer) trace(slot, holder int32, step func(*item) int32) int32 {
	d := r.t.doc
	for ; slot != none; slot = step(d.item(slot)) {
		for now := slot; now != none; now = r.successor(now) {
			if d.types[d.item(now).parent].item == holder {
				return now
			}
		}
	}
	return none
}

// keyLeft returns behind which value of its key an Item is to be made again. It
// fails if somebody else has set the key since.
func (r *redoer) keyLeft(slot, parent, holder int32) (left int32, ok bool) {
	d := r.t.doc
	key := d.item(slot).key
	if d.item(slot).right != none && !r.um.options.IgnoreRemoteMapChanges {
		left = slot
		for d.item(left).right != none && r.passable(d.item(left).right) {
			left = d.item(left).right
			for next := r.successor(left); next != none; next = r.successor(left) {
				left = next
			}
		}
		if d.item(left).right != none {
			return none, false
		}
	} else {
		left = d.types[parent].head(key)
	}
	if left != none && d.types[d.item(left).parent].item != holder {
		left = d.types[parent].head(key)
	}
	return left, true
}

// passable reports whether a value of a key was set by what is being undone, or
// is undone itself.
func (r *redoer) passable(slot int32) bool {
	d := r.t.doc
	it := d.item(slot)
	if _, redone := d.redone[d.structID(slot)]; redone || inRanges(r.insertions, it.client, it.clock) {
		return true
	}
	for _, stack := range [][]*StackItem{r.um.undo, r.um.redo} {
		for _, step := range stack {
			if inRanges(step.deletions, it.client, it.clock) {
				return true
			}
		}
	}
	return false
}

// copyContent gives it what the Item in slot holds; a type is new and empty.
func (d *Doc) copyContent(it *item, slot int32) {
	from := d.item(slot)
	it.setKind(from.kind())
	it.setLength(from.length())
	it.meta |= from.meta & flagWide
	switch from.kind() {
	case kindDeleted:
	case kindString:
		it.content = from.content
		if from.is(flagWide) {
			it.content = d.newSpan(d.spans[from.content])
		}
	case kindType:
		t := &d.types[from.content]
		it.content = uint32(d.newType(t.kind, none, t.name))
	case kindDoc:
		guid, options := d.subdocBytes(from)
		d.setSubdoc(it, guid, options)
	default:
		it.content = d.newSpan(d.spans[from.content])
	}
}
