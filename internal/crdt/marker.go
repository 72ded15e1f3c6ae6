package crdt

// marker remembers where in a type's list an index was found, so that the next
// search need not walk there from the start.
type marker struct {
	item  int32
	index uint64
	set   bool
}

func (d *Doc) findMarker(parent int32, index uint64) (marker, bool) { return marker{}, false }
