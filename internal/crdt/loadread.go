package crdt

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"grimoire/internal/crdt/lib0"
)

// read puts the structs into slots, then into the index, and checks the rest. It reports
// false after a fault, and if the update is none to load.
func (l *loader) read() bool {
	d, r := l.doc, &l.reader
	d.growClients(r.likelySections())
	if r.cols != nil { // all text is copied as it comes
		d.arena = withRoomFor(d.arena, len(l.update))
	}
	for r.nextSection() {
		client := d.clientIndex(r.client)
		first := int32(d.slots)
		if r.clock != 0 || d.clients[client].coming > 0 || !l.readSection(client) {
			return false
		}
		d.addToOrder(client)
		d.clients[client].coming = int32(d.slots) - first
	}
	deletes := *r
	deletes.readDeleteSet(func(deleteRange) { l.deletes++ })
	r.FailWith(deletes.Err())
	if len(d.arena)+l.textBytes > math.MaxInt32 {
		r.Fail(ErrLimit, tooLarge)
	}
	if r.Err() != nil || len(d.order) != len(d.clients) {
		return false
	}
	l.slots = d.slots
	l.index()
	return true
}

// readSection puts the structs of a client into slots.
func (l *loader) readSection(client uint32) bool {
	d, r := l.doc, &l.reader
	plain := r.cols == nil && len(l.update) < inUpdate
	if plain {
		d.reserveItems(int(min(r.structs, uint64(r.Len()/2)))) // no struct takes less
	}
	var s rawStruct
	for {
		if plain {
			l.readPlain(client)
		}
		if r.structs == 0 {
			return true
		}
		if !r.next(&s) || s.kind == kindSkip || s.length == 0 {
			return false
		}
		if s.ahead() {
			r.Fail(ErrMalformed, inOwnFuture)
			return false
		}
		d.fill(client, &s)
		if len(d.arena) > math.MaxInt32 {
			r.Fail(ErrLimit, tooLarge)
			return false
		}
		if len(d.clients) > l.sections {
			return false // one is not there
		}
	}
}

// headRoom is enough for a plain struct up to its text: info, two IDs and a length, of
// at most eight bytes each.
const headRoom = 1 + 5*maxSize

// inUpdate marks the offset of a text that lies in the update, not in the arena.
const inUpdate = 1 << 31

// readPlain reads structs of format v1 as long as they are plain (see
// rawStruct.plain), which nearly all are, and puts each into its Item straight from the
// bytes. Text stays in the update until it is known how much there is. What is anything
// else, has a fault or comes close to the update's end is left to [updateReader.next].
func (l *loader) readPlain(client uint32) {
	d, r, b := l.doc, &l.reader, l.update
	pos, clock := r.Pos(), r.clock
	for ; r.structs > 0 && pos+headRoom <= len(b); r.structs-- {
		info, at := b[pos], pos+1
		k := kind(info & infoKind)
		if k != kindString && k != kindDeleted || info&(infoOrigin|infoRight) == 0 {
			break
		}
		origin, right := structID{client: noClient}, structID{client: noClient}
		if info&infoOrigin != 0 {
			if origin, at = l.readBeside(client, clock, at); at == 0 {
				break
			}
		}
		if info&infoRight != 0 {
			if right, at = l.readBeside(client, clock, at); at == 0 {
				break
			}
		}
		n, size := lib0.Number(binary.LittleEndian.Uint64(b[at:]))
		if at += size; n == 0 || n > lib0.MaxInt-clock {
			break
		}
		meta, content := uint64(k)<<kindShift, uint32(0)
		if k == kindString {
			if n > uint64(len(b)-at) {
				break
			}
			text := b[at : at+int(n)]
			content = inUpdate | uint32(at)
			if !lib0.ASCII(text) {
				if !utf8.Valid(text) {
					break
				}
				meta |= flagWide
				content = d.newSpan(span{off: content, n: uint32(n)})
				n = uint64(lib0.UTF16Len(text))
			}
			at += len(text)
			l.textBytes += len(text)
		}
		it := d.item(d.newItem())
		it.clock, it.meta = clock, meta|n
		it.originClock, it.rightClock = origin.clock, right.clock
		it.client, it.originClient, it.rightClient = client, origin.client, right.client
		it.left, it.right, it.parent, it.key = none, none, none, noKey
		it.content = content
		clock += n
		pos = at
	}
	r.Take(uint64(pos - r.Pos()))
	r.clock = clock
}

// readBeside reads the ID of a unit that was there before a client came to a clock, and
// returns where it ends in the update, or 0 if it is none.
func (l *loader) readBeside(client uint32, before uint64, at int) (id structID, end int) {
	word := binary.LittleEndian.Uint64(l.update[at:])
	size := l.reader.own.Starts(word)
	if id.client = client; size == 0 {
		var other uint64
		if other, size = lib0.LongNumber(word); size > 8 || other > lib0.MaxInt || len(l.doc.clients) > l.sections {
			return id, 0
		}
		id.client = l.doc.clientIndex(other)
	}
	at += size
	id.clock, size = lib0.Number(binary.LittleEndian.Uint64(l.update[at:]))
	if size == 0 || id.client == client && id.clock >= before {
		return id, 0
	}
	return id, at + size
}

// index makes the index of each client, and moves the texts that are still in the
// update into the arena.
func (l *loader) index() {
	d := l.doc
	d.arena = withRoomFor(d.arena, l.textBytes)
	slot := int32(0)
	for _, client := range d.order { // as they came
		c := &d.clients[client]
		end := slot + c.coming
		c.chunks = make([]chunk, 0, (c.coming+maxChunk-1)/maxChunk)
		for slot < end {
			ch := chunk{d.item(slot).clock, make([]entry, 0, min(end-slot, maxChunk))}
			for ; slot < end && len(ch.entries) < maxChunk; slot++ {
				it := d.item(slot)
				off := it.clock - ch.first
				if off > maxOffset {
					break
				}
				ch.entries = append(ch.entries, entry{uint32(off), slot})
				if it.kind() == kindString {
					l.takeText(it)
				}
			}
			c.chunks = append(c.chunks, ch)
		}
	}
}

// takeText moves a text into the arena if it is still in the update.
func (l *loader) takeText(it *item) {
	d := l.doc
	off := &it.content
	if it.is(flagWide) {
		off = &d.spans[it.content].off
	}
	if *off&inUpdate != 0 {
		s := d.textSpan(it)
		*off = d.hold(l.update[s.off&^inUpdate:][:s.n]).off
	}
}

// withRoomFor returns a copy of b that has room for just n more bytes. It leaves fresh
// memory alone, which slices.Grow clears.
func withRoomFor(b []byte, n int) []byte { return append(make([]byte, 0, len(b)+n), b...) }
