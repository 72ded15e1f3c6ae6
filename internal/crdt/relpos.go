package crdt

import (
	"encoding/json"
	"errors"

	"grimoire/internal/crdt/lib0"
)

// RelativePosition is a place in a list or text that stays where it is while
// others edit: beside a unit, or at an end of a type. Exactly one of Item, Root
// and Type counts, in this order; JSON may carry the type beside the Item.
type RelativePosition struct {
	Type *ID     `json:"type,omitempty"`  // the Item that holds a nested type
	Root *string `json:"tname,omitempty"` // the name of a root type
	Item *ID     `json:"item,omitempty"`  // the unit

	// Assoc says to which side the place belongs: negative, to the unit left of
	// it; otherwise to the one right of it.
	Assoc int `json:"assoc"`
}

// Equal reports whether both name the same place in the same way (yjs v13.6:
// compareRelativePositions).
func (p RelativePosition) Equal(other RelativePosition) bool {
	return p.Assoc == other.Assoc && equalTo(p.Root, other.Root) && equalTo(p.Item, other.Item) && equalTo(p.Type, other.Type)
}

// equalTo reports whether both point to the same value, or to none.
func equalTo[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// How a position is encoded. These numbers are part of the format.
const (
	positionItem = 0
	positionRoot = 1
	positionType = 2
)

// RelativePosition returns the place of an index in t, which must be a list or
// text of d. An index behind the end is the end (yjs v13.6:
// createRelativePositionFromTypeIndex).
func (d *Doc) RelativePosition(t Type, index, assoc int) RelativePosition {
	ref := t.reference()
	ty := ref.typ()
	if ty == nil || ref.doc != d {
		panic("crdt: relative position in a type that is not part of this Doc")
	}
	p := RelativePosition{Assoc: assoc}
	if ty.item == none {
		name := d.name(ty.name)
		p.Root = &name
	} else {
		p.Type = d.idAt(ty.item, 0)
	}
	if assoc < 0 {
		if index == 0 {
			return p
		}
		index--
	}
	n := uint64(max(index, 0))
	for slot := ty.start; slot != none; slot = d.item(slot).right {
		it := d.item(slot)
		if it.visible() {
			if n < it.length() {
				p.Item = d.idAt(slot, n)
				return p
			}
			n -= it.length()
		}
		if it.right == none && assoc < 0 {
			p.Item = d.idAt(slot, it.length()-1)
		}
	}
	return p
}

// idAt returns the ID of unit i of the struct in slot.
func (d *Doc) idAt(slot int32, i uint64) *ID {
	it := d.item(slot)
	return &ID{d.clients[it.client].id, it.clock + i}
}

// Encode returns p as yjs encodes it. The type is left out if there is an Item.
func (p RelativePosition) Encode() []byte {
	var b []byte
	id := func(kind uint64, id ID) {
		b = lib0.AppendUint(b, kind)
		b = lib0.AppendUint(lib0.AppendUint(b, id.Client), id.Clock)
	}
	switch {
	case p.Item != nil:
		id(positionItem, *p.Item)
	case p.Root != nil:
		b = lib0.AppendString(lib0.AppendUint(b, positionRoot), *p.Root)
	case p.Type != nil:
		id(positionType, *p.Type)
	default:
		panic("crdt: empty relative position")
	}
	return lib0.AppendInt(b, int64(p.Assoc), false)
}

// DecodeRelativePosition reads what [RelativePosition.Encode] or yjs wrote.
// Old data may end before the association.
func DecodeRelativePosition(b []byte) (RelativePosition, error) {
	r := lib0.NewReader(b)
	var p RelativePosition
	switch kind := r.Uint(); kind {
	case positionItem:
		p.Item = &ID{r.Uint(), r.Uint()}
	case positionRoot:
		name := string(r.String())
		p.Root = &name
	case positionType:
		p.Type = &ID{r.Uint(), r.Uint()}
	default:
		r.Fail(ErrMalformed, "unknown kind of relative position")
	}
	if r.Len() > 0 {
		assoc, _ := r.Int()
		p.Assoc = int(assoc)
	}
	if err := r.Err(); err != nil {
		return RelativePosition{}, wrap("relative position", err)
	}
	return p, nil
}

// UnmarshalJSON reads what encoding/json or yjs wrote. Its error is a
// *[DecodeError], also for JSON that names no place.
func (p *RelativePosition) UnmarshalJSON(text []byte) error {
	type plain RelativePosition // without this method
	var got plain
	fail := func(offset int, what string) error {
		return wrap("relative position", &DecodeError{Offset: offset, What: what, Err: ErrMalformed})
	}
	if err := json.Unmarshal(text, &got); err != nil {
		var syntax *json.SyntaxError
		var other *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			return fail(int(syntax.Offset), err.Error())
		case errors.As(err, &other):
			return fail(int(other.Offset), err.Error())
		}
		return fail(0, err.Error())
	}
	for _, id := range []*ID{got.Item, got.Type} {
		if id != nil && max(id.Client, id.Clock) > lib0.MaxInt {
			return fail(len(text), "number above 2^53-1")
		}
	}
	if got.Item == nil && got.Root == nil && got.Type == nil {
		return fail(len(text), "neither item nor tname nor type")
	}
	*p = RelativePosition(got)
	return nil
}

// AbsolutePosition is where a relative position is at the moment.
type AbsolutePosition struct {
	Type  Type   // nil for a root that nobody has declared
	Root  string // name of the type, if Item is nil
	Item  *ID    // the Item that holds the type; nil for a root
	Index int
}

// Resolve returns where p is now, also if its unit was deleted, and made again by an
// UndoManager of this Doc; ok is false if its surroundings have not
// arrived yet or are gone (yjs v13.6:
// createAbsolutePositionFromRelativePosition).
func (d *Doc) Resolve(p RelativePosition) (at AbsolutePosition, ok bool) {
	return d.resolve(p, d.follow)
}

// ResolveForAll is [Doc.Resolve] as every other Doc would answer: only this one
// knows what its UndoManager made again, so a place that is shared must not depend
// on that (yjs: followUndoneDeletions false).
func (d *Doc) ResolveForAll(p RelativePosition) (at AbsolutePosition, ok bool) {
	return d.resolve(p, d.locate)
}

// resolve finds units by unit, which is follow or locate.
func (d *Doc) resolve(p RelativePosition, unit func(ID) (slot int32, diff uint64, ok bool)) (at AbsolutePosition, ok bool) {
	switch {
	case p.Item != nil:
		slot, diff, ok := unit(*p.Item)
		if !ok || d.item(slot).kind() == kindGC {
			return AbsolutePosition{}, false
		}
		return d.absolute(d.item(slot).parent, d.indexOf(slot, diff, p.Assoc)), true
	case p.Root != nil:
		return d.endOf(d.root(d.intern([]byte(*p.Root))), p.Assoc), true
	case p.Type != nil:
		slot, _, ok := unit(*p.Type)
		if !ok || d.item(slot).kind() != kindType {
			return AbsolutePosition{}, false
		}
		return d.endOf(int32(d.item(slot).content), p.Assoc), true
	}
	return AbsolutePosition{}, false
}

// follow returns the struct that holds id, or what an UndoManager made in its place,
// and how far in.
func (d *Doc) follow(id ID) (slot int32, diff uint64, ok bool) {
	if slot, diff, ok = d.locate(id); ok {
		it := d.item(slot)
		slot, diff = d.latest(structID{it.client, it.clock + diff})
	}
	return slot, diff, ok
}

// locate returns the struct that holds id and how far in.
func (d *Doc) locate(id ID) (slot int32, diff uint64, ok bool) {
	client, ok := d.knownClient(id.Client)
	if !ok || id.Clock >= d.clients[client].state {
		return none, 0, false
	}
	slot = d.get(client, id.Clock)
	return slot, id.Clock - d.item(slot).clock, true
}

// indexOf returns the index of a unit in its type, or of what follows it for a
// negative association. In a deleted type every index is 0.
func (d *Doc) indexOf(slot int32, diff uint64, assoc int) uint64 {
	it := d.item(slot)
	if holder := d.types[it.parent].item; holder != none && d.item(holder).deleted() {
		return 0
	}
	index := uint64(0)
	if it.visible() {
		index = diff
		if assoc < 0 {
			index++
		}
	}
	for left := it.left; left != none; left = d.item(left).left {
		if l := d.item(left); l.visible() {
			index += l.length()
		}
	}
	return index
}

func (d *Doc) endOf(id int32, assoc int) AbsolutePosition {
	if assoc < 0 {
		return d.absolute(id, 0)
	}
	return d.absolute(id, d.types[id].length)
}

func (d *Doc) absolute(id int32, index uint64) AbsolutePosition {
	at := AbsolutePosition{Index: int(index)}
	t := &d.types[id]
	if t.item == none {
		at.Root = d.name(t.name)
	} else {
		at.Item = d.idAt(t.item, 0)
	}
	if t.kind != typeUnknown {
		at.Type = d.handle(id)
	}
	return at
}
