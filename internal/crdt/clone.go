package crdt

import (
	"slices"

	"grimoire/internal/crdt/lib0"
)

// Clone returns a copy of a type, with all that it holds, to be put somewhere else
// in this Doc or in another one; it can be read from then on. As in yjs the copy
// of a text has no attributes of its own, and that of a type that is not part of a
// Doc is empty (yjs v13.6: clone).
func Clone[T Type](t T) T {
	var c cloner
	copied := c.begin(t)
	for len(c.todo) > 0 {
		next := pop(&c.todo)
		c.fill(next.from, next.to)
	}
	return copied.(T)
}

// cloner copies types, those that a type holds after the type.
type cloner struct{ todo []typeCopy }

type typeCopy struct{ from, to Type }

// begin returns a new type of the same kind, to be filled later.
func (c *cloner) begin(from Type) (to Type) {
	switch t := from.(type) {
	case *Text:
		to = &Text{}
	case *XmlText:
		to = &XmlText{}
	case *Map:
		to = &Map{}
	case *XmlHook:
		to = &XmlHook{name: t.name}
	case *XmlElement:
		to = &XmlElement{name: t.name}
	case *XmlFragment:
		to = &XmlFragment{}
	case *Array:
		to = &Array{}
	}
	c.todo = append(c.todo, typeCopy{from, to})
	return to
}

// fill gives a new type what another one holds.
func (c *cloner) fill(from, to Type) {
	ref := from.reference()
	if ref.typ() == nil {
		return
	}
	switch to := to.(type) {
	case *Text:
		to.ApplyDelta(nil, c.text(ref), true)
	case *XmlText:
		to.ApplyDelta(nil, c.text(ref), true)
	case *Map:
		to.initial = c.keys(ref)
	case *XmlHook:
		to.initial = c.keys(ref)
	case *XmlElement:
		to.initialAttrs = c.keys(ref)
		slices.SortStableFunc(to.initialAttrs, func(a, b keyedValue) int { return lib0.CompareKeys(a.key, b.key) })
		to.initial = c.list(ref)
	case *XmlFragment:
		to.initial = c.list(ref)
	case *Array:
		to.initial = c.list(ref)
	}
}

// text returns a text as insertions, whose values are not decoded: that would lose
// the order of an object's keys.
func (c *cloner) text(ref *typeRef) []Delta {
	r := richText{doc: ref.doc, cloner: c}
	r.walk(ref.typ().start)
	return r.ops
}

// keys returns what is under the keys of a type.
func (c *cloner) keys(ref *typeRef) (entries keyed) {
	d := ref.doc
	for _, h := range ref.typ().heads {
		if it := d.item(h.item); !it.deleted() {
			entries = append(entries, keyedValue{d.name(h.key), c.value(d, it, it.length()-1)})
		}
	}
	return entries
}

// list returns the elements of a type.
func (c *cloner) list(ref *typeRef) (values []any) {
	d := ref.doc
	for slot := ref.typ().start; slot != none; slot = d.item(slot).right {
		switch it := d.item(slot); {
		case !it.visible():
		case it.kind() == kindAny || it.kind() == kindJSON:
			units := lib0.NewReader(d.bytesOf(it))
			for range it.length() {
				values = append(values, rawAny(units.Any()))
			}
		default:
			for i := range it.length() {
				values = append(values, c.value(d, it, i))
			}
		}
	}
	return values
}

// value returns unit i of what an Item of d holds, for another Item.
func (c *cloner) value(d *Doc, it *item, i uint64) any {
	switch it.kind() {
	case kindAny, kindJSON, kindEmbed:
		units := lib0.NewReader(skipValues(d.bytesOf(it), i))
		return rawAny(units.Any())
	case kindType:
		return c.begin(d.handle(int32(it.content)))
	case kindDoc:
		s := d.subdoc(it)
		return Subdoc{GUID: s.GUID, Options: s.Options}
	}
	return d.value(it, i)
}

// rawAny returns a copy of an Any that is a value for edits.
func rawAny(any []byte) any { return lib0.Raw(lib0.AppendWellFormed(nil, any)) }
