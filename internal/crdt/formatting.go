package crdt

// cleanupTexts deletes Formats that a remote change left without effect, in a
// transaction of its own (yjs v13.6: cleanupYTextAfterTransaction).
func (d *Doc) cleanupTexts(t *Transaction) {
	var full []int32 // types to clean as a whole, in order
	has := map[int32]bool{}
	add := func(id int32) {
		if !has[id] {
			has[id] = true
			full = append(full, id)
		}
	}
	for _, c := range t.touched {
		d.eachFrom(c.client, c.before, func(slot int32) {
			if it := d.item(slot); it.kind() == kindFormat && !it.deleted() {
				add(it.parent)
			}
		})
	}
	cleaner, outermost := d.begin(nil, true)
	for _, del := range regroup(t.deletes, t.deleteOrder) {
		d.eachDeleted(del, func(slot int32) {
			it := d.item(slot)
			if it.kind() == kindGC || !d.types[it.parent].formatting || has[it.parent] {
				return
			}
			if it.kind() == kindFormat {
				add(it.parent)
			} else {
				cleaner.cleanupGapAround(slot)
			}
		})
	}
	for _, id := range full {
		cleaner.cleanupText(id)
	}
	if outermost {
		d.end(cleaner)
	}
}

// eachFrom calls f for the structs of a client from the one that holds clock.
func (d *Doc) eachFrom(client uint32, clock uint64, f func(slot int32)) {
	c := &d.clients[client]
	for p, ok := d.find(client, clock), true; ok; p, ok = c.next(p) {
		f(c.slot(p))
	}
}

// eachDeleted calls f for the structs of a range that was deleted, whose
// borders are those of structs.
func (d *Doc) eachDeleted(del delRange, f func(slot int32)) {
	c := &d.clients[del.client]
	for p, ok := d.find(del.client, del.clock), true; ok; p, ok = c.next(p) {
		slot := c.slot(p)
		if d.item(slot).clock >= del.clock+del.length {
			return
		}
		f(slot)
	}
}

// cleanupGapAround deletes the doubled Formats in the gap between two visible
// Items in which slot lies (yjs: cleanupContextlessFormattingGap).
func (t *Transaction) cleanupGapAround(slot int32) {
	d := t.doc
	for right := d.item(slot).right; right != none && !d.item(right).visible(); right = d.item(slot).right {
		slot = right
	}
	var seen []uint32
	for slot != none && !d.item(slot).visible() {
		if it := d.item(slot); it.kind() == kindFormat && !it.deleted() {
			key := d.spans[it.content].aux
			if contains(seen, key) {
				t.delete(slot)
			} else {
				seen = append(seen, key)
			}
		}
		slot = d.item(slot).left
	}
}

func contains(keys []uint32, key uint32) bool {
	for _, k := range keys {
		if k == key {
			return true
		}
	}
	return false
}

// cleanupText deletes every Format of a text that changes nothing (yjs:
// cleanupYTextFormatting).
func (t *Transaction) cleanupText(id int32) {
	d := t.doc
	start := d.types[id].start
	var before, now attributes
	for end := start; end != none; end = d.item(end).right {
		it := d.item(end)
		switch {
		case it.deleted():
		case it.kind() == kindFormat:
			d.applyFormat(&now, it)
		default:
			t.cleanupGap(start, end, before, &now)
			before = append(attributes(nil), now...)
			start = end
		}
	}
}

// cleanupGap deletes the Formats behind start that are overridden before the
// next visible Item, or that set what was set already. before are the
// attributes at start; now those at cur, which it corrects (yjs:
// cleanupFormattingGap).
func (t *Transaction) cleanupGap(start, cur int32, before attributes, now *attributes) {
	d := t.doc
	end := start
	last := map[uint32]int32{} // key to the Format that counts
	for end != none && !d.item(end).visible() {
		if it := d.item(end); it.kind() == kindFormat && !it.deleted() {
			last[d.spans[it.content].aux] = end
		}
		end = d.item(end).right
	}
	reached := false
	for slot := start; slot != end; slot = d.item(slot).right {
		if slot == cur {
			reached = true
		}
		it := d.item(slot)
		if it.deleted() || it.kind() != kindFormat {
			continue
		}
		value := d.spans[it.content]
		key := value.aux
		old := d.getOrNull(before, key)
		if winner, ok := last[key]; !ok || winner != slot || d.identical(old, value) {
			t.delete(slot)
			if !reached && d.identical(d.getOrNull(*now, key), value) && !d.identical(old, value) {
				if d.isNull(old) {
					now.remove(key)
				} else {
					now.set(key, old)
				}
			}
		}
		if it = d.item(slot); !reached && !it.deleted() {
			d.applyFormat(now, it)
		}
	}
}
