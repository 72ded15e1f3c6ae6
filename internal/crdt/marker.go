package crdt

// marker remembers where in a type's list the last local edit was, so that the
// next one need not walk there from the start.
type marker struct {
	item  int32
	index uint64
	set   bool
}
