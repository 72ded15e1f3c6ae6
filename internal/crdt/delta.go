package crdt

import "strings"

// Delta is one step of a rich text or of a change of one, as in Quill: insert
// something, or keep or delete a number of units.
type Delta struct {
	Insert     any // a string, an embedded value, or a handle of a shared type
	Retain     int
	Delete     int
	Attributes Attributes // of what is inserted, or to give to what is kept
}

// Delta returns the text with formats and embedded objects, as insertions.
func (x *Text) Delta() []Delta {
	t := x.typ()
	if t == nil {
		return nil
	}
	d := x.doc
	var ops []Delta
	var now attributes
	var text []byte
	pack := func() {
		if len(text) > 0 {
			ops = append(ops, Delta{Insert: string(text), Attributes: d.readAttributes(now)})
			text = nil
		}
	}
	for slot := t.start; slot != none; slot = d.item(slot).right {
		it := d.item(slot)
		if it.deleted() {
			continue
		}
		switch it.kind() {
		case kindString:
			text = append(text, d.bytesOf(it)...)
		case kindType, kindEmbed:
			pack()
			ops = append(ops, Delta{Insert: d.value(it, 0), Attributes: d.readAttributes(now)})
		case kindFormat:
			pack()
			d.applyFormat(&now, it)
		}
	}
	pack()
	return ops
}

// readAttributes returns formats as their readers see them.
func (d *Doc) readAttributes(attrs attributes) Attributes {
	var out Attributes
	for _, a := range attrs {
		out = append(out, Attribute{d.name(a.key), readAny(d.spanBytes(a.value))})
	}
	return out
}

// ApplyDelta changes the text. keepNewline says that a newline at the very end
// of what is inserted is meant; editors that always show one there leave it to
// be dropped (yjs: applyDelta, sanitize).
func (x *Text) ApplyDelta(t *Transaction, ops []Delta, keepNewline bool) {
	// Yjs forgets the option until the text is part of a document.
	if x.detached(t, func(t *Transaction) { x.ApplyDelta(t, ops, true) }) {
		return
	}
	d := x.mustEdit(t)
	p := textPosition{parent: x.id, left: none, right: d.types[x.id].start}
	for i, op := range ops {
		attrs := d.holdAttributes(op.Attributes)
		switch s, isText := op.Insert.(string); {
		case isText:
			if !keepNewline && i == len(ops)-1 && p.right == none {
				s = strings.TrimSuffix(s, "\n")
			}
			if s = strings.ToValidUTF8(s, replacement); s != "" {
				t.insertText(&p, attrs, utf16Len([]byte(s)), func() { t.insertString(&p, s) })
			}
		case op.Insert != nil:
			t.insertText(&p, attrs, 1, func() { t.insertEmbed(&p, op.Insert) })
		case op.Retain > 0:
			t.formatText(&p, uint64(op.Retain), attrs)
		case op.Delete > 0:
			t.deleteText(&p, uint64(op.Delete))
		}
	}
}
