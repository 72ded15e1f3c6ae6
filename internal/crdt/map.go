package crdt

import (
	"iter"
	"slices"
)

// Map is a shared map from strings to values.
type Map struct {
	typeRef
	initial keyed
}

// Map returns the root map of a name. It panics if the root was used as another
// type.
func (d *Doc) Map(name string) *Map { return &Map{typeRef: d.declare(name, typeMap)} }

// NewMap returns an empty map, to be put into a Map or an Array. Entries may be
// set before, with a nil transaction.
func NewMap() *Map { return &Map{} }

// Get returns the value of key: nil, [lib0.Undefined], bool, float64, string,
// [lib0.BigInt], []byte, []any, map[string]any, a handle of a shared type, or
// a [Subdoc].
func (m *Map) Get(key string) (value any, ok bool) { return m.entry(m.initial, key) }

// Writer returns the client that gave key the value that it has, or had last; false if it never had one.
func (m *Map) Writer(key string) (client uint64, ok bool) {
	t := m.typ()
	if t == nil {
		return 0, false
	}
	k, ok := m.doc.keyOf[key]
	if !ok {
		return 0, false
	}
	slot := t.head(k)
	if slot == none {
		return 0, false
	}
	return m.doc.clients[m.doc.item(slot).client].id, true
}

// Keys returns the keys that have a value, in the order in which the keys were
// first seen.
func (m *Map) Keys() []string { return m.entries(m.initial) }

// All goes over the keys and their values, see [Map.Keys] and [Map.Get] (yjs:
// entries).
func (m *Map) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, key := range m.Keys() {
			if value, ok := m.Get(key); ok && !yield(key, value) {
				return
			}
		}
	}
}

// Len returns how many keys have a value.
func (m *Map) Len() int { return len(m.Keys()) }

// Set gives key a value: nil, bool, a Go number, string, []byte, []any,
// map[string]any, or a new shared type. Numbers become JavaScript numbers. It
// panics on a value of another type, and on a shared type that is in use.
func (m *Map) Set(t *Transaction, key string, value any) { m.setEntry(t, &m.initial, key, value) }

// Delete takes key out of the map. It does nothing if key has no value.
func (m *Map) Delete(t *Transaction, key string) { m.deleteEntry(t, &m.initial, key) }

// Clear takes all keys out of the map.
func (m *Map) Clear(t *Transaction) {
	for _, key := range m.Keys() {
		m.Delete(t, key)
	}
}

func (m *Map) shape() (typeKind, string) { return typeMap, "" }

func (m *Map) begin(t *Transaction, ref typeRef) step {
	m.attach(ref)
	initial := m.initial
	m.initial = nil
	return m.setKeys(t, initial)
}

// keyed holds values by key until a type is part of a Doc.
type keyed []keyedValue

type keyedValue struct {
	key   string
	value any
}

func (k keyed) index(key string) int {
	return slices.IndexFunc(k, func(e keyedValue) bool { return e.key == key })
}

func (k keyed) get(key string) (value any, ok bool) {
	if i := k.index(key); i >= 0 {
		return k[i].value, true
	}
	return nil, false
}

func (k keyed) names() []string {
	var names []string
	for _, e := range k {
		names = append(names, e.key)
	}
	return names
}

func (k *keyed) set(key string, value any) {
	if i := k.index(key); i >= 0 {
		(*k)[i].value = value
		return
	}
	*k = append(*k, keyedValue{key, value})
}

func (k *keyed) remove(key string) {
	if i := k.index(key); i >= 0 {
		*k = slices.Delete(*k, i, i+1)
	}
}

// entry, entries, setEntry and deleteEntry are about the keys of a type, or, until
// it is part of a Doc, about what it will begin with.

func (r *typeRef) entry(initial keyed, key string) (value any, ok bool) {
	if r.doc == nil {
		return initial.get(key)
	}
	return r.getKey(key)
}

func (r *typeRef) entries(initial keyed) []string {
	if r.doc == nil {
		return initial.names()
	}
	return r.keyNames()
}

func (r *typeRef) setEntry(t *Transaction, initial *keyed, key string, value any) {
	if r.doc == nil {
		initial.set(key, value)
		return
	}
	r.mustEdit(t)
	finish(r.setKey(t, key, value), nil)
}

func (r *typeRef) deleteEntry(t *Transaction, initial *keyed, key string) {
	if r.doc == nil {
		initial.remove(key)
		return
	}
	r.mustEdit(t)
	r.deleteKey(t, key)
}

// getKey returns the value under a key of a type (yjs: typeMapGet).
func (r *typeRef) getKey(key string) (value any, ok bool) {
	t := r.typ()
	if t == nil {
		return nil, false
	}
	d := r.doc
	k, ok := d.keyOf[key]
	if !ok {
		return nil, false
	}
	slot := t.head(k)
	if slot == none || d.item(slot).deleted() {
		return nil, false
	}
	it := d.item(slot)
	return d.value(it, it.length()-1), true
}

// keyNames returns the keys of a type that have a value.
func (r *typeRef) keyNames() []string {
	t := r.typ()
	if t == nil {
		return nil
	}
	var names []string
	for _, h := range t.heads {
		if !r.doc.item(h.item).deleted() {
			names = append(names, r.doc.name(h.key))
		}
	}
	return names
}

// setKey gives a key of a type a value, which fill fills (yjs: typeMapSet).
func (r *typeRef) setKey(t *Transaction, key string, value any) (fill step) {
	d := r.doc
	k := d.intern([]byte(key))
	_, fill = t.createValue(r.id, k, d.types[r.id].head(k), none, value)
	return fill
}

// setKeys gives keys of a type their values.
func (r *typeRef) setKeys(t *Transaction, entries keyed) step {
	var next step
	next = func() (fill, then step) {
		for len(entries) > 0 && fill == nil {
			fill = r.setKey(t, entries[0].key, entries[0].value)
			entries = entries[1:]
		}
		if len(entries) == 0 {
			return fill, nil
		}
		return fill, next
	}
	return next
}

// deleteKey deletes the value of a key (yjs: typeMapDelete).
func (r *typeRef) deleteKey(t *Transaction, key string) {
	d := r.doc
	if k, ok := d.keyOf[key]; ok {
		if slot := d.types[r.id].head(k); slot != none {
			t.delete(slot)
		}
	}
}
