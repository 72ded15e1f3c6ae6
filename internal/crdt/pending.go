package crdt

import "maps"

// pending is what arrived too early: structs that refer to structs not known
// yet, and deletes of them. Both are kept as updates in format v2, which loses
// nothing (yjs: store.pendingStructs, store.pendingDs).
type pending struct {
	structs []byte
	missing StateVector // the clock that a client must pass before a retry
	deletes []byte
}

// Pending says what a Doc has received and could not apply yet.
type Pending struct {
	Structs bool        // structs wait
	Deletes bool        // deletes of unknown structs wait
	Missing StateVector // by client, the clock of a unit that is waited for
}

// Pending reports what waits for updates that have not arrived. It is kept,
// and is part of what [Doc.Encode] returns.
func (d *Doc) Pending() Pending {
	return Pending{
		Structs: d.pending.structs != nil,
		Deletes: d.pending.deletes != nil,
		Missing: maps.Clone(d.pending.missing),
	}
}

// grow adds what an update left over, and reports whether what waited before
// is worth another try.
func (p *pending) grow(d *Doc, r rest) (retry bool) {
	if p.structs == nil {
		p.structs, p.missing = r.update, r.missing
		return false
	}
	for client, clock := range p.missing {
		if c, ok := d.knownClient(client); ok && clock < d.clients[c].state {
			retry = true
			break
		}
	}
	if r.update != nil {
		for client, clock := range r.missing {
			if known, ok := p.missing[client]; !ok || known > clock {
				p.missing[client] = clock
			}
		}
		p.structs = must(MergeV2(p.structs, r.update))
	}
	return retry
}

// applyPendingDeletes tries the deletes that wait, and lets those in later wait
// with what is left of them.
func (t *Transaction) applyPendingDeletes(later *deleteSet) {
	p := &t.doc.pending
	if p.deletes == nil && len(later.ranges) == 0 {
		return
	}
	var left deleteSet
	if p.deletes != nil {
		r := newUpdateReader(p.deletes, v2)
		left = t.applyDeletes(&r)
	}
	first, second := later.encode(), left.encode()
	switch {
	case first != nil && second != nil:
		p.deletes = must(MergeV2(first, second))
	case first != nil:
		p.deletes = first
	default:
		p.deletes = second
	}
}

// applyDeletes reads the delete set at r and applies it, and returns what is not
// known.
func (t *Transaction) applyDeletes(r *updateReader) (rest deleteSet) {
	r.readDeleteSet(func(del deleteRange) {
		if unknown, some := t.applyDelete(del); some {
			rest.add(unknown)
		}
	})
	return rest
}

// encode returns the set as an update without structs, or nil if it is empty.
func (s *deleteSet) encode() []byte {
	if len(s.ranges) == 0 {
		return nil
	}
	s.sortClients()
	e := newEncoder(v2)
	e.uint(0) // sections
	e.writeDeleteSet(s.ranges)
	return e.bytes()
}

// updates returns what waits and a Doc with state vector sv lacks.
func (p *pending) updates(sv StateVector, f format) (updates [][]byte) {
	if p.deletes != nil {
		updates = append(updates, p.deletes)
	}
	if p.structs != nil {
		updates = append(updates, must(DiffV2(p.structs, sv.Encode())))
	}
	if f == v1 {
		for i, u := range updates {
			updates[i] = must(ConvertV2ToV1(u))
		}
	}
	return updates
}

// waiting collects the structs that cannot be integrated (yjs: restStructs).
type waiting struct {
	doc      *Doc
	missing  StateVector
	sections []section
	of       map[uint32]int // client to index of sections
}

// lacks notes that client must pass clock.
func (w *waiting) lacks(client uint32, clock uint64) {
	id := w.doc.clients[client].id
	if w.missing == nil {
		w.missing = StateVector{}
	}
	if known, ok := w.missing[id]; !ok || known > clock {
		w.missing[id] = clock
	}
}

// addStack gives up what is on the stack, and of each client there all that
// follows. Structs that wait for each other in a circle, which no honest client
// makes, are lost, as in yjs.
func (w *waiting) addStack() {
	d := w.doc
	sc := &d.scratch
	for _, slot := range sc.stack {
		client := d.item(slot).client
		i := d.clients[client].section
		if i == 0 {
			w.set(client, []int32{slot})
			continue
		}
		sec := &sc.sections[i-1]
		sec.i--
		if sec.slots[sec.i] != slot {
			d.discard(slot)
		}
		w.set(client, sec.slots[sec.i:])
		sec.i, sec.slots = 0, nil
		d.clients[client].section = 0
	}
	sc.stack = sc.stack[:0]
}

func (w *waiting) set(client uint32, slots []int32) {
	if i, ok := w.of[client]; ok {
		for _, slot := range w.sections[i].slots {
			if slot != slots[0] {
				w.doc.discard(slot)
			}
		}
		w.sections[i].slots = slots
		return
	}
	if w.of == nil {
		w.of = map[uint32]int{}
	}
	w.of[client] = len(w.sections)
	w.sections = append(w.sections, section{client: client, slots: slots})
}

// rest encodes what was collected and frees its items.
func (w *waiting) rest() rest {
	if len(w.sections) == 0 {
		return rest{}
	}
	d := w.doc
	e := newEncoder(v2)
	e.writeSections(d, w.sections)
	e.uint(0) // no deletes
	for _, sec := range w.sections {
		for _, slot := range sec.slots {
			d.discard(slot)
		}
	}
	return rest{update: e.bytes(), missing: w.missing}
}
