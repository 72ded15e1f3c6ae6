package crdt

import (
	"slices"
	"strings"

	"grimoire/internal/crdt/lib0"
)

// Text is a shared text. Indexes and lengths count UTF-16 code units, as in
// JavaScript; an embedded object counts one.
type Text struct {
	typeRef
	initial string
}

// Text returns the root text of a name, which it declares: a text that was
// declared before updates arrive cleans up its formats as yjs's does. It panics
// if the root was used as another type.
func (d *Doc) Text(name string) *Text { return &Text{typeRef: d.declare(name, typeText)} }

// NewText returns a text that begins with s, to be put into a Map or an Array.
func NewText(s string) *Text { return &Text{initial: strings.ToValidUTF8(s, replacement)} }

// Len returns the length in UTF-16 units.
func (x *Text) Len() int { return x.length(lib0.UTF16Len([]byte(x.initial))) }

// String returns the text without formats and embedded objects.
func (x *Text) String() string {
	t := x.typ()
	if t == nil {
		return x.initial
	}
	d := x.doc
	var out []byte
	for slot := t.start; slot != none; slot = d.items[slot].right {
		if it := &d.items[slot]; it.kind() == kindString && !it.deleted() {
			out = append(out, d.bytesOf(it)...)
		}
	}
	return string(out)
}

// Insert puts s at index, formatted like what is left of it. It panics if
// index is outside of the text. Bytes that are not UTF-8 become U+FFFD.
func (x *Text) Insert(t *Transaction, index int, s string) {
	if x.detached(t) {
		b := []byte(x.initial)
		checkRange(index, 0, lib0.UTF16Len(b))
		n, inPair := lib0.UTF16Offset(b, index)
		if inPair {
			panic("crdt: index inside of a surrogate pair")
		}
		x.initial = x.initial[:n] + strings.ToValidUTF8(s, replacement) + x.initial[n:]
		return
	}
	d := x.mustEdit(t)
	checkRange(index, 0, x.Len())
	if s == "" {
		return
	}
	p := t.findText(x.id, uint64(index))
	t.insertText(&p, slices.Clone(p.attrs), func(it *item) {
		it.setKind(kindString)
		text := []byte(strings.ToValidUTF8(s, replacement))
		it.setLength(uint64(lib0.UTF16Len(text)))
		d.setText(it, text)
	})
}

// Delete deletes n units from index on. It panics if they are not all inside
// of the text.
func (x *Text) Delete(t *Transaction, index, n int) {
	if x.detached(t) {
		b := []byte(x.initial)
		checkRange(index, n, lib0.UTF16Len(b))
		from, cut := lib0.UTF16Offset(b, index)
		to, cutToo := lib0.UTF16Offset(b, index+n)
		if cut || cutToo {
			panic("crdt: index inside of a surrogate pair")
		}
		x.initial = x.initial[:from] + x.initial[to:]
		return
	}
	x.mustEdit(t)
	checkRange(index, n, x.Len())
	if n == 0 {
		return
	}
	p := t.findText(x.id, uint64(index))
	t.deleteText(&p, uint64(n))
}

// textPosition is a place between two Items of a text, and the formats there
// (yjs: ItemTextListPosition).
type textPosition struct {
	parent      int32
	left, right int32
	attrs       attributes
}

// findText returns the place of an index, splitting the Item that holds it
// (yjs: findPosition).
func (t *Transaction) findText(parent int32, index uint64) textPosition {
	d := t.doc
	p := textPosition{parent: parent, left: none, right: d.types[parent].start}
	for p.right != none && index > 0 {
		it := &d.items[p.right]
		if it.visible() {
			if index < it.length() {
				t.cleanStart(it.client, it.clock+index)
				it = &d.items[p.right]
			}
			index -= it.length()
		}
		p.forward(d)
	}
	return p
}

// forward steps over one Item.
func (p *textPosition) forward(d *Doc) {
	it := &d.items[p.right]
	if it.kind() == kindFormat && !it.deleted() {
		d.applyFormat(&p.attrs, it)
	}
	p.left, p.right = p.right, it.right
}

// insertItem makes an Item of this Doc's client at p and steps over it.
func (t *Transaction) insertItem(p *textPosition, fill func(*item)) {
	p.right = t.create(p.parent, noKey, p.left, p.right, fill)
	p.forward(t.doc)
}

// insertFormat makes a Format at p and steps over it.
func (t *Transaction) insertFormat(p *textPosition, key uint32, value span) {
	t.insertItem(p, func(it *item) {
		it.setKind(kindFormat)
		it.setLength(1)
		value.aux = key
		it.content = t.doc.newSpan(value)
	})
}

// insertText puts content with the given formats at p (yjs: insertText).
func (t *Transaction) insertText(p *textPosition, attrs attributes, fill func(*item)) {
	d := t.doc
	for _, a := range p.attrs {
		if _, ok := attrs.get(a.key); !ok {
			attrs.set(a.key, d.nullSpan())
		}
	}
	t.minimizeChanges(p, attrs)
	negated := t.insertAttributes(p, attrs)
	t.insertItem(p, fill)
	t.insertNegated(p, negated)
}

// minimizeChanges steps over Formats that are wanted anyway (yjs:
// minimizeAttributeChanges).
func (t *Transaction) minimizeChanges(p *textPosition, attrs attributes) {
	d := t.doc
	for p.right != none {
		it := &d.items[p.right]
		if !it.deleted() {
			if it.kind() != kindFormat {
				return
			}
			if v := d.spans[it.content]; !d.equalAttrs(d.getOrNull(attrs, v.aux), v) {
				return
			}
		}
		p.forward(d)
	}
}

// insertAttributes puts the Formats at p that are not in force there, and
// returns what will undo them (yjs: insertAttributes).
func (t *Transaction) insertAttributes(p *textPosition, attrs attributes) (negated attributes) {
	d := t.doc
	for _, a := range attrs {
		if now := d.getOrNull(p.attrs, a.key); !d.equalAttrs(now, a.value) {
			negated.set(a.key, now)
			t.insertFormat(p, a.key, a.value)
		}
	}
	return negated
}

// insertNegated ends the formats that insertAttributes began, unless they end
// here already (yjs: insertNegatedAttributes).
func (t *Transaction) insertNegated(p *textPosition, negated attributes) {
	d := t.doc
	for p.right != none {
		it := &d.items[p.right]
		if !it.deleted() {
			if it.kind() != kindFormat {
				break
			}
			key := d.spans[it.content].aux
			if v, ok := negated.get(key); !ok || !d.equalAttrs(v, d.spans[it.content]) {
				break
			}
			negated.remove(key)
		}
		p.forward(d)
	}
	for _, a := range negated {
		t.insertFormat(p, a.key, a.value)
	}
}

// deleteText deletes n units from p on, and the Formats that lose their
// meaning by it (yjs: deleteText).
func (t *Transaction) deleteText(p *textPosition, n uint64) {
	d := t.doc
	start, before := p.right, slices.Clone(p.attrs)
	for n > 0 && p.right != none {
		if it := &d.items[p.right]; it.visible() {
			if n < it.length() {
				t.cleanStart(it.client, it.clock+n)
				it = &d.items[p.right]
			}
			n -= it.length()
			t.delete(p.right)
		}
		p.forward(d)
	}
	if start != none {
		t.cleanupGap(start, p.right, before, &p.attrs)
	}
}

func utf16Len(text []byte) uint64 { return uint64(lib0.UTF16Len(text)) }
