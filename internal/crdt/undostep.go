package crdt

import (
	"reflect"
	"slices"
)

// scoped finds out what is in a type of an UndoManager's scope, at any depth. It goes up
// from a type once only, for types may nest as deep as there are Items to ask about. It is
// good as long as no type is made or collected.
type scoped struct {
	u     *UndoManager
	known map[int32]bool // by type
}

func (u *UndoManager) scoped() *scoped { return &scoped{u, map[int32]bool{}} }

// hasItem reports whether an Item is in the scope.
func (s *scoped) hasItem(slot int32) bool {
	it := s.u.doc.item(slot)
	return it.kind() != kindGC && (s.u.whole || s.hasType(it.parent))
}

// hasType reports whether a type is one of the scope, or in one.
func (s *scoped) hasType(id int32) (has bool) {
	var passed []int32
	for at := id; at != none; at = s.u.doc.parentOf(at) {
		known := false
		if has, known = s.known[at]; known {
			break
		}
		passed = append(passed, at)
		if has = s.u.has(at); has {
			break
		}
	}
	for _, at := range passed {
		s.known[at] = has
	}
	return has
}

func (u *UndoManager) has(id int32) bool {
	for i := range u.scope {
		if u.scope[i].id == id && u.scope[i].typ() != nil {
			return true
		}
	}
	return false
}

// capture makes a step of a transaction that has just ended, if it is tracked
// (yjs: afterTransactionHandler).
func (u *UndoManager) capture(t *Transaction) {
	if may := u.options.CaptureTransaction; may != nil && !may(t) || !u.touches(t) || !u.tracks(t.origin) {
		return
	}
	stack, name := &u.undo, OfUndo
	switch {
	case u.undoing:
		stack, name = &u.redo, OfRedo
		u.StopCapturing()
	case !u.redoing:
		u.ClearRedo()
	}
	step := &StackItem{deletions: regroup(t.deletes, t.deleteOrder)}
	for _, c := range t.touched {
		step.insertions = append(step.insertions, delRange{c.client, c.before, c.after - c.before})
	}
	now, observers := u.options.Now(), u.added
	if n := len(*stack); !u.last.IsZero() && now.Sub(u.last) < u.options.CaptureTimeout && n > 0 && !u.undoing && !u.redoing {
		last := (*stack)[n-1]
		last.deletions = joinRanges(last.deletions, step.deletions)
		last.insertions = joinRanges(last.insertions, step.insertions)
		step, observers = last, u.updated
	} else {
		*stack = append(*stack, step)
	}
	if !u.undoing && !u.redoing {
		u.last = now
	}
	scope := u.scoped()
	t.eachIn(t.deletes, func(slot int32) {
		if scope.hasItem(slot) {
			u.doc.keep(slot, true)
		}
	})
	if len(observers) > 0 {
		tell(observers, StackEvent{step, name, t.origin, t.ChangedParents()})
	}
}

// tracks reports whether transactions of an origin can be undone. Its own can:
// undoing one is how the other stack fills.
func (u *UndoManager) tracks(origin any) bool {
	return origin == any(u) || slices.Contains(u.options.Origins, origin) ||
		origin != nil && slices.Contains(u.options.Origins, any(reflect.TypeOf(origin)))
}

// touches reports whether a transaction changed something in the scope.
func (u *UndoManager) touches(t *Transaction) bool {
	if u.whole {
		return true
	}
	scope := u.scoped()
	return slices.ContainsFunc(t.changed, func(id int32) bool { return !u.doc.gone(id) && scope.hasType(id) })
}

// joinRanges returns the union of two sets of ranges, the clients in the order in
// which they are first met (yjs: mergeDeleteSets).
func joinRanges(a, b []delRange) []delRange {
	all := append(slices.Clone(a), b...)
	order := clientsOf(all)
	return regroup(mergeRanges(all), order)
}

// clear empties stacks and lets what they kept be collected.
func (u *UndoManager) clear(undo, redo bool) {
	if !(undo && u.CanUndo() || redo && u.CanRedo()) {
		return
	}
	u.doc.Transact(nil, func(t *Transaction) {
		if undo {
			u.letGo(t, &u.undo)
		}
		if redo {
			u.letGo(t, &u.redo)
		}
		tell(u.cleared, StackCleared{undo, redo})
	})
}

func (u *UndoManager) letGo(t *Transaction, stack *[]*StackItem) {
	scope := u.scoped()
	for _, step := range *stack {
		t.eachIn(step.deletions, func(slot int32) {
			if scope.hasItem(slot) {
				u.doc.keep(slot, false)
			}
		})
	}
	*stack = nil
}

// keep protects an Item, and the Items that hold its types, from being
// collected, or ends that (yjs: keepItem).
func (d *Doc) keep(slot int32, keep bool) {
	for slot != none {
		it := d.item(slot)
		if it.is(flagKeep) == keep {
			return
		}
		it.meta ^= flagKeep
		slot = d.types[it.parent].item
	}
}

// eachIn calls f for the structs of ranges, splitting those at the borders. f
// may split structs and make new ones (yjs: iterateDeletedStructs).
func (t *Transaction) eachIn(ranges []delRange, f func(slot int32)) {
	d := t.doc
	for _, r := range ranges {
		end := min(r.clock+r.length, d.clients[r.client].state)
		for clock := r.clock; clock < end; {
			slot := t.cleanStart(r.client, clock)
			if it := d.item(slot); it.end() > end && it.kind() != kindGC {
				t.cleanStart(r.client, end)
			}
			clock = d.item(slot).end()
			f(slot)
		}
	}
}

// pop takes steps from a stack until one of them changes something (yjs:
// popStackItem).
func (u *UndoManager) pop(stack *[]*StackItem, name UndoStack) (changed bool) {
	d := u.doc
	var step *StackItem
	var parents []Type
	d.Transact(u, func(t *Transaction) {
		for len(*stack) > 0 && !changed {
			step = (*stack)[len(*stack)-1]
			*stack = (*stack)[:len(*stack)-1]
			changed = u.revert(t, step)
		}
		for _, id := range t.changed {
			d.types[id].markers.forget()
		}
		if len(u.popped) > 0 {
			parents = t.ChangedParents()
		}
	})
	if changed {
		tell(u.popped, StackEvent{step, name, u, parents})
	}
	return changed
}

// revert deletes what a step made and makes again what it deleted.
func (u *UndoManager) revert(t *Transaction, step *StackItem) (changed bool) {
	d, scope := u.doc, u.scoped()
	var remove []structID
	t.eachIn(step.insertions, func(slot int32) {
		if d.item(slot).kind() == kindGC {
			return
		}
		if to, ok := d.redone[d.structID(slot)]; ok {
			slot = t.followRedone(to)
		}
		if !d.item(slot).deleted() && scope.hasItem(slot) {
			remove = append(remove, d.structID(slot))
		}
	})
	r := redoer{um: u, t: t, insertions: step.insertions, wanted: map[int32]bool{}}
	var again []int32
	t.eachIn(step.deletions, func(slot int32) {
		it := d.item(slot)
		if scope.hasItem(slot) && !inRanges(step.insertions, it.client, it.clock) {
			r.wanted[slot] = true
			again = append(again, slot)
		}
	})
	for _, slot := range again {
		if r.redo(slot) != none {
			changed = true
		}
	}
	for _, id := range slices.Backward(remove) {
		if slot := d.get(id.client, id.clock); u.mayDelete(slot) {
			t.delete(slot)
			changed = true
		}
	}
	return changed
}

func (u *UndoManager) mayDelete(slot int32) bool {
	may := u.options.DeleteFilter
	return may == nil || may(u.doc.itemView(slot))
}

func (d *Doc) structID(slot int32) structID {
	return structID{d.item(slot).client, d.item(slot).clock}
}

// inRanges reports whether a unit is in one of sorted ranges (yjs: isDeleted).
func inRanges(ranges []delRange, client uint32, clock uint64) bool {
	for _, r := range ranges {
		if r.client == client && r.clock <= clock && clock < r.clock+r.length {
			return true
		}
	}
	return false
}
