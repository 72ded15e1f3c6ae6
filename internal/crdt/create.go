package crdt

import (
	"fmt"

	"grimoire/internal/crdt/lib0"
)

// create makes an Item of this Doc's own client between left and right, and
// integrates it. fill sets its kind, length and content.
func (t *Transaction) create(parent int32, key uint32, left, right int32, fill func(*item)) int32 {
	d := t.doc
	client := d.clientIndex(d.clientID)
	it := item{
		clock: d.clients[client].state, client: client,
		originClient: noClient, rightClient: noClient,
		left: left, right: right, parent: parent, key: key,
	}
	if left != none {
		l := &d.items[left]
		it.originClient, it.originClock = l.client, l.end()-1
	}
	if right != none {
		r := &d.items[right]
		it.rightClient, it.rightClock = r.client, r.clock
	}
	fill(&it)
	slot := d.newItem()
	d.items[slot] = it
	if it.kind() == kindType {
		d.types[it.content].item = slot
	}
	t.integrate(slot, 0)
	return slot
}

// createValue makes an Item of a value: a preliminary type, bytes, or anything
// an Any holds.
func (t *Transaction) createValue(parent int32, key uint32, left, right int32, value any) int32 {
	d := t.doc
	switch v := value.(type) {
	case shared:
		kind, name := v.shape()
		id := none
		slot := t.create(parent, key, left, right, func(it *item) {
			it.setKind(kindType)
			it.setLength(1)
			nameKey := noKey
			if name != "" {
				nameKey = d.intern([]byte(name))
			}
			id = d.newType(kind, none, nameKey)
			it.content = uint32(id)
		})
		v.begin(t, d.ref(id))
		return slot
	case []byte:
		return t.create(parent, key, left, right, func(it *item) {
			it.setKind(kindBinary)
			it.setLength(1)
			it.content = d.newSpan(d.hold(v))
		})
	}
	return t.createAny(parent, key, left, right, []any{value})
}

// createAny makes one Item of several values.
func (t *Transaction) createAny(parent int32, key uint32, left, right int32, values []any) int32 {
	d := t.doc
	return t.create(parent, key, left, right, func(it *item) {
		it.setKind(kindAny)
		it.setLength(uint64(len(values)))
		var b []byte
		for _, v := range values {
			b = mustAppendAny(b, v)
		}
		it.content = d.newSpan(d.hold(b))
	})
}

// mustAppendAny appends a value that an edit was given.
func mustAppendAny(dst []byte, value any) []byte {
	b, err := lib0.AppendAny(dst, value)
	if err != nil {
		panic("crdt: " + err.Error())
	}
	return b
}

// shared is a handle of a shared type, such as *Map.
type shared interface {
	shape() (kind typeKind, name string)

	// begin makes the handle, which must be new, that of a type that is now
	// part of a Doc, and gives the type what the handle collected before.
	begin(t *Transaction, ref typeRef)
}

func (x *Text) shape() (typeKind, string)  { return typeText, "" }
func (m *Map) shape() (typeKind, string)   { return typeMap, "" }
func (a *Array) shape() (typeKind, string) { return typeArray, "" }

func (r *typeRef) attach(ref typeRef) {
	if r.doc != nil {
		panic("crdt: a shared type cannot be put into a document twice")
	}
	*r = ref
}

func (x *Text) begin(t *Transaction, ref typeRef) {
	x.attach(ref)
	if initial := x.initial; initial != "" {
		x.initial = ""
		x.Insert(t, 0, initial)
	}
}

func (m *Map) begin(t *Transaction, ref typeRef) {
	m.attach(ref)
	for _, key := range m.initialKeys {
		m.Set(t, key, m.initial[key])
	}
	m.initial, m.initialKeys = nil, nil
}

func (a *Array) begin(t *Transaction, ref typeRef) {
	a.attach(ref)
	if initial := a.initial; len(initial) > 0 {
		a.initial = nil
		a.Insert(t, 0, initial...)
	}
}

// detached reports whether the type is not part of a Doc yet, so that an edit
// changes what it will begin with. It panics if the edit has a transaction
// nevertheless.
func (r *typeRef) detached(t *Transaction) bool { return r.doc == nil }

// length returns the length of the type in its Doc, or what it has before.
func (r *typeRef) length(before int) int {
	if t := r.typ(); t != nil {
		return int(t.length)
	}
	return before
}

func checkRange(index, n, length int) {
	if index < 0 || n < 0 || index+n > length {
		panic(fmt.Sprintf("crdt: %d units from %d on are outside of a type of length %d", n, index, length))
	}
}

// handle returns the handle of a type for readers.
func (d *Doc) handle(id int32) any {
	ref := d.ref(id)
	switch ref.kind {
	case typeArray:
		return &Array{typeRef: ref}
	case typeMap:
		return &Map{typeRef: ref}
	case typeText:
		return &Text{typeRef: ref}
	}
	return xmlHandle(ref)
}

// value returns unit i of what an Item holds, the way readers get it.
func (d *Doc) value(it *item, i uint64) any {
	switch it.kind() {
	case kindAny, kindJSON, kindEmbed:
		r := lib0.NewReader(skipValues(d.bytesOf(it), i))
		return r.Value()
	case kindBinary:
		return append([]byte{}, d.bytesOf(it)...)
	case kindType:
		return d.handle(int32(it.content))
	case kindDoc:
		s := d.spans[it.content]
		options := lib0.NewReader(d.arena[s.off+s.aux : s.off+s.n])
		return Subdoc{GUID: string(d.arena[s.off : s.off+s.aux]), Options: options.Value().(map[string]any)}
	case kindString:
		text := d.bytesOf(it)
		if !it.is(flagWide) {
			return string(text[i : i+1])
		}
		n, _ := lib0.UTF16Offset(text, int(i))
		return string([]rune(string(text[n:]))[:1])
	}
	return nil
}

// Subdoc is a document inside of another: its name and options. What it holds
// is not part of the outer document.
type Subdoc struct {
	GUID    string
	Options map[string]any // gc, autoLoad, meta, as far as given
}
