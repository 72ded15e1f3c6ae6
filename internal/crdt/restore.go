package crdt

import (
	"errors"
	"slices"
)

// Restore makes types what they were at s, with all that they hold, as edits of
// t: what came since is deleted, and what was deleted since is made again, in its
// place, by new Items. It can be undone and reaches others like any edit. It is
// an error if the Doc collects garbage, or if s holds more than the Doc; then
// nothing has changed.
func (t *Transaction) Restore(s Snapshot, types ...Type) error {
	d := t.doc
	for _, x := range types {
		if x.reference().mustEdit(t); x.reference().typ() == nil {
			return errors.New("crdt: a type to restore was deleted")
		}
	}
	if err := d.reaches(s); err != nil {
		return err
	}
	t.splitAt(s)
	r := restorer{t: t, s: &s}
	for _, x := range types {
		r.changed = append(r.changed, x.reference().id)
	}
	r.run()
	return nil
}

// reaches returns an error unless d still has all that s holds.
func (d *Doc) reaches(s Snapshot) error {
	if !d.noGC {
		return errors.New("crdt: a Doc that collects garbage cannot go back to a snapshot")
	}
	for client, clock := range s.state {
		if c, ok := d.knownClient(client); clock > 0 && (!ok || d.clients[c].state < clock) {
			return errors.New("crdt: the snapshot holds more than the Doc")
		}
	}
	return nil
}

// splitAt splits Items where s begins or ends to hold them (yjs v13.6:
// splitSnapshotAffectedStructs).
func (t *Transaction) splitAt(s Snapshot) {
	d := t.doc
	for client, clock := range s.state {
		if c, ok := d.knownClient(client); ok && clock < d.clients[c].state {
			t.cleanStart(c, clock)
		}
	}
	for _, del := range s.deletes.ranges {
		if c, ok := d.knownClient(del.client); ok {
			t.eachIn([]delRange{{c, del.clock, del.length}}, func(int32) {})
		}
	}
}

// restorer brings types back to a snapshot, at whose borders Items are split. Which
// types it has still to do it keeps in lists, for they may nest deeper than calls.
type restorer struct {
	t       *Transaction
	s       *Snapshot
	changed []int32    // types that are there still, to be brought back
	empty   []madeType // types that were made again, to be filled
}

// madeType is a type that was made in place of a deleted one.
type madeType struct{ from, to int32 }

func (r *restorer) run() {
	for len(r.changed) > 0 {
		r.restore(pop(&r.changed))
		for len(r.empty) > 0 {
			r.fill(pop(&r.empty))
		}
	}
}

// restore brings one type back; those in it that are there still are to follow.
func (r *restorer) restore(id int32) {
	d := r.t.doc
	for slot := d.types[id].start; slot != none; {
		next := d.item(slot).right
		switch held, deleted := r.s.held(d, slot), d.item(slot).deleted(); {
		case held && deleted:
			r.again(slot, id, noKey, slot, next)
		case held && d.item(slot).kind() == kindType:
			r.changed = append(r.changed, int32(d.item(slot).content))
		case !held && !deleted:
			r.t.delete(slot)
		}
		slot = next
	}
	for _, h := range slices.Clone(d.types[id].heads) {
		value, _ := r.s.valueAt(d, h.item)
		switch now := d.item(h.item); {
		case value == none && !now.deleted():
			r.t.delete(h.item)
		case value == none:
		case value != h.item || now.deleted():
			r.again(value, id, h.key, h.item, none)
		case now.kind() == kindType:
			r.changed = append(r.changed, int32(now.content))
		}
	}
	d.types[id].markers.forget()
}

// again makes a copy of an Item; what its type held is to follow.
func (r *restorer) again(slot, parent int32, key uint32, left, right int32) (made int32) {
	d := r.t.doc
	made = r.t.create(parent, key, left, right, func(it *item) { d.copyContent(it, slot) })
	if d.item(slot).kind() == kindType {
		r.empty = append(r.empty, madeType{int32(d.item(slot).content), int32(d.item(made).content)})
	}
	return made
}

// fill gives a type that was made again what the deleted one held.
func (r *restorer) fill(made madeType) {
	d := r.t.doc
	last := none
	for child := d.types[made.from].start; child != none; child = d.item(child).right {
		if r.s.held(d, child) {
			last = r.again(child, made.to, noKey, last, none)
		}
	}
	for _, h := range d.types[made.from].heads {
		if value, _ := r.s.valueAt(d, h.item); value != none {
			r.again(value, made.to, h.key, none, none)
		}
	}
}
