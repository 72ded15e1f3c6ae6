package crdt

import (
	"cmp"
	"iter"
	"slices"

	"grimoire/internal/crdt/lib0"
)

// Encode returns an update with all that a Doc with state vector sv lacks; with
// a nil sv, all there is. It holds the whole delete set, and what is pending
// (yjs: encodeStateAsUpdate).
func (d *Doc) Encode(sv StateVector) []byte { return d.encode(sv, v1) }

// EncodeV2 is [Doc.Encode] in format v2.
func (d *Doc) EncodeV2(sv StateVector) []byte { return d.encode(sv, v2) }

func (d *Doc) encode(sv StateVector, f format) []byte {
	e := newEncoder(f)
	e.grow(d.sizeBeyond(sv))
	e.writeStructs(d, sv)
	e.writeDeleted(d)
	updates := append([][]byte{e.bytes()}, d.pending.updates(sv, f)...)
	if len(updates) == 1 {
		return updates[0]
	}
	return must(merge(updates, f))
}

// must returns the result of reading an update that this package has written.
func must(update []byte, err error) []byte {
	if err != nil {
		panic("crdt: an update of our own is damaged: " + err.Error())
	}
	return update
}

// encodeTransaction returns what t changed as an update. What transactions that
// began since have added to it, is in it, as in yjs.
func (d *Doc) encodeTransaction(t *Transaction, f format) []byte {
	e := newEncoder(f)
	e.buf = make([]byte, 0, roomForKeystroke)
	touched := slices.Clip(t.touched) // what is added to it goes elsewhere
	for _, later := range t.later() {
		for _, c := range later.touched {
			if !slices.ContainsFunc(touched, func(x touch) bool { return x.client == c.client }) {
				touched = append(touched, c)
			}
		}
	}
	slices.SortFunc(touched, func(a, b touch) int { return cmp.Compare(d.clients[b.client].id, d.clients[a.client].id) })
	e.uint(uint64(len(touched)))
	for _, c := range touched {
		e.writeClient(d, c.client, c.before)
	}
	deletes := deleteSet{make([]deleteRange, len(t.deletes))}
	for i, del := range t.deletes {
		deletes.ranges[i] = deleteRange{d.clients[del.client].id, del.clock, del.length}
	}
	deletes.sortClients()
	e.writeDeleteSet(deletes.ranges)
	return e.bytes()
}

// roomForKeystroke is what a change takes in format v1, if it is as most are.
const roomForKeystroke = 48

// writeStructs writes what sv lacks (yjs: writeClientsStructs).
func (e *encoder) writeStructs(d *Doc, sv StateVector) {
	n := uint64(0)
	for _, c := range d.sorted() {
		if d.clients[c].state > sv[d.clients[c].id] {
			n++
		}
	}
	e.uint(n)
	for _, c := range d.sorted() {
		if known := sv[d.clients[c].id]; d.clients[c].state > known {
			e.writeClient(d, c, known)
		}
	}
}

// writeClient writes the structs of a client from clock on.
func (e *encoder) writeClient(d *Doc, client uint32, clock uint64) {
	c := &d.clients[client]
	p := d.find(client, clock)
	n := -int(p.i)
	for _, ch := range c.chunks[p.chunk:] {
		n += len(ch.entries)
	}
	e.uint(uint64(n))
	e.client(c.id)
	e.uint(clock)
	offset := clock - d.item(c.slot(p)).clock
	for _, ch := range c.chunks[p.chunk:] {
		for _, at := range ch.entries[p.i:] {
			e.writeItem(d, at.slot, offset)
			offset = 0
		}
		p.i = 0
	}
}

// writeSections writes structs that are not integrated.
func (e *encoder) writeSections(d *Doc, sections []section) {
	slices.SortFunc(sections, func(a, b section) int { return cmp.Compare(d.clients[b.client].id, d.clients[a.client].id) })
	e.uint(uint64(len(sections)))
	for _, sec := range sections {
		e.uint(uint64(len(sec.slots)))
		e.client(d.clients[sec.client].id)
		e.uint(d.item(sec.slots[0]).clock)
		for _, slot := range sec.slots {
			e.writeItem(d, slot, 0)
		}
	}
}

// writeItem writes a struct without its first offset units (yjs: Item.write,
// GC.write, Skip.write).
func (e *encoder) writeItem(d *Doc, slot int32, offset uint64) {
	it := d.item(slot)
	k := it.kind()
	if k == kindGC || k == kindSkip {
		e.empty(k, it.length()-offset)
		return
	}
	info := byte(k)
	if it.key != noKey {
		info |= infoKey
	}
	if it.rightClient != noClient {
		info |= infoRight
	}
	byParent := it.is(flagParentID)
	if it.originClient != noClient && !byParent || offset > 0 {
		info |= infoOrigin
	}
	var origin, right ID
	switch {
	case offset > 0:
		origin = ID{d.clients[it.client].id, it.clock + offset - 1}
	case info&infoOrigin != 0:
		origin = ID{d.clients[it.originClient].id, it.originClock}
	}
	if info&infoRight != 0 {
		right = ID{d.clients[it.rightClient].id, it.rightClock}
	}
	e.head(info, origin, right)
	if info&(infoOrigin|infoRight) == 0 {
		e.writeParent(d, it)
	}
	e.writeContent(d, it, offset)
}

// empty writes a struct that is a length only.
func (e *encoder) empty(k kind, length uint64) {
	e.info(byte(k))
	if k == kindSkip {
		e.uint(length)
		return
	}
	e.len(length)
}

func (e *encoder) writeParent(d *Doc, it *item) {
	switch {
	case it.is(flagParentID):
		e.parentInfo(parentByID)
		e.leftID(ID{d.clients[it.originClient].id, it.originClock})
	case d.types[it.parent].item == none:
		e.parentInfo(parentByName)
		e.string([]byte(d.name(d.types[it.parent].name)))
	default:
		holder := d.item(d.types[it.parent].item)
		e.parentInfo(parentByID)
		e.leftID(ID{d.clients[holder.client].id, holder.clock})
	}
	if it.key != noKey {
		e.string([]byte(d.name(it.key)))
	}
}

func (e *encoder) writeContent(d *Doc, it *item, offset uint64) {
	c := rawContent{}
	switch k := it.kind(); k {
	case kindDeleted:
	case kindType:
		t := &d.types[it.content]
		c.typ = t.kind
		if t.name != noKey {
			c.name = []byte(d.name(t.name))
		}
	case kindFormat:
		s := d.spans[it.content]
		c.name, c.bytes = []byte(d.name(s.aux)), d.spanBytes(s)
	case kindDoc:
		s := d.spans[it.content]
		c.name, c.bytes = d.arena[s.off:s.off+s.aux], d.arena[s.off+s.aux:s.off+s.n]
	default:
		c.bytes = d.bytesOf(it)
	}
	e.content(it.kind(), it.length(), &c, offset)
}

// content writes what a struct of length units holds, without the first offset
// units.
func (e *encoder) content(k kind, length uint64, c *rawContent, offset uint64) {
	switch k {
	case kindDeleted:
		e.len(length - offset)
	case kindString:
		e.text(c.bytes, offset)
	case kindBinary:
		e.buf = lib0.AppendBytes(e.buf, c.bytes)
	case kindEmbed:
		e.json(c.bytes)
	case kindFormat:
		e.key(c.name)
		e.json(c.bytes)
	case kindType:
		e.typeRef(c.typ)
		if c.typ == typeXmlElement || c.typ == typeXmlHook {
			e.key(c.name)
		}
	case kindDoc:
		e.string(c.name)
		e.buf = append(e.buf, c.bytes...)
	case kindAny, kindJSON:
		e.len(length - offset)
		e.values(k, skipValues(c.bytes, offset))
	}
}

// text writes a string from a UTF-16 offset on. Half a surrogate pair becomes
// U+FFFD (yjs: ContentString.write).
func (e *encoder) text(text []byte, offset uint64) {
	if offset == 0 {
		e.string(text)
		return
	}
	n, inPair := lib0.UTF16Offset(text, int(offset))
	if !inPair {
		e.string(text[n:])
		return
	}
	e.string(append([]byte(replacement), text[n+4:]...))
}

// values writes Any values of a JSON as texts, of an Any as they are.
func (e *encoder) values(k kind, values []byte) {
	if k == kindAny {
		e.buf = append(e.buf, values...)
		return
	}
	for r := lib0.NewReader(values); r.Len() > 0; {
		start := r.Pos()
		r.Any()
		if v := r.Since(start); string(v) == string(anyUndefined) {
			e.string([]byte("undefined"))
		} else {
			e.string(jsonText(v))
		}
	}
}

// writeDeleteSet writes ranges, which are grouped by client (yjs:
// writeDeleteSet). Format v2 writes differences, so there they must ascend;
// yjs would write nonsense.
func (e *encoder) writeDeleteSet(ranges []deleteRange) {
	if e.cols != nil && !ascend(ranges) {
		set := deleteSet{slices.Clone(ranges)}
		set.normalise()
		ranges = set.ranges
	}
	clients := uint64(0)
	for i, del := range ranges {
		if i == 0 || ranges[i-1].client != del.client {
			clients++
		}
	}
	e.uint(clients)
	for len(ranges) > 0 {
		n := 1
		for n < len(ranges) && ranges[n].client == ranges[0].client {
			n++
		}
		e.uint(ranges[0].client)
		e.uint(uint64(n))
		for i, del := range ranges[:n] {
			e.delete(del, i == 0)
		}
		ranges = ranges[n:]
	}
}

// sizeBeyond estimates what an update of all that sv lacks holds: structs, bytes of
// content, and deleted ranges, which are those of the whole Doc.
func (d *Doc) sizeBeyond(sv StateVector) (structs, content, ranges int) {
	items, state, lacked := 0, uint64(0), uint64(0)
	for _, c := range d.clients {
		const perChunk = 6 // clients, numbers and the rest
		items += len(c.chunks) * perChunk
		for _, ch := range c.chunks {
			items += len(ch.entries)
		}
		state += c.state
		lacked += c.state - min(c.state, sv[c.id])
	}
	share := float64(lacked) / float64(max(1, state))
	content = len(d.arena) - min(d.garbage, len(d.arena))
	return int(share * float64(items)), int(share * float64(content)), items
}

// writeDeleted writes the delete set of the whole store (yjs:
// createDeleteSetFromStructStore). How many ranges there are is known behind
// them, and put in front.
func (e *encoder) writeDeleted(d *Doc) {
	start, clients := len(e.buf), uint64(0)
	for _, client := range d.sorted() {
		c := &d.clients[client]
		head, n := len(e.buf), uint64(0)
		for del := range d.deletedOf(c) {
			e.delete(del, n == 0)
			n++
		}
		if n > 0 {
			clients++
			e.insert(head, c.id, n)
		}
	}
	e.insert(start, clients)
}

// insert writes numbers in front of what has been written since.
func (e *encoder) insert(at int, numbers ...uint64) {
	var head []byte
	for _, n := range numbers {
		head = lib0.AppendUint(head, n)
	}
	e.buf = slices.Insert(e.buf, at, head...)
}

// storeDeletes returns the delete set of the whole store (yjs:
// createDeleteSetFromStructStore).
func (d *Doc) storeDeletes() deleteSet {
	var set deleteSet
	for _, client := range d.sorted() {
		for del := range d.deletedOf(&d.clients[client]) {
			set.add(del)
		}
	}
	return set
}

// deletedOf goes over the longest ranges that a client made and that are deleted.
func (d *Doc) deletedOf(c *clientRuns) iter.Seq[deleteRange] {
	return func(yield func(deleteRange) bool) {
		del := deleteRange{client: c.id}
		for _, ch := range c.chunks {
			for _, e := range ch.entries {
				switch it := d.item(e.slot); {
				case it.deleted() && del.length > 0:
					del.length += it.length()
				case it.deleted():
					del.clock, del.length = it.clock, it.length()
				case del.length > 0:
					if !yield(del) {
						return
					}
					del.length = 0
				}
			}
		}
		if del.length > 0 {
			yield(del)
		}
	}
}
