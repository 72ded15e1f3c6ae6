package crdt

// TextUnit is where a unit of a text stands.
type TextUnit struct {
	Index int  // in UTF-16 units; of a deleted one, of what follows it; -1: the text has no such unit
	Alive bool // it is not deleted
}

// Units returns where units of the text stand, in the order of ids. However many
// there are, it goes through the text once, where [Doc.Resolve] goes through it
// for each.
func (x *Text) Units(ids []ID) []TextUnit {
	units := make([]TextUnit, len(ids))
	in := map[int32][]int{} // slot → which of ids it holds
	for i, id := range ids {
		units[i].Index = -1
		if x.typ() == nil {
			continue
		}
		slot, _, ok := x.doc.locate(id)
		if !ok || x.doc.item(slot).kind() == kindGC {
			continue
		}
		if it := x.doc.item(slot); it.parent == x.id && it.key == noKey {
			in[slot] = append(in[slot], i)
		}
	}
	if len(in) == 0 {
		return units
	}
	d, index := x.doc, 0
	for slot := x.typ().start; slot != none; slot = d.item(slot).right {
		it := d.item(slot)
		for _, i := range in[slot] {
			units[i] = TextUnit{Index: index, Alive: it.visible()}
			if it.visible() {
				units[i].Index += int(ids[i].Clock - it.clock)
			}
		}
		if it.visible() {
			index += int(it.length())
		}
	}
	return units
}
