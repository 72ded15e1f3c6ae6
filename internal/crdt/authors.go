package crdt

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
