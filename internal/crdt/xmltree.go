package crdt

import (
	"iter"
	"slices"
	"strings"
)

// Parent returns the type that holds this one; nil for a root, for a type that is
// not part of a Doc, and in a root that nobody has declared (yjs v13.6:
// AbstractType.parent).
func (r *typeRef) Parent() Type {
	t := r.typ()
	if t == nil || t.item == none {
		return nil
	}
	d := r.doc
	if parent := d.item(t.item).parent; d.types[parent].kind != typeUnknown {
		return d.handle(parent)
	}
	return nil
}

// FirstChild returns the first node, or nil if there is none or it is not a type
// (yjs: firstChild).
func (f *XmlFragment) FirstChild() Type {
	t := f.typ()
	if t == nil {
		return nil
	}
	return f.doc.nodeIn(f.doc.present(t.start))
}

// NextSibling returns the node behind the element, nil if there is none (yjs:
// nextSibling).
func (e *XmlElement) NextSibling() Type { return e.sibling(goRight) }

// PrevSibling returns the node before the element, nil if there is none (yjs:
// prevSibling).
func (e *XmlElement) PrevSibling() Type { return e.sibling(goLeft) }

// NextSibling returns the node behind the text, nil if there is none (yjs:
// nextSibling).
func (x *XmlText) NextSibling() Type { return x.sibling(goRight) }

// PrevSibling returns the node before the text, nil if there is none (yjs:
// prevSibling).
func (x *XmlText) PrevSibling() Type { return x.sibling(goLeft) }

func goLeft(it *item) int32  { return it.left }
func goRight(it *item) int32 { return it.right }

func (r *typeRef) sibling(step func(*item) int32) Type {
	t := r.typ()
	if t == nil || t.item == none {
		return nil
	}
	d := r.doc
	slot := step(d.item(t.item))
	for slot != none && d.item(slot).deleted() {
		slot = step(d.item(slot))
	}
	return d.nodeIn(slot)
}

// present returns the first Item from slot on that is not deleted, or none.
func (d *Doc) present(slot int32) int32 {
	for slot != none && d.item(slot).deleted() {
		slot = d.item(slot).right
	}
	return slot
}

// nodeIn returns the type that an Item holds, or nil.
func (d *Doc) nodeIn(slot int32) Type {
	if slot == none || d.item(slot).kind() != kindType {
		return nil
	}
	return d.handle(int32(d.item(slot).content))
}

// TreeWalker goes over all nodes that the fragment holds, at any depth, each before
// what it holds, and yields those that keep accepts; nil: all. What is not kept is
// walked into all the same. No transaction may end meanwhile (yjs:
// createTreeWalker).
func (f *XmlFragment) TreeWalker(keep func(node Type) bool) iter.Seq[Type] {
	return func(yield func(Type) bool) {
		t := f.typ()
		if t == nil {
			return
		}
		d := f.doc
		for slot := d.present(t.start); slot != none; slot = d.nodeAfter(slot, f.id) {
			node := d.nodeIn(slot)
			if node != nil && (keep == nil || keep(node)) && !yield(node) {
				return
			}
		}
	}
}

// nodeAfter returns the Item that follows another one in the tree under root: its
// first child, else what follows it or what holds it.
func (d *Doc) nodeAfter(slot, root int32) int32 {
	if it := d.item(slot); it.kind() == kindType {
		if t := &d.types[it.content]; t.kind == typeXmlElement || t.kind == typeXmlFragment {
			if child := d.present(t.start); child != none {
				return child
			}
		}
	}
	for {
		if next := d.present(d.item(slot).right); next != none {
			return next
		}
		parent := d.item(slot).parent
		if parent == root {
			return none
		}
		slot = d.types[parent].item
	}
}

// QuerySelector returns the first element with a node name, whatever its case, at
// any depth; nil if there is none. As in yjs a query can name nothing else.
func (f *XmlFragment) QuerySelector(name string) *XmlElement {
	for e := range f.named(name) {
		return e
	}
	return nil
}

// QuerySelectorAll returns all elements with a node name, see
// [XmlFragment.QuerySelector].
func (f *XmlFragment) QuerySelectorAll(name string) []*XmlElement {
	return slices.Collect(f.named(name))
}

func (f *XmlFragment) named(name string) iter.Seq[*XmlElement] {
	upper := strings.ToUpper(name)
	return func(yield func(*XmlElement) bool) {
		for node := range f.TreeWalker(nil) {
			if e, ok := node.(*XmlElement); ok && name != "" && strings.ToUpper(e.name) == upper && !yield(e) {
				return
			}
		}
	}
}

// InsertAfter puts nodes behind a node of the fragment; nil: before the first one.
// It panics if the fragment does not hold the node.
func (f *XmlFragment) InsertAfter(t *Transaction, node Type, nodes ...any) {
	if f.doc == nil {
		i := 0
		if node != nil {
			if i = slices.Index(f.initial, any(node)) + 1; i == 0 {
				panic("crdt: insertion behind a node that is elsewhere")
			}
		}
		f.Insert(nil, i, nodes...)
		return
	}
	d := f.mustEdit(t)
	after := none
	if node != nil {
		ref := node.reference()
		ty := ref.typ()
		if ref.doc != d || ty == nil || ty.item == none || d.item(ty.item).parent != f.id {
			panic("crdt: insertion behind a node that is elsewhere")
		}
		after = ty.item
	}
	finish(t.insertValues(f.id, after, nodes)())
}
