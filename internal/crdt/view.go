package crdt

import (
	"iter"

	"grimoire/internal/crdt/lib0"
)

// View reads a Doc as it was at a Snapshot. It makes no second Doc, as [Doc.At]
// does, and changes nothing.
//
// Its methods take handles of the Doc's types, those that were deleted since
// included. Values that are types are such handles too: ask the View for what
// they held.
type View struct {
	doc *Doc
	s   Snapshot
}

// View returns the state that d had at s. It is an error if d collects garbage,
// or if s holds more than d. What is edited later does not show in the View.
func (d *Doc) View(s Snapshot) (*View, error) {
	if err := d.reaches(s); err != nil {
		return nil, err
	}
	return &View{d, s}, nil
}

// Values returns the elements that an Array had, or the nodes of an XmlFragment or
// XmlElement (yjs v13.6: typeListToArraySnapshot).
func (v *View) Values(t Type) []any {
	values := []any{}
	ref := v.reference(t)
	if ref == nil {
		return values
	}
	for p := range v.doc.pieces(ref.start, &v.s) {
		if it := v.doc.item(p.slot); it.countable() && v.s.holds(p.id) {
			values = v.doc.appendValues(values, it, p.from, p.to)
		}
	}
	return values
}

// Get returns what was under a key: an entry of a Map or XmlHook, an attribute of
// an XmlElement, Text or XmlText (yjs: typeMapGetSnapshot).
func (v *View) Get(t Type, key string) (value any, ok bool) {
	ref := v.reference(t)
	if ref == nil {
		return nil, false
	}
	k, ok := v.doc.keyOf[key]
	if !ok {
		return nil, false
	}
	slot, unit := v.s.valueAt(v.doc, ref.head(k))
	if slot == none {
		return nil, false
	}
	return v.doc.value(v.doc.item(slot), unit), true
}

// Keys returns the keys that had a value (yjs: typeMapGetAllSnapshot).
func (v *View) Keys(t Type) []string {
	ref := v.reference(t)
	if ref == nil {
		return nil
	}
	var names []string
	for _, h := range ref.heads {
		if slot, _ := v.s.valueAt(v.doc, h.item); slot != none {
			names = append(names, v.doc.name(h.key))
		}
	}
	return names
}

// Delta returns what a Text or XmlText was, as [Text.Delta] does (yjs: toDelta with
// a snapshot).
func (v *View) Delta(t Type) []Delta { return v.delta(t, nil, nil) }

// YChange says what happened to a piece of text between two Snapshots, in yjs's
// words.
type YChange string

// What happened: the text came, or it went.
const (
	YAdded   YChange = "added"
	YRemoved YChange = "removed"
)

// ychange is the format under which changes are shown. Editors of yjs know it.
const ychange = "ychange"

// DeltaSince returns what a Text or XmlText was, and what had been removed since an
// earlier Snapshot. Text that came or went has a format ychange, whose value is
// what compute returns for its first unit; nil is an object with the YChange as
// its type (yjs: toDelta with both snapshots and computeYChange). As in yjs an
// embedded object is not marked itself: it shows the mark of the text before it.
func (v *View) DeltaSince(before Snapshot, t Type, compute func(YChange, ID) any) []Delta {
	if compute == nil {
		compute = func(change YChange, _ ID) any { return map[string]any{"type": string(change)} }
	}
	return v.delta(t, &before, compute)
}

func (v *View) delta(t Type, before *Snapshot, compute func(YChange, ID) any) []Delta {
	ref := v.reference(t)
	if ref == nil {
		return nil
	}
	d := v.doc
	r := richText{doc: d}
	marked := pieceMark{}
	snapshots := []*Snapshot{&v.s}
	if before != nil {
		snapshots = append(snapshots, before)
	}
	for p := range d.pieces(ref.start, snapshots...) {
		now := v.s.holds(p.id)
		was := before != nil && before.holds(p.id)
		if !now && !was {
			continue
		}
		switch it := d.item(p.slot); it.kind() {
		case kindString:
			if m := markOf(p.id, now, was, before != nil); m != marked {
				r.pack()
				marked = m
				r.mark = nil
				if m.change != "" {
					r.mark = &Attribute{ychange, compute(m.change, p.id)}
				}
			}
			r.text = append(r.text, d.textBetween(it, p.from, p.to)...)
		case kindType, kindEmbed:
			r.object(it)
		case kindFormat:
			if now {
				r.format(it)
			}
		}
	}
	r.pack()
	return r.ops
}

// pieceMark says what is to be shown of a piece of text. Neighbours with the same
// mark share one ychange.
type pieceMark struct {
	change YChange // "" if it was there and still is
	client uint64
}

func markOf(id ID, now, was, compared bool) pieceMark {
	switch {
	case !now:
		return pieceMark{YRemoved, id.Client}
	case compared && !was:
		return pieceMark{YAdded, id.Client}
	}
	return pieceMark{}
}

// String returns what a Text held, or what an XML type printed as: see
// [Text.String], [XmlFragment.String], [XmlElement.String] and [XmlText.String].
func (v *View) String(t Type) string { return printed(v, t) }

// reference returns the type of a handle; nil if it is not there any more. It
// panics if the handle is of another Doc, or of none.
func (v *View) reference(t Type) *typ {
	ref := t.reference()
	if ref.doc != v.doc {
		panic("crdt: a View reads the types of its own Doc")
	}
	return ref.typ()
}

// piece is a part of an Item that Snapshots do not divide.
type piece struct {
	slot     int32
	id       ID     // of the first unit
	from, to uint64 // units of the Item
}

// pieces goes over a list from an Item on, cutting Items where one of the
// Snapshots begins or ends to hold their units. Yjs splits those Items instead
// (splitSnapshotAffectedStructs).
func (d *Doc) pieces(slot int32, snapshots ...*Snapshot) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for ; slot != none; slot = d.item(slot).right {
			it := d.item(slot)
			client, clock, end := d.clients[it.client].id, it.clock, it.end()
			for at := clock; at < end; {
				next := end
				for _, s := range snapshots {
					next = s.cut(ID{client, at}, next)
				}
				if !yield(piece{slot, ID{client, at}, at - clock, next - clock}) {
					return
				}
				at = next
			}
		}
	}
}

// textBetween returns units from to to of a String. Half a surrogate pair becomes
// U+FFFD.
func (d *Doc) textBetween(it *item, from, to uint64) []byte {
	text := d.bytesOf(it)
	if !it.is(flagWide) {
		return text[from:to]
	}
	if from == 0 && to == it.length() {
		return text
	}
	start, cutsFirst := lib0.UTF16Offset(text, int(from))
	end, cutsLast := lib0.UTF16Offset(text, int(to))
	var out []byte
	if cutsFirst {
		out = append(out, replacement...)
		start += 4 // what is left of the pair
	}
	out = append(out, text[min(start, end):end]...)
	if cutsLast {
		out = append(out, replacement...)
	}
	return out
}
