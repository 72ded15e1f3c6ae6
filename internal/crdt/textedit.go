package crdt

import (
	"slices"
	"strings"

	"grimoire/internal/crdt/lib0"
)

// textPosition is a place between two Items of a text, and the formats there
// (yjs: ItemTextListPosition).
type textPosition struct {
	parent      int32
	left, right int32
	index       uint64
	attrs       attributes
}

// findText returns the place of an index, splitting the Item that holds it. A
// marker may shorten the way if the formats there are not asked for (yjs:
// findPosition).
func (t *Transaction) findText(parent int32, index uint64, useMarker bool) textPosition {
	d := t.doc
	p := textPosition{parent: parent, left: none, right: d.types[parent].start}
	if useMarker {
		if m, ok := d.findMarker(parent, index); ok {
			p.left, p.right, p.index = d.item(m.item).left, m.item, m.index
			index -= m.index
		}
	}
	for p.right != none && index > 0 {
		it := d.item(p.right)
		if it.visible() {
			if index < it.length() {
				t.cleanStart(it.client, it.clock+index)
				it = d.item(p.right)
			}
			index -= it.length()
		}
		p.forward(d)
	}
	return p
}

// forward steps over one Item.
func (p *textPosition) forward(d *Doc) {
	it := d.item(p.right)
	switch {
	case it.deleted():
	case it.kind() == kindFormat:
		d.applyFormat(&p.attrs, it)
	default:
		p.index += it.length()
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

// insertText puts s at p, with the given formats and no other. Bytes that are not UTF-8
// become U+FFFD (yjs: insertText).
func (t *Transaction) insertText(p *textPosition, attrs attributes, s string) {
	if s = strings.ToValidUTF8(s, replacement); s != "" {
		negated := t.beginInsert(p, attrs, utf16Len([]byte(s)))
		t.insertString(p, s)
		t.insertNegated(p, negated)
	}
}

// insertObject is insertText of an object or a shared type.
func (t *Transaction) insertObject(p *textPosition, attrs attributes, value any) (first, then step) {
	negated := t.beginInsert(p, attrs, 1)
	return t.insertEmbed(p, value), func() (first, then step) {
		t.insertNegated(p, negated)
		return nil, nil
	}
}

// beginInsert makes the given formats, and no other, those at p, where length units are
// to come, and returns what will undo that.
func (t *Transaction) beginInsert(p *textPosition, attrs attributes, length uint64) (negated attributes) {
	d := t.doc
	for _, a := range p.attrs {
		if _, ok := attrs.get(a.key); !ok {
			attrs.set(a.key, d.nullSpan())
		}
	}
	t.minimizeChanges(p, attrs)
	negated = t.insertAttributes(p, attrs)
	d.moveMarkers(p.parent, p.index, length, 0)
	return negated
}

// minimizeChanges steps over Formats that are wanted anyway (yjs:
// minimizeAttributeChanges).
func (t *Transaction) minimizeChanges(p *textPosition, attrs attributes) {
	d := t.doc
	for p.right != none {
		it := d.item(p.right)
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
	slices.SortStableFunc(attrs, func(a, b attribute) int { return lib0.CompareKeys(d.name(a.key), d.name(b.key)) })
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
		it := d.item(p.right)
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

// formatText gives n units from p on the given formats. Where the text ends
// earlier it grows by newlines, as editors expect that count a last one that is
// not there (yjs: formatText).
func (t *Transaction) formatText(p *textPosition, n uint64, attrs attributes) {
	d := t.doc
	t.minimizeChanges(p, attrs)
	negated := t.insertAttributes(p, attrs)
	for p.right != none {
		it := d.item(p.right)
		if n == 0 && (len(negated) == 0 || !it.deleted() && it.kind() != kindFormat) {
			break
		}
		switch {
		case it.deleted():
		case it.kind() == kindFormat:
			v := d.spans[it.content]
			want, ok := attrs.get(v.aux)
			if !ok {
				p.attrs.set(v.aux, v)
				break
			}
			if d.equalAttrs(want, v) {
				negated.remove(v.aux)
			} else if n == 0 {
				t.insertNegated(p, negated)
				return
			} else {
				negated.set(v.aux, v)
			}
			t.delete(p.right)
		default:
			if n < it.length() {
				t.cleanStart(it.client, it.clock+n)
				it = d.item(p.right)
			}
			n -= it.length()
		}
		p.forward(d)
	}
	if n > 0 {
		newlines := make([]byte, n)
		for i := range newlines {
			newlines[i] = '\n'
		}
		t.insertString(p, string(newlines))
	}
	t.insertNegated(p, negated)
}

// deleteText deletes n units from p on, and the Formats that lose their
// meaning by it (yjs: deleteText).
func (t *Transaction) deleteText(p *textPosition, n uint64) {
	d := t.doc
	start, before, all := p.right, slices.Clone(p.attrs), n
	for n > 0 && p.right != none {
		if it := d.item(p.right); it.visible() {
			if n < it.length() {
				t.cleanStart(it.client, it.clock+n)
				it = d.item(p.right)
			}
			n -= it.length()
			t.delete(p.right)
		}
		p.forward(d)
	}
	if start != none {
		t.cleanupGap(start, p.right, before, &p.attrs)
	}
	d.moveMarkers(p.parent, p.index, 0, all-n)
}
