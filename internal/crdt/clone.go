package crdt

import (
	"slices"

	"grimoire/internal/crdt/lib0"
)

// Clone returns a copy of a type, with all that it holds, to be put somewhere else
// in this Doc or in another one; it can be read from then on. As in yjs the copy
// of a text has no attributes of its own, and that of a type that is not part of a
// Doc is empty (yjs v13.6: clone).
func Clone[T Type](t T) T { return cloned(t).(T) }

func cloned(t Type) Type {
	switch t := t.(type) {
	case *Text:
		x := &Text{}
		x.ApplyDelta(nil, t.copied(), true)
		return x
	case *XmlText:
		x := &XmlText{}
		x.ApplyDelta(nil, t.copied(), true)
		return x
	case *Map:
		return &Map{initial: t.copiedKeys()}
	case *XmlHook:
		return &XmlHook{Map: Map{initial: t.copiedKeys()}, name: t.name}
	case *XmlElement:
		attrs := t.copiedKeys()
		slices.SortStableFunc(attrs, func(a, b keyedValue) int { return lib0.CompareKeys(a.key, b.key) })
		return &XmlElement{XmlFragment: XmlFragment{Array{initial: t.copiedList()}}, name: t.name, initialAttrs: attrs}
	case *XmlFragment:
		return &XmlFragment{Array{initial: t.copiedList()}}
	default:
		return &Array{initial: t.(*Array).copiedList()}
	}
}

// copied returns the text as insertions, whose values are not decoded: that would
// lose the order of an object's keys.
func (x *Text) copied() []Delta {
	if x.typ() == nil {
		return nil
	}
	r := richText{doc: x.doc, raw: true}
	r.walk(x.typ().start)
	return r.ops
}

// copiedKeys returns what is under the keys of a type, for a new type.
func (r *typeRef) copiedKeys() (entries keyed) {
	t := r.typ()
	if t == nil {
		return nil
	}
	for _, h := range t.heads {
		if it := r.doc.item(h.item); !it.deleted() {
			entries = append(entries, keyedValue{r.doc.name(h.key), r.doc.copied(it, it.length()-1)})
		}
	}
	return entries
}

// copiedList returns the elements of a type, for a new type.
func (r *typeRef) copiedList() (values []any) {
	t := r.typ()
	if t == nil {
		return nil
	}
	d := r.doc
	for slot := t.start; slot != none; slot = d.item(slot).right {
		switch it := d.item(slot); {
		case !it.visible():
		case it.kind() == kindAny || it.kind() == kindJSON:
			units := lib0.NewReader(d.bytesOf(it))
			for range it.length() {
				values = append(values, rawAny(units.Any()))
			}
		default:
			for i := range it.length() {
				values = append(values, d.copied(it, i))
			}
		}
	}
	return values
}

// copied returns unit i of what an Item holds, for another Item.
func (d *Doc) copied(it *item, i uint64) any {
	switch it.kind() {
	case kindAny, kindJSON, kindEmbed:
		units := lib0.NewReader(skipValues(d.bytesOf(it), i))
		return rawAny(units.Any())
	case kindType:
		return cloned(d.handle(int32(it.content)))
	case kindDoc:
		s := d.subdoc(it)
		return Subdoc{GUID: s.GUID, Options: s.Options}
	}
	return d.value(it, i)
}

// rawAny returns a copy of an Any that is a value for edits.
func rawAny(any []byte) any { return lib0.Raw(lib0.AppendWellFormed(nil, any)) }
