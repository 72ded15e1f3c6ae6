package crdt

import (
	"slices"
	"time"
)

// UndoOptions says what an UndoManager tracks.
type UndoOptions struct {
	// Origins are those of the transactions that can be undone. They must be
	// comparable. Without any, transactions with a nil origin can.
	Origins []any

	// CaptureTimeout is how soon after the last change another one joins it, to
	// be undone with it. 0 makes every transaction a step of its own.
	CaptureTimeout time.Duration

	// Now tells the time; nil is time.Now.
	Now func() time.Time
}

// UndoManager takes back edits of some types, and brings them back. Undoing is
// an edit like any other: it makes new Items, and others see it as a change
// (yjs v13.6: UndoManager).
type UndoManager struct {
	doc     *Doc
	scope   []typeRef
	options UndoOptions
	undo    []stackItem
	redo    []stackItem
	undoing bool
	redoing bool
	last    time.Time // of the last captured change; zero: the next is a step of its own
}

// stackItem is one step: what it made and what it deleted.
type stackItem struct {
	insertions, deletions []delRange
}

// NewUndoManager returns an UndoManager for types of d and all that they hold.
// It keeps deleted content from being collected as long as it may be needed.
func NewUndoManager(d *Doc, o UndoOptions, scope ...Type) *UndoManager {
	if len(o.Origins) == 0 {
		o.Origins = []any{nil}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	u := &UndoManager{doc: d, options: o}
	for _, t := range scope {
		u.scope = append(u.scope, *t.reference())
	}
	if d.redone == nil {
		d.redone = map[structID]structID{}
	}
	d.undoManagers = append(d.undoManagers, u)
	return u
}

// Close stops tracking. What it kept stays kept.
func (u *UndoManager) Close() {
	u.doc.undoManagers = slices.DeleteFunc(u.doc.undoManagers, func(x *UndoManager) bool { return x == u })
}

// CanUndo and CanRedo report whether there is a step to undo or redo; it may
// turn out to have nothing left to change.
func (u *UndoManager) CanUndo() bool { return len(u.undo) > 0 }
func (u *UndoManager) CanRedo() bool { return len(u.redo) > 0 }

// StopCapturing makes the next change a step of its own.
func (u *UndoManager) StopCapturing() { u.last = time.Time{} }

// Undo takes the last step back that can be, and reports whether there was one.
func (u *UndoManager) Undo() bool {
	u.undoing = true
	defer func() { u.undoing = false }()
	return u.pop(&u.undo)
}

// Redo brings the last step back that was undone, and reports whether there was
// one.
func (u *UndoManager) Redo() bool {
	u.redoing = true
	defer func() { u.redoing = false }()
	return u.pop(&u.redo)
}

// inScope reports whether an Item is in a type of the scope, at any depth.
func (u *UndoManager) inScope(slot int32) bool {
	d := u.doc
	for slot != none && d.item(slot).kind() != kindGC {
		parent := d.item(slot).parent
		if u.has(parent) {
			return true
		}
		slot = d.types[parent].item
	}
	return false
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
	if !u.touches(t) || !u.tracks(t.origin) {
		return
	}
	stack := &u.undo
	switch {
	case u.undoing:
		stack = &u.redo
		u.StopCapturing()
	case !u.redoing:
		u.clear(&u.redo)
	}
	step := stackItem{deletions: regroup(t.deletes, t.deleteOrder)}
	for _, c := range t.touched {
		step.insertions = append(step.insertions, delRange{c.client, c.before, c.after - c.before})
	}
	now := u.options.Now()
	if n := len(*stack); !u.last.IsZero() && now.Sub(u.last) < u.options.CaptureTimeout && n > 0 && !u.undoing && !u.redoing {
		last := &(*stack)[n-1]
		last.deletions = joinRanges(last.deletions, step.deletions)
		last.insertions = joinRanges(last.insertions, step.insertions)
	} else {
		*stack = append(*stack, step)
	}
	if !u.undoing && !u.redoing {
		u.last = now
	}
	t.eachIn(t.deletes, func(slot int32) {
		if u.inScope(slot) {
			u.doc.keep(slot, true)
		}
	})
}

// tracks reports whether transactions of an origin can be undone. Its own can:
// undoing one is how the other stack fills.
func (u *UndoManager) tracks(origin any) bool {
	return origin == any(u) || slices.Contains(u.options.Origins, origin)
}

// touches reports whether a transaction changed something in the scope.
func (u *UndoManager) touches(t *Transaction) bool {
	d := u.doc
	for _, id := range t.changed {
		if d.gone(id) {
			continue
		}
		for {
			if u.has(id) {
				return true
			}
			holder := d.types[id].item
			if holder == none {
				break
			}
			id = d.item(holder).parent
		}
	}
	return false
}

// joinRanges returns the union of two sets of ranges, the clients in the order in
// which they are first met (yjs: mergeDeleteSets).
func joinRanges(a, b []delRange) []delRange {
	all := append(slices.Clone(a), b...)
	order := clientsOf(all)
	return regroup(mergeRanges(all), order)
}

// clear empties a stack and lets what it kept be collected.
func (u *UndoManager) clear(stack *[]stackItem) {
	if len(*stack) == 0 {
		return
	}
	t, outermost := u.doc.begin(nil, true)
	for _, step := range *stack {
		t.eachIn(step.deletions, func(slot int32) {
			if u.inScope(slot) {
				u.doc.keep(slot, false)
			}
		})
	}
	*stack = nil
	if outermost {
		u.doc.end(t)
	}
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
func (u *UndoManager) pop(stack *[]stackItem) (changed bool) {
	d := u.doc
	t, outermost := d.begin(u, true)
	for len(*stack) > 0 && !changed {
		step := (*stack)[len(*stack)-1]
		*stack = (*stack)[:len(*stack)-1]
		changed = u.revert(t, step)
	}
	for _, id := range t.changed {
		d.types[id].markers.forget()
	}
	if outermost {
		d.end(t)
	}
	return changed
}

// revert deletes what a step made and makes again what it deleted.
func (u *UndoManager) revert(t *Transaction, step stackItem) (changed bool) {
	d := u.doc
	var remove []structID
	t.eachIn(step.insertions, func(slot int32) {
		if d.item(slot).kind() == kindGC {
			return
		}
		if to, ok := d.redone[d.structID(slot)]; ok {
			slot = t.followRedone(to)
		}
		if it := d.item(slot); it.kind() != kindGC && !it.deleted() && u.inScope(slot) {
			remove = append(remove, d.structID(slot))
		}
	})
	r := redoer{um: u, t: t, insertions: step.insertions, wanted: map[int32]bool{}}
	var again []int32
	t.eachIn(step.deletions, func(slot int32) {
		it := d.item(slot)
		if it.kind() != kindGC && u.inScope(slot) && !inRanges(step.insertions, it.client, it.clock) {
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
		t.delete(d.get(id.client, id.clock))
		changed = true
	}
	return changed
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
