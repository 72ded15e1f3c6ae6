package crdt

import "grimoire/internal/crdt/lib0"

// Between returns the text from one unit to another, both included, without
// what is deleted in between. It takes time in proportion to that and not to the
// whole text. It reports false if a unit is not there or deleted, if the two do
// not stand in one text in this order, or if there are more than limit UTF-16
// units.
func (d *Doc) Between(first, last ID, limit int) (string, bool) {
	from, begin, ok := d.textUnit(first)
	if !ok {
		return "", false
	}
	to, end, ok := d.textUnit(last)
	if !ok {
		return "", false
	}
	var out []byte
	units := uint64(0)
	for slot := from; slot != none; slot = d.item(slot).right {
		it := d.item(slot)
		if it.kind() == kindString && !it.deleted() {
			low, high := uint64(0), it.length()
			if slot == from {
				low = begin
			}
			if slot == to {
				high = end + 1
			}
			if units += high - low; high <= low || units > uint64(max(limit, 0)) {
				return "", false
			}
			b := d.bytesOf(it)
			start, halfStart := lib0.UTF16Offset(b, int(low))
			stop, halfStop := lib0.UTF16Offset(b, int(high))
			if halfStart || halfStop {
				return "", false
			}
			out = append(out, b[start:stop]...)
		}
		if slot == to {
			return string(out), true
		}
	}
	return "", false
}

// textUnit returns the String that holds a unit which is not deleted, and how
// far in the unit is.
func (d *Doc) textUnit(id ID) (slot int32, diff uint64, ok bool) {
	slot, diff, ok = d.follow(id)
	if !ok {
		return none, 0, false
	}
	it := d.item(slot)
	return slot, diff, it.kind() == kindString && !it.deleted()
}
