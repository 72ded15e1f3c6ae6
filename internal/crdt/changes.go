package crdt

import "slices"

// Item is a run of units that one client made in one go, as callbacks are shown
// it: what an [Event] added or deleted, what is about to be collected or undone. It
// is good until the callback returns (yjs v13.6: Item).
type Item struct {
	ID     // of the first unit
	Length uint64
	Kind   Kind

	doc  *Doc
	slot int32
}

func (d *Doc) itemView(slot int32) Item {
	it := d.item(slot)
	return Item{*d.idAt(slot, 0), it.length(), Kind(it.kind()), d, slot}
}

// Values returns what the Item holds: text as one string, the elements of an
// Any, an embedded value, a handle of a shared type, a [Subdoc]. A Format or what
// was collected has none.
func (i Item) Values() []any {
	it := i.doc.item(i.slot)
	switch {
	case !it.countable():
		return nil
	case it.kind() == kindString:
		return []any{string(i.doc.bytesOf(it))}
	}
	return i.doc.appendValues(nil, it, 0, it.length())
}

// In reports whether the Item is in a type, at any depth (yjs: isParentOf).
func (i Item) In(t Type) bool {
	ref := t.reference()
	if ref.doc != i.doc || ref.typ() == nil {
		return false
	}
	for slot := i.slot; slot != none && i.doc.item(slot).kind() != kindGC; {
		parent := i.doc.item(slot).parent
		if parent == ref.id {
			return true
		}
		slot = i.doc.types[parent].item
	}
	return false
}

// Added returns the Items of the target's list that are new, Deleted those that
// were there before and are not any more. As in yjs both are empty for a text,
// whose [Event.Delta] says more (yjs: changes.added, changes.deleted).
func (e *Event) Added() []Item {
	return e.items(func(it *item) bool { return !it.deleted() && e.v.adds(it) })
}

// Deleted is explained at [Event.Added].
func (e *Event) Deleted() []Item {
	return e.items(func(it *item) bool { return it.deleted() && e.v.deletes(it) && !e.v.adds(it) })
}

func (e *Event) items(keep func(*item) bool) []Item {
	d := e.doc()
	if d.types[e.id].kind.isText() {
		return nil
	}
	var items []Item
	for slot := d.types[e.id].start; slot != none; slot = d.item(slot).right {
		if keep(d.item(slot)) {
			items = append(items, d.itemView(slot))
		}
	}
	return items
}

// Adds reports whether the transaction made a unit, also if it deleted it again;
// Deletes whether it deleted one.
func (e *Event) Adds(id ID) bool {
	c, ok := e.doc().knownClient(id.Client)
	return ok && e.v.adds(&item{client: c, clock: id.Clock})
}

// Deletes is explained at [Event.Adds].
func (e *Event) Deletes(id ID) bool {
	c, ok := e.doc().knownClient(id.Client)
	return ok && e.v.deletes(&item{client: c, clock: id.Clock})
}

// CurrentTarget returns the type whose observer is asking (yjs: currentTarget).
func (e *Event) CurrentTarget() Type { return e.doc().handle(e.current) }

// KeysChanged returns the keys of the target that the transaction touched, those
// included that it left as they were: see [Event.Keys] (yjs: keysChanged,
// attributesChanged).
func (e *Event) KeysChanged() []string {
	d := e.doc()
	var names []string
	for _, key := range e.v.touchedIn(e.id) {
		if key != noKey {
			names = append(names, d.name(key))
		}
	}
	return names
}

// ListChanged reports whether the transaction touched the list of the target, its
// text or nodes, and not just its keys (yjs: childListChanged).
func (e *Event) ListChanged() bool { return slices.Contains(e.v.touchedIn(e.id), noKey) }

// Changed returns the types whose list or keys the transaction changed, without
// those that were deleted (yjs: transaction.changed). It is complete when the
// transaction has ended, as for observers.
func (t *Transaction) Changed() []Type {
	return t.doc.handles(func(yield func(int32) bool) {
		for _, id := range t.changed {
			if !t.doc.gone(id) && !yield(id) {
				return
			}
		}
	})
}

// ChangedParents returns the types that changed, and all that hold one of them,
// each once (yjs: transaction.changedParentTypes).
func (t *Transaction) ChangedParents() []Type {
	d := t.doc
	return d.handles(func(yield func(int32) bool) {
		seen := map[int32]bool{} // with all that holds them
		for _, id := range t.changed {
			for at := id; at != none && !seen[at] && !d.gone(id); at = d.parentOf(at) {
				if seen[at] = true; !yield(at) {
					return
				}
			}
		}
	})
}

// handles returns handles of types, each once. Roots that nobody has declared have
// none.
func (d *Doc) handles(ids func(yield func(int32) bool)) []Type {
	var types []Type
	seen := map[int32]bool{}
	for id := range ids {
		if !seen[id] && d.types[id].kind != typeUnknown {
			seen[id] = true
			types = append(types, d.handle(id))
		}
	}
	return types
}

// BeforeState returns what the Doc held of each client when the transaction
// began (yjs: beforeState).
func (t *Transaction) BeforeState() StateVector {
	sv := t.AfterState()
	t.rewind(sv)
	return sv
}

// AfterState returns what the Doc held of each client when the transaction ended,
// or holds now if it has not yet (yjs: afterState).
func (t *Transaction) AfterState() StateVector {
	sv := t.doc.StateVector()
	for _, later := range slices.Backward(t.later()) {
		later.rewind(sv)
	}
	return sv
}

// rewind makes the states behind t those before it.
func (t *Transaction) rewind(sv StateVector) {
	for _, c := range t.touched {
		if id := t.doc.clients[c.client].id; c.before > 0 {
			sv[id] = c.before
		} else {
			delete(sv, id)
		}
	}
}

// DeleteSet returns what the transaction has deleted (yjs: deleteSet).
func (t *Transaction) DeleteSet() DeleteSet {
	var s deleteSet
	for _, del := range t.deletes {
		s.add(deleteRange{t.doc.clients[del.client].id, del.clock, del.length})
	}
	s.normalise()
	return DeleteSet{s}
}
