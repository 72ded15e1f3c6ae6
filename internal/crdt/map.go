package crdt

// Map is a shared map from strings to values.
type Map struct {
	typeRef
	initial     map[string]any
	initialKeys []string // in the order in which they were set
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
func (m *Map) Get(key string) (value any, ok bool) {
	t := m.typ()
	if t == nil {
		value, ok = m.initial[key]
		return value, ok
	}
	d := m.doc
	k, ok := d.keyOf[key]
	if !ok {
		return nil, false
	}
	slot := t.head(k)
	if slot == none || d.items[slot].deleted() {
		return nil, false
	}
	it := &d.items[slot]
	return d.value(it, it.length()-1), true
}

// Keys returns the keys that have a value, in the order in which the keys were
// first seen.
func (m *Map) Keys() []string {
	t := m.typ()
	if t == nil {
		return append([]string(nil), m.initialKeys...)
	}
	var keys []string
	for _, h := range t.heads {
		if !m.doc.items[h.item].deleted() {
			keys = append(keys, m.doc.keys[h.key])
		}
	}
	return keys
}

// Len returns how many keys have a value.
func (m *Map) Len() int { return len(m.Keys()) }

// Set gives key a value: nil, bool, a Go number, string, []byte, []any,
// map[string]any, or a new shared type. Numbers become JavaScript numbers. It
// panics on a value of another type, and on a shared type that is in use.
func (m *Map) Set(t *Transaction, key string, value any) {
	if m.detached(t) {
		if m.initial == nil {
			m.initial = map[string]any{}
		}
		if _, ok := m.initial[key]; !ok {
			m.initialKeys = append(m.initialKeys, key)
		}
		m.initial[key] = value
		return
	}
	d := m.mustEdit(t)
	k := d.intern([]byte(key))
	t.createValue(m.id, k, d.types[m.id].head(k), none, value)
}

// Delete takes key out of the map. It does nothing if key has no value.
func (m *Map) Delete(t *Transaction, key string) {
	if m.detached(t) {
		if _, ok := m.initial[key]; ok {
			delete(m.initial, key)
			keys := m.initialKeys[:0]
			for _, k := range m.initialKeys {
				if k != key {
					keys = append(keys, k)
				}
			}
			m.initialKeys = keys
		}
		return
	}
	d := m.mustEdit(t)
	if k, ok := d.keyOf[key]; ok {
		if slot := d.types[m.id].head(k); slot != none {
			t.delete(slot)
		}
	}
}
