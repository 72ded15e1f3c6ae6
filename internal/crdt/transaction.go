package crdt

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
	deleteOrder  []uint32   // the clients of deletes as they came, if somebody asks for it
	changed      []int32    // types whose content changed
	mergeStructs []structID // structs that may join a neighbour
	formatting   bool       // texts are to be cleaned up (yjs: _needFormattingCleanup)
}

// touch is a client with new structs, and its state before them.
type touch struct {
	client uint32
	before uint64
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

// touch notes that client gets new structs.
func (t *Transaction) touch(client uint32) {
	c := &t.doc.clients[client]
	if c.serial != t.serial {
		c.serial = t.serial
		c.before = c.state
		t.touched = append(t.touched, touch{client, c.state})
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
		if it := &d.items[ty.item]; it.deleted() || it.clock >= t.before(it.client) {
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
	for _, id := range t.changed {
		ty := &d.types[id]
		if ty.changed != t.serial || ty.item != none && d.items[ty.item].deleted() {
			continue
		}
		if !t.local {
			ty.markers.forget()
			if ty.kind.isText() && ty.formatting {
				t.formatting = true
			}
		}
	}
	if t.formatting || len(d.undoManagers) > 0 {
		t.deleteOrder = clientsOf(t.deletes)
	}
	t.deletes = mergeRanges(t.deletes)
	for _, u := range d.undoManagers {
		u.capture(t)
	}
	if t.formatting {
		d.cleanupTexts(t)
	}
	if !d.noGC {
		d.collect(t.deletes)
	}
	d.mergeDeleted(t.deletes)
	for _, c := range t.touched {
		d.mergeNew(c.client, c.before)
	}
	d.mergeMarked(t.mergeStructs)
	if !t.local && d.ownIDTaken(t) {
		d.clientID = newClientID()
	}
	d.emit(t)
}

func (t *Transaction) reset() {
	*t = Transaction{
		doc:          t.doc,
		touched:      t.touched[:0],
		deletes:      t.deletes[:0],
		changed:      t.changed[:0],
		mergeStructs: t.mergeStructs[:0],
	}
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
	if len(d.observers) == 0 || len(t.touched) == 0 && len(t.deletes) == 0 {
		return
	}
	update := d.encodeTransaction(t)
	for _, o := range d.observers {
		o.update(append([]byte(nil), update...), t.origin)
	}
}
