package crdt

import "unsafe"

// Memory says how many bytes a Doc holds, by what they are for: the room of every
// slice, used or not, and of a map the keys and values of its entries (Go's own
// tables around them cost up to as much again and cannot be asked for). It does
// not count what belongs to the application: observers, origins, and the Meta of
// StackItems.
type Memory struct {
	Items   int // structs, and room for more
	Content int // text and values, with Garbage
	Index   int // which struct holds an ID
	Types   int
	Keys    int
	Pending int // updates that wait
	Undo    int // steps of UndoManagers, and which Item took the place of which
	Work    int // the Doc itself, and what transactions use again and again

	// Garbage is the part of Content that nothing refers to. It goes when it is
	// the larger part.
	Garbage int
}

// Total returns the sum.
func (m Memory) Total() int {
	return m.Items + m.Content + m.Index + m.Types + m.Keys + m.Pending + m.Undo + m.Work
}

// Memory returns the account of what d holds. It walks the clients, types, keys and
// undo steps, not the Items.
func (d *Doc) Memory() Memory {
	m := Memory{
		Items:   room(d.pages) + len(d.pages)*size[itemPage]() + room(d.freeItems) + room(d.stamps),
		Content: room(d.arena) + room(d.spans) + room(d.freeSpans),
		Index:   room(d.clients) + room(d.clientOf) + room(d.order),
		Types:   room(d.types) + room(d.freeTypes),
		Keys:    room(d.keys) + entries(d.keyOf),
		Pending: room(d.pending.structs) + room(d.pending.deletes) + entries(d.pending.missing),
		Undo:    room(d.undoManagers) + entries(d.redone),
		Work: size[Doc]() + len(d.guid) + room(d.spareTx) + room(d.cleanups) +
			room(d.scratch.slots) + room(d.scratch.sections) + room(d.scratch.order) + room(d.scratch.stack),
		Garbage: min(d.garbage, len(d.arena)),
	}
	for i := range d.clients {
		m.Index += room(d.clients[i].chunks)
		for _, ch := range d.clients[i].chunks {
			m.Index += room(ch.entries)
		}
	}
	for i := range d.types {
		t := &d.types[i]
		m.Types += room(t.heads) + entries(t.headOf)
		if t.markers != nil {
			m.Types += size[markers]() + room(t.markers.list)
		}
	}
	for _, k := range d.keys {
		m.Keys += len(k.name)
	}
	for _, u := range d.undoManagers {
		m.Undo += u.memory()
	}
	for _, list := range [][]*Transaction{d.spareTx, d.cleanups} {
		for _, t := range list {
			m.Work += t.memory()
		}
	}
	return m
}

func (u *UndoManager) memory() int {
	n := size[UndoManager]() + room(u.scope) + room(u.undo) + room(u.redo)
	for _, stack := range [][]*StackItem{u.undo, u.redo} {
		for _, step := range stack {
			n += size[StackItem]() + room(step.insertions) + room(step.deletions)
		}
	}
	return n
}

func (t *Transaction) memory() int {
	return size[Transaction]() + room(t.touched) + room(t.deletes) + room(t.deleteOrder) + room(t.changed) +
		room(t.mergeStructs) + room(t.subdocs.added) + room(t.subdocs.loaded) + room(t.subdocs.removed)
}

// size is the size of a value of a type, room that of all a slice has room for,
// entries that of the keys and values in a map.
func size[T any]() int                           { return int(unsafe.Sizeof(*new(T))) }
func room[T any](s []T) int                      { return cap(s) * size[T]() }
func entries[K comparable, V any](m map[K]V) int { return len(m) * (size[K]() + size[V]()) }
