package crdt

import "slices"

// A marker remembers at which index an Item of a list starts, so that the next
// local edit need not walk there from the first Item. In a text it decides
// whether an insertion goes before or behind deleted Items, so yjs's markers
// are followed exactly (yjs v13.6: ArraySearchMarker).
type marker struct {
	item  int32
	index uint64
	used  uint64 // when it was used last, by Doc.markerClock
}

// maxMarkers is how many a type has at most.
const maxMarkers = 80

// markers are those of one type.
type markers struct {
	list []marker
}

// newMarkers returns the markers of a new type, nil if its kind uses none. A
// text uses them until it gets its first Format.
func newMarkers(k typeKind) *markers {
	if k == typeArray || k.isText() {
		return &markers{}
	}
	return nil
}

// forget drops all markers.
func (m *markers) forget() {
	if m != nil {
		m.list = m.list[:0]
	}
}

// last returns the marker with the highest index, or none with index 0.
func (m *markers) last() (last marker) {
	if m != nil {
		for _, x := range m.list {
			if x.index > last.index {
				last = x
			}
		}
	}
	return last
}

// findMarker returns a marker near index (yjs: findMarker).
func (d *Doc) findMarker(parent int32, index uint64) (marker, bool) {
	t := &d.types[parent]
	if t.start == none || index == 0 || t.markers == nil {
		return marker{}, false
	}
	list := t.markers.list
	nearest := -1
	p, at := t.start, uint64(0)
	for i := range list {
		if nearest < 0 || distance(index, list[nearest].index) >= distance(index, list[i].index) {
			nearest = i
		}
	}
	if nearest >= 0 {
		m := &list[nearest]
		p, at = m.item, m.index
		m.used = d.tick()
	}
	for at < index && d.item(p).right != none {
		if it := d.item(p); it.visible() {
			if index < at+it.length() {
				break
			}
			at += it.length()
		}
		p = d.item(p).right
	}
	back := func() {
		p = d.item(p).left
		if it := d.item(p); it.visible() {
			at -= it.length()
		}
	}
	for at > index && d.item(p).left != none {
		back()
	}
	// An Item that may be merged into its left neighbour would be lost.
	for left := d.item(p).left; left != none; left = d.item(p).left {
		if l, it := d.item(left), d.item(p); l.client != it.client || l.end() != it.clock {
			break
		}
		back()
	}
	if nearest >= 0 && distance(list[nearest].index, at)*maxMarkers < t.length {
		d.setMarker(&list[nearest], p, at)
		return list[nearest], true
	}
	return d.mark(t.markers, p, at), true
}

func distance(a, b uint64) uint64 {
	if a < b {
		return b - a
	}
	return a - b
}

func (d *Doc) tick() uint64 {
	d.markerClock++
	return d.markerClock
}

// setMarker moves a marker to another Item.
func (d *Doc) setMarker(m *marker, item int32, index uint64) {
	d.item(m.item).meta &^= flagMarked
	d.item(item).meta |= flagMarked
	*m = marker{item, index, d.tick()}
}

// mark makes a marker, in place of the one that was not used for longest if
// there are many (yjs: markPosition).
func (d *Doc) mark(t *markers, item int32, index uint64) marker {
	if len(t.list) < maxMarkers {
		d.item(item).meta |= flagMarked
		t.list = append(t.list, marker{item, index, d.tick()})
		return t.list[len(t.list)-1]
	}
	oldest := 0
	for i := range t.list {
		if t.list[i].used < t.list[oldest].used {
			oldest = i
		}
	}
	d.setMarker(&t.list[oldest], item, index)
	return t.list[oldest]
}

// moveMarkers keeps the markers of a type right when units are inserted at
// index, or deleted behind it (yjs: updateMarkerChanges).
func (d *Doc) moveMarkers(parent int32, index uint64, inserted, deleted uint64) {
	t := d.types[parent].markers
	if t == nil {
		return
	}
	for i := len(t.list) - 1; i >= 0; i-- {
		m := &t.list[i]
		if inserted > 0 {
			p := m.item
			d.item(p).meta &^= flagMarked
			for p != none && !d.item(p).visible() {
				if p = d.item(p).left; p != none && d.item(p).visible() {
					m.index -= d.item(p).length()
				}
			}
			if p == none || d.item(p).is(flagMarked) {
				t.list = slices.Delete(t.list, i, i+1)
				continue
			}
			m.item = p
			d.item(p).meta |= flagMarked
		}
		if index < m.index || inserted > 0 && index == m.index {
			m.index = max(index+deleted, m.index+inserted) - deleted
		}
	}
}

// mergeMarkers moves the markers of right, which is about to become the end of
// left.
func (d *Doc) mergeMarkers(left, right int32) {
	l := d.item(left)
	t := d.types[l.parent].markers
	if t == nil {
		return
	}
	for i := range t.list {
		if m := &t.list[i]; m.item == right {
			m.item = left
			if l.visible() {
				m.index -= l.length()
			}
		}
	}
}
