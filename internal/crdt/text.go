package crdt

import (
	"slices"

	"grimoire/internal/crdt/lib0"
)

// Text is a shared text with formats and embedded objects. Indexes and lengths
// count UTF-16 code units, as in JavaScript; an embedded object counts one.
//
// Edits of a text that is not part of a Doc yet take a nil transaction. They
// are kept, and done when it becomes part of one; until then it reads as empty.
type Text struct {
	typeRef
	pending []textEdit
}

// textEdit is an edit of a text that is part of a Doc.
type textEdit func(*Transaction) (first, then step)

// Attributes are formats of a piece of text, or of an embedded object, in
// order. The value nil takes a format away.
type Attributes []Attribute

// Attribute is one format, such as {"bold", true}.
type Attribute struct {
	Key   string
	Value any
}

// Get returns the value of a format; ok is false if there is none.
func (a Attributes) Get(key string) (value any, ok bool) {
	for _, x := range a {
		if x.Key == key {
			return x.Value, true
		}
	}
	return nil, false
}

// Text returns the root text of a name, which it declares: a text that was
// declared before updates arrive cleans up its formats as yjs's does. It panics
// if the root was used as another type.
func (d *Doc) Text(name string) *Text { return &Text{typeRef: d.declare(name, typeText)} }

// NewText returns a text that begins with s, to be put into a Map or an Array.
func NewText(s string) *Text {
	x := &Text{}
	x.Insert(nil, 0, s)
	return x
}

// Len returns the length in UTF-16 units.
func (x *Text) Len() int { return x.length(0) }

// String returns the text without formats and embedded objects.
func (x *Text) String() string {
	t := x.typ()
	if t == nil {
		return ""
	}
	d := x.doc
	var out []byte
	for slot := t.start; slot != none; slot = d.item(slot).right {
		if it := d.item(slot); it.kind() == kindString && !it.deleted() {
			out = append(out, d.bytesOf(it)...)
		}
	}
	return string(out)
}

// Insert puts s at index, formatted like what is left of it. It panics if
// index is outside of the text. Bytes that are not UTF-8 become U+FFFD.
func (x *Text) Insert(t *Transaction, index int, s string) { x.insert(t, index, s, nil, true) }

// InsertWith puts s at index with exactly the given formats.
func (x *Text) InsertWith(t *Transaction, index int, s string, attrs Attributes) {
	x.insert(t, index, s, attrs, false)
}

func (x *Text) insert(t *Transaction, index int, s string, attrs Attributes, inherit bool) {
	if s == "" {
		return
	}
	x.edit(t, func(t *Transaction) (first, then step) {
		checkRange(index, 0, x.Len())
		p := t.findText(x.id, uint64(index), inherit)
		formats := slices.Clone(p.attrs)
		if !inherit {
			formats = t.doc.holdAttributes(attrs)
		}
		t.insertText(&p, formats, s)
		return nil, nil
	})
}

// InsertEmbed puts an object at index: what an Any can hold, or a new shared
// type. A string is text, as in yjs. The events of numbers and booleans have a
// gap where those are, see [Event.Delta]; an object around them avoids that.
func (x *Text) InsertEmbed(t *Transaction, index int, value any, attrs Attributes) {
	if x.doc == nil {
		attrs = append(Attributes{}, attrs...) // not nil, as in yjs
	}
	x.edit(t, func(t *Transaction) (first, then step) {
		checkRange(index, 0, x.Len())
		p := t.findText(x.id, uint64(index), attrs == nil)
		formats := t.doc.holdAttributes(attrs)
		if s, isText := value.(string); isText {
			t.insertText(&p, formats, s)
			return nil, nil
		}
		return t.insertObject(&p, formats, value)
	})
}

// Format gives n units from index on the given formats.
func (x *Text) Format(t *Transaction, index, n int, attrs Attributes) {
	if n == 0 {
		return
	}
	x.edit(t, func(t *Transaction) (first, then step) {
		checkRange(index, 0, x.Len())
		if p := t.findText(x.id, uint64(index), false); p.right != none {
			t.formatText(&p, uint64(n), t.doc.holdAttributes(attrs))
		}
		return nil, nil
	})
}

// Delete deletes n units from index on. It panics if they are not all inside
// of the text.
func (x *Text) Delete(t *Transaction, index, n int) {
	if n == 0 {
		return
	}
	x.edit(t, func(t *Transaction) (first, then step) {
		checkRange(index, n, x.Len())
		p := t.findText(x.id, uint64(index), true)
		t.deleteText(&p, uint64(n))
		return nil, nil
	})
}

// CleanUpFormats deletes the Formats that change nothing, and returns how many
// there were. Edits leave few; those that others leave go by themselves (yjs:
// cleanupYTextFormatting).
func (x *Text) CleanUpFormats(t *Transaction) int {
	x.mustEdit(t)
	before := t.deletedUnits()
	if x.typ() != nil {
		t.cleanupText(x.id)
	}
	return int(t.deletedUnits() - before)
}

// deletedUnits returns how many units t has deleted.
func (t *Transaction) deletedUnits() (n uint64) {
	for _, del := range t.deletes {
		n += del.length
	}
	return n
}

// Attribute returns an attribute of the text as a whole, see [Map.Get].
func (x *Text) Attribute(key string) (value any, ok bool) { return x.getKey(key) }

// Attributes returns the keys of the attributes of the text as a whole.
func (x *Text) Attributes() []string { return x.keyNames() }

// SetAttribute sets an attribute of the text as a whole, see [Map.Set].
func (x *Text) SetAttribute(t *Transaction, key string, value any) {
	x.edit(t, func(t *Transaction) (first, then step) { return x.setKey(t, key, value), nil })
}

// RemoveAttribute takes an attribute of the text as a whole away.
func (x *Text) RemoveAttribute(t *Transaction, key string) {
	x.edit(t, func(t *Transaction) (first, then step) {
		x.deleteKey(t, key)
		return nil, nil
	})
}

// edit makes an edit, or keeps it for later if the text is not part of a Doc yet.
func (x *Text) edit(t *Transaction, edit textEdit) {
	if x.doc == nil {
		x.pending = append(x.pending, edit)
		return
	}
	x.mustEdit(t)
	finish(edit(t))
}

func (x *Text) shape() (typeKind, string) { return typeText, "" }

func (x *Text) begin(t *Transaction, ref typeRef) step {
	x.attach(ref)
	edits := x.pending
	x.pending = nil
	var next step
	next = func() (first, then step) {
		if len(edits) == 0 {
			return nil, nil
		}
		edit := edits[0]
		edits = edits[1:]
		return func() (first, then step) { return edit(t) }, next
	}
	return next
}

// holdAttributes copies formats into the arena.
func (d *Doc) holdAttributes(attrs Attributes) attributes {
	out := make(attributes, 0, len(attrs))
	for _, a := range attrs {
		out.set(d.intern([]byte(a.Key)), d.hold(mustAppendAny(nil, a.Value)))
	}
	return out
}

// insertString puts s, valid UTF-8, at p and steps over it.
func (t *Transaction) insertString(p *textPosition, s string) {
	text := []byte(s)
	t.insertItem(p, func(it *item) {
		it.setKind(kindString)
		it.setLength(utf16Len(text))
		t.doc.setText(it, text)
	})
}

// insertEmbed puts an object at p, which fill fills, and steps over it.
func (t *Transaction) insertEmbed(p *textPosition, value any) (fill step) {
	if _, ok := value.(Type); ok {
		p.right, fill = t.createValue(p.parent, noKey, p.left, p.right, value)
		p.forward(t.doc)
		return fill
	}
	t.insertItem(p, func(it *item) {
		it.setKind(kindEmbed)
		it.setLength(1)
		it.content = t.doc.newSpan(t.doc.hold(mustAppendAny(nil, value)))
	})
	return nil
}

func utf16Len(text []byte) uint64 { return uint64(lib0.UTF16Len(text)) }
