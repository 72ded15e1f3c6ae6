package crdt

import (
	"math"
	"slices"
)

// Apply integrates an update in format v1, with origin for observers. What the
// update needs and the Doc lacks makes it wait, see [Doc.Pending]. The whole
// update is checked before anything changes: after an error, which is a
// *[DecodeError], the Doc is as before. The bytes are not kept.
func (d *Doc) Apply(update []byte, origin any) error { return d.apply(update, v1, origin) }

// ApplyV2 is [Doc.Apply] for format v2.
func (d *Doc) ApplyV2(update []byte, origin any) error { return d.apply(update, v2, origin) }

func (d *Doc) apply(update []byte, f format, origin any) error {
	if d.holdsNothing() {
		if done, err := d.load(update, f, origin); done {
			return nil
		} else if err != nil {
			return wrap("apply update", err)
		}
	}
	var s rawStruct
	n, err := surveyTo(&s, update, f)
	if err == nil && len(d.arena)+n.bytes > math.MaxInt32 {
		err = &DecodeError{What: tooLarge, Err: ErrLimit}
	}
	if err != nil {
		return wrap("apply update", err)
	}
	if d.keystroke(&s, &n, origin) {
		return nil
	}
	t, outermost := d.begin(origin, false)
	t.local = false
	t.applyUpdate(update, f, n, &s)
	if outermost {
		d.end(t)
	}
	return nil
}

// manyStructs is what an update holds that is a load rather than an edit; what it
// needed for a moment is not kept.
const manyStructs = 1024

// applyUpdate applies a surveyed update whose last struct is s. What the survey
// has kept of it, one struct and one deleted range, is not read again: a
// keystroke is read once (yjs v13.6: readUpdateV2).
func (t *Transaction) applyUpdate(update []byte, f format, n census, s *rawStruct) {
	d := t.doc
	var r updateReader
	var rest rest
	done := n.structs == 0 || n.structs == 1 && t.follow(s)
	if !done || n.ranges > 1 {
		r.open(update, f)
	}
	if !done {
		rest = t.readStructs(&r, n)
	}
	retry := d.pending.grow(d, rest)
	var later deleteSet
	switch {
	case n.ranges == 1:
		if rest, some := t.applyDelete(n.deleted); some {
			later.add(rest)
		}
	case n.ranges > 1:
		if done {
			r.skipStructs()
		}
		later = t.applyDeletes(&r)
	}
	t.applyPendingDeletes(&later)
	if retry {
		update := d.pending.structs
		d.pending.structs, d.pending.missing = nil, nil
		n, err := surveyTo(s, update, v2)
		if err != nil {
			panic("crdt: pending structs are damaged: " + err.Error())
		}
		t.applyUpdate(update, v2, n, s)
	}
}

// rest is what could not be integrated: an update without deletes, and for
// each client of which something is missing the clock it must pass.
type rest struct {
	update  []byte
	missing StateVector
}

// readStructs integrates the structs at r as far as possible.
func (t *Transaction) readStructs(r *updateReader, n census) rest {
	d := t.doc
	s := &rawStruct{}
	t.makeRoom(n)
	more := r.next(s)
	for more && n.inOrder && t.follow(s) {
		more = r.next(s)
	}
	var rest rest
	if more {
		rest = t.queue(r, s, n)
	}
	if n.structs > manyStructs {
		d.scratch = applyScratch{}
	}
	return rest
}

// makeRoom lets what an update brings be added without copying the Doc's tables
// again and again.
func (t *Transaction) makeRoom(n census) {
	d := t.doc
	d.types = slices.Grow(d.types, max(0, n.types-len(d.freeTypes)))
	d.arena = slices.Grow(d.arena, n.bytes)
	if n.sections > len(d.clients) {
		d.growClients(n.sections)
		t.touched = slices.Grow(t.touched, n.sections)
	}
}

// follow integrates a struct at once, if it is the next of its client and all it
// refers to is there. Sections mostly come in the order in which they would be
// taken from the queue, so most updates need none. It reports false, having
// changed nothing, if the struct must be queued.
func (t *Transaction) follow(s *rawStruct) bool {
	d := t.doc
	client := d.clientIndex(s.client)
	if d.clients[client].state != s.clock || s.kind == kindSkip || s.length == 0 {
		return false
	}
	slot := d.fill(client, s)
	if _, ok := d.missing(slot); ok {
		d.discard(slot)
		return false
	}
	if s.kind != kindGC {
		t.resolve(slot)
	}
	t.integrate(slot, 0)
	return true
}

// fill makes an item of a struct. Its neighbours are found later.
func (d *Doc) fill(client uint32, s *rawStruct) int32 {
	slot := d.newItem()
	it := d.item(slot)
	it.clock = s.clock
	it.meta = s.length | uint64(s.kind)<<kindShift
	it.client = client
	it.originClient, it.originClock = noClient, 0
	it.rightClient, it.rightClock = noClient, 0
	it.left, it.right, it.parent, it.key = none, none, none, noKey
	it.content = 0
	if s.kind == kindGC || s.kind == kindSkip {
		it.meta |= flagDeleted
		return slot
	}
	if s.has&infoOrigin != 0 {
		it.originClient, it.originClock = d.clientBeside(client, s.origin.Client), s.origin.Clock
	}
	if s.has&infoRight != 0 {
		it.rightClient, it.rightClock = d.clientBeside(client, s.right.Client), s.right.Clock
	}
	if s.has&hasRoot != 0 {
		it.parent = d.root(d.intern(s.root))
	}
	if s.has&hasParent != 0 {
		it.meta |= flagParentID
		it.originClient, it.originClock = d.clientBeside(client, s.parent.Client), s.parent.Clock
	}
	if s.has&infoKey != 0 {
		it.key = d.intern(s.key)
	}
	d.fillContent(slot, it, &s.content)
	return slot
}

func (d *Doc) fillContent(slot int32, it *item, c *rawContent) {
	switch it.kind() {
	case kindString:
		d.setText(it, c.bytes)
	case kindFormat:
		s := d.hold(c.bytes)
		s.aux = d.intern(c.name)
		it.content = d.newSpan(s)
	case kindType:
		name := noKey
		if c.name != nil {
			name = d.intern(c.name)
		}
		it.content = uint32(d.newType(c.typ, slot, name))
	case kindDoc:
		d.setSubdoc(it, c.name, c.bytes)
	case kindJSON, kindBinary, kindEmbed, kindAny:
		it.content = d.newSpan(d.hold(c.bytes))
	}
}

// discard frees an item that was loaded and is not needed.
func (d *Doc) discard(slot int32) {
	it := d.item(slot)
	d.dropContent(it)
	if it.kind() == kindType {
		d.freeType(int32(it.content))
	}
	d.freeItem(slot)
}
