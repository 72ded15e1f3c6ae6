package crdt

func (d *Doc) splitRedone(left, right *item) {
	if to, ok := d.redone[structID{left.client, left.clock}]; ok {
		d.redone[structID{right.client, right.clock}] = structID{to.client, to.clock + right.clock - left.clock}
	}
}

func (d *Doc) eitherRedone(a, b *item) bool {
	_, x := d.redone[structID{a.client, a.clock}]
	_, y := d.redone[structID{b.client, b.clock}]
	return x || y
}
