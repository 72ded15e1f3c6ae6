package crdt

import (
	"iter"
	"slices"

	"grimoire/internal/crdt/lib0"
)

// Array is a shared list of values.
type Array struct {
	typeRef
	initial []any
}

// Array returns the root array of a name. It panics if the root was used as
// another type.
func (d *Doc) Array(name string) *Array { return &Array{typeRef: d.declare(name, typeArray)} }

// NewArray returns an array of values, to be put into a Map or an Array.
func NewArray(values ...any) *Array { return &Array{initial: values} }

// Len returns the number of elements.
func (a *Array) Len() int { return a.length(len(a.initial)) }

// Get returns element i, see [Map.Get]. It panics if there is none.
func (a *Array) Get(i int) any {
	checkRange(i, 1, a.Len())
	t := a.typ()
	if t == nil {
		return a.initial[i]
	}
	d := a.doc
	n := uint64(i)
	slot := t.start
	if m, ok := d.findMarker(a.id, n); ok {
		slot = m.item
		n -= m.index
	}
	for ; ; slot = d.item(slot).right {
		it := d.item(slot)
		if !it.visible() {
			continue
		}
		if n < it.length() {
			return d.value(it, n)
		}
		n -= it.length()
	}
}

// Values returns all elements, see [Map.Get].
func (a *Array) Values() []any {
	t := a.typ()
	if t == nil {
		return slices.Clone(a.initial)
	}
	return a.doc.listValues(t)
}

// Slice returns the elements from index from up to index to, which is not included,
// see [Map.Get]. It panics if they are not all there (yjs: slice).
func (a *Array) Slice(from, to int) []any {
	checkRange(from, to-from, a.Len())
	t := a.typ()
	if t == nil {
		return slices.Clone(a.initial[from:to])
	}
	d := a.doc
	values := []any{}
	at, end := uint64(from), uint64(to) // as seen from the Item
	for slot := t.start; slot != none && end > 0; slot = d.item(slot).right {
		it := d.item(slot)
		if !it.visible() {
			continue
		}
		n := it.length()
		if at < n {
			values = d.appendValues(values, it, at, min(n, end))
		}
		at -= min(at, n)
		end -= min(end, n)
	}
	return values
}

// All goes over the indexes and elements, see [Map.Get] (yjs: forEach).
func (a *Array) All() iter.Seq2[int, any] {
	return func(yield func(int, any) bool) {
		t := a.typ()
		if t == nil {
			slices.All(a.initial)(yield)
			return
		}
		d, i := a.doc, 0
		for slot := t.start; slot != none; slot = d.item(slot).right {
			it := d.item(slot)
			if !it.visible() {
				continue
			}
			for _, value := range d.appendValues(nil, it, 0, it.length()) {
				if !yield(i, value) {
					return
				}
				i++
			}
		}
	}
}

func (d *Doc) listValues(t *typ) []any {
	values := []any{}
	for slot := t.start; slot != none; slot = d.item(slot).right {
		it := d.item(slot)
		if !it.visible() {
			continue
		}
		values = d.appendValues(values, it, 0, it.length())
	}
	return values
}

// appendValues appends units from to to of what an Item holds.
func (d *Doc) appendValues(values []any, it *item, from, to uint64) []any {
	switch it.kind() {
	case kindAny, kindJSON:
		r := lib0.NewReader(skipValues(d.bytesOf(it), from))
		for range to - from {
			values = append(values, r.Value())
		}
	default:
		for i := range to - from {
			values = append(values, d.value(it, from+i))
		}
	}
	return values
}

// Insert puts values before element i, or at the end if i is the length. See
// [Map.Set] for what a value may be.
func (a *Array) Insert(t *Transaction, i int, values ...any) {
	checkRange(i, 0, a.Len())
	if a.doc == nil {
		a.initial = slices.Insert(a.initial, i, values...)
		return
	}
	d := a.mustEdit(t)
	left := t.findElement(a.id, uint64(i))
	d.moveMarkers(a.id, uint64(i), uint64(len(values)), 0)
	finish(t.insertValues(a.id, left, values)())
}

// Push puts values at the end.
func (a *Array) Push(t *Transaction, values ...any) {
	if a.doc == nil {
		a.initial = append(a.initial, values...)
		return
	}
	d := a.mustEdit(t)
	last := d.types[a.id].start
	if m := d.types[a.id].markers.last(); m.index > 0 {
		last = m.item
	}
	for last != none && d.item(last).right != none {
		last = d.item(last).right
	}
	finish(t.insertValues(a.id, last, values)())
}

// PushLegacyJSON puts values at the end in the form that old versions of yjs wrote,
// and every version reads (yjs: ContentJSON). It is there to make such documents;
// [Array.Push] is for all else.
func (a *Array) PushLegacyJSON(t *Transaction, values ...any) {
	d := a.mustEdit(t)
	last := d.types[a.id].start
	for last != none && d.item(last).right != none {
		last = d.item(last).right
	}
	if len(values) > 0 {
		t.createValues(kindJSON, a.id, noKey, last, none, values)
	}
}

// Delete deletes n elements from element i on.
func (a *Array) Delete(t *Transaction, i, n int) {
	checkRange(i, n, a.Len())
	if a.doc == nil {
		a.initial = slices.Delete(a.initial, i, i+n)
		return
	}
	a.mustEdit(t)
	t.deleteElements(a.id, uint64(i), uint64(n))
}

func (a *Array) shape() (typeKind, string) { return typeArray, "" }

func (a *Array) begin(t *Transaction, ref typeRef) step {
	a.attach(ref)
	initial := a.initial
	a.initial = nil
	return t.insertValues(ref.id, none, initial)
}

// findElement returns the Item that ends before an index of a list, splitting
// the one that holds it; none for index 0 (yjs: typeListInsertGenerics).
func (t *Transaction) findElement(parent int32, index uint64) int32 {
	d := t.doc
	if index == 0 {
		return none
	}
	slot := d.types[parent].start
	if m, ok := d.findMarker(parent, index); ok {
		slot = m.item
		if index -= m.index; index == 0 { // what is left of it ends there
			for slot = d.item(slot).left; !d.item(slot).visible(); slot = d.item(slot).left {
			}
			return slot
		}
	}
	for ; ; slot = d.item(slot).right {
		it := d.item(slot)
		if !it.visible() {
			continue
		}
		if index <= it.length() {
			if index < it.length() {
				t.cleanStart(it.client, it.clock+index)
			}
			return slot
		}
		index -= it.length()
	}
}

// insertValues puts values behind left. Neighbours that an Any can hold become
// one Item (yjs: typeListInsertGenericsAfter).
func (t *Transaction) insertValues(parent, left int32, values []any) step {
	d := t.doc
	right := d.types[parent].start
	if left != none {
		right = d.item(left).right
	}
	var next step
	next = func() (fill, then step) {
		for len(values) > 0 && fill == nil {
			n := 0
			for n < len(values) && !standsAlone(values[n]) {
				n++
			}
			if n > 0 {
				left = t.createAny(parent, noKey, left, right, values[:n])
			} else {
				n = 1
				left, fill = t.createValue(parent, noKey, left, right, values[0])
			}
			values = values[n:]
		}
		if len(values) == 0 {
			return fill, nil
		}
		return fill, next
	}
	return next
}

// standsAlone reports whether a value is an Item of its own.
func standsAlone(value any) bool {
	switch value.(type) {
	case Type, []byte, Subdoc:
		return true
	}
	return false
}

// deleteElements deletes n units of a list (yjs: typeListDelete).
func (t *Transaction) deleteElements(parent int32, index, n uint64) {
	d := t.doc
	slot, all, at := d.types[parent].start, n, index
	if m, ok := d.findMarker(parent, index); ok {
		slot = m.item
		index -= m.index
	}
	for ; slot != none && index > 0; slot = d.item(slot).right {
		if it := d.item(slot); it.visible() {
			if index < it.length() {
				t.cleanStart(it.client, it.clock+index)
				it = d.item(slot)
			}
			index -= it.length()
		}
	}
	for ; slot != none && n > 0; slot = d.item(slot).right {
		if it := d.item(slot); !it.deleted() {
			if n < it.length() {
				t.cleanStart(it.client, it.clock+n)
				it = d.item(slot)
			}
			n -= it.length()
			t.delete(slot)
		}
	}
	d.moveMarkers(parent, at, 0, all-n)
}
