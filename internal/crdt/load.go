package crdt

import "slices"

// loader applies an update to a Doc that holds nothing, as everybody does who
// opens a document. Nothing of it can be known already, and what was made of it
// can be dropped again, so each struct is read once: checked and put into its
// slot.
//
//	read     structs to slots as they come, then into the index; the rest is checked
//	locate   for each Item the slots of its origins   } if there is more
//	sort     slots behind those of their origins      } than one client
//	place    each in turn; then the deletes
//
// It does not take an update that leaves clocks out, has a client twice, or
// refers to what it does not hold. Then the Doc is put back as it was.
type loader struct {
	doc       *Doc
	update    []byte
	reader    updateReader
	sections  int // that the update says it has
	textBytes int // of texts that are still in it, see readPlain
	slots     int // that it took; splits take more
	deletes   int // ranges

	runs   []run     // by client
	table  []int32   // see run
	origin []origins // by slot
	client []uint32  // by slot
	order  []int32   // of slots
	sorted slotSet   // those in order

	touched uint64 // see touch
}

// run is what an update holds of one client, from clock 0 on: slots from next to
// end. Those before next are in order.
type run struct {
	next, end int32
	table     int32  // table[table+n] is the slot that holds clock n<<shift
	shift     uint8  // it makes a table of about as many entries as the run has slots
	waits     bool   // next waits for a slot of another run
	state     uint64 // the clock behind its last unit
}

// origins are the slots that hold the origins of an Item; left may be that which
// holds its parent.
type origins struct{ left, right int32 }

// holdsNothing reports whether d has never had a struct, and none waits.
func (d *Doc) holdsNothing() bool {
	return d.slots == 0 && len(d.clients) == 0 && d.pending.structs == nil && d.pending.deletes == nil && d.transaction == nil
}

// load applies an update to a Doc that holds nothing. If it reports false, or an
// error, the Doc still does.
func (d *Doc) load(update []byte, f format, origin any) (done bool, err error) {
	before := *d
	l := loader{doc: d, update: update}
	l.reader.open(update, f)
	l.sections = int(min(l.reader.sections, uint64(len(update))))
	if !l.read() || len(d.order) > 1 && !(l.locate() && l.sort()) {
		d.unload(before, l.reader.Err() == nil)
		return false, l.reader.Err()
	}
	t, _ := d.begin(origin, false)
	t.local = false
	t.touched = slices.Grow(t.touched, len(d.order))
	t.deletes = slices.Grow(t.deletes, l.deletes)
	l.place(t)
	later := l.applyDeletes(t)
	t.applyPendingDeletes(&later)
	d.end(t)
	return true, nil
}

// applyDeletes applies the delete set and returns what is not there. Mostly it names what
// came as deleted, of which t.deletes has the ranges; of one client in the same order.
func (l *loader) applyDeletes(t *Transaction) (later deleteSet) {
	came := t.deletes
	l.reader.readDeleteSet(func(del deleteRange) {
		for len(came) > 0 && came[0].clock < del.clock {
			came = came[1:]
		}
		if len(came) > 0 && del == (deleteRange{l.doc.clients[came[0].client].id, came[0].clock, came[0].length}) {
			return
		}
		if rest, some := t.applyDelete(del); some {
			later.add(rest)
		}
	})
	return later
}

// unload puts d back as it was before a load. It may keep the room that was made,
// for those who try again.
func (d *Doc) unload(before Doc, keepRoom bool) {
	for _, k := range d.keys[len(before.keys):] {
		delete(d.keyOf, k.name)
	}
	made := *d
	*d = before
	for i := range d.keys { // a name may have been there without a root
		if d.keys[i].root >= int32(len(d.types)) {
			d.keys[i].root = none
		}
	}
	d.clientOf = nil
	if keepRoom {
		d.pages, d.arena = made.pages, made.arena[:len(d.arena)]
		d.clients, d.clientOf, d.order = made.clients[:0], made.clientOf, made.order[:0]
		clear(d.clientOf)
	}
}

// locate finds the slots of all origins. It reports false if one is not there.
func (l *loader) locate() bool {
	d := l.doc
	l.tabulate()
	l.origin = make([]origins, l.slots)
	for slot := range l.origin {
		it := d.item(int32(slot))
		o := origins{none, none}
		if c := it.originClient; c != noClient {
			if it.originClock >= l.runs[c].state {
				return false
			}
			o.left = l.find(c, it.originClock)
		}
		if c := it.rightClient; c != noClient {
			if it.rightClock >= l.runs[c].state {
				return false
			}
			o.right = l.find(c, it.rightClock)
		}
		l.origin[slot] = o
	}
	return true
}

// tabulate makes the runs and their tables.
func (l *loader) tabulate() {
	d := l.doc
	l.runs = make([]run, len(d.clients))
	l.table = make([]int32, 0, l.slots+len(d.clients))
	l.client = make([]uint32, l.slots)
	slot := int32(0)
	for _, c := range d.order { // as they came
		n := d.clients[c].coming
		r := run{next: slot, end: slot + n, table: int32(len(l.table)), state: d.item(slot + n - 1).end()}
		for r.state>>r.shift > uint64(n) {
			r.shift++
		}
		for clock := uint64(0); slot < r.end; slot++ {
			l.client[slot] = c
			for end := d.item(slot).end(); clock < end; clock += 1 << r.shift {
				l.table = append(l.table, slot)
			}
		}
		l.runs[c] = r
	}
}

// find returns the slot that holds a unit, which must be there. It looks at Items
// only where several begin within an entry of the table.
func (l *loader) find(client uint32, clock uint64) int32 {
	r := &l.runs[client]
	table := l.table[r.table:]
	n := clock >> r.shift
	slot, end := table[n], r.end
	if clock == n<<r.shift {
		return slot
	}
	if (n+1)<<r.shift < r.state {
		end = table[n+1] + 1
	}
	for end-slot > 1 {
		if mid := (slot + end) / 2; l.doc.item(mid).clock <= clock {
			slot = mid
		} else {
			end = mid
		}
	}
	return slot
}

// turn lets a client's slots before end be put in order.
type turn struct {
	client uint32
	end    int32
}

// sort puts the slots into an order in which each comes behind those of its
// origins: highest client first, and before a slot what it needs of other clients,
// as the queue does it (see integrateStructs). It reports false if some wait for
// each other.
func (l *loader) sort() bool {
	l.order = make([]int32, 0, l.slots)
	l.sorted = make(slotSet, l.slots/64+1)
	var turns []turn
	for _, c := range l.doc.sorted() {
		turns = append(turns, turn{c, l.runs[c].end})
		for n := len(turns); n > 0; n = len(turns) {
			r := &l.runs[turns[n-1].client]
			lacks := l.advance(r, turns[n-1].end)
			if r.waits = lacks != none; !r.waits {
				turns = turns[:n-1]
				continue
			}
			other := l.client[lacks]
			if l.runs[other].waits {
				return false
			}
			turns = append(turns, turn{other, lacks + 1})
		}
	}
	return true
}

// advance puts slots of a run in order, until end or until one lacks another, which
// it returns.
func (l *loader) advance(r *run, end int32) (lacks int32) {
	for ; r.next < end; r.next++ {
		switch o := l.origin[r.next]; {
		case o.left != none && !l.sorted.has(o.left):
			return o.left
		case o.right != none && !l.sorted.has(o.right):
			return o.right
		}
		l.sorted.add(r.next)
		l.order = append(l.order, r.next)
	}
	return none
}

// slotSet is a set of slots, small enough to stay in a processor's first cache.
type slotSet []uint64

func (s slotSet) add(slot int32)      { s[slot>>6] |= 1 << (slot & 63) }
func (s slotSet) has(slot int32) bool { return s[slot>>6]>>(slot&63)&1 != 0 }

// place integrates what was read.
func (l *loader) place(t *Transaction) {
	if l.order == nil {
		for slot := range int32(l.slots) {
			l.integrate(t, slot)
		}
		return
	}
	for next := range slices.Chunk(l.order, ahead) {
		l.touch(next)
		for _, slot := range next {
			l.integrate(t, slot)
		}
	}
}

// ahead is how many slots are touched before they are integrated.
const ahead = 16

// touch reads the Items of slots and those they will be put between, which lie
// anywhere. Here no read waits for another; later one would. That it is called only
// load-1000 of the benchmarks can tell.
func (l *loader) touch(slots []int32) {
	sum := uint64(0)
	for _, slot := range slots {
		sum += l.doc.item(slot).meta
		o := l.origin[slot]
		if o.left != none {
			sum += l.doc.item(o.left).meta
		}
		if o.right != none {
			sum += l.doc.item(o.right).meta
		}
	}
	l.touched = sum // or a compiler would leave the reads out
}

// integrate gives the struct in slot its place.
func (l *loader) integrate(t *Transaction, slot int32) {
	switch it := l.doc.item(slot); {
	case it.kind() == kindGC:
	case it.is(flagParentID):
		t.resolve(slot)
	default:
		o := l.originsOf(slot, it)
		if t.insert(slot, it, o) {
			return
		}
		if !t.resolveBeside(it, o) {
			t.resolve(slot)
		}
	}
	t.integrate(slot, 0)
}

// originsOf returns the slots of an Item's origins. If there is one client only, they are
// found now: they are before slot, and the left one mostly just before.
func (l *loader) originsOf(slot int32, it *item) origins {
	if l.origin != nil {
		return l.origin[slot]
	}
	o := origins{none, none}
	if it.originClient != noClient {
		if o.left = slot - 1; it.originClock+1 != it.clock {
			o.left = l.doc.get(it.client, it.originClock)
		}
	}
	if it.rightClient != noClient {
		if o.left != none {
			o.right = l.doc.item(o.left).right // where it nearly always is
		}
		if o.right == none || l.doc.item(o.right).clock != it.rightClock {
			o.right = l.doc.get(it.client, it.rightClock)
		}
	}
	return o
}

// resolveBeside does what resolve does, for an Item whose neighbours need not be split.
func (t *Transaction) resolveBeside(it *item, o origins) bool {
	d := t.doc
	if o.left != none && d.item(o.left).end() != it.originClock+1 ||
		o.right != none && d.item(o.right).clock != it.rightClock {
		return false
	}
	t.settle(it, o.left, o.right)
	return true
}

// insert does what resolve and integrate do, for what nearly all Items of a load are: text
// or deleted, in no map, and between two that still are neighbours. It reports false,
// having changed nothing, if this one is anything else.
func (t *Transaction) insert(slot int32, it *item, o origins) bool {
	d := t.doc
	k := it.kind()
	if k != kindString && k != kindDeleted || o.left == none {
		return false
	}
	left := d.item(o.left)
	if left.right != o.right || left.end() != it.originClock+1 || left.parent == none || left.key != noKey {
		return false
	}
	parent := &d.types[left.parent]
	if parent.item != none && d.item(parent.item).deleted() {
		return false
	}
	if o.right != none {
		right := d.item(o.right)
		if right.clock != it.rightClock {
			return false
		}
		right.left = slot
	}
	left.right = slot
	it.left, it.right, it.parent = o.left, o.right, left.parent
	t.addStruct(slot)
	if k == kindDeleted {
		it.meta |= flagDeleted
		t.deleted(it)
	} else {
		parent.length += it.length()
	}
	return true // left has told of the change
}
