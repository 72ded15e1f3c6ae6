package crdt

import "unsafe"

// Run is a piece of a text that one client wrote.
type Run struct {
	Client uint64
	Length int // UTF-16 units
}

// Authors returns who wrote what of a text, from its start to its end.
func (d *Doc) Authors(x *Text) []Run {
	t := x.typ()
	if t == nil {
		return nil
	}
	var runs []Run
	for slot := t.start; slot != none; slot = d.item(slot).right {
		it := d.item(slot)
		if !it.visible() {
			continue
		}
		client, n := d.clients[it.client].id, int(it.length())
		if last := len(runs) - 1; last >= 0 && runs[last].Client == client {
			runs[last].Length += n
		} else {
			runs = append(runs, Run{client, n})
		}
	}
	return runs
}

// Memory says how many bytes a Doc holds, by what they are for. It counts the
// room of slices, used or not; of maps and small objects it counts the entries.
type Memory struct {
	Items   int // structs, and room for more
	Content int // text and values, with Garbage
	Index   int // which struct holds an ID
	Types   int
	Keys    int
	Pending int // updates that wait

	// Garbage is the part of Content that nothing refers to. It goes when it is
	// the larger part.
	Garbage int
}

// Total returns the sum.
func (m Memory) Total() int {
	return m.Items + m.Content + m.Index + m.Types + m.Keys + m.Pending
}

// Memory returns the account of what d holds. It walks the clients and types,
// not the Items.
func (d *Doc) Memory() Memory {
	const perMapEntry = 16
	m := Memory{
		Items:   len(d.pages)*int(unsafe.Sizeof(itemPage{})) + 8*cap(d.pages) + 4*cap(d.freeItems) + 4*cap(d.stamps),
		Content: cap(d.arena) + cap(d.spans)*int(unsafe.Sizeof(span{})) + 4*cap(d.freeSpans),
		Index:   cap(d.clients)*int(unsafe.Sizeof(clientRuns{})) + perMapEntry*len(d.clientOf) + 4*cap(d.order),
		Types:   cap(d.types)*int(unsafe.Sizeof(typ{})) + 4*cap(d.freeTypes),
		Keys:    cap(d.keys)*int(unsafe.Sizeof(key{})) + perMapEntry*len(d.keyOf),
		Pending: len(d.pending.structs) + len(d.pending.deletes) + perMapEntry*len(d.pending.missing),
		Garbage: min(d.garbage, len(d.arena)),
	}
	for i := range d.clients {
		c := &d.clients[i]
		m.Index += cap(c.chunks) * int(unsafe.Sizeof(chunk{}))
		for _, ch := range c.chunks {
			m.Index += 4 * cap(ch.slots)
		}
	}
	for i := range d.types {
		t := &d.types[i]
		m.Types += cap(t.heads)*int(unsafe.Sizeof(head{})) + perMapEntry*len(t.headOf)
		if t.markers != nil {
			m.Types += cap(t.markers.list) * int(unsafe.Sizeof(marker{}))
		}
	}
	for _, k := range d.keys {
		m.Keys += len(k.name)
	}
	return m
}
