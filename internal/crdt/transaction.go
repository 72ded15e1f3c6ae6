package crdt

import "slices"

// Transaction groups edits: what they add and delete reaches observers as one
// update, and is tidied up once, at the end. It is valid until the function
// that got it returns.
type Transaction struct {
	doc    *Doc
	origin any
	local  bool
	serial uint64

	touched      []touch    // clients with new structs (yjs: beforeState, afterState)
	deletes      []delRange // what was deleted; when t has ended, sorted and joined
	collects     bool       // something that was there was deleted
	deleteOrder  []uint32   // the clients of deletes as they came, if somebody asks for it
	changed      []int32    // types whose content changed
	mergeStructs []structID // structs that may join a neighbour
	subdocs      subdocChanges
	formatting   bool // texts are to be cleaned up (yjs: _needFormattingCleanup)
	tidy         bool // all is done but telling of it
}

// touch is a client with new structs, its state before them, and, while t is
// being tidied up, behind them.
type touch struct {
	client        uint32
	before, after uint64
}

// delRange is a run of deleted units; the client is an index into Doc.clients.
type delRange struct {
	client        uint32
	clock, length uint64
}

// Doc returns the Doc that the transaction edits.
func (t *Transaction) Doc() *Doc { return t.doc }

// Origin returns what the transaction was begun with.
func (t *Transaction) Origin() any { return t.origin }

// Local reports whether the transaction holds edits of this Doc only, and no
// update from elsewhere.
func (t *Transaction) Local() bool { return t.local }

// begin returns the running transaction, or a new one; outermost says which.
func (d *Doc) begin(origin any, local bool) (t *Transaction, outermost bool) {
	if d.transaction != nil {
		return d.transaction, false
	}
	if n := len(d.spareTx); n > 0 {
		t = d.spareTx[n-1]
		d.spareTx = d.spareTx[:n-1]
	} else {
		t = &Transaction{doc: d}
	}
	d.serial++
	t.origin, t.local, t.serial = origin, local, d.serial
	d.transaction = t
	d.cleanups = append(d.cleanups, t)
	return t, true
}

// end ends the outermost transaction. Those that observers begin meanwhile
// queue behind it, as in yjs.
func (d *Doc) end(t *Transaction) {
	d.transaction = nil
	t.changed = slices.DeleteFunc(t.changed, func(id int32) bool { return d.types[id].changed != t.serial })
	if d.cleanups[0] != t {
		return
	}
	for i := 0; i < len(d.cleanups); i++ {
		d.cleanup(d.cleanups[i])
	}
	for _, t := range d.cleanups {
		t.reset()
		d.spareTx = append(d.spareTx, t)
	}
	d.cleanups = d.cleanups[:0]
	d.compact()
}

// deleted notes that all units of an Item are.
func (t *Transaction) deleted(it *item) {
	if n := len(t.deletes); n > 0 {
		last := &t.deletes[n-1]
		if last.client == it.client && last.clock+last.length == it.clock {
			last.length += it.length()
			return
		}
	}
	t.deletes = append(t.deletes, delRange{it.client, it.clock, it.length()})
}

// touch notes that client gets new structs.
func (t *Transaction) touch(client uint32) {
	c := &t.doc.clients[client]
	if c.serial != t.serial {
		c.serial = t.serial
		c.before = c.state
		t.touched = append(t.touched, touch{client: client, before: c.state})
	}
}

// before returns the state of a client when t began.
func (t *Transaction) before(client uint32) uint64 {
	c := &t.doc.clients[client]
	if c.serial == t.serial {
		return c.before
	}
	return c.state
}

// change notes that the content of a type changed, unless all of the type is
// new or gone (yjs: addChangedTypeToTransaction).
func (t *Transaction) change(id int32) {
	d := t.doc
	ty := &d.types[id]
	if ty.changed == t.serial {
		return
	}
	if ty.item != none {
		if it := d.item(ty.item); it.deleted() || it.clock >= t.before(it.client) {
			return
		}
	}
	ty.changed = t.serial
	t.changed = append(t.changed, id)
}

// cleanup tidies up after a transaction and tells the observers (yjs v13.6:
// cleanupTransactions). The order decides how structs end up merged, and so the
// bytes of every later update.
func (d *Doc) cleanup(t *Transaction) {
	if t.tidy {
		d.emit(t)
		return
	}
	for i := range t.touched {
		t.touched[i].after = d.clients[t.touched[i].client].state
	}
	if len(t.deletes) > 1 && (!t.local || len(d.undoManagers) > 0) {
		t.deleteOrder = clientsOf(t.deletes)
	}
	t.deletes = mergeRanges(t.deletes)
	var subdocs SubdocsEvent
	if len(d.subdocObservers) > 0 {
		subdocs = t.subdocsEvent()
	}
	d.callObservers(t)
	for _, u := range d.undoManagers {
		u.capture(t)
	}
	if t.formatting {
		d.cleanupTexts(t)
	}
	if t.collects && !d.noGC { // what arrived deleted holds nothing
		d.collect(t.deletes)
	}
	t.mergeDeleted()
	for _, c := range t.touched {
		d.mergeNew(c.client, c.before)
	}
	d.mergeMarked(t.mergeStructs)
	if !t.local && d.ownIDTaken(t) {
		d.clientID = newClientID()
	}
	d.emit(t)
	d.emitSubdocs(t, subdocs)
}

// callObservers tells the observers of types what changed, and finds out whether
// texts need to be cleaned up.
func (d *Doc) callObservers(t *Transaction) {
	var v *delivery
	if len(d.watched) > 0 {
		v = newDelivery(t)
	}
	for _, id := range t.changed {
		if d.gone(id) {
			continue
		}
		if !t.local {
			d.types[id].markers.forget()
		}
		if v != nil {
			v.call(id)
		}
		if ty := &d.types[id]; !t.local && ty.kind.isText() && ty.formatting {
			t.formatting = true
		}
	}
	if v != nil {
		v.callDeep()
		v.over = true
	}
	for _, fn := range d.afterTransaction {
		(*fn)(t)
	}
}

func (t *Transaction) reset() {
	*t = Transaction{
		doc:          t.doc,
		touched:      emptied(t.touched),
		deletes:      emptied(t.deletes),
		changed:      emptied(t.changed),
		mergeStructs: emptied(t.mergeStructs),
	}
}

// emptied returns s without elements, to be filled again; if it has grown out of
// the ordinary, nil.
func emptied[T any](s []T) []T {
	if cap(s) > manyStructs {
		return nil
	}
	return s[:0]
}

// ownIDTaken reports whether structs of this Doc's own client arrived.
func (d *Doc) ownIDTaken(t *Transaction) bool {
	for _, c := range t.touched {
		if d.clients[c.client].id == d.clientID {
			return true
		}
	}
	return false
}

// emit sends the change to the observers.
func (d *Doc) emit(t *Transaction) {
	if len(t.touched) == 0 && len(t.deletes) == 0 {
		return
	}
	for _, out := range [...]struct {
		format    format
		observers []*func([]byte, any)
	}{{v1, d.observers}, {v2, d.observersV2}} {
		if len(out.observers) == 0 {
			continue
		}
		update := d.encodeTransaction(t, out.format)
		last := len(out.observers) - 1
		for _, fn := range out.observers[:last] {
			(*fn)(slices.Clone(update), t.origin)
		}
		(*out.observers[last])(update, t.origin)
	}
}
