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
		l := d.item(left)
		it.originClient, it.originClock = l.client, l.end()-1
	}
	if right != none {
		r := d.item(right)
		it.rightClient, it.rightClock = r.client, r.clock
	}
	fill(&it)
	slot := d.newItem()
	*d.item(slot) = it
	if it.kind() == kindType {
		d.types[it.content].item = slot
	}
	t.integrate(slot, 0)
	return slot
}

// step is a part of an edit: it does something and returns what is to be done behind
// it, in this order; either may be nil. New types may hold new types deeper than calls
// nest, so a step does not fill the type that it makes, but returns that as first.
type step func() (first, then step)

// finish takes the steps of an edit.
func finish(first, then step) {
	for todo := []step{then, first}; len(todo) > 0; {
		if next := pop(&todo); next != nil {
			first, then = next()
			todo = append(todo, then, first)
		}
	}
}

// createValue makes an Item of a value: a preliminary type, which fill fills, bytes, or
// anything an Any holds.
func (t *Transaction) createValue(parent int32, key uint32, left, right int32, value any) (slot int32, fill step) {
	d := t.doc
	switch v := value.(type) {
	case Type:
		kind, name := v.shape()
		id := none
		slot = t.create(parent, key, left, right, func(it *item) {
			it.setKind(kindType)
			it.setLength(1)
			nameKey := noKey
			if name != "" {
				nameKey = d.intern([]byte(name))
			}
			id = d.newType(kind, none, nameKey)
			it.content = uint32(id)
		})
		return slot, v.begin(t, d.ref(id))
	case []byte:
		slot = t.create(parent, key, left, right, func(it *item) {
			it.setKind(kindBinary)
			it.setLength(1)
			it.content = d.newSpan(d.hold(v))
		})
	case Subdoc:
		slot = t.create(parent, key, left, right, func(it *item) {
			it.setKind(kindDoc)
			it.setLength(1)
			d.setSubdoc(it, []byte(v.GUID), v.options())
			it.setFlag(flagLoad, v.ShouldLoad())
		})
	default:
		slot = t.createAny(parent, key, left, right, []any{value})
	}
	return slot, nil
}

// createAny makes one Item of several values.
func (t *Transaction) createAny(parent int32, key uint32, left, right int32, values []any) int32 {
	return t.createValues(kindAny, parent, key, left, right, values)
}

func (t *Transaction) createValues(k kind, parent int32, key uint32, left, right int32, values []any) int32 {
	d := t.doc
	return t.create(parent, key, left, right, func(it *item) {
		it.setKind(k)
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

// Type is a handle of a shared type: *Text, *Map, *Array, *XmlFragment,
// *XmlElement, *XmlText or *XmlHook.
type Type interface {
	// Observe and ObserveDeep call fn after every transaction that changed the
	// type, or also what it holds; cancel ends that.
	Observe(fn func(*Event)) (cancel func())
	ObserveDeep(fn func([]*Event)) (cancel func())

	// Doc returns the Doc that the type is part of, nil before it is; Parent the
	// type that holds it, nil for a root.
	Doc() *Doc
	Parent() Type

	reference() *typeRef
	shape() (kind typeKind, name string)

	// begin makes the handle, which must be new, that of a type that is now
	// part of a Doc; fill gives the type what the handle collected before.
	begin(t *Transaction, ref typeRef) (fill step)
}

func (r *typeRef) reference() *typeRef { return r }

// Doc returns the Doc that the type is part of, or nil before it is.
func (r *typeRef) Doc() *Doc { return r.doc }

func (r *typeRef) attach(ref typeRef) {
	if r.doc != nil {
		panic("crdt: a shared type cannot be put into a document twice")
	}
	if r.early != nil {
		ref.doc.watchWith(ref.id, r.early)
	}
	*r = ref
}

// length returns the length of the type in its Doc, or what it has before.
func (r *typeRef) length(before int) int {
	if t := r.typ(); t != nil {
		return int(t.length)
	}
	return before
}

func checkRange(index, n, length int) {
	if index < 0 || n < 0 || n > length-index {
		panic(fmt.Sprintf("crdt: %d units from %d on are outside of a type of length %d", n, index, length))
	}
}

// handle returns the handle of a type for readers.
func (d *Doc) handle(id int32) Type {
	ref := d.ref(id)
	switch ref.kind {
	case typeArray:
		return &Array{typeRef: ref}
	case typeMap:
		return &Map{typeRef: ref}
	case typeText:
		return &Text{typeRef: ref}
	case typeXmlText:
		return &XmlText{Text{typeRef: ref}}
	case typeXmlHook:
		return &XmlHook{Map: Map{typeRef: ref}, name: d.name(d.types[id].name)}
	case typeXmlElement:
		return &XmlElement{XmlFragment: XmlFragment{Array{typeRef: ref}}, name: d.name(d.types[id].name)}
	}
	return &XmlFragment{Array{typeRef: ref}}
}

// value returns unit i of what an Item holds, the way readers get it.
func (d *Doc) value(it *item, i uint64) any {
	switch it.kind() {
	case kindAny, kindJSON, kindEmbed:
		return readAny(skipValues(d.bytesOf(it), i))
	case kindBinary:
		return append([]byte{}, d.bytesOf(it)...)
	case kindType:
		return d.handle(int32(it.content))
	case kindDoc:
		return d.subdoc(it)
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
