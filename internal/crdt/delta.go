package crdt

import (
	"slices"
	"strings"
)

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
	r := richText{doc: x.doc}
	r.walk(t.start)
	return r.ops
}

// richText gathers a text as insertions.
type richText struct {
	doc  *Doc
	ops  []Delta
	text []byte     // not packed yet
	now  attributes // in force
	mark *Attribute // another one; see View.DeltaSince

	cloner *cloner // if there is one, values stay encoded and types are copied
}

// walk gathers what a list holds from an Item on.
func (r *richText) walk(slot int32) {
	d := r.doc
	for ; slot != none; slot = d.item(slot).right {
		it := d.item(slot)
		if it.deleted() {
			continue
		}
		switch it.kind() {
		case kindString:
			r.text = append(r.text, d.bytesOf(it)...)
		case kindType, kindEmbed:
			r.object(it)
		case kindFormat:
			r.format(it)
		}
	}
	r.pack()
}

// pack ends the present piece of text.
func (r *richText) pack() {
	if len(r.text) > 0 {
		r.insert(string(r.text))
		r.text = nil
	}
}

func (r *richText) insert(what any) {
	read := readAny
	if r.cloner != nil {
		read = rawAny
	}
	attrs := r.doc.attributesBy(r.now, read)
	if r.mark != nil {
		attrs = append(slices.DeleteFunc(attrs, func(a Attribute) bool { return a.Key == r.mark.Key }), *r.mark)
	}
	r.ops = append(r.ops, Delta{Insert: what, Attributes: attrs})
}

// object adds an embedded object or a type.
func (r *richText) object(it *item) {
	r.pack()
	if r.cloner != nil {
		r.insert(r.cloner.value(r.doc, it, 0))
	} else {
		r.insert(r.doc.value(it, 0))
	}
}

// format puts a Format into force.
func (r *richText) format(it *item) {
	r.pack()
	r.doc.applyFormat(&r.now, it)
}

// readAttributes returns formats as their readers see them.
func (d *Doc) readAttributes(attrs attributes) Attributes { return d.attributesBy(attrs, readAny) }

func (d *Doc) attributesBy(attrs attributes, read func([]byte) any) Attributes {
	var out Attributes
	for _, a := range attrs {
		out = append(out, Attribute{d.name(a.key), read(d.spanBytes(a.value))})
	}
	return out
}

// ApplyDelta changes the text. keepNewline says that a newline at the very end
// of what is inserted is meant; editors that always show one there leave it to
// be dropped (yjs: applyDelta, sanitize).
func (x *Text) ApplyDelta(t *Transaction, ops []Delta, keepNewline bool) {
	if x.doc == nil {
		keepNewline = true // yjs forgets the option until the text is part of a document
	}
	x.edit(t, func(t *Transaction) (first, then step) {
		p := textPosition{parent: x.id, left: none, right: t.doc.types[x.id].start}
		return t.applyDelta(&p, ops, keepNewline)()
	})
}

// applyDelta takes the steps of a delta from p on.
func (t *Transaction) applyDelta(p *textPosition, ops []Delta, keepNewline bool) step {
	var next step
	next = func() (first, then step) {
		for len(ops) > 0 {
			op := ops[0]
			ops = ops[1:]
			attrs := t.doc.holdAttributes(op.Attributes)
			switch s, isText := op.Insert.(string); {
			case isText:
				if !keepNewline && len(ops) == 0 && p.right == none {
					s = strings.TrimSuffix(s, "\n")
				}
				t.insertText(p, attrs, s)
			case op.Insert != nil:
				return func() (first, then step) { return t.insertObject(p, attrs, op.Insert) }, next
			case op.Retain > 0:
				t.formatText(p, uint64(op.Retain), attrs)
			case op.Delete > 0:
				t.deleteText(p, uint64(op.Delete))
			}
		}
		return nil, nil
	}
	return next
}
