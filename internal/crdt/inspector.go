package crdt

import (
	"cmp"
	"slices"
)

// inspector works out the places of what an update brings: those in the Doc by
// climbing from its types, those in the update by following its origins.
type inspector struct {
	doc     *Doc
	result  Inspection
	links   []link
	byID    map[uint64][]int32 // client to indexes of result.Items, by clock
	holders map[int32]*Place   // of types of the Doc: the place of the Item that holds it
	places  map[placeKey]*Place
	deleted map[int32]bool // slots that are reported as deleted
	missing map[ID]bool
}

// placeKey identifies a Place, so that all who are there share one.
type placeKey struct {
	root   string
	parent *Place
	step   Step
}

// link is what a struct of the update says about where it belongs.
type link struct {
	has           uint8
	state         linkState
	origin, right ID // origin: of the parent's Item, if has&hasParent
	root, key     []byte
	content       rawContent
	parent        int32 // type of the Doc it is in; none if that is new or unknown
}

type linkState uint8

const (
	unplaced linkState = iota
	placing
	placed
)

func newInspector(d *Doc, n census) *inspector {
	return &inspector{
		doc:     d,
		result:  Inspection{Items: make([]Change, 0, n.structs)},
		links:   make([]link, 0, n.items),
		byID:    map[uint64][]int32{},
		holders: map[int32]*Place{},
		places:  map[placeKey]*Place{},
		deleted: map[int32]bool{},
		missing: map[ID]bool{},
	}
}

func (in *inspector) state(client uint64) uint64 { return in.doc.State(client) }

// readItems lists the structs that are new. One that is known in part counts
// from its first new unit.
func (in *inspector) readItems(r *updateReader) {
	var s rawStruct
	for r.next(&s) {
		state := in.state(s.client)
		if s.kind == kindSkip || s.length == 0 || s.end() <= state {
			continue
		}
		if s.clock < state {
			s.cut(state - s.clock)
		}
		c := Change{ID: ID{s.client, s.clock}, Length: s.length, Kind: Kind(s.kind), in: in, link: none}
		if s.kind != kindGC {
			c.link = int32(len(in.links))
			l := link{has: s.has, origin: s.origin, right: s.right, root: s.root, key: s.key, content: s.content, parent: none}
			if s.has&hasParent != 0 {
				l.origin = s.parent
			}
			in.links = append(in.links, l)
		}
		in.byID[s.client] = append(in.byID[s.client], int32(len(in.result.Items)))
		in.result.Items = append(in.result.Items, c)
	}
	items := in.result.Items
	for _, list := range in.byID {
		slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(items[a].Clock, items[b].Clock) })
	}
}

// item returns the index of the new struct that holds id, or none.
func (in *inspector) item(id ID) int32 {
	list := in.byID[id.Client]
	items := in.result.Items
	i, found := slices.BinarySearchFunc(list, id.Clock, func(i int32, clock uint64) int { return cmp.Compare(items[i].Clock, clock) })
	if !found {
		i--
	}
	if i < 0 || items[list[i]].Clock+items[list[i]].Length <= id.Clock {
		return none
	}
	return list[i]
}

// maxMissing bounds how many missing units are named.
const maxMissing = 64

// lacks notes a unit that nobody has sent.
func (in *inspector) lacks(id ID) {
	if !in.missing[id] && len(in.missing) < maxMissing {
		in.missing[id] = true
		in.result.Missing = append(in.result.Missing, id)
	}
}

// placeItems finds the place of every new struct. Those that a struct depends
// on come first; they wait on a stack of our own, since an update can chain
// any number of them.
func (in *inspector) placeItems() {
	var stack []int32
	for i := range in.result.Items {
		c := &in.result.Items[i]
		if before := (ID{c.Client, c.Clock - 1}); c.Clock > in.state(c.Client) && in.item(before) == none {
			in.lacks(before)
		}
		stack = append(stack, int32(i))
		for len(stack) > 0 {
			top := stack[len(stack)-1]
			if first := in.placeFirst(top); first != none {
				stack = append(stack, first)
				continue
			}
			in.place(top)
			stack = stack[:len(stack)-1]
		}
		in.overwritten(i)
	}
}

// placeFirst returns a struct of the update whose place decides that of item i
// and is not known yet, or none.
func (in *inspector) placeFirst(i int32) int32 {
	c := &in.result.Items[i]
	if c.link == none || in.links[c.link].state == placed {
		return none
	}
	l := &in.links[c.link]
	l.state = placing
	check := func(id ID) int32 {
		if id.Clock < in.state(id.Client) {
			return none
		}
		j := in.item(id)
		if j == none {
			in.lacks(id)
			return none
		}
		if k := in.result.Items[j].link; k == none || in.links[k].state != unplaced {
			return none // a GC, done, or a circle
		}
		return j
	}
	if l.has&(infoOrigin|hasParent) != 0 {
		if j := check(l.origin); j != none {
			return j
		}
	}
	if l.has&infoRight != 0 {
		return check(l.right)
	}
	return none
}

// place works out where item i is, from where its origins are.
func (in *inspector) place(i int32) {
	c := &in.result.Items[i]
	if c.link == none || in.links[c.link].state == placed {
		return
	}
	l := &in.links[c.link]
	l.state = placed
	d := in.doc
	switch {
	case l.has&hasRoot != 0:
		if key, ok := d.keyOf[string(l.root)]; ok {
			l.parent = d.keys[key].root
		}
		c.Place = in.under(string(l.root), nil, l.step())
	case l.has&hasParent != 0:
		holder, id, ok := in.typeAt(l.origin)
		if ok {
			l.parent = id
			c.Place = in.under(holder.Root, holder, l.step())
		}
	case l.has&infoOrigin != 0:
		c.Place, l.parent = in.beside(l.origin)
	default:
		c.Place, l.parent = in.beside(l.right)
	}
}

func (l *link) step() Step {
	if l.has&infoKey != 0 {
		return Step{Key: string(l.key)}
	}
	return Step{InList: true}
}

// under returns the one Place of a step within a type.
func (in *inspector) under(root string, holder *Place, step Step) *Place {
	if holder != nil && step.InList {
		if holder.inside == nil {
			holder.inside = &Place{Root: root, Step: step, parent: holder, first: holder.first}
		}
		return holder.inside
	}
	k := placeKey{root, holder, step}
	p, ok := in.places[k]
	if !ok {
		p = &Place{Root: root, Step: step, parent: holder}
		p.first = p
		if holder != nil {
			p.first = holder.first
		}
		in.places[k] = p
	}
	return p
}

// typeAt returns the place of the Item that holds a type, and the type if the
// Doc has it; ok is false if there is no type.
func (in *inspector) typeAt(id ID) (holder *Place, typ int32, ok bool) {
	if slot := in.slot(id); slot != none {
		it := in.doc.item(slot)
		if it.kind() != kindType {
			return nil, none, false
		}
		return in.ofSlot(slot), int32(it.content), true
	}
	if i := in.item(id); i != none {
		c := &in.result.Items[i]
		return c.Place, none, c.Kind == KindType && c.Place != nil
	}
	return nil, none, false
}

// beside returns the place that a unit has, for its neighbour.
func (in *inspector) beside(id ID) (*Place, int32) {
	if slot := in.slot(id); slot != none {
		if p := in.ofSlot(slot); p != nil {
			return p, in.doc.item(slot).parent
		}
		return nil, none
	}
	if i := in.item(id); i != none {
		if c := &in.result.Items[i]; c.link != none {
			return c.Place, in.links[c.link].parent
		}
	}
	return nil, none
}

// slot returns the slot of the Doc that holds id, or none.
func (in *inspector) slot(id ID) int32 {
	if id.Clock >= in.state(id.Client) {
		return none
	}
	client, _ := in.doc.knownClient(id.Client)
	return in.doc.get(client, id.Clock)
}

// ofSlot returns the place of an Item of the Doc; nil for a GC.
func (in *inspector) ofSlot(slot int32) *Place {
	d := in.doc
	it := d.item(slot)
	if it.kind() == kindGC {
		return nil
	}
	step := Step{InList: true}
	if it.key != noKey {
		step = Step{Key: d.name(it.key)}
	}
	if t := &d.types[it.parent]; t.item == none {
		return in.under(d.name(t.name), nil, step)
	}
	holder := in.holder(it.parent)
	return in.under(holder.Root, holder, step)
}

// holder returns the place of the Item that holds a type of the Doc. Those above it
// are found first, the outermost to begin with: calls do not go as deep as types.
func (in *inspector) holder(id int32) *Place {
	d := in.doc
	var unknown []int32
	for at := id; at != none && in.holders[at] == nil && d.types[at].item != none; at = d.parentOf(at) {
		unknown = append(unknown, at)
	}
	for _, at := range slices.Backward(unknown) {
		in.holders[at] = in.ofSlot(d.types[at].item)
	}
	return in.holders[id]
}

// overwritten reports the value that item i takes the place of.
func (in *inspector) overwritten(i int) {
	c := &in.result.Items[i]
	if c.Place == nil || c.Place.InList || in.links[c.link].parent == none {
		return
	}
	d := in.doc
	if key, ok := d.keyOf[c.Place.Key]; ok {
		if slot := d.types[in.links[c.link].parent].head(key); slot != none {
			in.deleteSlot(slot)
		}
	}
}

// deleteSlot reports an Item of the Doc, with all that it holds, as deleted.
func (in *inspector) deleteSlot(slot int32) {
	if in.deleteOne(slot) && in.doc.item(slot).kind() == kindType {
		in.doc.walk(int32(in.doc.item(slot).content), in.deleteOne)
	}
}

// deleteOne reports an Item as deleted, and whether it was not before.
func (in *inspector) deleteOne(slot int32) bool {
	it := in.doc.item(slot)
	if it.deleted() || in.deleted[slot] {
		return false
	}
	in.deleted[slot] = true
	in.report(slot, it.clock, it.length())
	return true
}

// report adds units of an Item of the Doc to the deletes.
func (in *inspector) report(slot int32, clock, length uint64) {
	it := in.doc.item(slot)
	in.result.Deletes = append(in.result.Deletes, Change{
		ID: ID{in.doc.clients[it.client].id, clock}, Length: length,
		Kind: Kind(it.kind()), Place: in.ofSlot(slot), link: none,
	})
}

// deleteRange reports what a range of the delete set would delete.
func (in *inspector) deleteRange(del deleteRange) {
	d := in.doc
	clock := del.clock
	for state := in.state(del.client); clock < min(state, del.end()); {
		slot := in.slot(ID{del.client, clock})
		it := d.item(slot)
		end := min(it.end(), del.end())
		switch {
		case it.deleted() || in.deleted[slot]:
		case clock == it.clock && end == it.end():
			in.deleteSlot(slot)
		default:
			in.report(slot, clock, end-clock)
		}
		clock = end
	}
	for clock < del.end() {
		i := in.item(ID{del.client, clock})
		if i == none {
			in.lacks(ID{del.client, clock})
			return
		}
		c := in.result.Items[i]
		end := min(c.Clock+c.Length, del.end())
		if c.Kind != KindGC && c.Kind != KindDeleted {
			in.result.Deletes = append(in.result.Deletes, Change{ID: ID{c.Client, clock}, Length: end - clock, Kind: c.Kind, Place: c.Place, link: none})
		}
		clock = end
	}
}
