package crdt

import (
	"cmp"
	"slices"
)

// mergeRanges sorts ranges by client and clock and joins those that touch or
// overlap, in place (yjs: sortAndMergeDeleteSet).
func mergeRanges(ranges []delRange) []delRange {
	if len(ranges) < 2 {
		return ranges
	}
	slices.SortFunc(ranges, func(a, b delRange) int {
		if c := cmp.Compare(a.client, b.client); c != 0 {
			return c
		}
		return cmp.Compare(a.clock, b.clock)
	})
	out := ranges[:1]
	for _, r := range ranges[1:] {
		last := &out[len(out)-1]
		if end := last.clock + last.length; last.client == r.client && r.clock <= end {
			last.length = max(end, r.clock+r.length) - last.clock
			continue
		}
		out = append(out, r)
	}
	return out
}

// clientsOf returns the clients of ranges in the order in which they come. Yjs
// keeps delete sets in that order, and where formats are cleaned up or steps
// redone it shows.
func clientsOf(ranges []delRange) []uint32 {
	var order []uint32
	seen := map[uint32]bool{}
	for i, r := range ranges {
		if i > 0 && r.client == ranges[i-1].client || seen[r.client] {
			continue
		}
		seen[r.client] = true
		order = append(order, r.client)
	}
	return order
}

// regroup returns sorted ranges with their clients in the given order.
func regroup(ranges []delRange, order []uint32) []delRange {
	if len(order) < 2 {
		return slices.Clone(ranges)
	}
	place := make(map[uint32]int, len(order))
	for i, client := range order {
		place[client] = i
	}
	out := slices.Clone(ranges)
	slices.SortStableFunc(out, func(a, b delRange) int { return cmp.Compare(place[a.client], place[b.client]) })
	return out
}

// applyDelete deletes a range as far as its units are known, and returns what
// is not (yjs: readAndApplyDeleteSet).
func (t *Transaction) applyDelete(del deleteRange) (rest deleteRange, some bool) {
	d := t.doc
	c, ok := d.knownClient(del.client)
	if !ok {
		return del, true
	}
	state := d.clients[c].state
	if del.clock >= state {
		return del, true
	}
	if end := del.end(); state < end {
		rest, some = deleteRange{del.client, state, end - state}, true
	}
	p := d.find(c, del.clock)
	slot := d.clients[c].slot(p)
	if it := d.item(slot); !it.deleted() && it.clock < del.clock {
		half := t.splitItem(slot, del.clock-it.clock)
		d.insertAfter(c, p, half)
		p = d.find(c, del.clock)
	}
	for ok := true; ok; p, ok = d.clients[c].next(p) {
		slot := d.clients[c].slot(p)
		it := d.item(slot)
		if it.clock >= del.end() {
			break
		}
		if it.deleted() {
			continue
		}
		if del.end() < it.end() {
			half := t.splitItem(slot, del.end()-it.clock)
			d.insertAfter(c, p, half)
			p = d.find(c, d.item(slot).clock)
		}
		t.delete(slot)
	}
	return rest, some
}

// deleteSet collects ranges by client for writing.
type deleteSet struct {
	ranges []deleteRange
}

func (s *deleteSet) add(del deleteRange) { s.ranges = append(doubled(s.ranges), del) }

// normalise sorts the ranges, highest client first, and joins those that touch
// or overlap.
func (s *deleteSet) normalise() {
	slices.SortFunc(s.ranges, func(a, b deleteRange) int {
		if c := cmp.Compare(b.client, a.client); c != 0 {
			return c
		}
		return cmp.Compare(a.clock, b.clock)
	})
	if len(s.ranges) == 0 {
		return
	}
	out := s.ranges[:1]
	for _, r := range s.ranges[1:] {
		last := &out[len(out)-1]
		if last.client == r.client && r.clock <= last.end() {
			last.length = max(last.end(), r.end()) - last.clock
			continue
		}
		out = append(out, r)
	}
	s.ranges = out
}

// before returns the index of the last range that does not begin behind id, or -1.
// The set must be normalised.
func (s *deleteSet) before(id ID) int {
	i, found := slices.BinarySearchFunc(s.ranges, id, func(r deleteRange, id ID) int {
		return cmp.Or(cmp.Compare(id.Client, r.client), cmp.Compare(r.clock, id.Clock))
	})
	if !found {
		i--
	}
	return i
}

// ascend reports whether the ranges of each client follow each other without
// overlap.
func ascend(ranges []deleteRange) bool {
	for i := 1; i < len(ranges); i++ {
		if ranges[i].client == ranges[i-1].client && ranges[i].clock < ranges[i-1].end() {
			return false
		}
	}
	return true
}

// sortClients puts the clients in the order of writing, highest first, and
// keeps the ranges of each as they are.
func (s *deleteSet) sortClients() {
	slices.SortStableFunc(s.ranges, func(a, b deleteRange) int { return cmp.Compare(b.client, a.client) })
}
