package crdt

import (
	"cmp"
	"slices"
)

// Event says how a transaction changed one type. It can be asked only while the
// observer that got it runs, and before anything else is edited (yjs v13.6:
// YEvent).
type Event struct {
	Target Type

	v       *delivery
	id      int32
	current int32 // the type that is observed
	depth   int   // how many types the target is in, itself included
	delta   []Delta
	isDelta bool
	keys    map[string]KeyChange
}

// KeyChange says what happened to a key.
type KeyChange struct {
	Action KeyAction
	Old    any // what was under the key, see [Map.Get]; nil if it was added
}

// KeyAction is a kind of change of a key, under its name in yjs.
type KeyAction string

// The kinds: the key had no value before, it had another one, it has none any more.
const (
	KeyAdded   KeyAction = "add"
	KeyUpdated KeyAction = "update"
	KeyDeleted KeyAction = "delete"
)

// Transaction returns the transaction that made the change.
func (e *Event) Transaction() *Transaction { return e.v.t }

// Path returns the way from the observed type to the target: a string for each
// key and an int for each index.
func (e *Event) Path() []any {
	d := e.doc()
	var path []any
	for id := e.id; id != e.current && d.types[id].item != none; id = d.parentOf(id) {
		holder := d.item(d.types[id].item)
		if holder.key != noKey {
			path = append(path, d.name(holder.key))
			continue
		}
		index := 0
		for slot := holder.left; slot != none; slot = d.item(slot).left {
			if it := d.item(slot); it.visible() {
				index += int(it.length())
			}
		}
		path = append(path, index)
	}
	slices.Reverse(path)
	return path
}

// Keys returns the keys that were added, changed or deleted: those of a map, or
// the attributes of a text or an XmlElement.
func (e *Event) Keys() map[string]KeyChange {
	if e.keys != nil {
		return e.keys
	}
	d := e.doc()
	e.keys = map[string]KeyChange{}
	for _, key := range e.v.touchedIn(e.id) {
		if key == noKey {
			continue
		}
		if change, ok := e.keyChange(key); ok {
			e.keys[d.name(key)] = change
		}
	}
	return e.keys
}

// keyChange compares the present value of a key with the last one that was there
// before; ok is false if both are absent or the same.
func (e *Event) keyChange(key uint32) (change KeyChange, ok bool) {
	d, v := e.doc(), e.v
	it := d.item(d.types[e.id].head(key))
	if !v.adds(it) {
		if !v.deletes(it) {
			return KeyChange{}, false
		}
		return KeyChange{KeyDeleted, d.value(it, it.length()-1)}, true
	}
	prev := it.left
	for prev != none && v.adds(d.item(prev)) {
		prev = d.item(prev).left
	}
	replaced := prev != none && v.deletes(d.item(prev))
	switch deleted := v.deletes(it); {
	case deleted && !replaced:
		return KeyChange{}, false
	case !replaced:
		return KeyChange{Action: KeyAdded}, true
	default:
		old := d.item(prev)
		change = KeyChange{KeyUpdated, d.value(old, old.length()-1)}
		if deleted {
			change.Action = KeyDeleted
		}
		return change, true
	}
}

// Delta returns how the list of the target changed. Of a text the steps are
// those of [Text.Delta]; of an array or of XML nodes each Insert is a []any.
//
// As in yjs, reading the delta of a text deletes formats that it finds without
// effect, in a transaction of its own.
func (e *Event) Delta() []Delta {
	if !e.isDelta {
		e.isDelta = true
		if e.doc().types[e.id].kind.isText() {
			e.delta = e.textDelta()
		} else {
			e.delta = e.listDelta()
		}
	}
	return e.delta
}

func (e *Event) listDelta() []Delta {
	d, v := e.doc(), e.v
	var ops []Delta
	last := func(fits func(*Delta) bool) *Delta {
		if n := len(ops); n == 0 || !fits(&ops[n-1]) {
			ops = append(ops, Delta{})
		}
		return &ops[len(ops)-1]
	}
	for slot := d.types[e.id].start; slot != none; slot = d.item(slot).right {
		it := d.item(slot)
		switch adds := v.adds(it); {
		case it.deleted() && (adds || !v.deletes(it)):
		case it.deleted():
			last(func(op *Delta) bool { return op.Delete > 0 }).Delete += int(it.length())
		case adds:
			op := last(func(op *Delta) bool { return op.Insert != nil })
			values, _ := op.Insert.([]any)
			op.Insert = d.appendValues(values, it, 0, it.length())
		default:
			last(func(op *Delta) bool { return op.Retain > 0 }).Retain += int(it.length())
		}
	}
	if n := len(ops); n > 0 && ops[n-1].Retain > 0 {
		ops = ops[:n-1]
	}
	return ops
}

// doc returns the Doc while the event may be asked.
func (e *Event) doc() *Doc {
	if e.v.over {
		panic("crdt: an event was asked after its observer had returned")
	}
	return e.v.t.doc
}

// adds reports whether an Item is new with the transaction, or newer. A client
// that it did not touch may have been touched since, by an observer.
func (v *delivery) adds(it *item) bool {
	before, ok := v.before[it.client]
	if ok {
		return it.clock >= before
	}
	for _, later := range v.t.later() {
		for _, c := range later.touched {
			if c.client == it.client {
				return it.clock >= c.before
			}
		}
	}
	return false
}

// deletes reports whether the transaction deleted an Item.
func (v *delivery) deletes(it *item) bool {
	ranges := v.t.deletes
	i, found := slices.BinarySearchFunc(ranges, it, func(r delRange, it *item) int {
		return cmp.Or(cmp.Compare(r.client, it.client), cmp.Compare(r.clock, it.clock))
	})
	if !found {
		i--
	}
	return i >= 0 && ranges[i].client == it.client && it.clock < ranges[i].clock+ranges[i].length
}

// touchedIn returns the keys of a type that the transaction touched, and noKey if
// it touched the list (yjs: an entry of transaction.changed).
func (v *delivery) touchedIn(id int32) []uint32 {
	if v.keys == nil {
		v.findKeys()
	}
	return v.keys[id]
}

func (v *delivery) findKeys() {
	d := v.t.doc
	v.keys = map[int32][]uint32{}
	seen := map[head]bool{} // of a key, and its type
	note := func(slot int32) {
		it := d.item(slot)
		if it.kind() != kindGC && !seen[head{it.key, it.parent}] {
			seen[head{it.key, it.parent}] = true
			v.keys[it.parent] = append(v.keys[it.parent], it.key)
		}
	}
	for _, c := range v.t.touched {
		d.eachFrom(c.client, c.before, note)
	}
	for _, del := range v.t.deletes {
		d.eachDeleted(del, note)
	}
}

// later returns the transactions that began behind t and are not tidied up.
func (t *Transaction) later() []*Transaction {
	return t.doc.cleanups[slices.Index(t.doc.cleanups, t)+1:]
}
